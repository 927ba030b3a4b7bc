"""The release of the plan as a strategy of Argo Rollouts: its steps, one for one."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.plan.types import Plan, Step
from aegis.render.kubernetes.analysis import JUDGE, PROVED, SEEN, template_name
from aegis.render.kubernetes.objects import Object
from aegis.render.shared.evidence import LOOK_S
from aegis.render.shared.reading import value
from aegis.render.shared.serving import slots

PLUGIN = "argoproj-labs/gatewayAPI"


def strategy(plan: Plan) -> Object:
    """Canary or blue-green; both go back by themselves when an analysis fails."""
    if plan.release.strategy == "blue-green":
        return {"blueGreen": _blue_green(plan)}
    if slots(plan).room == "none":
        return {"canary": {"maxSurge": 0, "maxUnavailable": 1}}
    return {"canary": _canary(plan)}


def _canary(plan: Plan) -> Object:
    return {
        "stableService": plan.service,
        "canaryService": f"{plan.service}-canary",
        "stableMetadata": {"labels": {names.TRACK_LABEL: "stable"}},
        "canaryMetadata": {"labels": {names.TRACK_LABEL: "canary"}},
        "trafficRouting": {
            "plugins": {PLUGIN: {"httpRoute": plan.service, "namespace": "production"}}
        },
        # Both versions stand in full where there is room, so that the way back is a weight.
        "dynamicStableScale": slots(plan).room == "one",
        **_room(plan),
        "abortScaleDownDelaySeconds": 60,
        "steps": [part for step in plan.release.steps for part in _step(plan, step)],
    }


def _room(plan: Plan) -> Object:
    """Nothing beyond the devices there are; elsewhere the old version stays for the way back."""
    if slots(plan).room == "one":
        return {"maxSurge": 0, "maxUnavailable": 1}
    return {"scaleDownDelaySeconds": 600}


def _step(plan: Plan, step: Step) -> list[JsonValue]:
    """A weight, then the analysis that holds it: it ends the step, or the release."""
    weight = round(value(plan, step.weight))
    parts: list[JsonValue] = [{"setWeight": weight}]
    if weight == 0:
        parts.insert(0, {"setCanaryScale": {"replicas": 1}})
    parts.append({"analysis": _analysis(plan, step, _gates(plan, weight))})
    return parts


def _gates(plan: Plan, weight: int) -> tuple[str, ...]:
    """What the step waits for at its end: the proof, before everybody meets the new version."""
    if not 0 < weight < 100:
        return ()
    weights = [round(value(plan, s.weight)) for s in plan.release.steps]
    last = max(w for w in weights if w < 100)
    return (PROVED,) if weight == last else (SEEN,)


def _analysis(plan: Plan, step: Step, gates: tuple[str, ...]) -> Object:
    hold_s = value(plan, step.hold_minutes) * 60
    templates: list[JsonValue] = [
        {"templateName": template_name(plan, name)} for name in (JUDGE, *gates)
    ]
    args = {"looks": str(max(1, round(hold_s / LOOK_S)))}
    if gates:
        args |= {
            "range": f"{round(hold_s)}s",
            "last-look": f"{max(0, round(hold_s) - LOOK_S)}s",
        }
    given: list[JsonValue] = [{"name": k, "value": v} for k, v in args.items()]
    return {"templates": templates, "args": given}


def _blue_green(plan: Plan) -> Object:
    before, after = plan.release.steps[0], plan.release.steps[-1]
    return {
        "activeService": plan.service,
        "previewService": f"{plan.service}-canary",
        "activeMetadata": {"labels": {names.TRACK_LABEL: "stable"}},
        "previewMetadata": {"labels": {names.TRACK_LABEL: "canary"}},
        "autoPromotionEnabled": True,
        # Nobody is switched before requests on the preview have proved every limit.
        "prePromotionAnalysis": _analysis(plan, before, (PROVED,)),
        "postPromotionAnalysis": _analysis(plan, after, ()),
        # The old version stands until the analysis after the switch has ended.
        "scaleDownDelaySeconds": round(value(plan, after.hold_minutes) * 60) + 600,
    }
