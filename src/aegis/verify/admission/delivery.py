"""Rules of Argo Rollouts, KEDA and Dynamo that stand in their code.

Sources: argo-rollouts `pkg/apis/rollouts/validation/validation.go`; keda
`apis/keda/v1alpha1/{scaledobject_types,scaledobject_webhook}.go`; ai-dynamo/dynamo
`deploy/operator/api/v1beta1/{dynamographdeployment_types,common}.go` and, at 03bd8b47,
`deploy/operator/internal/webhook/validation/shared_v1beta1.go`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from aegis.verify.access import Map, Steps, dig, mapping, maps, text, whole
from aegis.verify.admission.pods import Said
from aegis.verify.admission.workloads import count_of
from aegis.verify.objects import Bundle, Hit, Object, selects
from aegis.verify.schema.problem import shown

_STEPS = (
    "setWeight", "pause", "experiment", "analysis", "setCanaryScale", "setHeaderRoute",
    "setMirrorRoute", "plugin",
)  # fmt: skip
_EXCLUSIVE = ("setWeight", "pause", "experiment", "analysis")
_NEEDS_SERVICES = ("smi", "apisix", "ambassador", "nginx", "appMesh", "traefik")
_DURATION = re.compile(r"^[0-9]+(ns|us|ms|s|m|h|\.|[0-9])*\Z")
_COMPONENTS = ("frontend", "worker", "prefill", "decode", "planner", "epp")
_VERSIONED = re.compile(r":v?[0-9]+\.[0-9]+\.[0-9]+[^/]*\Z")
_MAX_COMPONENTS = 25
_MAX_NAME = 63


def delivery_rules(bundle: Bundle) -> Iterator[Hit]:
    """What the controllers refuse after the API server has accepted."""
    tables: tuple[tuple[str, str, str, Callable[[Object], Said]], ...] = (
        ("Rollout", "argoproj.io", "rollout-refused", _rollout),
        ("ScaledObject", "keda.sh", "scaler-refused", _scaled_object),
        ("DynamoGraphDeployment", "nvidia.com", "dynamo-graph-refused", _dynamo),
    )
    for kind, group, name, rule in tables:
        for item in bundle.of(kind, group=group):
            for path, message in rule(item):
                yield Hit(name=name, object=item, path=path, message=message)


def _rollout(item: Object) -> Said:
    spec = mapping(item.full.get("spec"))
    if spec.get("workloadRef") is None:
        yield from _own_template(spec)
    elif dig(spec, "template", "spec", "containers"):
        yield ("spec", "template"), "must be empty beside `workloadRef`"
    ready = whole(spec.get("minReadySeconds")) or 0
    deadline = whole(spec.get("progressDeadlineSeconds"))
    if (600 if deadline is None else deadline) <= ready:
        yield ("spec",), "progressDeadlineSeconds must be greater than minReadySeconds"
    strategy = mapping(spec.get("strategy"))
    canary, blue_green = strategy.get("canary"), strategy.get("blueGreen")
    if (canary is None) == (blue_green is None):
        yield ("spec",), "needs exactly one of strategy.canary and strategy.blueGreen"
    elif isinstance(canary, dict):
        yield from _canary(canary)
    elif isinstance(blue_green, dict):
        active = blue_green.get("activeService")
        if active == blue_green.get("previewService"):
            yield (
                ("spec", "strategy", "blueGreen"),
                "activeService and previewService must be different",
            )


def _own_template(spec: Map) -> Said:
    selector = mapping(spec.get("selector"))
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield ("spec",), "`selector` is missing or empty"
    elif not selects(selector, mapping(dig(spec, "template", "metadata", "labels"))):
        yield ("spec", "selector"), "does not match the labels of the pod template"


def _canary(canary: Map) -> Said:
    path: Steps = ("spec", "strategy", "canary")
    surge = count_of(canary.get("maxSurge", "25%"), 100, up=True)
    gone = count_of(canary.get("maxUnavailable", "25%"), 100, up=True)
    if surge == 0 and gone == 0:
        yield (*path, "maxSurge"), "maxSurge and maxUnavailable must not both be 0"
    stable, trial = text(canary.get("stableService")), text(canary.get("canaryService"))
    if stable and stable == trial:
        yield (*path, "stableService"), "stableService and canaryService must be different"
    routing = canary.get("trafficRouting")
    router = mapping(routing)
    if any(router.get(name) is not None for name in _NEEDS_SERVICES) and not (stable and trial):
        yield (*path, "trafficRouting"), "needs both stableService and canaryService"
    if routing is None:
        for field in ("scaleDownDelaySeconds", "dynamicStableScale"):
            if canary.get(field):
                yield (*path, field), "needs trafficRouting"
    most = whole(router.get("maxTrafficWeight")) or 100
    for step_path, step in maps(canary, "steps"):
        yield from _step((*path, *step_path), step, router, most=most)


def _step(path: Steps, step: Map, routing: Map, *, most: int) -> Said:
    given = [name for name in _STEPS if step.get(name) is not None]
    if not given:
        yield path, f"needs one of {', '.join(_STEPS)}"
    if sum(name in _EXCLUSIVE for name in given) > 1:
        yield path, f"{' and '.join(given)} in one step"
    weight = whole(step.get("setWeight"))
    if weight is not None and not 0 <= weight <= most:
        yield (*path, "setWeight"), f"{weight} must be from 0 to {most}"
    duration = dig(step, "pause", "duration")
    if isinstance(duration, str) and not _DURATION.match(duration):
        yield (*path, "pause", "duration"), f"{shown(duration)} is no duration"
    if step.get("setCanaryScale") is not None and not routing:
        yield (*path, "setCanaryScale"), "needs trafficRouting"
    for name in ("setHeaderRoute", "setMirrorRoute"):
        if step.get(name) is None:
            continue
        route = dig(step, name, "name")
        managed = [entry.get("name") for _, entry in maps(routing, "managedRoutes")]
        if route not in managed:
            yield (*path, name), f"route {shown(route)} is not in trafficRouting.managedRoutes"


def _scaled_object(item: Object) -> Said:
    spec = mapping(item.full.get("spec"))
    least, most = whole(spec.get("minReplicaCount")), whole(spec.get("maxReplicaCount"))
    low = 0 if least is None else max(least, 1)
    high = 100 if most is None else most
    if low > high:
        yield ("spec", "minReplicaCount"), f"{low} is more than maxReplicaCount {high}"
    idle = whole(spec.get("idleReplicaCount"))
    if idle is not None and idle >= low:
        yield ("spec", "idleReplicaCount"), f"{idle} must be less than minReplicaCount {low}"
    if len(item.name) > _MAX_NAME or len(f"keda-hpa-{item.name}") > _MAX_NAME:
        named = dig(spec, "advanced", "horizontalPodAutoscalerConfig", "name")
        if len(item.name) > _MAX_NAME or not named:
            yield ("metadata", "name"), "`keda-hpa-` and this name exceed 63 characters"
    triggers = list(maps(item.full, "spec", "triggers"))
    if not triggers:
        yield ("spec",), "needs at least one trigger"
    yield from _fallback(spec, [trigger for _, trigger in triggers])
    yield from _trigger_names(triggers)


def _fallback(spec: Map, triggers: list[Map]) -> Said:
    fallback = spec.get("fallback")
    if not isinstance(fallback, dict):
        return
    for field in ("failureThreshold", "replicas"):
        if (whole(fallback.get(field)) or 0) < 0:
            yield ("spec", "fallback", field), "must not be negative"
    fits = any(
        trigger.get("type") not in ("cpu", "memory")
        and trigger.get("metricType") in (None, "", "AverageValue")
        for trigger in triggers
    )
    if not fits and not dig(spec, "advanced", "scalingModifiers"):
        yield ("spec", "fallback"), "needs a trigger with metricType AverageValue"


def _trigger_names(triggers: list[tuple[Steps, Map]]) -> Said:
    names: set[str] = set()
    for path, trigger in triggers:
        name = text(trigger.get("name"))
        if name and name in names:
            yield (*path, "name"), f"two triggers are called `{name}`"
        names.add(name)
        cached = trigger.get("useCachedMetrics")
        if cached is True and trigger.get("type") in ("cpu", "memory", "cron"):
            yield (*path, "useCachedMetrics"), f"not for triggers of type {trigger.get('type')}"


def _dynamo(item: Object) -> Said:
    if item.api_version != "nvidia.com/v1beta1":
        return
    components = list(maps(item.full, "spec", "components"))
    if not 1 <= len(components) <= _MAX_COMPONENTS:
        yield ("spec",), f"needs 1 to {_MAX_COMPONENTS} components, not {len(components)}"
    names: set[str] = set()
    for path, component in components:
        name = text(component.get("name")).lower()
        if not name or name in names:
            yield path, f"name {shown(name)} is missing or taken (upper and lower case are one)"
        names.add(name)
        yield from _component(path, component)
    if sum(component.get("type") == "epp" for _, component in components) > 1:
        yield ("spec", "components"), "at most one component may have type epp"
    if dig(item.full, "spec", "restart") is not None:
        yield ("spec", "restart"), "must be absent when the graph is created"


def _component(path: Steps, component: Map) -> Said:
    if component.get("type") not in (None, *_COMPONENTS):
        yield (*path, "type"), f"{shown(component.get('type'))} is not one of {_COMPONENTS}"
    containers = [
        container for _, container in maps(component, "podTemplate", "spec", "containers")
    ]
    if component.get("podTemplate") is not None and not any(
        container.get("name") == "main" and container.get("image") for container in containers
    ):
        yield (*path, "podTemplate"), "needs a container `main` with an image"
    nodes = whole(dig(component, "multinode", "nodeCount"))
    if nodes is not None and nodes < 2:
        yield (*path, "multinode", "nodeCount"), "must be at least 2"
    least, replicas = whole(component.get("minAvailable")), whole(component.get("replicas"))
    if least is not None and replicas is not None and least > replicas:
        yield (*path, "minAvailable"), f"{least} is more than {replicas} replicas"
    yield from _runtime(path, component, containers)
    if component.get("type") == "epp":
        if component.get("multinode") is not None:
            yield (*path, "multinode"), "an endpoint picker runs on one node"
        if replicas not in (None, 1):
            yield (*path, "replicas"), "an endpoint picker has exactly one replica"


def _runtime(path: Steps, component: Map, containers: list[Map]) -> Said:
    """Upstream: runtimeVersionOverrideRequired, and the check of frontendSidecar."""
    image = next((text(each.get("image")) for each in containers if each.get("name") == "main"), "")
    if image and not _VERSIONED.search(image) and not component.get("runtimeVersionOverride"):
        yield path, "`runtimeVersionOverride` is needed: the image has no tag that is a version"
    sidecar = component.get("frontendSidecar")
    if sidecar is not None and sidecar not in [each.get("name") for each in containers]:
        yield (*path, "frontendSidecar"), f"there is no container {shown(sidecar)}"
