"""Selectors, routes, pools, scalers and ports: does each thing reach what it names?"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from pydantic import JsonValue

from aegis.verify.access import Map, Steps, dig, has_key, listing, mapping, maps, text, texts, whole
from aegis.verify.objects import WORKLOADS, Bundle, Hit, Object, Pods, same_namespace, selects

MANAGED = {
    "InferenceService": "{}", "LLMInferenceService": "{}", "InferenceGraph": "{}",
    "RayService": "{}", "RayCluster": "{}", "DynamoGraphDeployment": "{}", "Canary": "{}",
    "PodCliqueSet": "{}", "LeaderWorkerSet": "{}", "DisaggregatedSet": "{}", "VLLMRuntime": "{}",
    "OpenTelemetryCollector": "{}-collector", "Prometheus": "prometheus-{}",
}  # fmt: skip
"""Kinds whose operators make pods and Services that a bundle does not show, and how those begin."""

_INSTALLERS = ("HelmRelease", "Application", "ApplicationSet", "kustomization")

_ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "AIGatewayRoute")
_PICKER_MODEL_PORTS = (8000, 8080)


def operated(bundle: Bundle, *names: str) -> bool:
    """Whether something may be made by an operator, or by a chart, that cannot be seen here.

    Operators name what they make after their own object, so only names that hold such a name may
    be theirs; a chart may make anything.
    """
    if any(True for item in bundle.of(*_INSTALLERS) if _installs_chart(item)):
        return True
    made = [MANAGED[item.kind].format(item.name) for item in bundle.of(*MANAGED) if item.name]
    return any(start in name for start in made for name in names)


def _installs_chart(item: Object) -> bool:
    return item.kind == "HelmRelease" or has_key(
        item.value, "chart" if item.group else "helmCharts"
    )


def _labels(value: JsonValue) -> str:
    return ", ".join(f"{key}={item}" for key, item in sorted(mapping(value).items()))


def selectors(bundle: Bundle) -> Iterator[Hit]:
    """Services, budgets, pools and monitors select some pod of the bundle."""
    pods = list(bundle.pods())
    if not pods:
        return
    labelled = [(pod.owner, labels) for pod in pods for labels in _labels_worn(pod)]
    waiting = _without_traffic(bundle)
    for item, path, selector in _pod_selectors(bundle):
        if operated(bundle, *texts(selector)) or (item.kind, item.name) in waiting:
            continue
        fits = any(
            selects(selector, labels) and same_namespace(owner.namespace, item.namespace)
            for owner, labels in labelled
        )
        if not fits:
            wanted = _labels(selector.get("matchLabels")) or "its expressions"
            yield Hit(name="selector-matches-nothing", object=item, path=path,
                      message=f"no pod template of the bundle has {wanted}")  # fmt: skip


def _labels_worn(pod: Pods) -> Iterator[Map]:
    """Labels of a template's pods, and those that Argo Rollouts puts on some of them for a step."""
    yield pod.labels
    for step in listing(dig(pod.owner.full, "spec", "strategy", "canary", "steps")):
        for template in listing(dig(step, "experiment", "templates")):
            yield {**pod.labels, **mapping(dig(template, "metadata", "labels"))}


def _without_traffic(bundle: Bundle) -> set[tuple[str, str]]:
    """Services to which every route of the bundle gives weight 0: they wait for a version on trial."""
    weights: dict[str, set[JsonValue]] = {}
    for route in bundle.of("HTTPRoute"):
        for _, rule in maps(route.full, "spec", "rules"):
            for _, backend in maps(rule, "backendRefs"):
                weights.setdefault(text(backend.get("name")), set()).add(
                    whole(backend.get("weight"))
                )
    return {("Service", name) for name, given in weights.items() if given == {0}}


def _pod_selectors(bundle: Bundle) -> Iterator[tuple[Object, Steps, Map]]:
    for item in bundle.of("Service", group=""):
        selector = mapping(dig(item.full, "spec", "selector"))
        if selector:
            yield item, ("spec", "selector"), {"matchLabels": selector}
    for item in bundle.of("PodDisruptionBudget", "InferencePool", "PodMonitor"):
        selector = mapping(dig(item.full, "spec", "selector"))
        if selector.get("matchLabels") or selector.get("matchExpressions"):
            yield item, ("spec", "selector"), selector


def service_monitors(bundle: Bundle) -> Iterator[Hit]:
    """A ServiceMonitor selects a Service, and both kinds of monitor name a port that exists."""
    services = list(bundle.of("Service", group=""))
    for item in bundle.of("ServiceMonitor"):
        selector = mapping(dig(item.full, "spec", "selector"))
        chosen = [service for service in services if selects(selector, service.labels)]
        if not chosen and services and not operated(bundle, *texts(selector)):
            yield Hit(name="selector-matches-nothing", object=item, path=("spec", "selector"),
                      message="no Service of the bundle has these labels")  # fmt: skip
        names = {text(p.get("name")) for s in chosen for _, p in maps(s.full, "spec", "ports")}
        if chosen:
            yield from _endpoints(item, "endpoints", names)
    for item in bundle.of("PodMonitor"):
        selector = mapping(dig(item.full, "spec", "selector"))
        names = {
            text(port.get("name"))
            for pod in bundle.pods()
            if selects(selector, pod.labels)
            for _, container in pod.containers(init=True)
            for _, port in maps(container, "ports")
        }
        if names:
            yield from _endpoints(item, "podMetricsEndpoints", names)


def _endpoints(item: Object, field: str, names: set[str]) -> Iterator[Hit]:
    for path, endpoint in maps(item.full, "spec", field):
        port = text(endpoint.get("port"))
        if port and port not in names:
            known = ", ".join(sorted(names - {""})) or "none has a name"
            yield Hit(name="missing-port-name", object=item, path=(*path, "port"),
                      message=f"no port is called `{port}`; known: {known}")  # fmt: skip


def target_ports(bundle: Bundle) -> Iterator[Hit]:
    """A named `targetPort` of a Service is a port of the pods it selects."""
    pods = list(bundle.pods())
    for item in bundle.of("Service", group=""):
        selector = mapping(dig(item.full, "spec", "selector"))
        chosen = [p for p in pods if selector and selects({"matchLabels": selector}, p.labels)]
        names = {
            text(port.get("name"))
            for pod in chosen
            for _, container in pod.containers(init=True)
            for _, port in maps(container, "ports")
        }
        for path, port in maps(item.full, "spec", "ports"):
            target = port.get("targetPort")
            if chosen and isinstance(target, str) and target not in names:
                yield Hit(name="missing-port-name", object=item, path=(*path, "targetPort"),
                          message=f"no container port is called `{target}`")  # fmt: skip


def _backends(route: Object) -> Iterator[tuple[Steps, Map]]:
    for rule_path, rule in maps(route.full, "spec", "rules"):
        for steps, backend in maps(rule, "backendRefs"):
            yield (*rule_path, *steps), backend
        for filter_path, entry in maps(rule, "filters"):
            mirror = dig(entry, "requestMirror", "backendRef")
            if isinstance(mirror, dict):
                yield (*rule_path, *filter_path, "requestMirror", "backendRef"), mirror


def routes(bundle: Bundle) -> Iterator[Hit]:
    """Every backend of a route is an object of the bundle, and the port is one of its ports."""
    for route in bundle.of(*_ROUTES):
        default = "AIServiceBackend" if route.kind == "AIGatewayRoute" else "Service"
        for path, backend in _backends(route):
            kind = text(backend.get("kind")) or default
            space = text(backend.get("namespace")) or route.namespace
            yield from _backend(bundle, route, path, backend, kind, space)
            yield from _grant(bundle, route, path, backend, kind)


def _backend(  # one reference in its route
    bundle: Bundle, route: Object, path: Steps, backend: Map, kind: str, space: str
) -> Iterator[Hit]:
    name = text(backend.get("name"))
    found = bundle.find(kind, name, space)
    port = whole(backend.get("port"))
    if found is None:
        if not operated(bundle, name) and any(True for _ in bundle.of(kind)):
            yield Hit(name="missing-backend", object=route, path=(*path, "name"),
                      message=f"there is no {kind} `{name}` in the bundle")  # fmt: skip
    elif kind == "Service" and port is not None:
        ports = [whole(p.get("port")) for _, p in maps(found.full, "spec", "ports")]
        if ports and port not in ports:
            known = ", ".join(str(p) for p in ports)
            yield Hit(name="missing-backend", object=route, path=(*path, "port"),
                      message=f"Service `{name}` has no port {port}; it has {known}",
                      also=(found.span(("spec", "ports")),))  # fmt: skip


def _grant(bundle: Bundle, route: Object, path: Steps, backend: Map, kind: str) -> Iterator[Hit]:
    space = text(backend.get("namespace"))
    if not space or not route.namespace or space == route.namespace:
        return
    for grant in bundle.of("ReferenceGrant"):
        sources = [
            entry.get("kind") == route.kind and entry.get("namespace") == route.namespace
            for _, entry in maps(grant.full, "spec", "from")
        ]
        targets = [
            entry.get("kind") == kind and entry.get("name") in (None, backend.get("name"))
            for _, entry in maps(grant.full, "spec", "to")
        ]
        if grant.namespace == space and any(sources) and any(targets):
            return
    message = f"no ReferenceGrant in `{space}` allows {route.kind}s of `{route.namespace}`"
    yield Hit(name="missing-reference-grant", object=route, path=(*path, "namespace"),
              message=message)  # fmt: skip


def ingresses(bundle: Bundle) -> Iterator[Hit]:
    """Every Service behind an Ingress is there."""
    for item in bundle.of("Ingress", group="networking.k8s.io"):
        for rule_path, rule in maps(item.full, "spec", "rules"):
            for steps, entry in maps(rule, "http", "paths"):
                name = text(dig(entry, "backend", "service", "name"))
                missing = name and bundle.find("Service", name, item.namespace) is None
                known = any(True for _ in bundle.of("Service"))
                if missing and known and not operated(bundle, name):
                    yield Hit(name="missing-backend", object=item,
                              path=(*rule_path, *steps, "backend"),
                              message=f"there is no Service `{name}` in the bundle")  # fmt: skip


def pickers(bundle: Bundle) -> Iterator[Hit]:
    """A pool's endpoint picker is a Service, on a port of its own (pitfall P10)."""
    for item in bundle.of("InferencePool"):
        path: Steps = ("spec", "endpointPickerRef")
        reference = mapping(dig(item.full, *path))
        name = text(reference.get("name"))
        port = whole(dig(reference, "port", "number"))
        models = [whole(p.get("number")) for _, p in maps(item.full, "spec", "targetPorts")]
        service = bundle.find("Service", name, item.namespace)
        if port is not None and (port in models or port in _PICKER_MODEL_PORTS):
            yield Hit(name="wrong-endpoint-picker", object=item, path=(*path, "port", "number"),
                      message=f"{port} is the model's port; the picker listens on gRPC, 9002 by "
                      "default")  # fmt: skip
        elif service is not None and port is not None:
            ports = [whole(p.get("port")) for _, p in maps(service.full, "spec", "ports")]
            if port not in ports:
                yield Hit(name="wrong-endpoint-picker", object=item, path=(*path, "port"),
                          message=f"Service `{name}` has no port {port}")  # fmt: skip
        elif (
            name
            and service is None
            and any(True for _ in bundle.of("Service"))
            and not operated(bundle, name)
        ):
            yield Hit(name="wrong-endpoint-picker", object=item, path=(*path, "name"),
                      message=f"there is no Service `{name}` in the bundle")  # fmt: skip


def target_of(scaler: Object) -> tuple[str, str]:
    """Kind and name of what an autoscaler scales."""
    reference = mapping(dig(scaler.full, "spec", "scaleTargetRef"))
    default = "Deployment" if scaler.kind == "ScaledObject" else ""
    return text(reference.get("kind")) or default, text(reference.get("name"))


def scalers(bundle: Bundle) -> Iterator[Hit]:
    """A scaler's target exists, has one scaler, and leaves `replicas` to it."""
    owners: dict[tuple[str, str, str], Object] = {}
    for scaler in bundle.of("ScaledObject", "HorizontalPodAutoscaler"):
        kind, name = target_of(scaler)
        path: Steps = ("spec", "scaleTargetRef", "name")
        target = bundle.find(kind, name, scaler.namespace)
        other = owners.setdefault((kind, name, scaler.namespace), scaler)
        if other is not scaler:
            yield Hit(name="two-owners-of-replicas", object=scaler, path=path,
                      message=f"{kind} `{name}` already has {other.title}",
                      also=(other.span(path),))  # fmt: skip
        if target is None and not operated(bundle, name):
            if any(True for _ in bundle.of(*sorted(WORKLOADS))):
                yield Hit(name="missing-scale-target", object=scaler, path=path,
                          message=f"there is no {kind} `{name}` in the bundle")  # fmt: skip
        elif target is not None and dig(target.value, "spec", "replicas") is not None:
            yield Hit(name="two-owners-of-replicas", object=target, path=("spec", "replicas"),
                      message=f"{scaler.title} owns the number of replicas",
                      also=(scaler.span(path),))  # fmt: skip


def duplicates(bundle: Bundle) -> Iterator[Hit]:
    """No two objects of one file, or of one kustomization, have one kind, namespace and name."""
    together = {
        posixpath.normpath(posixpath.join(posixpath.dirname(item.file), text(entry))): item.file
        for item in bundle.of("kustomization")
        for entry in listing(item.full.get("resources"))
    }
    seen: dict[tuple[str, ...], Object] = {}
    for item in bundle.objects:
        if not item.name or item.family:
            continue
        unit = together.get(item.file, item.file)
        key = (unit, item.group, item.kind, item.namespace, item.name)
        other = seen.setdefault(key, item)
        if other is not item:
            yield Hit(name="duplicate-object", object=item, path=("metadata", "name"),
                      message=f"is defined in {other.span()} too",
                      also=(other.span(("metadata", "name")),))  # fmt: skip


def receivers(bundle: Bundle) -> Iterator[Hit]:
    """Every receiver that an Alertmanager route names is defined."""
    for item in bundle.of("alertmanager"):
        yield from _receivers(item, ("route",), item.full)
    for item in bundle.of("AlertmanagerConfig"):
        yield from _receivers(item, ("spec", "route"), mapping(item.full.get("spec")))


def _receivers(item: Object, path: Steps, config: Map) -> Iterator[Hit]:
    names = {text(receiver.get("name")) for _, receiver in maps(config, "receivers")}
    stack: list[tuple[Steps, JsonValue]] = [(path, config.get("route"))]
    while stack:
        here, route = stack.pop()
        name = text(mapping(route).get("receiver"))
        if name and name not in names:
            yield Hit(name="undefined-receiver", object=item, path=(*here, "receiver"),
                      message=f"receiver `{name}` is not defined")  # fmt: skip
        children = listing(mapping(route).get("routes"))
        stack.extend(((*here, "routes", index), child) for index, child in enumerate(children))
