"""Accelerators, parallelism, surge, drain, startup and disruption of model servers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import JsonValue

from aegis.verify.access import Map, Steps, dig, mapping, maps, text, walk, whole
from aegis.verify.admission.pods import is_extended
from aegis.verify.admission.workloads import count_of
from aegis.verify.cross.wiring import target_of
from aegis.verify.objects import WORKLOADS, Bundle, Hit, Object, Pods, same_namespace, selects
from aegis.verify.schema.formats import quantity
from aegis.verify.text import load

DEFAULT_GRACE_S = 30

SHORTEST_STARTUP_S = 120
"""A model of a few GB takes minutes to pull and load; a shorter budget needs a reason."""

_SLEEP = re.compile(r"\bsleep[ ,\"']+([0-9]+)")
_DEVICES = re.compile(r"(gpu|tpu|gaudi|neuron|npu|mig-)", re.IGNORECASE)
_SIZES = {
    "tensor": re.compile(r"--(?:tensor-parallel-size|tp-size|tp)[= ]+([0-9]+)|(?<!\S)-tp[= ]+([0-9]+)"),
    "pipeline": re.compile(r"--(?:pipeline-parallel-size|pp-size|pp)[= ]+([0-9]+)|(?<!\S)-pp[= ]+([0-9]+)"),
    "data": re.compile(r"--(?:data-parallel-size|dp-size)[= ]+([0-9]+)|(?<!\S)-dp[= ]+([0-9]+)"),
}  # fmt: skip
_RAY = re.compile(
    r"--distributed-executor-backend[= ]+ray|ray start|--nnodes|--data-parallel-size-local"
)


def accelerators(container: Map) -> int:
    """Devices that a container asks for."""
    limits = mapping(dig(container, "resources", "limits"))
    total = 0
    for name, amount in limits.items():
        number = quantity(str(amount)) if is_extended(name) and _DEVICES.search(name) else None
        total += int(number) if number is not None else 0
    return total


def pod_accelerators(pods: Pods) -> int:
    """Devices that one pod asks for."""
    return sum(accelerators(container) for _, container in pods.containers())


def command_line(container: Map) -> str:
    """Command and arguments as one text."""
    parts: list[str] = []
    for field in ("command", "args"):
        value = container.get(field)
        parts.extend(str(part) for part in (value if isinstance(value, list) else []))
    return " ".join(parts)


def drains(bundle: Bundle) -> Iterator[Hit]:
    """The grace period is longer than what runs in preStop."""
    for pods in bundle.all_pods():
        grace = whole(pods.spec.get("terminationGracePeriodSeconds"))
        most = DEFAULT_GRACE_S if grace is None else grace
        for path, container in pods.containers():
            hook = mapping(dig(container, "lifecycle", "preStop"))
            pause = whole(dig(hook, "sleep", "seconds")) or _exec_sleep(hook)
            if pause and pause >= most:
                default = " (the default)" if grace is None else ""
                yield Hit(name="drain-longer-than-grace", object=pods.owner,
                          path=(*path, "lifecycle", "preStop"),
                          message=f"preStop takes {pause} s of a grace period of {most} s{default}")  # fmt: skip


def _exec_sleep(hook: Map) -> int:
    command = dig(hook, "exec", "command")
    words = " ".join(str(part) for part in (command if isinstance(command, list) else []))
    found = _SLEEP.search(words)
    return int(found.group(1)) if found else 0


def budget_s(probe: JsonValue) -> int:
    """Seconds until a probe gives up: initial delay and all its failures."""
    fields = mapping(probe)
    period = whole(fields.get("periodSeconds")) or 10
    failures = whole(fields.get("failureThreshold")) or 3
    return (whole(fields.get("initialDelaySeconds")) or 0) + period * failures


def startups(bundle: Bundle) -> Iterator[Hit]:
    """A container with accelerators may take its time to load before liveness kills it."""
    for pods in bundle.all_pods():
        for path, container in pods.containers():
            if not accelerators(container) or container.get("livenessProbe") is None:
                continue
            startup = container.get("startupProbe")
            name = "livenessProbe" if startup is None else "startupProbe"
            seconds = budget_s(container.get(name))
            if seconds < SHORTEST_STARTUP_S:
                missing = "there is no startupProbe and " if startup is None else ""
                yield Hit(name="no-startup-budget", object=pods.owner, path=(*path, name),
                          message=f"{missing}the container is restarted after {seconds} s")  # fmt: skip


def parallelism(bundle: Bundle) -> Iterator[Hit]:
    """Tensor × pipeline × data parallel size equals the accelerators of a replica."""
    for pods in bundle.all_pods():
        for path, container in pods.containers():
            line, devices = command_line(container), accelerators(container)
            sizes = {name: _size(pattern, line) for name, pattern in _SIZES.items()}
            if not devices or sizes["tensor"] is None or _RAY.search(line):
                continue
            together = _pods_together(pods)
            have = devices * (together or 1)
            need = sizes["tensor"] * (sizes["pipeline"] or 1) * (sizes["data"] or 1)
            if need != have and not (together and sizes["pipeline"] is None):
                parts = " × ".join(f"{name} {size}" for name, size in sizes.items() if size)
                field = "args" if container.get("args") else "command"
                yield Hit(name="parallelism-not-accelerators", object=pods.owner,
                          path=(*path, field),
                          message=f"{parts} = {need}, but a replica has {have} accelerators")  # fmt: skip
    yield from _llm_parallelism(bundle)
    yield from _ray_parallelism(bundle)


def _pods_together(pods: Pods) -> int | None:
    """Pods that make one replica, where the owner makes replicas of several; None elsewhere."""
    for depth, step in enumerate(pods.spec_path):
        above = pods.spec_path[:depth]
        if step == "leaderWorkerTemplate":
            return whole(dig(pods.owner.full, *above, step, "size")) or 1
        if step == "podTemplate":
            return whole(dig(pods.owner.full, *above, "multinode", "nodeCount"))
    return None


def _ray_parallelism(bundle: Bundle) -> Iterator[Hit]:
    """What Serve places on one worker finds a worker with as many accelerators."""
    for item in bundle.of("RayService", group="ray.io"):
        groups = maps(item.full, "spec", "rayClusterConfig", "workerGroupSpecs")
        have = [
            sum(accelerators(c) for _, c in maps(group, "template", "spec", "containers"))
            for _, group in groups
        ]
        loaded = load(text(dig(item.full, "spec", "serveConfigV2")))
        for document in loaded.documents if any(have) else ():
            for path, value in walk(document.value):
                tensor = whole(value) if path and path[-1] == "tensor_parallel_size" else None
                if tensor is not None and tensor > max(have):
                    yield Hit(name="parallelism-not-accelerators", object=item,
                              path=("spec", "serveConfigV2"),
                              message=f"tensor_parallel_size {tensor}, but a worker has at most "
                              f"{max(have)} accelerators")  # fmt: skip


def _size(pattern: re.Pattern[str], line: str) -> int | None:
    found = pattern.search(line)
    return int(next(group for group in found.groups() if group)) if found else None


def _llm_parallelism(bundle: Bundle) -> Iterator[Hit]:
    for item in bundle.of("LLMInferenceService"):
        for path in (("spec",), ("spec", "prefill")):
            part = mapping(dig(item.full, *path))
            tensor = whole(dig(part, "parallelism", "tensor"))
            local = whole(dig(part, "parallelism", "dataLocal")) or 1
            have = sum(accelerators(c) for _, c in maps(part, "template", "containers"))
            if tensor and have and tensor * local != have:
                yield Hit(name="parallelism-not-accelerators", object=item,
                          path=(*path, "parallelism", "tensor"),
                          message=f"tensor {tensor} × {local} local replicas = {tensor * local}, "
                          f"but a pod has {have} accelerators")  # fmt: skip


def _least_replicas(bundle: Bundle, owner: Object) -> int:
    for scaler in bundle.of("ScaledObject", "HorizontalPodAutoscaler"):
        if target_of(scaler) == (owner.kind, owner.name):
            field = "minReplicaCount" if scaler.kind == "ScaledObject" else "minReplicas"
            least = whole(dig(scaler.full, "spec", field))
            default = 0 if scaler.kind == "ScaledObject" else 1
            return default if least is None else least
    replicas = whole(dig(owner.full, "spec", "replicas"))
    return 1 if replicas is None else replicas


def disruptions(bundle: Bundle) -> Iterator[Hit]:
    """A disruption budget leaves room for at least one eviction."""
    pods = [pod for pod in bundle.pods() if pod.owner.kind in WORKLOADS]
    for item in bundle.of("PodDisruptionBudget", group="policy"):
        spec = mapping(item.full.get("spec"))
        selector = mapping(spec.get("selector"))
        for pod in pods:
            if not selector or not selects(selector, pod.labels):
                continue
            if not same_namespace(pod.owner.namespace, item.namespace):
                continue
            replicas = _least_replicas(bundle, pod.owner)
            field = _blocking(spec, replicas)
            if field and replicas:
                yield Hit(name="disruption-budget-blocks-drain", object=item, path=("spec", field),
                          message=f"{field} {spec[field]} of {replicas} replicas of "
                          f"{pod.owner.title} never lets one go")  # fmt: skip


_CLUSTERS = {
    "RayService": ("spec", "rayClusterConfig"),
    "RayJob": ("spec", "rayClusterSpec"),
    "RayCluster": ("spec",),
}


def uncounted(bundle: Bundle) -> Iterator[Hit]:
    """A budget by what may be missing asks the pods' owner how many there should be.

    An owner without a scale subresource cannot answer, and then no eviction is allowed at all
    (kubernetes, pkg/controller/disruption: getExpectedPodCount).
    """
    owners = [(p.owner, p.labels) for p in bundle.pods() if p.owner.kind in {"Job", "CronJob"}]
    for kind, place in _CLUSTERS.items():
        for item in bundle.of(kind, group="ray.io"):
            groups = [group for _, group in maps(item.full, *place, "workerGroupSpecs")]
            groups.append(mapping(dig(item.full, *place, "headGroupSpec")))
            owners += [(item, mapping(dig(g, "template", "metadata", "labels"))) for g in groups]
    for item in bundle.of("PodDisruptionBudget", group="policy"):
        spec = mapping(item.full.get("spec"))
        selector = mapping(spec.get("selector"))
        if not selector or "maxUnavailable" not in spec:
            continue
        found = (
            owner
            for owner, labels in owners
            if selects(selector, labels) and same_namespace(owner.namespace, item.namespace)
        )
        if (owner := next(found, None)) is not None:
            yield Hit(name="disruption-budget-blocks-drain", object=item,
                      path=("spec", "maxUnavailable"),
                      message=f"maxUnavailable over pods of {owner.title}, which has no scale "
                      "subresource, allows no eviction; state `minAvailable` as a number, or leave "
                      "those pods out")  # fmt: skip


def _blocking(spec: Map, replicas: int) -> str:
    least = count_of(spec.get("minAvailable"), replicas, up=True)
    if least is not None and least >= replicas:
        return "minAvailable"
    gone = count_of(spec.get("maxUnavailable"), replicas, up=True)
    return "maxUnavailable" if gone == 0 else ""


def group_rollouts(bundle: Bundle) -> Iterator[Hit]:
    """A LeaderWorkerSet says how its groups are replaced (pitfall P4)."""
    for item in bundle.of("LeaderWorkerSet"):
        path: Steps = ("spec", "rolloutStrategy", "rollingUpdateConfiguration")
        given = mapping(dig(item.value, *path))
        missing = [name for name in ("maxUnavailable", "maxSurge") if name not in given]
        if missing and dig(item.value, "spec", "rolloutStrategy", "type") != "Recreate":
            yield Hit(name="group-rollout-unset", object=item, path=path,
                      message=f"{' and '.join(missing)} left to the default")  # fmt: skip


def ray_upgrades(bundle: Bundle) -> Iterator[Hit]:
    """A RayService states how it is upgraded (pitfalls P5 and P6)."""
    for item in bundle.of("RayService"):
        path: Steps = ("spec", "upgradeStrategy")
        strategy = mapping(dig(item.full, *path))
        kind = text(strategy.get("type"))
        if not kind:
            yield Hit(name="ray-upgrade-needs-second-cluster", object=item, path=path,
                      message="a changed rayClusterConfig starts a second cluster by default; "
                      "`type` is not stated")  # fmt: skip
        elif kind == "NewClusterWithIncrementalUpgrade" and not dig(
            strategy, "clusterUpgradeOptions", "gatewayClassName"
        ):
            yield Hit(name="ray-upgrade-needs-second-cluster", object=item, path=path,
                      message="an incremental upgrade needs "
                      "clusterUpgradeOptions.gatewayClassName")  # fmt: skip
