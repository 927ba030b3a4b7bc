"""What Flagger's controller cannot carry out; it has no webhook, and says so in events only.

Source: fluxcd/flagger v1.44.0 (15bd6ad5), `pkg/router/gateway_api.go` (Reconcile, SetRoutes),
`pkg/canary/deployment_controller.go` (getSelectorLabel), `pkg/controller/scheduler.go`
(nextStepWeight, runCanary, scheduleCanaries), `pkg/controller/scheduler_metrics.go`
(runMetricChecks), `cmd/flagger/main.go` (selector-labels).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pydantic import JsonValue

from aegis.verify.access import Map, dig, listing, mapping, maps, text
from aegis.verify.admission.pods import Said
from aegis.verify.objects import Bundle, Hit, Object

_BUILT_IN = frozenset(("request-success-rate", "request-duration"))
_SELECTS_BY = ("app", "name", "app.kubernetes.io/name")


def flagger_rules(bundle: Bundle) -> Iterator[Hit]:
    """What keeps a Canary from starting, or from ever ending."""
    targets: dict[tuple[str, str, str], Object] = {}
    for item in bundle.of("Canary", group="flagger.app"):
        spec = mapping(item.full.get("spec"))
        target = mapping(spec.get("targetRef"))
        for path, message in (
            *_route(spec), *_shares(spec), *_metrics(bundle, item, spec), *_target(bundle, item, target),
        ):  # fmt: skip
            yield Hit(name="canary-refused", object=item, path=path, message=message)
        key = (text(target.get("kind")), text(target.get("name")), item.namespace)
        other = targets.setdefault(key, item)
        if other is not item and other.file == item.file:
            yield Hit(name="canary-refused", object=item, path=("spec", "targetRef"),
                      message=f"{other.title} has the same target",
                      also=(other.span(("spec", "targetRef")),))  # fmt: skip


def _number(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _route(spec: Map) -> Said:
    """What the provider can do with this analysis."""
    provider, analysis = text(spec.get("provider")), mapping(spec.get("analysis"))
    iterations = _number(analysis.get("iterations")) or 0
    if provider.startswith("gatewayapi"):
        if not listing(dig(spec, "service", "gatewayRefs")):
            yield ("spec", "service"), "needs `gatewayRefs` with a Gateway API provider"
        if analysis.get("mirror") is True and not iterations:
            yield (
                ("spec", "analysis", "mirror"),
                "the Gateway API is mirrored with `iterations` only; the analysis stays at 0 % for ever",
            )
    if listing(analysis.get("match")) and not iterations:
        yield ("spec", "analysis", "match"), "A/B by header needs `iterations`"
    if provider == "kubernetes" and (listing(analysis.get("match")) or not iterations):
        yield ("spec", "provider"), "without a router it releases by switch only (`iterations`)"


def _shares(spec: Map) -> Said:
    """Each share is found by its value, and the next is a step up from it."""
    weights = [_number(w) for w in listing(dig(spec, "analysis", "stepWeights"))]
    for index, (before, after) in enumerate(itertools.pairwise(weights), start=1):
        if before is not None and after is not None and after <= before:
            path = ("spec", "analysis", "stepWeights", index)
            yield (
                path,
                f"{after:g} after {before:g}: shares have to rise, or the analysis never ends",
            )
    given = dig(spec, "analysis", "stepWeights")
    if isinstance(given, list) and not weights:
        yield ("spec", "analysis", "stepWeights"), "without a share the analysis never begins"


def _metrics(bundle: Bundle, item: Object, spec: Map) -> Said:
    """A check without a query fails at every look."""
    known = any(True for _ in bundle.of("MetricTemplate", group="flagger.app"))
    for path, metric in maps(spec, "analysis", "metrics"):
        reference = mapping(metric.get("templateRef"))
        name, space = text(reference.get("name")), text(reference.get("namespace"))
        if not name and not metric.get("query") and metric.get("name") not in _BUILT_IN:
            yield ("spec", *path), "needs `templateRef` or `query`"
        elif (
            name and known and bundle.find("MetricTemplate", name, space or item.namespace) is None
        ):
            yield ("spec", *path, "templateRef"), f"there is no MetricTemplate `{name}`"


def _target(bundle: Bundle, item: Object, target: Map) -> Said:
    """Both versions are told apart by one label of the target's selector."""
    kind, name = text(target.get("kind")), text(target.get("name"))
    workload = bundle.find(kind, name, item.namespace)
    if workload is None or kind == "Service":
        return
    chosen = mapping(dig(workload.full, "spec", "selector", "matchLabels"))
    if not any(label in chosen for label in _SELECTS_BY):
        yield (
            ("spec", "targetRef"),
            f"the selector of {workload.title} has none of {', '.join(_SELECTS_BY)}",
        )
