"""Multi-window, multi-burn-rate alerts from the windows of the plan.

Source of the method: Google, The Site Reliability Workbook, chapter 5, «Alerting on SLOs». Added to
it, so that a failure in a quiet hour wakes nobody: in the long window at least `MINIMUM_BAD_EVENTS`,
and so many that chance explains them with probability `1 / SURPRISE` at most were the objective just
met. That probability is Chernoff's bound on a Poisson count b whose mean is m,
``P(count >= b) <= exp(-(b (ln(b / m) - 1) + m))``, which PromQL can compute. The share of a window
is bad events over events, so that quiet minutes weigh little.

`benchmarks/evidence` simulates these very rules: within the objective nobody is called at any
traffic, and a 10 % outage at 5 requests a minute is found in 9 minutes.
"""

from __future__ import annotations

import math
from typing import Literal

from aegis.base.slo import MINIMUM_BAD_EVENTS, SURPRISE, BurnWindow
from aegis.plan.types import Alert, Objective, Plan
from aegis.render.observability.indicator import Indicator, budget
from aegis.render.observability.rule import AlertRule, Group, Recording, Scenario, grows
from aegis.render.observability.wording import alert_name, annotate, severity_labels
from aegis.render.shared.reading import decimal, duration, value
from aegis.render.shared.steady import BAD, EVENTS, threshold

REMAINING = "aegis:slo_budget_remaining:ratio"


def burn_group(plan: Plan, found: Indicator) -> Group:
    """Recording rules of an objective, and the alerts on its budget."""
    objective = found.objective
    marks = {"service": plan.service, "slo": objective.id}
    period_s = value(plan, objective.window_days) * 86400
    recordings = []
    for window_s in _windows(plan):
        name = duration(window_s)
        recordings += [
            Recording(record=EVENTS + name, expr=found.events(window_s), labels=marks),
            Recording(record=BAD + name, expr=found.bad(window_s), labels=marks),
        ]
    whole, short = duration(period_s), duration(min(_windows(plan)))
    # Weeks of counters of every pod that ever was, read each minute, would be most of the work of a
    # Prometheus: the recorded short windows, side by side, say the same.
    recordings += [
        Recording(
            record=metric + whole,
            expr=f"sum_over_time({_series(metric, plan, objective, short)}[{whole}:{short}])",
            labels=marks,
        )
        for metric in (EVENTS, BAD)
    ]
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
    bad = _series(BAD, plan, objective, long)
    mean = f"{_series(EVENTS, plan, objective, long)} * {decimal(budget(plan, objective))}"
    return (
        f"  {_ratio(plan, objective, long)} > {limit}\n"
        f"  and {_ratio(plan, objective, short)} > {limit}\n"
        f"  and {bad} >= {MINIMUM_BAD_EVENTS}\n"
        f"  and {bad} * (ln({bad} / ({mean})) - 1) + {mean} >= {decimal(math.log(SURPRISE))}"
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

    def scenario(name: str, good: str, bad: str, steps: int, *, fires: bool) -> Scenario:
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
    by_chance = _by_chance(plan, found, pairs, step)
    return (
        *(
            [scenario("bad events that chance explains", *by_chance, fires=False)]
            if by_chance
            else []
        ),
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


def surprise(bad: float, mean: float) -> float:
    """Logarithm of how unlikely so many bad events are where `mean` are expected, at least.

    >>> round(surprise(4, 0.06), 1), surprise(3, 3)
    (12.9, 0.0)
    """
    return bad * (math.log(bad / mean) - 1) + mean


def _by_chance(
    plan: Plan, found: Indicator, pairs: list[BurnWindow], step: int
) -> tuple[str, str, int] | None:
    """Enough bad events, one by one over the longest window, at a share just above its limit."""
    pair = max(pairs, key=lambda pair: pair.long_s)
    limit, steps = threshold(plan, found.objective, pair), pair.long_s // step
    bad = MINIMUM_BAD_EVENTS + 1
    events = 0.9 * bad / limit
    if surprise(bad, events * budget(plan, found.objective)) >= math.log(SURPRISE):
        return None
    apart = steps // bad
    one_by_one = [part for _ in range(bad) for part in ((0.0, apart - 3), (1.0, 1))]
    # each stretch repeats the sample that it starts from: two a bad event
    return grows(((events - bad) / steps, steps)), grows(*one_by_one), steps
