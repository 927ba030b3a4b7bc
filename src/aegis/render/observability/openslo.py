"""The objectives of a plan as OpenSLO v1, for tools that read it.

What OpenSLO has no words for stands in the descriptions: the short window of each alert, the guard
against few events, the interval around a score.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.slo import BurnWindow, burn_rate
from aegis.plan.types import Objective, Plan
from aegis.render.observability.indicator import service_matcher, threshold_s
from aegis.render.observability.jobs import period_s
from aegis.render.observability.rule import selector
from aegis.render.observability.verdicts import higher_is_better
from aegis.render.observability.wording import alert_name
from aegis.render.shared import metrics as contract
from aegis.render.shared.reading import decimal, duration, sentence, value

API_VERSION = "openslo/v1"
_SOURCE = "prometheus"
_LONGEST = 1050  # characters of a description
Document = dict[str, JsonValue]


def openslo(plan: Plan) -> list[JsonValue]:
    """A service, its data source, one SLO an objective, one policy an alert window."""
    return [
        _document("Service", plan.service, plan.service, {"description": plan.purpose[:_LONGEST]}),
        _document(
            "DataSource",
            _SOURCE,
            "Prometheus",
            {"type": "Prometheus", "connectionDetails": {}},
        ),
        *(
            _document("AlertNotificationTarget", name, name.capitalize(), {"target": name})
            for name in ("page", "ticket")
        ),
        *(policy for o in plan.objectives for policy in _policies(plan, o)),
        *(_slo(plan, o) for o in plan.objectives),
    ]


def _document(kind: str, name: str, title: str, spec: Document, **metadata: JsonValue) -> Document:
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name, "displayName": title, **metadata},
        "spec": spec,
    }


def _slo(plan: Plan, objective: Objective) -> Document:
    indicator, aims = _indicator(plan, objective)
    policies: list[JsonValue] = [
        {"alertPolicyRef": _policy_name(objective, window)} for window in _windows(plan, objective)
    ]
    spec: Document = {
        "description": sentence(plan, objective.sli)[:_LONGEST],
        "service": plan.service,
        "indicator": {
            "metadata": {"name": f"{objective.id}-sli", "displayName": objective.name},
            "spec": indicator,
        },
        "timeWindow": [
            {"duration": duration(value(plan, objective.window_days) * 86400), "isRolling": True}
        ],
        "budgetingMethod": "Occurrences",
        "objectives": [{"displayName": objective.name, **aims}],
    }
    if policies:
        spec["alertPolicies"] = policies
    return _document(
        "SLO",
        f"{plan.service}-{objective.id}"[:63].rstrip("-"),
        f"{plan.service}: {objective.name}",
        spec,
        labels={names.SLO_KIND_LABEL: str(objective.kind)},
        annotations={names.PLAN_LABEL: plan.id},
    )


def _indicator(plan: Plan, objective: Objective) -> tuple[Document, Document]:
    """The indicator of an objective, and its target."""
    if objective.metric == names.EVALUATION_SCORE:
        return _score(plan, objective)
    if objective.metric == names.JOB_LAST_SUCCESS:
        return _lateness(plan, objective)
    target = value(plan, objective.target)
    if objective.metric == names.GATEWAY_FEEDBACK and target <= 1:
        target *= 100
    counts: Document = {
        name: _metric(f"sum({series})") for name, series in _counters(plan, objective).items()
    }
    return {"ratioMetric": {"counter": True, **counts}}, {"target": _share(target / 100)}


def _counters(plan: Plan, objective: Objective) -> dict[str, str]:
    """Good or bad events, and all of them, as counters."""
    service = service_matcher(plan)
    if objective.metric in contract.BUCKET_EDGES:
        edge = contract.edge_for(objective.metric, threshold_s(plan, objective.threshold or ""))
        within = [service, contract.edge_matcher(edge)]
        return {
            "good": selector(f"{objective.metric}_bucket", within),
            "total": selector(f"{objective.metric}_count", [service]),
        }
    if objective.metric == names.GATEWAY_FEEDBACK:
        return {
            "good": selector(objective.metric, [service, 'rating="up"']),
            "total": selector(objective.metric, [service]),
        }
    if objective.metric == names.GATEWAY_MET:
        return {
            "good": selector(objective.metric, [service, 'met="yes"']),
            "total": selector(objective.metric, [service]),
        }
    wrong = {
        names.JOB_ITEMS: ("error",),
        names.DEVICE_INFERENCES: ("error", "late"),
    }.get(objective.metric, contract.BAD_OUTCOMES)
    valid = [service]
    if objective.metric == names.GATEWAY_REQUESTS:
        valid.append(f'{contract.OUTCOME}!="invalid"')
    return {
        "bad": selector(objective.metric, [service, f'{contract.OUTCOME}=~"{"|".join(wrong)}"']),
        "total": selector(objective.metric, valid),
    }


def _score(plan: Plan, objective: Objective) -> tuple[Document, Document]:
    """A score is a share that was computed elsewhere, with its interval."""
    limit, higher = value(plan, objective.target), higher_is_better(plan, objective)
    scale = 100.0 if limit > 1 else 1.0
    at = [service_matcher(plan), f'slo="{objective.id}"', 'bound="value"']
    query = f"max({selector(objective.metric, at)})" + ("" if scale == 1 else " / 100")
    good = limit / scale if higher else 1 - limit / scale
    return {
        "ratioMetric": {"rawType": "success" if higher else "failure", "raw": _metric(query)}
    }, {"target": _share(good)}


def _lateness(plan: Plan, objective: Objective) -> tuple[Document, Document]:
    limit = period_s(plan) + threshold_s(plan, objective.threshold or "")
    query = f"time() - max({selector(objective.metric, [service_matcher(plan)])})"
    aims: Document = {
        "op": "lte",
        "value": float(decimal(limit)),
        "target": _share(value(plan, objective.target) / 100),
    }
    return {"thresholdMetric": _metric(query)}, aims


def _metric(query: str) -> Document:
    return {"metricSource": {"metricSourceRef": _SOURCE, "spec": {"query": query}}}


def _share(share: float) -> float:
    """A target as OpenSLO takes it: at least 0, below 1."""
    return min(round(share, 8), 0.99999999)


def _windows(plan: Plan, objective: Objective) -> tuple[BurnWindow, ...]:
    return plan.burn_windows if objective.alerting == "burn-rate" else ()


def _policy_name(objective: Objective, window: BurnWindow) -> str:
    return f"{objective.id}-{window.name}"


def _policies(plan: Plan, objective: Objective) -> Iterator[Document]:
    """One policy a window, since a policy of OpenSLO has one condition."""
    period = value(plan, objective.window_days) * 86400
    speeds = {"page": "fast", "ticket": "slow"}
    for window in _windows(plan, objective):
        rate = burn_rate(
            budget_percent=window.budget_percent, long_s=window.long_s, period_s=period
        )
        name = _policy_name(objective, window)
        condition: Document = {
            "kind": "burnrate",
            "op": "gte",
            "threshold": float(decimal(rate)),
            "lookbackWindow": duration(window.long_s),
            "alertAfter": "0m",
        }
        told = (
            f"Rule {alert_name(f'{objective.id}-burn-{speeds[window.severity]}')} also asks the last "
            f"{duration(window.short_s)}, and that chance does not explain the bad events."
        )
        inner: Document = {"severity": window.severity, "description": told, "condition": condition}
        yield _document(
            "AlertPolicy",
            name,
            f"{objective.name}: {window.name}",
            {
                "alertWhenBreaching": True,
                "alertWhenResolved": True,
                "alertWhenNoData": False,
                "conditions": [
                    {
                        "kind": "AlertCondition",
                        "metadata": {"name": f"{name}-condition"},
                        "spec": inner,
                    }
                ],
                "notificationTargets": [{"targetRef": window.severity}],
            },
        )
