"""What an update needs beyond what serves: pods, groups, clusters, in accelerators."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.conventions import SPARE_ANNOTATION
from aegis.verify.access import Map, Steps, dig, mapping, maps, text, whole
from aegis.verify.admission.kserve import STANDARD_MODES
from aegis.verify.admission.workloads import count_of
from aegis.verify.cross.capacity import accelerators, pod_accelerators
from aegis.verify.objects import Bundle, Hit, Object


def surges(bundle: Bundle) -> Iterator[Hit]:
    """An update never needs an accelerator that nobody keeps spare (pitfall P3)."""
    for owner, path, needed, words in (
        *_rolling(bundle),
        *_groups(bundle),
        *_second_clusters(bundle),
        *_predictors(bundle),
        *_language(bundle),
        *_copies(bundle),
    ):
        spare = _spare(owner, bundle.spare_accelerators)
        if needed <= (spare or 0):
            continue
        known = "nobody said that any is spare" if spare is None else f"{spare} are spare"
        yield Hit(name="surge-without-spare-accelerator", object=owner, path=path,
                  message=f"{words} needs {needed} more accelerators during an update; {known}")  # fmt: skip


Surge = tuple[Object, Steps, int, str]


def _rolling(bundle: Bundle) -> Iterator[Surge]:
    for pods in bundle.pods():
        devices = pod_accelerators(pods)
        if devices and pods.owner.kind in {"Deployment", "Rollout"}:
            replicas = whole(dig(pods.owner.full, "spec", "replicas"))
            path, extra, words = _surge(pods.owner, 1 if replicas is None else replicas)
            yield pods.owner, path, extra * devices, words


def _predictors(bundle: Bundle) -> Iterator[Surge]:
    """Pods that KServe's Deployment adds in Standard mode; the default surges by a quarter."""
    for item in bundle.of("InferenceService", group="serving.kserve.io"):
        path: Steps = ("spec", "predictor", "deploymentStrategy")
        predictor = mapping(dig(item.full, "spec", "predictor"))
        strategy = mapping(predictor.get("deploymentStrategy"))
        standard = item.annotations.get("serving.kserve.io/deploymentMode") in STANDARD_MODES
        if not standard or strategy.get("type") == "Recreate":
            continue
        model = mapping(predictor.get("model"))
        runtime = bundle.find("ServingRuntime", text(model.get("runtime")), item.namespace)
        parts = [model, *(c for _, c in maps(predictor, "containers"))]
        parts += [c for _, c in maps(runtime.full, "spec", "containers")] if runtime else []
        surge = dig(strategy, "rollingUpdate", "maxSurge")
        replicas = whole(predictor.get("minReplicas"))
        most = "25%" if surge is None else surge
        extra = count_of(most, 1 if replicas is None else replicas, up=True) or 0
        yield item, path, extra * sum(map(accelerators, parts)), f"maxSurge {most}"


def _language(bundle: Bundle) -> Iterator[Surge]:
    """Pods that KServe adds to each role of an LLMInferenceService of one machine a replica.

    0.20 leaves the strategy to the default of a Deployment, a quarter more, rounded up.
    """
    for item in bundle.of("LLMInferenceService", group="serving.kserve.io"):
        for role in (("spec",), ("spec", "prefill")):
            spec = mapping(dig(item.full, *role))
            stated = whole(spec.get("replicas"))
            parts = [c for _, c in maps(spec, "template", "containers")]
            if spec.get("worker") is None and parts:
                count = 1 if stated is None else stated
                extra = count_of("25%", count, up=True) or 0
                path: Steps = (*role, "replicas")
                yield item, path, extra * sum(map(accelerators, parts)), "a quarter more pods"


def _copies(bundle: Bundle) -> Iterator[Surge]:
    """The version on trial beside the copy that Flagger keeps of the one that serves."""
    for item in bundle.of("Canary", group="flagger.app"):
        path: Steps = ("spec", "targetRef")
        target = mapping(dig(item.full, *path))
        scaler = mapping(dig(item.full, "spec", "autoscalerRef"))
        found = bundle.find(text(scaler.get("kind")), text(scaler.get("name")), item.namespace)
        for pods in bundle.pods():
            if (pods.owner.kind, pods.owner.name) == (target.get("kind"), target.get("name")):
                stated = whole(dig(pods.owner.full, "spec", "replicas"))
                least = whole(dig(found.full, "spec", "minReplicas")) if found else stated
                count = 1 if least is None else least
                yield item, path, count * pod_accelerators(pods), "a release of Flagger's"


def _groups(bundle: Bundle) -> Iterator[Surge]:
    """Whole groups of pods above the number of replicas, also of a role of a set."""
    for item in bundle.of("LeaderWorkerSet", group="leaderworkerset.x-k8s.io"):
        yield from _group(item, ("spec",))
    for item in bundle.of("DisaggregatedSet", group="disaggregatedset.x-k8s.io"):
        for path, _ in maps(item.full, "spec", "roles"):
            yield from _group(item, (*path, "spec"))


def _group(item: Object, where: Steps) -> Iterator[Surge]:
    spec = mapping(dig(item.full, *where))
    path: Steps = ("rolloutStrategy", "rollingUpdateConfiguration", "maxSurge")
    surge = dig(spec, *path)
    replicas = whole(spec.get("replicas"))
    extra = count_of(0 if surge is None else surge, 1 if replicas is None else replicas, up=True)
    template = mapping(spec.get("leaderWorkerTemplate"))
    worker = _template_accelerators(template, "workerTemplate")
    leader = _template_accelerators(template, "leaderTemplate")
    size = whole(template.get("size")) or 1
    first = worker if template.get("leaderTemplate") is None else leader
    yield item, (*where, *path), (extra or 0) * (first + (size - 1) * worker), f"maxSurge {surge}"


def _template_accelerators(template: Map, name: str) -> int:
    return sum(accelerators(c) for _, c in maps(template, name, "spec", "containers"))


def _second_clusters(bundle: Bundle) -> Iterator[Surge]:
    """A new Ray cluster beside the old one, whole or in part (pitfall P5)."""
    for item in bundle.of("RayService", group="ray.io"):
        path: Steps = ("spec", "upgradeStrategy")
        kind = text(dig(item.full, *path, "type"))
        share = whole(dig(item.full, *path, "clusterUpgradeOptions", "maxSurgePercent"))
        percent = {
            "NewCluster": 100,
            "NewClusterWithIncrementalUpgrade": 100 if share is None else share,
        }
        workers = 0
        for _, group in maps(item.full, "spec", "rayClusterConfig", "workerGroupSpecs"):
            each = sum(accelerators(c) for _, c in maps(group, "template", "spec", "containers"))
            hosts = whole(group.get("numOfHosts")) or 1
            count = whole(group.get("replicas")) or whole(group.get("minReplicas")) or 0
            workers += each * hosts * count
        yield item, (*path, "type"), -(-workers * percent.get(kind, 0) // 100), kind


def _spare(owner: Object, stated: int | None) -> int | None:
    """Devices kept free for updates: what the caller or the workload's annotation says."""
    words = text(owner.annotations.get(SPARE_ANNOTATION))
    noted = int(words) if words.isascii() and words.isdigit() and len(words) < 9 else None
    return noted if stated is None else stated


def _surge(owner: Object, replicas: int) -> tuple[Steps, int, str]:
    """Pods above the number of replicas during an update, and the field that says so."""
    strategy = mapping(dig(owner.full, "spec", "strategy"))
    if owner.kind == "Deployment":
        if strategy.get("type") == "Recreate":
            return ("spec", "strategy"), 0, "Recreate"
        path: Steps = ("spec", "strategy", "rollingUpdate", "maxSurge")
        value = dig(strategy, "rollingUpdate", "maxSurge")
    elif strategy.get("blueGreen") is not None:
        return ("spec", "strategy", "blueGreen"), replicas, "blueGreen"
    elif dig(strategy, "canary", "trafficRouting") is not None:
        # With traffic routing both versions are kept at full size unless the stable one shrinks
        # as the canary grows (argo-rollouts docs/features/traffic-management/index.md).
        shrinks = dig(strategy, "canary", "dynamicStableScale") is True
        words = "dynamicStableScale" if shrinks else "trafficRouting without dynamicStableScale"
        field = "dynamicStableScale" if shrinks else "trafficRouting"
        return (
            ("spec", "strategy", "canary", field),
            min(1, replicas) if shrinks else replicas,
            words,
        )
    else:
        path = ("spec", "strategy", "canary", "maxSurge")
        value = dig(strategy, "canary", "maxSurge")
    surge = "25%" if value is None else value
    default = " (the default)" if value is None else ""
    return path, count_of(surge, replicas, up=True) or 0, f"maxSurge {surge}{default}"
