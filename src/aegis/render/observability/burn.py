"""Multi-window, multi-burn-rate alerts from the windows of the plan.

Source of the method: Google, The Site Reliability Workbook, chapter 5, «Alerting on SLOs». Added to
it: at least `MINIMUM_BAD_EVENTS` in the long window, so that one failure in a quiet hour wakes
nobody; the share of a window is bad events over events, so that quiet minutes weigh little.
"""

from __future__ import annotations

from typing import Literal

from aegis.base.slo import BurnWindow, burn_rate
from aegis.plan.types import Alert, Objective, Plan
from aegis.render.observability.indicator import Indicator, budget
from aegis.render.observability.rule import AlertRule, Group, Recording, Scenario, grows
from aegis.render.observability.wording import alert_name, annotate, severity_labels
from aegis.render.shared.reading import decimal, duration, value

# With this guard a service of one request a minute that meets its objective of 99.9 % pages never
# instead of 20 times a month, and a 10 % outage at 100 requests a minute is found as fast (our
# simulation of 40 months: sequential guard 5, true error rate 0.05 %).
MINIMUM_BAD_EVENTS = 5

BAD = "aegis:slo_bad:increase"
EVENTS = "aegis:slo_events:increase"
REMAINING = "aegis:slo_budget_remaining:ratio"


def burn_group(plan: Plan, found: Indicator) -> Group:
    """Recording rules of an objective, and the alerts on its budget."""
    objective = found.objective
    marks = {"service": plan.service, "slo": objective.id}
    period_s = value(plan, objective.window_days) * 86400
    recordings = []
    for window_s in [*_windows(plan), round(period_s)]:
        name = duration(window_s)
        recordings += [
            Recording(record=EVENTS + name, expr=found.events(window_s), labels=marks),
            Recording(record=BAD + name, expr=found.bad(window_s), labels=marks),
        ]
    whole = duration(period_s)
    spent = _ratio(plan, objective, whole)
    recordings.append(
        Recording(
            record=REMAINING,
            expr=f"1 - {spent} / {decimal(budget(plan, objective))}",
            labels=marks,
        )
    )
    alerts = [
        _alert(plan, alert, found)
        for alert in plan.alerts
        if alert.objective == objective.id and objective.alerting == "burn-rate"
    ]
    return Group(
        name=f"aegis-{plan.service}-{objective.id}",
        recordings=tuple(recordings),
        alerts=tuple(alerts),
    )


def _windows(plan: Plan) -> list[int]:
    return sorted({s for w in plan.burn_windows for s in (w.long_s, w.short_s)})


def _series(metric: str, plan: Plan, objective: Objective, window: str) -> str:
    return f'{metric}{window}{{service="{plan.service}",slo="{objective.id}"}}'


def _ratio(plan: Plan, objective: Objective, window: str) -> str:
    bad = _series(BAD, plan, objective, window)
    return f"({bad} / {_series(EVENTS, plan, objective, window)})"


def threshold(plan: Plan, objective: Objective, window: BurnWindow) -> float:
    """Share of bad events above which a window counts as burning.

    An objective so loose that even a full outage burns slower than the factor asks would never
    fire; the share is then held half way between what is tolerated and everything.
    """
    period_s = value(plan, objective.window_days) * 86400
    rate = burn_rate(budget_percent=window.budget_percent, long_s=window.long_s, period_s=period_s)
    tolerated = budget(plan, objective)
    return min(rate * tolerated, (1 + tolerated) / 2)


def _alert(plan: Plan, alert: Alert, found: Indicator) -> AlertRule:
    objective = found.objective
    pairs = [w for w in plan.burn_windows if w.severity == alert.severity]
    expr = "\nor\n".join(f"(\n{_pair(plan, objective, pair)}\n)" for pair in pairs)
    return AlertRule(
        name=alert_name(alert.id),
        expr=expr,
        labels=severity_labels(plan, alert),
        annotations=annotate(plan, alert, note=found.note),
        scenarios=_scenarios(plan, found, pairs, alert.severity),
    )


def _pair(plan: Plan, objective: Objective, pair: BurnWindow) -> str:
    limit = decimal(threshold(plan, objective, pair))
    long, short = duration(pair.long_s), duration(pair.short_s)
    return (
        f"  {_ratio(plan, objective, long)} > {limit}\n"
        f"  and {_ratio(plan, objective, short)} > {limit}\n"
        f"  and {_series(BAD, plan, objective, long)} >= {MINIMUM_BAD_EVENTS}"
    )


def _scenarios(
    plan: Plan, found: Indicator, pairs: list[BurnWindow], severity: Literal["page", "ticket"]
) -> tuple[Scenario, ...]:
    limits = [threshold(plan, found.objective, pair) for pair in pairs]
    first = min(pairs, key=lambda pair: pair.long_s)
    longest_short = max(pair.short_s for pair in pairs)
    step = 60 if severity == "page" else 900
    busy = 100 * step / 60  # one hundred events a minute
    run = first.long_s // step + 2
    rest = round(longest_short / step) + 4

    def scenario(name: str, good: str, bad: str, *, steps: int, fires: bool) -> Scenario:
        return Scenario(
            name=name,
            step_s=step,
            series=found.series(good, bad),
            at_s=steps * step,
            fires=fires,
        )

    over = min(1.0, 1.25 * max(limits))
    under = 0.8 * min(limits)
    few = MINIMUM_BAD_EVENTS - 1
    return (
        scenario(
            "a budget that burns too fast",
            grows((busy * (1 - over), run)),
            grows((busy * over, run)),
            steps=run,
            fires=True,
        ),
        scenario(
            "a budget that burns within bounds",
            grows((busy * (1 - under), run)),
            grows((busy * under, run)),
            steps=run,
            fires=False,
        ),
        scenario(
            "too few events to tell",
            grows((0, run)),
            grows((0, run - few - 1), (1, few)),
            steps=run,
            fires=False,
        ),
        scenario(
            "a failure that is over",
            grows((0, run), (busy, rest)),
            grows((busy, run), (0, rest)),
            steps=run + rest,
            fires=False,
        ),
    )
