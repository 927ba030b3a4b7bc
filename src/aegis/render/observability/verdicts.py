"""Alerts on answer quality: the whole interval lies on the wrong side of the threshold."""

from __future__ import annotations

import math
from statistics import NormalDist

from aegis.base import conventions as names
from aegis.plan.types import Alert, Objective, Plan
from aegis.render.observability.indicator import count, service_matcher
from aegis.render.observability.rule import (
    AlertRule,
    Group,
    Recording,
    Scenario,
    grows,
    selector,
    steady,
)
from aegis.render.observability.wording import alert_name, annotate, severity_labels
from aegis.render.shared import metrics as contract
from aegis.render.shared.reading import decimal, duration, value

UP = "aegis:feedback_up:increase"
RATINGS = "aegis:feedback:increase"


def verdict_group(plan: Plan, objective: Objective) -> Group:
    """The rules of one quality objective."""
    if objective.metric == names.GATEWAY_FEEDBACK:
        recordings, expr, scenarios = _feedback(plan, objective)
    else:
        recordings, expr, scenarios = _score(plan, objective)
    alerts = tuple(
        AlertRule(
            name=alert_name(alert.id),
            expr=expr,
            labels=severity_labels(plan, alert),
            annotations=annotate(plan, alert),
            scenarios=scenarios,
        )
        for alert in _of(plan, objective)
    )
    return Group(name=f"aegis-{plan.service}-{objective.id}", recordings=recordings, alerts=alerts)


def _of(plan: Plan, objective: Objective) -> list[Alert]:
    return [a for a in plan.alerts if a.objective == objective.id]


def higher_is_better(plan: Plan, objective: Objective) -> bool:
    """The direction the brief gives its quality objective."""
    wishes = plan.brief.objectives.quality
    return next((w.better == "higher" for w in wishes if w.kind == objective.kind), True)


_Rules = tuple[tuple[Recording, ...], str, tuple[Scenario, ...]]


def _score(plan: Plan, objective: Objective) -> _Rules:
    higher = higher_is_better(plan, objective)
    limit = value(plan, objective.target)
    bound, sign = ("high", "<") if higher else ("low", ">")
    service = service_matcher(plan)
    marks = [service, f'slo="{objective.id}"']
    inner = selector(objective.metric, [*marks, f'bound="{bound}"'])
    fold = "max" if higher else "min"
    expr = f"{fold} by ({contract.ENVIRONMENT}) ({inner}) {sign} {decimal(limit)}"
    better = 1 if higher else -1

    def scenario(name: str, level: float, *, fires: bool) -> Scenario:
        series = selector(
            objective.metric,
            [service, 'environment="production"', f'slo="{objective.id}"', f'bound="{bound}"'],
        )
        return Scenario(
            name=name, step_s=60, series=((series, steady(level, 10)),), at_s=600, fires=fires
        )

    return (
        (),
        expr,
        (
            scenario("the whole interval misses", limit - better * 0.05 * limit, fires=True),
            scenario("the interval reaches the threshold", limit, fires=False),
        ),
    )


def _feedback(plan: Plan, objective: Objective) -> _Rules:
    """Share of good ratings, by the upper bound of its Wilson interval (E. B. Wilson, 1927).

    It speaks from five expected ratings of each sort on (W. G. Cochran, 1954): two angry people
    are no verdict.
    """
    service = service_matcher(plan)
    period_s = round(value(plan, objective.window_days) * 86400)
    window = duration(period_s)
    z = NormalDist().inv_cdf(1 - value(plan, plan.release.alpha) / 100)
    limit = value(plan, objective.target)
    limit = limit / 100 if limit > 1 else limit
    marks = {"service": plan.service, "slo": objective.id}
    at = f'{{service="{plan.service}",slo="{objective.id}"}}'
    good, all_ = f"{UP}{window}{at}", f"{RATINGS}{window}{at}"
    zz = decimal(z * z)
    centre = f"({good} / {all_} + {zz} / (2 * {all_}))"
    spread = (
        f"{decimal(z)} * sqrt(({good} / {all_}) * (1 - {good} / {all_}) / {all_}"
        f" + {zz} / (4 * {all_} ^ 2))"
    )
    least = math.ceil(5 / max(0.01, min(limit, 1 - limit)))
    hourly = max(10, math.ceil(least / 24))
    expr = f"({centre} + {spread}) / (1 + {zz} / {all_}) < {decimal(limit)} and {all_} >= {least}"
    rated = selector
    recordings = (
        Recording(
            record=f"{UP}{window}",
            expr=count(objective.metric, [service, 'rating="up"'], period_s),
            labels=marks,
        ),
        Recording(
            record=f"{RATINGS}{window}",
            expr=count(objective.metric, [service], period_s),
            labels=marks,
        ),
    )

    def scenario(name: str, up: float, total: float, *, fires: bool) -> Scenario:
        labels = [service, 'environment="production"']
        series = (
            (rated(objective.metric, [*labels, 'rating="up"']), grows((up, 48))),
            (rated(objective.metric, [*labels, 'rating="down"']), grows((total - up, 48))),
        )
        return Scenario(name=name, step_s=3600, series=series, at_s=48 * 3600, fires=fires)

    return (
        recordings,
        expr,
        (
            scenario("clearly too few are content", hourly * limit * 0.7, hourly, fires=True),
            scenario("as many are content as agreed", hourly * limit, hourly, fires=False),
            Scenario(
                name="two ratings prove nothing",
                step_s=3600,
                series=(
                    (
                        rated(
                            objective.metric, [service, 'environment="production"', 'rating="up"']
                        ),
                        grows((0, 48)),
                    ),
                    (
                        rated(
                            objective.metric, [service, 'environment="production"', 'rating="down"']
                        ),
                        grows((0, 46), (1, 1), (0, 1)),
                    ),
                ),
                at_s=48 * 3600,
                fires=False,
            ),
        ),
    )
