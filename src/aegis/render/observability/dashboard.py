"""A Grafana dashboard of the plan: objectives first, then releases, then what explains them."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.plan.types import Objective, Plan
from aegis.render.observability.burn import REMAINING
from aegis.render.observability.indicator import budget, service_matcher
from aegis.render.observability.rule import selector
from aegis.render.observability.shares import (
    GOODPUT,
    REFUSED,
    request_objectives,
    share_group,
    window_s,
)
from aegis.render.shared import metrics as contract
from aegis.render.shared.reading import duration, sentence
from aegis.render.shared.steady import BAD, EVENTS

_SOURCE: JsonValue = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH, _HEIGHT = 8, 7
_AT = 'environment="$environment"'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    title: str
    queries: tuple[tuple[str, str], ...]  # PromQL, legend
    unit: str = "short"
    kind: str = "timeseries"
    description: str = ""
    steps: tuple[tuple[float | None, str], ...] = field(default=((None, "green"),))


def dashboard(plan: Plan) -> dict[str, JsonValue]:
    """The dashboard as Grafana imports it; its data source is a variable."""
    panels = [*_objectives(plan), *_shares(plan), _drift(plan), *_release(plan), *_engine(plan)]
    drawn: list[JsonValue] = [_draw(panel, i) for i, panel in enumerate(panels)]
    return {
        "uid": f"aegis-{plan.service}"[:40],
        "title": f"{plan.service}: objectives and release",
        "description": f"Plan {plan.id}. {plan.purpose}",
        "tags": ["aegis", plan.service],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus"},
                {
                    "name": "environment",
                    "type": "custom",
                    "query": ",".join(reversed(names.ENVIRONMENTS)),
                },
            ]
        },
        "panels": drawn,
    }


def _draw(panel: _Panel, index: int) -> dict[str, JsonValue]:
    targets: list[JsonValue] = [
        {"refId": chr(65 + i), "expr": expr, "legendFormat": legend, "datasource": _SOURCE}
        for i, (expr, legend) in enumerate(panel.queries)
    ]
    steps: list[JsonValue] = [{"value": value, "color": color} for value, color in panel.steps]
    return {
        "id": index + 1,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": {
            "x": index % 3 * _WIDTH,
            "y": index // 3 * _HEIGHT,
            "w": _WIDTH,
            "h": _HEIGHT,
        },
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "targets": targets,
    }


def _objectives(plan: Plan) -> list[_Panel]:
    panels = []
    for objective in plan.objectives:
        match objective.alerting:
            case "burn-rate":
                panels += _burning(plan, objective)
            case "verdict" if objective.metric == names.EVALUATION_SCORE:
                panels.append(_score(plan, objective))
            case _:
                panels.append(_raw(plan, objective))
    return panels


def _burning(plan: Plan, objective: Objective) -> list[_Panel]:
    at = f'{{service="{plan.service}",slo="{objective.id}",{_AT}}}'
    share = f"{BAD}1h{at} / {EVENTS}1h{at}"
    return [
        _Panel(
            title=f"{objective.name}: budget left",
            queries=((f"{REMAINING}{at}", "left"),),
            unit="percentunit",
            kind="stat",
            description=sentence(plan, objective.sli),
            steps=((None, "red"), (0.0, "orange"), (0.25, "green")),
        ),
        _Panel(
            title=f"{objective.name}: share of bad events, 1 h",
            queries=((share, "bad"), (f"vector({budget(plan, objective):g})", "tolerated")),
            unit="percentunit",
            description=sentence(plan, objective.sli),
        ),
    ]


def _score(plan: Plan, objective: Objective) -> _Panel:
    at = [service_matcher(plan), f'slo="{objective.id}"', _AT]
    return _Panel(
        title=f"{objective.name}: score with its interval",
        queries=((selector(objective.metric, at), "{{track}} {{bound}}"),),
        description=sentence(plan, objective.sli),
    )


def _raw(plan: Plan, objective: Objective) -> _Panel:
    at = selector(objective.metric, [service_matcher(plan), _AT])
    return _Panel(
        title=objective.name,
        queries=((at, "{{outcome}}{{rating}}"),),
        description=sentence(plan, objective.sli),
    )


def _shares(plan: Plan) -> list[_Panel]:
    """Goodput, and requests that a guardrail refused."""
    if not share_group(plan):
        return []
    at, window = f"{{{service_matcher(plan)},{_AT}}}", duration(window_s(plan))
    met = ", ".join(o.name.lower() for o in request_objectives(plan))
    return [
        _Panel(
            title=f"Goodput, {window}",
            queries=((f"{GOODPUT}{window}{at}", "goodput"),),
            unit="percentunit",
            description=f"Requests that meet every objective at once, judged one by one: {met}.",
        ),
        _Panel(
            title=f"Refused by guardrails, {window}",
            queries=((f"{REFUSED}{window}{at}", "refused"),),
            unit="percentunit",
        ),
    ]


def _drift(plan: Plan) -> _Panel:
    at = selector(names.DRIFT_EVIDENCE, [service_matcher(plan), _AT])
    return _Panel(
        title="Drift: evidence in units of its bound",
        queries=((at, "{{signal}}"), ("vector(1)", "drift")),
        description="From 1 on, something moved; `aegis drift check` says which column and since when.",
        steps=((None, "green"), (1.0, "red")),
    )


def _release(plan: Plan) -> list[_Panel]:
    """Stable and canary side by side, for each metric that judges a release."""
    panels = []
    for metric in dict.fromkeys(check.metric for check in plan.release.checks):
        at = [service_matcher(plan), _AT]
        if metric in contract.BUCKET_EDGES:
            rate = f"rate({selector(f'{metric}_bucket', at)}[10m])"
            query = f"histogram_quantile(0.95, sum by (le, {contract.TRACK}) ({rate}))"
            panels.append(
                _Panel(title=f"{metric}: p95 by track", queries=((query, "{{track}}"),), unit="s")
            )
        elif metric.endswith("_total"):
            labels = f"{contract.TRACK}, outcome, kpi"
            query = f"sum by ({labels}) (rate({selector(metric, at)}[10m]))"
            panels.append(
                _Panel(
                    title=f"{metric}: per second by track",
                    queries=((query, "{{track}} {{outcome}}{{kpi}}"),),
                    unit="reqps",
                )
            )
        else:
            panels.append(
                _Panel(
                    title=f"{metric} by track",
                    queries=((selector(metric, at), "{{track}} {{bound}}"),),
                )
            )
    return panels


# Series of a feature, by a part of their names: a panel of one that is off stays empty for ever.
_OF_FEATURES = {"spec_decode": "feature-speculative-decoding", "lora": "feature-multi-lora"}
_SHARES = ("_perc", "_usage", "_ratio", "_rate")


def _engine(plan: Plan) -> list[_Panel]:
    """Gauges and counters of this service's engine as its catalog entry names them."""
    found = sorted({m for c in plan.components if c.kind == "engine" for m in c.emits})
    panels = []
    for metric in found:
        off = any(
            part in metric and plan.chosen(feature) != "on"
            for part, feature in _OF_FEATURES.items()
        )
        if metric in names.JOB_METRICS or off or metric.endswith("_info"):
            continue
        at = selector(metric, [service_matcher(plan), _AT])
        if metric.endswith("_total"):
            query = f"sum(rate({at}[5m]))"
            panels.append(
                _Panel(title=f"{metric}, per second", queries=((query, "all"),), unit="cps")
            )
        elif not metric.endswith(("_seconds", "_tokens", "_ms", "_us")):
            unit = "percentunit" if metric.endswith(_SHARES) else "short"
            panels.append(_Panel(title=metric, queries=((at, "{{pod}}{{instance}}"),), unit=unit))
    return panels
