"""Rules of KServe's webhook for LLMInferenceService, and of its weighted groups.

Source: kserve/kserve v0.20.0 (1fb78105),
`pkg/apis/serving/v1alpha2/llm_inference_service_validation.go` (ValidateWorkloadScaling,
validateWorkloadParallelism, validateRouterCrossFieldConstraints, validateSchedulerConfig,
validateTrafficFields); kserve#5725 and #5452 for groups.
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis.verify.access import Map, Steps, dig, mapping, text, whole
from aegis.verify.admission.pods import Said
from aegis.verify.objects import Bundle, Hit, Object, same_namespace

_ROUTE: Steps = ("spec", "router", "route")


def llm_rules(bundle: Bundle) -> Iterator[Hit]:
    """What KServe refuses in an LLMInferenceService."""
    for item in bundle.of("LLMInferenceService", group="serving.kserve.io"):
        yield from _replicas_and_scaling(item)
        for path, message in (*_scalers(item), *_parallelism(item), *_router(item)):
            yield Hit(name="llm-service-refused", object=item, path=path, message=message)
    yield from _groups(bundle)


def _workloads(item: Object) -> Iterator[tuple[Steps, Map]]:
    for path in (("spec",), ("spec", "prefill")):
        if isinstance(part := dig(item.full, *path), dict):
            yield path, part


def _scalers(item: Object) -> Said:
    for path, part in _workloads(item):
        scaling = mapping(part.get("scaling"))
        where: Steps = (*path, "scaling")
        least, most = whole(scaling.get("minReplicas")), whole(scaling.get("maxReplicas"))
        if least is not None and least > (most or 0):
            yield (*where, "minReplicas"), f"{least} is more than maxReplicas {most}"
        wva = scaling.get("wva")
        if isinstance(wva, dict) and (wva.get("hpa") is None) == (wva.get("keda") is None):
            yield (*where, "wva"), "needs exactly one of hpa and keda"
        idle = whole(dig(wva, "keda", "idleReplicaCount"))
        if idle is not None and (least is None or idle >= least):
            yield (*where, "wva", "keda", "idleReplicaCount"), "must be less than minReplicas"
        for blocked in (
            ("advanced", "scalingModifiers"),
            ("advanced", "horizontalPodAutoscalerConfig", "name"),
        ):
            if dig(wva, "keda", *blocked):
                yield (*where, "wva", "keda", *blocked), "belongs to the controller"


def _parallelism(item: Object) -> Said:
    for path, part in _workloads(item):
        sizes = mapping(part.get("parallelism"))
        data, local = sizes.get("data"), sizes.get("dataLocal")
        pipeline = whole(sizes.get("pipeline"))
        parallel = (pipeline or 0) > 0 or data is not None or local is not None
        if part.get("worker") is not None and not parallel:
            yield (*path, "worker"), "needs `parallelism` with data or pipeline"
        if (pipeline or 0) > 0 and (data is not None or local is not None):
            yield (*path, "parallelism"), "pipeline and data exclude each other"
        if (data is None) != (local is None):
            yield (*path, "parallelism"), "data and dataLocal go together"
        for name in ("pipeline", "data", "dataLocal"):
            size = whole(sizes.get(name))
            if size is not None and size < 1:
                yield (*path, "parallelism", name), "must be greater than 0"


def _router(item: Object) -> Said:
    router = mapping(dig(item.full, "spec", "router"))
    http = mapping(dig(router, "route", "http"))
    if http.get("refs") and http.get("spec") is not None:
        yield (*_ROUTE, "http"), "`refs` and `spec` exclude each other"
    if (
        http.get("refs")
        and router.get("gateway") is not None
        and not dig(router, "gateway", "refs")
    ):
        yield (*_ROUTE, "http", "refs"), "own routes need own gateway refs"
    path: Steps = ("spec", "router", "scheduler")
    scheduler = mapping(router.get("scheduler"))
    replicas = whole(scheduler.get("replicas"))
    if replicas is not None and replicas < 1:
        yield (*path, "replicas"), "must be greater than 0"
    config = scheduler.get("config")
    if isinstance(config, dict) and (config.get("ref") is None) == (config.get("inline") is None):
        yield (*path, "config"), "needs exactly one of ref and inline"
    route = mapping(router.get("route"))
    if (route.get("group") is None) != (route.get("weight") is None):
        yield _ROUTE, "`group` and `weight` go together"


def _replicas_and_scaling(item: Object) -> Iterator[Hit]:
    for path in (("spec",), ("spec", "prefill")):
        part = mapping(dig(item.full, *path))
        scaling = part.get("scaling")
        if not isinstance(scaling, dict):
            continue
        if part.get("replicas") is not None:
            yield Hit(
                name="replicas-and-scaling",
                object=item,
                path=(*path, "replicas"),
                message="`replicas` and `scaling` are both given",
            )
        if scaling.get("wva") is None:
            yield Hit(
                name="replicas-and-scaling",
                object=item,
                path=(*path, "scaling"),
                message="`scaling` has no `wva` block, which KServe 0.20 needs",
            )


def _groups(bundle: Bundle) -> Iterator[Hit]:
    path = _ROUTE
    members = [
        (item, mapping(dig(item.full, *path)))
        for item in bundle.of("LLMInferenceService", group="serving.kserve.io")
        if text(dig(item.full, *path, "group"))
    ]
    for item, route in members:
        peers = [
            other
            for owner, other in members
            if other.get("group") == route["group"]
            and same_namespace(owner.namespace, item.namespace)
        ]
        if all((whole(peer.get("weight")) or 0) == 0 for peer in peers) and len(peers) > 1:
            message = f"every weight of group `{route['group']}` is 0"
            yield Hit(
                name="llm-group-weights", object=item, path=(*path, "weight"), message=message
            )
