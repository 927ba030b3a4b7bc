"""AnalysisTemplates: what judges a release, at every look, with a decision on no data."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Check, Plan
from aegis.render.kubernetes.objects import PROMETHEUS_ADDRESS, ROOT, Object, framed
from aegis.render.shared import evidence
from aegis.render.shared.evidence import LOOK_S
from aegis.render.shared.reading import decimal

PRESENT = "data-present"  # the canary was seen at all: no data holds the release
WATCH = "slo-watch"  # for steps without a comparison: everything or nothing on the new version
_RANGE = "{{args.range}}"


def template_name(plan: Plan, check: str) -> str:
    """The name of the template of a check."""
    return f"{plan.service}-{check}"


def templates(plan: Plan) -> tuple[Artifact, ...]:
    """A template for every check of the release, and two that guard all of them."""
    return (
        *(_comparison(plan, check) for check in plan.release.checks),
        _present(plan),
        _watch(plan),
    )


def _arguments(check: Check) -> tuple[str, str]:
    return f"{check.id}-gain", f"{check.id}-loss"


def weights(plan: Plan, check_id: str, share: float) -> dict[str, str]:
    """What a bad event counts for and against, at a share of the traffic; by argument's name."""
    check = next((c for c in plan.release.checks if c.id == check_id), None)
    if check is None or evidence.is_scored(check):
        return {}
    gain, loss = evidence.e_weights(harm=evidence.harm(plan, check), share=share)
    names_of = _arguments(check)
    return {names_of[0]: decimal(gain), names_of[1]: decimal(loss)}


def _comparison(plan: Plan, check: Check) -> Artifact:
    if evidence.is_scored(check):
        query = evidence.score_gap(plan, check)
        args: tuple[str, ...] = ("range", "looks")
    else:
        gain, loss = _arguments(check)
        query = evidence.log_evidence(
            plan,
            check,
            window=_RANGE,
            gain=f"{{{{args.{gain}}}}}",
            loss=f"{{{{args.{loss}}}}}",
        )
        args = ("range", "looks", gain, loss)
    limit = decimal(evidence.limit(plan, check))
    metric = _watched(check.id, query, f"result[0] < {limit}", f"result[0] >= {limit}")
    return _template(plan, check.id, metric, args)


def _watch(plan: Plan) -> Artifact:
    query = evidence.burning(plan, _RANGE)
    metric = _watched(WATCH, query, "result[0] < 1", "result[0] >= 1")
    return _template(plan, WATCH, metric, ("range", "looks"))


def _present(plan: Plan) -> Artifact:
    metric: Object = {
        "name": PRESENT,
        "initialDelay": "{{args.last-look}}",
        "interval": f"{LOOK_S}s",
        "count": 1,
        **_decide("result[0] >= 1", "false"),
        "failureLimit": 0,
        "inconclusiveLimit": 0,
        "provider": _prometheus(evidence.seen_requests(plan, _RANGE)),
    }
    return _template(plan, PRESENT, metric, ("range", "last-look"))


def _watched(name: str, query: str, success: str, failure: str) -> Object:
    """Every look of the step; the first that fails ends the release."""
    return {
        "name": name,
        "interval": f"{LOOK_S}s",
        "count": "{{args.looks}}",
        **_decide(success, failure),
        "failureLimit": 0,
        # Looks without data wait for the next; `data-present` decides at the end of the step.
        "inconclusiveLimit": "{{args.looks}}",
        "provider": _prometheus(query),
    }


def _decide(success: str, failure: str) -> Object:
    """Conditions that decide the empty result and NaN: neither is a success, neither a failure."""
    there = "len(result) > 0 && !isNaN(result[0]) && "
    return {
        "successCondition": f"{there}{success}",
        "failureCondition": f"{there}{failure}",
    }


def _prometheus(query: str) -> Object:
    return {"prometheus": {"address": PROMETHEUS_ADDRESS, "query": query}}


def _template(plan: Plan, check: str, metric: Object, args: tuple[str, ...]) -> Artifact:
    because = ("release-strategy", "monitoring-stack")
    declared: list[JsonValue] = [{"name": name} for name in args]
    body: Object = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "spec": {"args": declared, "metrics": [metric]},
    }
    return Artifact(
        path=f"{ROOT}/base/analysis-{check}.yaml",
        content=framed(plan, template_name(plan, check), because, body),
        because=because,
    )
