"""Alerts on scheduled runs: items that fail, and results that are late."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.base.slo import MINIMUM_BAD_EVENTS
from aegis.plan.types import Alert, Objective, Plan
from aegis.render.observability.indicator import budget, count, service_matcher, threshold_s
from aegis.render.observability.rule import AlertRule, Group, Scenario, grows, selector
from aegis.render.observability.wording import alert_name, annotate, severity_labels
from aegis.render.shared import metrics as contract
from aegis.render.shared.reading import decimal, duration

_DAY_S = 86400
_PERIODS_S = {"hourly": 3600, "nightly": _DAY_S, "daily": _DAY_S, "weekly": 7 * _DAY_S}


def period_s(plan: Plan) -> int:
    """Seconds between two runs; a day where the schedule is not one of the common words."""
    batch = plan.brief.workload.batch
    return _PERIODS_S.get(batch.schedule if batch else "", _DAY_S)


def job_group(plan: Plan, objective: Objective) -> Group:
    """The rules of one objective of a scheduled job."""
    late = objective.metric == names.JOB_LAST_SUCCESS
    alerts = tuple(
        (_late if late else _failed)(plan, objective, alert)
        for alert in plan.alerts
        if alert.objective == objective.id
    )
    return Group(name=f"aegis-{plan.service}-{objective.id}", recordings=(), alerts=alerts)


def _failed(plan: Plan, objective: Objective, alert: Alert) -> AlertRule:
    service = service_matcher(plan)
    window_s = period_s(plan)
    bad = count(objective.metric, [service, f'{contract.OUTCOME}="error"'], window_s)
    every = count(objective.metric, [service], window_s)
    expr = (
        f"{bad} / {every} > {decimal(budget(plan, objective))}\nand {bad} >= {MINIMUM_BAD_EVENTS}"
    )
    step = window_s // 24

    def scenario(name: str, good: float, failed: float, *, fires: bool) -> Scenario:
        labels = [service, 'environment="production"']
        series = (
            (selector(objective.metric, [*labels, 'outcome="ok"']), grows((good, 24))),
            (selector(objective.metric, [*labels, 'outcome="error"']), grows((failed, 24))),
        )
        return Scenario(name=name, step_s=step, series=series, at_s=24 * step, fires=fires)

    share = budget(plan, objective)
    return AlertRule(
        name=alert_name(alert.id),
        expr=expr,
        labels=severity_labels(plan, alert),
        annotations=annotate(plan, alert),
        scenarios=(
            scenario("too many items fail", 1000 * (1 - 2 * share), 2000 * share, fires=True),
            scenario("few items fail", 1000 * (1 - share / 2), 500 * share, fires=False),
        ),
    )


def _late(plan: Plan, objective: Objective, alert: Alert) -> AlertRule:
    service = service_matcher(plan)
    limit = period_s(plan) + threshold_s(plan, objective.threshold or "")
    inner = selector(objective.metric, [service])
    expr = f"time() - max by ({contract.ENVIRONMENT}) ({inner}) > {decimal(limit)}"
    step = 900
    steps = round(limit / step) + 4
    series = selector(objective.metric, [service, 'environment="production"'])

    def scenario(name: str, values: str, *, fires: bool) -> Scenario:
        return Scenario(
            name=name, step_s=step, series=((series, values),), at_s=steps * step, fires=fires
        )

    return AlertRule(
        name=alert_name(alert.id),
        expr=expr,
        labels=severity_labels(plan, alert),
        annotations={
            **annotate(plan, alert),
            "deadline": f"{duration(limit)} since the last run that succeeded",
        },
        scenarios=(
            scenario("no run has succeeded since", f"0+0x{steps}", fires=True),
            scenario("every run succeeds", f"0+{step}x{steps}", fires=False),
        ),
    )
