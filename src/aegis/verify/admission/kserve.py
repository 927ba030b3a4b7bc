"""Rules of KServe's webhooks.

Source: kserve/kserve at aaac4e29, `pkg/apis/serving/v1beta1/inference_service_validation.go`
(validateCanarySpecs, validateInferenceServiceName, validateInferenceServiceAutoscaler,
validateMultiNodeVariables), `pkg/constants/constants.go`; at 0217bdab,
`pkg/webhook/admission/servingruntime/servingruntime_webhook.go` (validateMultiNodeSpec,
validateModelFormatPrioritySame, validateServingRuntimePriority).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.verify.access import Map, Steps, dig, listing, mapping, maps, text, whole
from aegis.verify.admission.pods import Said
from aegis.verify.objects import Bundle, Hit, Object, same_namespace
from aegis.verify.schema.problem import shown

_MODE = "serving.kserve.io/deploymentMode"
_SCALER = "serving.kserve.io/autoscalerClass"
_SCALERS = ("hpa", "kpa", "external", "keda", "none")
STANDARD_MODES = ("Standard", "RawDeployment")
_NAME = re.compile(r"^[a-z]([-a-z0-9]*[a-z0-9])?\Z")
_PARALLEL = ("PIPELINE_PARALLEL_SIZE", "TENSOR_PARALLEL_SIZE")
_FIXED = ("maxReplicas", "scaleTarget", "scaleMetric", "autoScaling")


def kserve_rules(bundle: Bundle) -> Iterator[Hit]:
    """What KServe refuses, and a canary share that its mode ignores."""
    for item in bundle.of("InferenceService", group="serving.kserve.io"):
        for path, message in _service(item):
            yield Hit(name="kserve-refused", object=item, path=path, message=message)
        for path, message in _canaries(item):
            yield Hit(name="kserve-canary-refused", object=item, path=path, message=message)
        yield from _ignored_share(item)
    for kind in ("ServingRuntime", "ClusterServingRuntime"):
        runtimes = list(bundle.of(kind, group="serving.kserve.io"))
        for number, item in enumerate(runtimes):
            for path, message in (*_runtime(item), *_rivals(item, runtimes[:number])):
                yield Hit(name="kserve-refused", object=item, path=path, message=message)


def _service(item: Object) -> Said:
    if not _NAME.match(item.name):
        yield ("metadata", "name"), f"{shown(item.name)} must start with a letter"
    scaler = item.annotations.get(_SCALER)
    if scaler is not None and scaler not in _SCALERS:
        yield ("metadata", "annotations", _SCALER), f"{shown(scaler)} is not one of {_SCALERS}"
    worker = mapping(dig(item.full, "spec", "predictor", "workerSpec"))
    path: Steps = ("spec", "predictor", "workerSpec")
    for field in ("pipelineParallelSize", "tensorParallelSize"):
        size = whole(worker.get(field))
        if size is not None and size < 1:
            yield (*path, field), "must be at least 1"
    uri = text(dig(item.full, "spec", "predictor", "model", "storageUri"))
    if worker and uri and uri.split("://", maxsplit=1)[0] not in {"pvc", "oci"}:
        yield (
            ("spec", "predictor", "model", "storageUri"),
            "several nodes need weights from `pvc://` or `oci://`",
        )


def _canaries(item: Object) -> Said:
    canaries = list(maps(item.full, "spec", "canary"))
    if not canaries:
        return
    if item.annotations.get(_MODE) != "Standard":
        yield ("spec", "canary"), f"needs the annotation `{_MODE}: Standard`"
    names = {text(dig(item.full, "spec", "predictor", "name"))} - {""}
    total = 0
    for path, canary in canaries:
        name = text(dig(canary, "predictor", "name"))
        if not name:
            yield (*path, "predictor"), "`name` is missing"
        elif name in names:
            yield (*path, "predictor", "name"), f"`{name}` is taken"
        names.add(name)
        share = whole(canary.get("trafficPercent")) or 0
        total += share
        if not 0 <= share <= 100:
            yield (*path, "trafficPercent"), f"{share} must be from 0 to 100"
        yield from _canary_size(item, path, mapping(canary.get("predictor")))
    if total > 100:
        yield ("spec", "canary"), f"the shares sum to {total}; at most 100 are allowed"


def _canary_size(item: Object, path: Steps, predictor: Map) -> Said:
    for field in _FIXED:
        if predictor.get(field):
            yield (*path, "predictor", field), "a canary has a fixed number of replicas"
    if predictor.get("workerSpec") is not None:
        yield (*path, "predictor", "workerSpec"), "a canary runs on one node"
    least = whole(predictor.get("minReplicas"))
    stable = whole(dig(item.full, "spec", "predictor", "minReplicas"))
    if least is not None and least > (1 if stable is None else stable):
        yield (*path, "predictor", "minReplicas"), "must not exceed the stable predictor's"


def _ignored_share(item: Object) -> Iterator[Hit]:
    for part in ("predictor", "transformer", "explainer"):
        path = ("spec", part, "canaryTrafficPercent")
        if dig(item.full, *path) is not None and item.annotations.get(_MODE) in STANDARD_MODES:
            mode = item.annotations[_MODE]
            yield Hit(
                name="canary-share-ignored",
                object=item,
                path=path,
                message=f"`canaryTrafficPercent` does nothing in {mode} mode",
            )


def _runtime(item: Object) -> Said:
    """The upstream validateMultiNodeSpec and validateModelFormatPrioritySame."""
    worker = mapping(dig(item.full, "spec", "workerSpec"))
    path: Steps = ("spec", "workerSpec")
    if len(listing(worker.get("containers"))) > 1:
        yield (*path, "containers"), "several nodes run one container each"
    for field in ("pipelineParallelSize", "tensorParallelSize"):
        if (size := whole(worker.get(field))) is not None and size < 1:
            yield (*path, field), "must be at least 1"
    for where, container in maps(item.full, "spec", "containers") if worker else ():
        for steps, variable in maps(container, "env"):
            if variable.get("name") in _PARALLEL and container.get("name") == "kserve-container":
                yield (*where, *steps), f"`{variable['name']}` belongs to workerSpec"
    seen: dict[str, int] = {}
    for where, form in maps(item.full, "spec", "supportedModelFormats"):
        rank = _rank(form)
        if rank is not None and seen.setdefault(rank[0], rank[2]) != rank[2]:
            yield (*where, "priority"), f"`{rank[0]}` has another priority in this runtime"


def _rivals(item: Object, others: list[Object]) -> Said:
    """The upstream validateServingRuntimePriority: two runtimes never choose themselves with equal rank."""
    for other in others:
        if other.name == item.name or not same_namespace(other.namespace, item.namespace):
            continue
        protocols = listing(dig(other.full, "spec", "protocolVersions"))
        if not any(p in protocols for p in listing(dig(item.full, "spec", "protocolVersions"))):
            continue
        taken = {_rank(form) for _, form in maps(other.full, "spec", "supportedModelFormats")}
        for where, form in maps(item.full, "spec", "supportedModelFormats"):
            if (rank := _rank(form)) is not None and rank in taken:
                yield (*where, "priority"), f"{other.title} has this format at the same priority"


def _rank(form: Map) -> tuple[str, str, int] | None:
    priority = whole(form.get("priority"))
    if form.get("autoSelect") is not True or priority is None:
        return None
    return text(form.get("name")).lower(), text(form.get("version")), priority
