"""The release of the plan as a strategy of Argo Rollouts: its steps, one for one."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.plan.types import Plan, Step
from aegis.render.kubernetes.analysis import JUDGE, PROVED, SEEN, template_name
from aegis.render.kubernetes.objects import Object, selector
from aegis.render.shared.evidence import LOOK_S
from aegis.render.shared.reading import value
from aegis.render.shared.serving import slots

PLUGIN = "argoproj-labs/gatewayAPI"
SHADOW_LABEL = "aegis.dev/shadow"
"""On pods that get copies of requests and answer nobody; only the mirror's Service selects it."""
ARM_HEADER, ARM = "aegis-arm", "b"
"""What a caller sends for the users of the new version."""


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
            **({"managedRoutes": [{"name": arm_route(plan)}]} if _by_user(plan) else {}),
            "plugins": {PLUGIN: {"httpRoute": plan.service, "namespace": "production"}},
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


def arm_route(plan: Plan) -> str:
    """The rule that the release adds to the route for the users of the new version."""
    return f"{plan.service}-{ARM}"


def _by_user(plan: Plan) -> bool:
    return plan.release.strategy == "ab"


def _step(plan: Plan, step: Step) -> list[JsonValue]:
    """A weight, then the analysis that holds it: it ends the step, or the release."""
    weight = round(value(plan, step.weight))
    if weight == 0:
        return [{"experiment": _shadow(plan, step)}]
    analysis: Object = {"analysis": _analysis(plan, step, _gates(plan, weight))}
    if _by_user(plan) and weight == _last_share(plan):
        return _arms(plan, weight, analysis)
    return [{"setWeight": weight}, analysis]


def _arms(plan: Plan, weight: int, analysis: Object) -> list[JsonValue]:
    """Who says that they belong to the new version's users gets it, and nobody else.

    The rule is removed at the end, and both versions stand at the size of their share meanwhile.
    """
    name = arm_route(plan)
    match: Object = {"headerName": ARM_HEADER, "headerValue": {"exact": ARM}}
    return [
        {"setCanaryScale": {"weight": weight}},
        {"setHeaderRoute": {"name": name, "match": [match]}},
        {"setWeight": 0},
        analysis,
        {"setHeaderRoute": {"name": name}},
        {"setCanaryScale": {"matchTrafficWeight": True}},
    ]


def _shadow(plan: Plan, step: Step) -> Object:
    """One replica beside the release, which the route's mirror finds for the time of the step."""
    looks: Object = {"name": "looks", "value": _looks(plan, step)}
    labels: Object = {SHADOW_LABEL: "yes", names.TRACK_LABEL: "canary"}
    return {
        "templates": [
            {
                "name": "shadow",
                "specRef": "canary",
                "replicas": 1,
                "metadata": {"labels": {**labels, **selector(plan)}},
            }
        ],
        "analyses": [
            {
                "name": JUDGE,
                "templateName": template_name(plan, JUDGE),
                "requiredForCompletion": True,
                "args": [looks],
            }
        ],
    }


def _gates(plan: Plan, weight: int) -> tuple[str, ...]:
    """What the step waits for at its end: the proof, before everybody meets the new version."""
    if not 0 < weight < 100:
        return ()
    return (PROVED,) if weight == _last_share(plan) else (SEEN,)


def _last_share(plan: Plan) -> int:
    """The largest share before everybody."""
    weights = [round(value(plan, s.weight)) for s in plan.release.steps]
    return max(w for w in weights if w < 100)


def _looks(plan: Plan, step: Step) -> str:
    return str(max(1, round(value(plan, step.hold_minutes) * 60 / LOOK_S)))


def _analysis(plan: Plan, step: Step, gates: tuple[str, ...]) -> Object:
    hold_s = value(plan, step.hold_minutes) * 60
    templates: list[JsonValue] = [
        {"templateName": template_name(plan, name)} for name in (JUDGE, *gates)
    ]
    args = {"looks": _looks(plan, step)}
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
