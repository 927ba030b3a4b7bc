"""Tickets on causes that come before symptoms, and the alert on silence."""

from __future__ import annotations

from collections.abc import Callable

from aegis.base import conventions as names
from aegis.plan.types import Alert, Plan
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
from aegis.render.shared.reading import decimal, number_or_none

# How long a condition holds before it is a ticket: longer than a scrape that failed, a restart or
# a burst; figures of ours, to be replaced by yours.
SILENCE_S = 900
SHEDDING_S = 900
# Share of blocked and redacted requests: three standard deviations of the last week and one
# percentage point, on at least this many decisions in the hour.
BAND_DEVIATIONS = 3
BAND_FLOOR = 0.01
MINIMUM_DECISIONS = 100
_MONTH_DAYS = 365.25 / 12
_PRODUCTION = 'environment="production"'


def cause_group(plan: Plan) -> Group:
    """The alerts that belong to no objective."""
    recordings: list[Recording] = []
    alerts: list[AlertRule] = []
    for alert in plan.alerts:
        if alert.objective is None:
            more, rule = _BUILDERS[alert.id](plan, alert)
            recordings += more
            alerts.append(rule)
    return Group(
        name=f"aegis-{plan.service}-causes",
        recordings=tuple(recordings),
        alerts=tuple(alerts),
    )


_Built = tuple[list[Recording], AlertRule]


def _rule(
    plan: Plan,
    alert: Alert,
    expr: str,
    scenarios: tuple[Scenario, ...],
    *,
    hold_s: int = 0,
    series_labels: dict[str, str] | None = None,
) -> AlertRule:
    return AlertRule(
        name=alert_name(alert.id),
        expr=expr,
        labels=severity_labels(plan, alert),
        annotations=annotate(plan, alert),
        scenarios=scenarios,
        hold_s=hold_s,
        series_labels={"environment": "production"} if series_labels is None else series_labels,
    )


def _base_series(metric: str) -> str:
    return f"{metric}_count" if metric in contract.BUCKET_EDGES else metric


def _silent(plan: Plan, alert: Alert) -> _Built:
    metrics = sorted({_base_series(o.metric) for o in plan.objectives})
    labels = [service_matcher(plan), _PRODUCTION]
    expr = "\nor\n".join(
        f'label_replace(absent({selector(metric, labels)}), "metric", "{metric}", "", "")'
        for metric in metrics
    )
    steps = SILENCE_S // 60 + 5

    def scenario(name: str, missing: str, *, fires: bool) -> Scenario:
        series = tuple(
            (selector(metric, labels), "_x60" if metric == missing else grows((1, 60)))
            for metric in metrics
        )
        return Scenario(name=name, step_s=60, series=series, at_s=steps * 60, fires=fires)

    last = metrics[-1]
    rule = _rule(
        plan,
        alert,
        expr,
        (
            scenario(f"{last} does not arrive", last, fires=True),
            scenario("every metric arrives", "", fires=False),
        ),
        hold_s=SILENCE_S,
        series_labels={"environment": "production", "metric": last},
    )
    return [], rule


def _drift(plan: Plan, alert: Alert) -> _Built:
    """The evidence is exported in units of its bound, so that one means: the bound is crossed."""
    service = service_matcher(plan)
    inner = selector(names.DRIFT_EVIDENCE, [service])
    expr = f"max by ({contract.ENVIRONMENT}, signal) ({inner}) >= 1"

    def scenario(name: str, level: float, *, fires: bool) -> Scenario:
        series = selector(names.DRIFT_EVIDENCE, [service, _PRODUCTION, 'signal="inputs"'])
        return Scenario(
            name=name, step_s=60, series=((series, steady(level, 10)),), at_s=600, fires=fires
        )

    rule = _rule(
        plan,
        alert,
        expr,
        (
            scenario("the evidence reaches its bound", 1.0, fires=True),
            scenario("the evidence is below its bound", 0.9, fires=False),
        ),
        series_labels={"environment": "production", "signal": "inputs"},
    )
    return [], rule


def _shedding(plan: Plan, alert: Alert) -> _Built:
    service = service_matcher(plan)
    rate = f"rate({selector(names.GATEWAY_SHED, [service])}[5m])"
    series = selector(names.GATEWAY_SHED, [service, _PRODUCTION])
    steps = SHEDDING_S // 60 + 10
    long = ((series, grows((6, steps))),)
    burst = ((series, grows((0, steps - 15), (6, 3), (0, 12))),)
    rule = _rule(
        plan,
        alert,
        f"sum by ({contract.ENVIRONMENT}) ({rate}) > 0",
        (
            Scenario(
                name="requests are shed for longer than a burst",
                step_s=60, series=long, at_s=steps * 60, fires=True,
            ),
            Scenario(
                name="a burst is shed and passes",
                step_s=60, series=burst, at_s=steps * 60, fires=False,
            ),
        ),
        hold_s=SHEDDING_S,
    )  # fmt: skip
    return [], rule


_SHARE = "aegis:guardrail_share:ratio1h"
_DECIDED = "aegis:guardrail_decisions:increase1h"


def _guardrails(plan: Plan, alert: Alert) -> _Built:
    service = service_matcher(plan)
    marks = {"service": plan.service}
    at = f'{{service="{plan.service}"}}'
    stopped = count(names.GATEWAY_GUARDRAIL, [service, 'decision=~"redact|block"'], 3600)
    every = count(names.GATEWAY_GUARDRAIL, [service], 3600)
    recordings = [
        Recording(record=_DECIDED, expr=every, labels=marks),
        Recording(record=_SHARE, expr=f"{stopped} / {every}", labels=marks),
    ]
    band = f"{BAND_DEVIATIONS} * stddev_over_time({_SHARE}{at}[1w]) + {BAND_FLOOR}"
    expr = (
        f"abs({_SHARE}{at} - avg_over_time({_SHARE}{at}[1w])) > {band}\n"
        f"and {_DECIDED}{at} >= {MINIMUM_DECISIONS}"
    )

    def scenario(name: str, block: str, allow: str, *, fires: bool) -> Scenario:
        labels = [service, _PRODUCTION]
        metric = names.GATEWAY_GUARDRAIL
        series = (
            (selector(metric, [*labels, 'decision="block"']), block),
            (selector(metric, [*labels, 'decision="allow"']), allow),
        )
        return Scenario(name=name, step_s=900, series=series, at_s=50 * 3600, fires=fires)

    usual, shift = 196, 4  # steps of a quarter: 49 hours, then one
    rule = _rule(
        plan,
        alert,
        expr,
        (
            scenario(
                "blocks multiply within an hour",
                grows((2, usual), (40, shift)),
                grows((98, usual), (60, shift)),
                fires=True,
            ),
            scenario(
                "blocks stay in their band",
                grows((2, usual + shift)),
                grows((98, usual + shift)),
                fires=False,
            ),
            scenario(
                "a quiet hour says nothing",
                grows((2, usual), (2, shift)),
                grows((98, usual), (2, shift)),
                fires=False,
            ),
        ),
    )
    return recordings, rule


def _cost(plan: Plan, alert: Alert) -> _Built:
    limit, inner = daily_limit(plan, alert.metric)
    service = service_matcher(plan)
    day = count(alert.metric, [service], 86400)
    if limit is None:  # nothing priced: compare with the days before
        expr = f"{day} > 2 * {count(alert.metric, [service], 28 * 86400)} / 28"
        level = 1000.0
    else:
        expr = f"{day} > {decimal(limit)}"
        level = limit
    series = selector(alert.metric, [service, _PRODUCTION, *inner])
    hours = 28 * 24 if limit is None else 25

    def scenario(name: str, before: float, after: float, *, fires: bool) -> Scenario:
        stretches = grows((before * level / 24, hours - 25), (after * level / 24, 25))
        return Scenario(
            name=name,
            step_s=3600,
            series=((series, stretches),),
            at_s=hours * 3600,
            fires=fires,
        )

    over, under = (1.25, 0.8) if limit is not None else (3.0, 1.0)
    rule = _rule(
        plan,
        alert,
        expr,
        (
            scenario("a day costs more than its share", 1, over, fires=True),
            scenario("a day costs what was planned", 1, under, fires=False),
        ),
    )
    return [], rule


def daily_limit(plan: Plan, metric: str) -> tuple[float | None, list[str]]:
    """What a day may use of the month's budget: USD, or tokens where devices are paid by time.

    Tokens: what the plan's mean traffic produces, stretched by what the budget holds beyond the
    plan's own cost.
    """
    budget, cost = number_or_none(plan, "budget.month"), number_or_none(plan, "cost.month")
    if metric == names.GATEWAY_COST:
        month = budget or cost
        return (month / _MONTH_DAYS if month else None), []
    rate = number_or_none(plan, "traffic.mean")
    lengths = [number_or_none(plan, f"tokens.{w}.mean") for w in ("input", "output")]
    if rate is None or None in lengths:
        return None, ['kind="output"']
    room = max(1.0, budget / cost) if budget and cost else 1.0
    return rate * sum(n or 0 for n in lengths) * 86400 * room, ['kind="output"']


_BUILDERS: dict[str, Callable[[Plan, Alert], _Built]] = {
    "telemetry-silent": _silent,
    "drift-detected": _drift,
    "shedding": _shedding,
    "guardrail-shift": _guardrails,
    "cost-burn": _cost,
}
