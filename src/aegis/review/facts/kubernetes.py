"""Kubernetes manifests, Helm values and templates as workloads and objects."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Span
from aegis.review.documents.source import Source
from aegis.review.documents.yaml_view import Node
from aegis.review.facts.commands import read_command
from aegis.review.facts.compose import places_from
from aegis.review.facts.environment import environment_facts, literal_keys
from aegis.review.facts.images import image_of
from aegis.review.facts.types import (
    Autoscaler,
    Fact,
    KubernetesObject,
    LiteralKey,
    ModelReference,
    Port,
    Probe,
    Trait,
    Variable,
    Workload,
)
from aegis.review.facts.world import product_of, product_of_command

_WORKLOADS = frozenset(
    ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "ReplicaSet", "Rollout")
)
_GPU_RESOURCES = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "nvidia.com/mig")


def manifest_facts(source: Source, document: Node) -> Iterator[Fact]:
    """The object itself, its containers, and what stands in its configuration."""
    listed = document.get("kind").text == "List"
    for each in document.get("items").entries() if listed else (document,):
        yield from _object(source, each)


def _object(source: Source, document: Node) -> Iterator[Fact]:
    kind = document.get("kind").text
    metadata = document.get("metadata")
    name = metadata.get("name").text
    yield KubernetesObject(
        span=document.key("kind").span,
        kind=kind,
        name=name,
        namespace=metadata.get("namespace").text,
        path=source.path,
    )
    if kind in _WORKLOADS:
        yield from _pods(source, document, kind, name)
    elif kind in {"HorizontalPodAutoscaler", "ScaledObject"}:
        yield _autoscaler(document, kind)
    elif kind == "ConfigMap":
        yield from _configmap(document)
    elif kind in {
        "InferenceService",
        "LLMInferenceService",
        "ServingRuntime",
        "ClusterServingRuntime",
    }:
        yield from _inference_service(source, document, kind, name)
    elif kind in {"RayCluster", "RayService", "RayJob"}:
        yield from _ray(source, document, kind, name)
    elif kind == "ClusterRole":
        yield from _role(document)
    elif kind == "Ingress" and not document.get("spec", "tls"):
        yield Trait(span=document.key("kind").span, name="ingress-without-tls", detail=name)
    elif kind in {"HTTPRoute", "GRPCRoute", "VirtualService"}:
        yield from _shares(document, kind)


def _pods(source: Source, document: Node, kind: str, name: str) -> Iterator[Fact]:
    spec = document.get("spec")
    pod = spec
    if kind == "CronJob":
        pod = spec.get("jobTemplate", "spec", "template", "spec")
    elif kind != "Pod":
        pod = spec.get("template", "spec")
    history = spec.get("revisionHistoryLimit")
    if history.text == "0":
        yield Trait(span=history.span, name="no-history", detail=name)
    replicas = spec.get("replicas").text
    strategy = spec.get("strategy", "type").text
    surge = spec.get("strategy", "rollingUpdate", "maxUnavailable").text
    annotations = tuple(
        (key, value.text)
        for key, _, value in spec.get("template", "metadata", "annotations").items()
    )
    for container in pod.get("containers").entries():
        workload = container_workload(
            container,
            pod,
            kind=kind,
            name=name,
            replicas=int(replicas) if replicas.isdigit() else 1,
            annotations=annotations,
            strategy=strategy or ("maxUnavailable 100%" if surge == "100%" else ""),
        )
        yield from container_facts(source, container, workload)


def container_facts(source: Source, container: Node, workload: Workload) -> Iterator[Fact]:
    """The workload, its image, what its command says and the keys in its environment."""
    if workload.image is not None:
        yield workload.image
    yield workload
    for part in ("command", "args"):
        node = container.get(part)
        if node:
            text = " ".join(word.text for word in node.words())
            yield from read_command(text, places_from(source, node.line))
    yield from literal_keys(workload.variables, "environment")
    yield from environment_facts(workload.variables)


def container_workload(
    container: Node,
    pod: Node,
    *,
    kind: str,
    name: str,
    replicas: int = 1,
    annotations: tuple[tuple[str, str], ...] = (),
    strategy: str = "",
) -> Workload:
    """Everything a pod's specification says about one container."""
    image_node = container.get("image")
    image = image_of(image_node.text, image_node.span) if image_node else None
    command = container.get("args") or container.get("command")
    words = [*container.get("command").words(), *container.get("args").words()]
    written = " ".join(word.text for word in words)
    product = (product_of(image.name) if image else None) or product_of_command(written)
    limits, requests = container.get("resources", "limits"), container.get("resources", "requests")
    gpus, gpu_span, only_requested = _gpus(limits, requests)
    ports = tuple(_ports(container))
    context, pod_context = container.get("securityContext"), pod.get("securityContext")
    non_root = context.get("runAsNonRoot").text or pod_context.get("runAsNonRoot").text
    user = context.get("runAsUser").text or pod_context.get("runAsUser").text
    grace = pod.get("terminationGracePeriodSeconds").text
    return Workload(
        span=(container.key("name") or image_node or container).span,
        origin="kubernetes",
        kind=kind,
        name=_plain(name) or _plain(container.get("name").text) or "a container",
        image=image,
        product=product.id if product else "",
        role=product.role if product else "model-server" if gpus and ports else "app",
        command=written,
        command_span=command.span if command else container.span,
        variables=tuple(_variables(container.get("env"))),
        ports=ports,
        volumes=tuple(_volumes(pod)),
        readiness=probe_of(container, "readinessProbe"),
        liveness=probe_of(container, "livenessProbe"),
        startup=probe_of(container, "startupProbe"),
        gpus=gpus,
        gpu_span=gpu_span,
        gpu_in_requests_only=only_requested,
        has_memory_limit=bool(limits.get("memory")),
        shared_memory=any(
            each.get("emptyDir", "medium").text == "Memory" for each in pod.get("volumes").entries()
        ),
        replicas=replicas,
        runs_as_root=_root(non_root, user),
        dangers=tuple(_dangers(container, pod)),
        annotations=annotations,
        grace_s=int(grace) if grace.isdigit() else 30,
        drains=bool(container.get("lifecycle", "preStop")),
        strategy=strategy,
        placed_on=tuple(value.text for _, _, value in pod.get("nodeSelector").items()),
    )


def _plain(name: str) -> str:
    """A name without the marks that stand for template directives."""
    return "" if "TTTT" in name else name


def _root(non_root: str, user: str) -> bool | None:
    if non_root == "true" or (user.isdigit() and user != "0"):
        return False
    return True if user == "0" else None


def _gpus(limits: Node, requests: Node) -> tuple[int, Span | None, bool]:
    for node, only in ((limits, False), (requests, True)):
        for name, key, value in node.items():
            if name.startswith(_GPU_RESOURCES):
                count = int(value.text) if value.text.isdigit() else 1
                return count, (value if value.text else key).span, only
    return 0, None, False


def probe_of(container: Node, name: str) -> Probe | None:
    """A probe of a container; the path of a TCP probe is empty."""
    node = container.get(name)
    if not node.is_mapping:
        return None
    kind = next((each for each in ("httpGet", "tcpSocket", "exec", "grpc") if node.get(each)), "")
    if not kind:
        return None
    path = node.get("httpGet", "path")

    def number(key: str, default: int) -> int:
        text = node.get(key).text
        return int(text) if text.isdigit() else default

    return Probe(
        kind=kind,
        path=path.text or ("/" if kind == "httpGet" else ""),
        span=(path or container.key(name)).span,
        period_s=number("periodSeconds", 10),
        failures=number("failureThreshold", 3),
        initial_s=number("initialDelaySeconds", 0),
    )


def _variables(node: Node) -> Iterator[Variable]:
    for each in node.entries():
        value = each.get("value")
        place = value if value.text else each.get("name")
        yield Variable(name=each.get("name").text, value=value.text, span=place.span)


def _ports(container: Node) -> Iterator[Port]:
    for each in container.get("ports").entries():
        number = each.get("containerPort")
        if number.text.isdigit():
            yield Port(
                number=int(number.text), published=bool(each.get("hostPort")), span=number.span
            )


def _volumes(pod: Node) -> Iterator[tuple[str, Span]]:
    for each in pod.get("volumes").entries():
        path = each.get("hostPath", "path")
        yield (f"host:{path.text}" if path else each.get("name").text), (path or each).span


def _dangers(container: Node, pod: Node) -> Iterator[tuple[str, Span]]:
    context = container.get("securityContext")
    if context.get("privileged").is_true:
        yield "privileged", context.get("privileged").span
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key).is_true:
            yield key, pod.get(key).span
    for each in context.get("capabilities", "add").entries():
        if each.text in {"SYS_ADMIN", "ALL", "NET_ADMIN", "SYS_PTRACE"}:
            yield f"capability {each.text}", each.span
    for each in pod.get("volumes").entries():
        path = each.get("hostPath", "path")
        if "docker.sock" in path.text or "containerd.sock" in path.text or path.text == "/":
            yield (
                "the container runtime's socket" if path.text != "/" else "the host's root",
                path.span,
            )


def _autoscaler(document: Node, kind: str) -> Autoscaler:
    spec = document.get("spec")
    metrics = [
        each.get("resource", "name").text or each.get("type").text
        for each in spec.get("metrics").entries()
    ]
    metrics += [each.get("type").text for each in spec.get("triggers").entries()]
    if spec.get("targetCPUUtilizationPercentage"):
        metrics.append("cpu")
    maximum = (spec.get("maxReplicas") or spec.get("maxReplicaCount")).text
    minimum = (spec.get("minReplicas") or spec.get("minReplicaCount")).text
    return Autoscaler(
        span=document.key("kind").span,
        kind=kind,
        target=spec.get("scaleTargetRef", "name").text,
        metrics=tuple(metrics),
        maximum=int(maximum) if maximum.isdigit() else 0,
        minimum=int(minimum) if minimum.isdigit() else None,
    )


def _configmap(document: Node) -> Iterator[LiteralKey]:
    for name, _, value in document.get("data").items():
        variable = Variable(name=name, value=value.text, span=value.span)
        if "\n" not in value.text:
            yield from literal_keys((variable,), "ConfigMap")


def _inference_service(source: Source, document: Node, kind: str, name: str) -> Iterator[Fact]:
    spec = document.get("spec")
    predictor = spec.get("predictor") or spec
    for container in predictor.get("containers").entries():
        workload = container_workload(container, predictor, kind=kind, name=name)
        yield from container_facts(source, container, workload)
    model = predictor.get("model")
    uri = model.get("storageUri") or model.get("uri") or predictor.get("storageUri")
    if uri.text.startswith("hf://"):
        pinned = ":" in uri.text[5:]
        yield ModelReference(span=uri.span, name=uri.text, revision="", pinned=pinned, via="hub")
    traffic = predictor.get("canaryTrafficPercent") or spec.get("canaryTrafficPercent")
    if traffic:
        yield Trait(span=traffic.span, name="traffic-split", detail=kind)


def _shares(document: Node, kind: str) -> Iterator[Fact]:
    """A route that gives two versions a share each."""
    spec = document.get("spec")
    rules = [*spec.get("rules").entries(), *spec.get("http").entries()]
    for rule in rules:
        backends = [*rule.get("backendRefs").entries(), *rule.get("route").entries()]
        weights = [each.get("weight") for each in backends if each.get("weight")]
        if len(weights) > 1:
            yield Trait(span=weights[0].span, name="traffic-split", detail=kind)
            return


def _ray(source: Source, document: Node, kind: str, name: str) -> Iterator[Fact]:
    cluster = document.get("spec", "rayClusterConfig") or document.get("spec")
    head = cluster.get("headGroupSpec")
    token = cluster.get("authOptions", "mode").text == "token"
    variables: list[str] = []
    for group in (head, *cluster.get("workerGroupSpecs").entries()):
        pod = group.get("template", "spec")
        for container in pod.get("containers").entries():
            workload = container_workload(container, pod, kind=kind, name=name)
            variables += [f"{each.name}={each.value}" for each in workload.variables]
            yield from container_facts(source, container, workload)
    if not token and "RAY_AUTH_MODE=token" not in variables:
        service = head.get("serviceType")
        exposed = service.text in {"LoadBalancer", "NodePort"}
        yield Trait(
            span=(service if exposed else document.key("kind")).span,
            name="ray-without-authentication",
            detail="published" if exposed else "inside the cluster",
        )


def _role(document: Node) -> Iterator[Fact]:
    for each in document.get("rules").entries():
        resources = [word.text for word in each.get("resources").entries()]
        verbs = [word.text for word in each.get("verbs").entries()]
        groups = {word.text for word in each.get("apiGroups").entries()} or {""}
        if "*" in verbs and "*" in resources and groups & {"*", ""}:  # not only those of its own
            yield Trait(
                span=each.span, name="wildcard-rights", detail="every verb on every resource"
            )
        elif (
            "secrets" in resources
            and {"get", "list", "*"} & set(verbs)
            and not each.get("resourceNames")
        ):
            yield Trait(
                span=each.span, name="wildcard-rights", detail="every secret of the cluster"
            )
