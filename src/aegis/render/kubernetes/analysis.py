"""AnalysisTemplates: they read the judge's verdict at every look, and decide what no data means.

The judge is the one of `rollout/policy.yaml`, compiled to the rules of the bundle; no threshold
stands here.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import PROMETHEUS_ADDRESS, ROOT, Object, framed
from aegis.render.shared import evidence
from aegis.render.shared.evidence import LOOK_S

JUDGE = "judge"  # every look of a step: the first that says «worse» ends the release
SEEN = "seen"  # at the end of a step: the canary was seen
PROVED = "proved"  # before everybody meets it: seen, and every margin proved
_RANGE = "{{args.range}}"
_THERE = "len(result) > 0 && !isNaN(result[0]) && "


def template_name(plan: Plan, check: str) -> str:
    """The name of a template."""
    return f"{plan.service}-{check}"


def templates(plan: Plan) -> tuple[Artifact, ...]:
    """What watches a step, and what lets it end."""
    return (
        _template(plan, JUDGE, _watch(plan), ("looks",)),
        *(
            _template(plan, name, _gate(plan, name), ("range", "last-look"))
            for name in (SEEN, PROVED)
        ),
    )


def _watch(plan: Plan) -> Object:
    return {
        "name": JUDGE,
        "interval": f"{LOOK_S}s",
        "count": "{{args.looks}}",
        **_decide("result[0] == 0", "result[0] == 1"),
        "failureLimit": 0,
        # Looks without data wait for the next; the gate at the end of the step decides.
        "inconclusiveLimit": "{{args.looks}}",
        "provider": _prometheus(evidence.worse(plan)),
    }


def _gate(plan: Plan, name: str) -> Object:
    """Waits until the step may be left; when patience ends, Argo pauses, and a person decides."""
    return {
        "name": name,
        "initialDelay": "{{args.last-look}}",
        "interval": f"{LOOK_S}s",
        "consecutiveSuccessLimit": 1,
        **_decide("result[0] == 1", "result[0] < 0"),
        "failureLimit": 0,
        "inconclusiveLimit": round(evidence.patience_s(plan) / LOOK_S),
        "provider": _prometheus(evidence.may_go_on(plan, _RANGE, proved=name == PROVED)),
    }


def _decide(success: str, failure: str) -> Object:
    """Conditions that decide the empty result and NaN: neither is a success, neither a failure."""
    return {
        "successCondition": f"{_THERE}{success}",
        "failureCondition": f"{_THERE}{failure}",
    }


def _prometheus(query: str) -> Object:
    return {"prometheus": {"address": PROMETHEUS_ADDRESS, "query": query}}


def _template(plan: Plan, name: str, metric: Object, args: tuple[str, ...]) -> Artifact:
    because = ("release-strategy", "monitoring-stack")
    declared: list[JsonValue] = [{"name": arg} for arg in args]
    body: Object = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "spec": {"args": declared, "metrics": [metric]},
    }
    return Artifact(
        path=f"{ROOT}/base/analysis-{name}.yaml",
        content=framed(plan, template_name(plan, name), because, body),
        because=because,
    )
