"""The steady state of a service, as its objectives say it: the counts that the rules record.

A release, a rehearsal and a page ask the same question of the same series, so that what ends an
experiment is what would have woken somebody.
"""

from __future__ import annotations

from aegis.base.slo import MINIMUM_BAD_EVENTS, BurnWindow, burn_rate, burn_threshold, error_budget
from aegis.plan.types import Objective, Plan
from aegis.render.shared.reading import decimal, duration, value

BAD = "aegis:slo_bad:increase"
EVENTS = "aegis:slo_events:increase"


def threshold(plan: Plan, objective: Objective, window: BurnWindow) -> float:
    """Share of bad events above which a window counts as burning."""
    period_s = value(plan, objective.window_days) * 86400
    rate = burn_rate(budget_percent=window.budget_percent, long_s=window.long_s, period_s=period_s)
    return burn_threshold(rate, error_budget(value(plan, objective.target)))


def watched(plan: Plan) -> tuple[Objective, ...]:
    """The objectives whose budget pages: those that every request tells of."""
    return tuple(o for o in plan.objectives if o.alerting == "burn-rate")


def look_s(plan: Plan) -> int:
    """Seconds of the shortest window that pages, which is what an experiment is judged by."""
    return _shortest(plan).short_s


def _shortest(plan: Plan) -> BurnWindow:
    return min((w for w in plan.burn_windows if w.severity == "page"), key=lambda w: w.short_s)


def broken(plan: Plan, environment: str) -> str:
    """PromQL with an element for each way in which the steady state is broken; none while it holds.

    Broken is a burn that pages, on at least as many bad events as a page needs, and the absence of
    requests: without load an experiment proves nothing. Quoted singly, so that it can stand inside
    a shell's double quotes.
    """
    window = _shortest(plan)
    name = duration(window.short_s)
    found = []
    for objective in watched(plan):
        at = f"{{service='{plan.service}',environment='{environment}',slo='{objective.id}'}}"
        bad, events = f"{BAD}{name}{at}", f"{EVENTS}{name}{at}"
        limit = decimal(threshold(plan, objective, window))
        found.append(f"({bad} / {events} > {limit} and {bad} >= {MINIMUM_BAD_EVENTS})")
    first = watched(plan)[0].id
    at = f"{{service='{plan.service}',environment='{environment}',slo='{first}'}}"
    found.append(f"((sum({EVENTS}{name}{at}) or vector(0)) < 1)")
    return " or ".join(found)
