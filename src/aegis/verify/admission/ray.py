"""Rules of the KubeRay operator, which it applies before it starts anything.

Source: ray-project/kuberay v1.7.0 (59d663ae), `ray-operator/controllers/ray/utils/validation.go`
(ValidateRayServiceMetadata, ValidateRayServiceSpec, ValidateClusterUpgradeOptions,
ValidateRayClusterSpec, validateRayGroupResources, validateInitializingTimeout).
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis.verify.access import Map, Steps, dig, mapping, maps, text, whole
from aegis.verify.admission.pods import Said, one_of
from aegis.verify.objects import Bundle, Hit, Object
from aegis.verify.schema.formats import seconds
from aegis.verify.schema.meta import label_1035
from aegis.verify.schema.problem import shown

_LONGEST = {"RayCluster": 53, "RayService": 47, "RayJob": 47}
_UPGRADES = ("NewClusterWithIncrementalUpgrade", "NewCluster", "None")
_START_RESOURCES = ("num-cpus", "num-gpus", "memory", "resources")
_TIMEOUT = "ray.io/initializing-timeout"
_CLUSTERS: dict[str, Steps] = {
    "RayCluster": ("spec",),
    "RayService": ("spec", "rayClusterConfig"),
    "RayJob": ("spec", "rayClusterSpec"),
}


def ray_rules(bundle: Bundle) -> Iterator[Hit]:
    """What the operator refuses in a RayCluster, RayService or RayJob."""
    for item in bundle.of(*_CLUSTERS, group="ray.io"):
        found = [*_name(item), *_cluster(item, _CLUSTERS[item.kind])]
        if item.kind == "RayService":
            found += [*_service(item), *_upgrade(item)]
        for path, message in found:
            yield Hit(name="ray-refused", object=item, path=path, message=message)


def _name(item: Object) -> Said:
    """ValidateRay…Metadata: names of pods and Services are made of it."""
    if item.name and (why := label_1035(item.name)):
        yield ("metadata", "name"), f"{shown(item.name)} {why}"
    elif len(item.name) > _LONGEST[item.kind]:
        yield ("metadata", "name"), f"has more than {_LONGEST[item.kind]} characters"


def _cluster(item: Object, path: Steps) -> Said:
    """ValidateRayClusterSpec: head, workers and their bounds."""
    spec = mapping(dig(item.full, *path))
    if not spec:
        return
    head: Steps = (*path, "headGroupSpec")
    if not dig(item.full, *head, "template", "spec", "containers"):
        yield head, "needs at least one container"
    yield from _resources(mapping(spec.get("headGroupSpec")), head)
    scaled = spec.get("enableInTreeAutoscaling") is True
    for steps, group in maps(spec, "workerGroupSpecs"):
        where = (*path, *steps)
        if not dig(group, "template", "spec", "containers"):
            yield where, "needs at least one container"
        yield from _resources(group, where)
        yield from _bounds(group, where, scaled=scaled)
    idle = whole(dig(spec, "autoscalerOptions", "idleTimeoutSeconds"))
    if idle is not None and idle < 0:
        yield (*path, "autoscalerOptions", "idleTimeoutSeconds"), "must not be negative"


def _resources(group: Map, path: Steps) -> Said:
    """validateRayGroupResources: one place says what a group has."""
    start = mapping(group.get("rayStartParams"))
    if group.get("resources") and any(start.get(name) for name in _START_RESOURCES):
        yield (*path, "resources"), "stand in rayStartParams too; only one place may say them"
    if "labels" in start:
        yield (*path, "rayStartParams", "labels"), "belongs to the group's own `labels`"


def _bounds(group: Map, path: Steps, *, scaled: bool) -> Said:
    """ValidateRayClusterSpec: least and most workers."""
    least, most = whole(group.get("minReplicas")), whole(group.get("maxReplicas"))
    if not scaled and (least is None or most is None):
        yield path, "needs minReplicas and maxReplicas while the autoscaler is off"
    for name, value in (("minReplicas", least), ("maxReplicas", most)):
        if value is not None and value < 0:
            yield (*path, name), "must not be negative"
    if least is not None and most is not None and least > most:
        yield (*path, "minReplicas"), f"{least} is more than maxReplicas {most}"


def _service(item: Object) -> Said:
    """ValidateRayServiceSpec and validateInitializingTimeout."""
    head: Steps = ("spec", "rayClusterConfig", "headGroupSpec", "headService")
    if text(dig(item.full, *head, "metadata", "name")):
        yield (*head, "metadata", "name"), "must not be set: the operator names it"
    delay = whole(dig(item.full, "spec", "rayClusterDeletionDelaySeconds"))
    if delay is not None and delay < 0:
        yield ("spec", "rayClusterDeletionDelaySeconds"), "must not be negative"
    limit = text(item.annotations.get(_TIMEOUT))
    length = seconds(limit) if not limit.isdigit() else float(limit)
    if limit and (length is None or length <= 0):
        yield ("metadata", "annotations", _TIMEOUT), f"{shown(limit)} is no positive duration"


def _upgrade(item: Object) -> Said:
    """ValidateClusterUpgradeOptions: what an incremental upgrade cannot do without."""
    path: Steps = ("spec", "upgradeStrategy")
    strategy = mapping(dig(item.full, *path))
    yield from one_of(strategy.get("type"), _UPGRADES, (*path, "type"))
    if strategy.get("type") != _UPGRADES[0]:
        return
    if dig(item.full, "spec", "rayClusterConfig", "enableInTreeAutoscaling") is not True:
        yield (*path, "type"), "an incremental upgrade needs enableInTreeAutoscaling"
    options = strategy.get("clusterUpgradeOptions")
    where: Steps = (*path, "clusterUpgradeOptions")
    if not isinstance(options, dict):
        yield path, "an incremental upgrade needs clusterUpgradeOptions"
        return
    surge = whole(options.get("maxSurgePercent"))
    most = 100 if surge is None else surge
    step, pause = whole(options.get("stepSizePercent")), whole(options.get("intervalSeconds"))
    if not 0 <= most <= 100:
        yield (*where, "maxSurgePercent"), f"{most} must be from 0 to 100"
    if step is None or not 0 <= step <= most:
        yield (*where, "stepSizePercent"), f"must be from 0 to maxSurgePercent {most}"
    if pause is None or pause <= 0:
        yield (*where, "intervalSeconds"), "must be greater than 0"
    if not text(options.get("gatewayClassName")):
        yield where, "`gatewayClassName` is missing"
