"""Argo CD, Flux, Flagger, Kueue: does delivery see what it delivers?"""

from __future__ import annotations

import json
from collections.abc import Iterator

from aegis.verify.access import Map, Steps, dig, listing, mapping, maps, text
from aegis.verify.cross.wiring import target_of
from aegis.verify.objects import Bundle, Hit, Object, same_namespace
from aegis.verify.schema.meta import MAX_ANNOTATIONS

_WAVE = "argocd.argoproj.io/sync-wave"
_SERVER_SIDE = "ServerSideApply=true"
_QUEUE = "kueue.x-k8s.io/queue-name"
_UNKNOWN_HEALTH = {
    "LLMInferenceService": "serving.kserve.io",
    "RayService": "ray.io",
    "LeaderWorkerSet": "leaderworkerset.x-k8s.io",
    "InferencePool": "inference.networking.k8s.io",
    "DynamoGraphDeployment": "nvidia.com",
}
"""Kinds without a health check in Argo CD v3.5.1 (`resource_customizations/`)."""


def _server_side(item: Object) -> bool:
    return _SERVER_SIDE in listing(dig(item.full, "spec", "syncPolicy", "syncOptions"))


def large_objects(bundle: Bundle) -> Iterator[Hit]:
    """What is too large for client-side apply is applied by the server (pitfall P1)."""
    applications = list(bundle.of("Application", group="argoproj.io"))
    for item in applications:
        for path, source in _sources(item):
            words = " ".join(text(source.get(name)) for name in ("chart", "path")).lower()
            if "crd" in words and not _server_side(item):
                yield Hit(name="client-side-apply-too-large", object=item,
                          path=("spec", "syncPolicy"),
                          message=f"`{dig(item.full, *path, 'path') or words.strip()}` holds "
                          f"CustomResourceDefinitions; add `{_SERVER_SIDE}`")  # fmt: skip
    if applications and all(map(_server_side, applications)):
        return
    for item in bundle.objects:
        if item.family or len(item.value) < 3:
            continue
        size = _size(item)
        marked = _SERVER_SIDE in text(item.annotations.get("argocd.argoproj.io/sync-options"))
        if size > MAX_ANNOTATIONS and not marked:
            yield Hit(name="client-side-apply-too-large", object=item, path=(),
                      message=f"is {size:,} bytes; the annotation of client-side apply may have "
                      f"{MAX_ANNOTATIONS:,}")  # fmt: skip


def _size(item: Object) -> int:
    place = item.document.place
    if place.end_line - place.line < 200 and not item.inside:
        return 0  # a short document cannot be that large unless its lines are; those are rare
    return len(json.dumps(item.value, separators=(",", ":")))


def _sources(item: Object) -> Iterator[tuple[Steps, Map]]:
    source = dig(item.full, "spec", "source")
    if isinstance(source, dict):
        yield ("spec", "source"), source
    yield from maps(item.full, "spec", "sources")


def health_checks(bundle: Bundle) -> Iterator[Hit]:
    """GitOps knows when each kind is healthy (pitfall P26)."""
    argo = next(bundle.of("Application", "ApplicationSet", group="argoproj.io"), None)
    flux = [
        item
        for item in bundle.of("Kustomization", group="kustomize.toolkit.fluxcd.io")
        if dig(item.full, "spec", "wait") or dig(item.full, "spec", "healthChecks")
    ]
    customized = " ".join(
        f"{key} {text(value)}"
        for item in bundle.of("ConfigMap", group="")
        if item.name == "argocd-cm"
        for key, value in mapping(item.full.get("data")).items()
    )
    told: set[str] = set()
    for kind, group in _UNKNOWN_HEALTH.items():
        for item in bundle.of(kind, group=group):
            known = f"health.{group}_{kind}" in customized or f"{group}/{kind}" in customized
            if argo is not None and not known and kind not in told:
                told.add(kind)
                yield Hit(name="kind-without-health-check", object=item, path=("kind",),
                          message=f"Argo CD has no health check for {kind}",
                          also=(argo.span(("kind",)),))  # fmt: skip
            checked = any(
                check.get("kind") == kind
                for owner in flux
                for _, check in maps(owner.full, "spec", "healthCheckExprs")
            )
            if flux and not checked and kind not in told:
                told.add(kind)
                yield Hit(name="kind-without-health-check", object=item, path=("kind",),
                          message=f"Flux waits and has no `healthCheckExprs` for {kind}",
                          also=(flux[0].span(("kind",)),))  # fmt: skip


def _wave(item: Object) -> int | None:
    try:
        return int(text(item.annotations.get(_WAVE)) or "0")
    except ValueError:
        return None


def sync_waves(bundle: Bundle) -> Iterator[Hit]:
    """What others need is in an earlier wave, or the same."""
    if not any(_WAVE in item.annotations for item in bundle.objects):
        return
    for item in bundle.objects:
        mine = _wave(item)
        for needed, why in _needs(bundle, item):
            theirs = _wave(needed)
            if mine is not None and theirs is not None and mine < theirs:
                yield Hit(name="sync-wave-order", object=item,
                          path=("metadata", "annotations", _WAVE),
                          message=f"wave {mine} comes before {needed.title} (wave {theirs}), {why}",
                          also=(needed.span(("metadata", "name")),))  # fmt: skip


_OF_ARGO = frozenset(("Application", "ApplicationSet", "AppProject"))


def _needs(bundle: Bundle, item: Object) -> Iterator[tuple[Object, str]]:
    space = bundle.find("Namespace", item.namespace) if item.namespace else None
    if space is not None and space is not item:
        yield space, "its namespace"
    # Who sorts objects into waves is there before them, and so are the kinds that it reads.
    sorted_by = item.group == "argoproj.io" and item.kind in _OF_ARGO
    for definition in () if sorted_by else bundle.of("CustomResourceDefinition"):
        names = dig(definition.full, "spec", "names", "kind")
        if names == item.kind and dig(definition.full, "spec", "group") == item.group:
            yield definition, "which defines its kind"
    for path, route in maps(item.full, "spec", "rules"):
        for _, backend in maps(route, "backendRefs"):
            service = bundle.find("Service", text(backend.get("name")), item.namespace)
            if path and service is not None:
                yield service, "its backend"
    if item.kind in {"ScaledObject", "HorizontalPodAutoscaler"}:
        target = bundle.find(*target_of(item), item.namespace)
        if target is not None:
            yield target, "which it scales"


def flagger(bundle: Bundle) -> Iterator[Hit]:
    """Flagger and KEDA do not share a workload (pitfall P17)."""
    for item in bundle.of("Canary", group="flagger.app"):
        target = mapping(dig(item.full, "spec", "targetRef"))
        reference = mapping(dig(item.full, "spec", "autoscalerRef"))
        path: Steps = ("spec", "autoscalerRef")
        if reference.get("kind") == "ScaledObject":
            yield Hit(name="flagger-with-keda", object=item, path=path,
                      message="the primary's ScaledObject is not kept in sync")  # fmt: skip
            continue
        for scaler in bundle.of("ScaledObject", group="keda.sh"):
            same = target_of(scaler) == (target.get("kind"), target.get("name"))
            if same and same_namespace(scaler.namespace, item.namespace):
                yield Hit(name="flagger-with-keda", object=item, path=("spec", "targetRef"),
                          message=f"{scaler.title} scales the same workload",
                          also=(scaler.span(("spec", "scaleTargetRef")),))  # fmt: skip


def queued_services(bundle: Bundle) -> Iterator[Hit]:
    """Kueue cannot hold KServe services back (pitfall P27)."""
    for item in bundle.of("InferenceService", "LLMInferenceService", group="serving.kserve.io"):
        if _QUEUE in item.labels:
            yield Hit(name="kueue-on-kserve", object=item, path=("metadata", "labels", _QUEUE),
                      message="KServe has no `suspend`; the queue holds nothing back")  # fmt: skip
