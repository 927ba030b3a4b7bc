"""AEG301 to AEG319: the serving workload."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity
from aegis.review.facts.python_web import is_health
from aegis.review.facts.types import (
    Autoscaler,
    Container,
    Probe,
    Route,
    Workload,
)
from aegis.review.facts.world import product_by_id
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule

_RUNS = ("Job", "CronJob")


# Kinds whose operator adds the probes itself.
_PROBED_BY_OPERATOR = ("Ray", "ServingRuntime", "ClusterServingRuntime", "InferenceService")


def _serves(workload: Workload) -> bool:
    return (
        workload.role == "model-server"
        and workload.kind not in _RUNS
        and not workload.kind.startswith(_PROBED_BY_OPERATOR)
        and not _one_shot(workload)
    )


def _one_shot(workload: Workload) -> bool:
    """A helper container that pulls and ends."""
    return (
        re.search(r"\b(?:ollama\s+pull|download|import|migrate|init)\b", workload.command)
        is not None
        and not workload.ports
    )


@rule("AEG301", checks=Workload, severity=Severity.HIGH, refs=("Kubernetes documentation, probes",))
def model_server_without_readiness(workload: Workload) -> Iterator[Hit]:
    """Model server without a readiness check.

    Weights take minutes to load; traffic arrives in the first second and is lost.
    """
    chart = "/templates/" in workload.span.path  # a value may bring the probe
    manifest = workload.origin == "kubernetes" and not chart
    if _serves(workload) and workload.readiness is None and manifest:
        yield Hit(
            workload.span,
            "a model server has no readiness probe",
            mend="readinessProbe on the path that answers only when the model is loaded",
        )


@rule(
    "AEG302",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("Kubernetes documentation, probes",),
)
def readiness_proves_nothing(repository: Repository) -> Iterator[Hit]:
    """Health check that does not prove that the model can answer.

    A constant, an open port or the root page are true long before the weights are there and
    stay true after the database is gone.
    """
    for workload in repository.all(Workload):
        yield from _weak_readiness(workload)
    if not any(route.spends for route in repository.all(Route)) and not repository.calls_models:
        return
    routes = [each for each in repository.all(Route) if is_health(each.path)]
    tested = any(not each.returns_constant for each in routes)
    for route in routes:
        if route.returns_constant:
            yield Hit(
                route.span,
                "the health route answers a constant",
                label="asks neither the model nor what it depends on",
                mend="answer 503 until the model is loaded and its store answers",
                severity=Severity.LOW if tested else None,  # another route tests something
            )
    for container in repository.all(Container):
        pages = container.base is not None and container.base.name in {"node", "nginx"}
        if container.healthcheck is not None and container.healthcheck.path == "/" and not pages:
            yield Hit(
                container.healthcheck.span,
                "the image's health check asks for the root page",
                label="true before anything works",
                mend="ask for a route that tests the model",
                severity=Severity.LOW
                if not _asks_a_model(container, repository) or _replaced(container, repository)
                else None,
            )


def _replaced(container: Container, repository: Repository) -> bool:
    """Whether each compose service that is built beside an image's recipe brings its own check."""
    folder = container.span.path.rpartition("/")[0]
    started = [each for each in repository.all(Workload) if each.built_from == folder]
    return bool(started) and all(each.readiness is not None for each in started)


def _asks_a_model(container: Container, repository: Repository) -> bool:
    """Whether the code beside an image's recipe asks a model, so that its check could say so."""
    folder = container.span.path.rpartition("/")[0]
    near = f"{folder}/" if folder else ""
    places = [client.span.path for client in repository.clients]
    places += [route.span.path for route in repository.all(Route) if route.spends]
    served = repository.answers and not repository.is_library
    return served and any(path.startswith(near) for path in places)


def _weak_readiness(workload: Workload) -> Iterator[Hit]:
    product = product_by_id().get(workload.product)
    waits = re.search(r"\b(?:while|until)\b", workload.command) is not None
    raced = "ollama pull" in workload.command and "sleep" in workload.command and not waits
    if _one_shot(workload) and raced:
        yield Hit(
            workload.command_span,
            "the model is pulled after a fixed sleep, and nothing waits for it",
            label="a race",
            mend="wait for the server, pull, and let the app depend on completion",
        )
    if not _serves(workload) or workload.readiness is None or product is None or not product.ready:
        return
    probe = workload.readiness
    if probe.kind == "tcpSocket" or (
        probe.path and probe.path.split("?")[0] not in product.ready and probe.path == "/"
    ):
        yield Hit(
            probe.span,
            "readiness does not prove that the model is loaded",
            label=probe.path or probe.kind,
            mend=f"probe {product.ready[0]}",
        )


@rule(
    "AEG303",
    checks=Workload,
    severity=Severity.HIGH,
    refs=("Kubernetes documentation, startup probes",),
)
def no_time_to_load(workload: Workload) -> Iterator[Hit]:
    """Liveness that kills a model server while it loads.

    Without a startup probe the weights must be loaded before the first failures add up, or the
    kubelet restarts the server and it begins again, most often exactly when you scale out.
    """
    if not _serves(workload) or workload.origin != "kubernetes" or workload.liveness is None:
        return
    budget = _budget_s(workload.startup or workload.liveness)
    if workload.startup is None and budget < 300:
        yield Hit(
            workload.liveness.span,
            "a model server has no startup probe",
            label=f"killed after {budget} s of loading",
            mend="startupProbe with periodSeconds × failureThreshold above the measured load time",
        )
    elif workload.startup is not None and budget < 60:
        yield Hit(
            workload.startup.span,
            "the startup probe gives less than a minute",
            label=f"{budget} s",
            mend="raise failureThreshold above the measured load time",
            certainty=Certainty.LIKELY,
        )


def _budget_s(probe: Probe) -> int:
    return probe.initial_s + probe.period_s * probe.failures


@rule(
    "AEG304", checks=Workload, severity=Severity.MEDIUM, refs=("Kubernetes documentation, probes",)
)
def eager_liveness(workload: Workload) -> Iterator[Hit]:
    """Liveness that kills a server for being busy.

    A full batch answers late; the restart throws away the batch and the cache and moves the load
    to the next replica.
    """
    if _serves(workload) and workload.liveness is not None and workload.liveness.failures <= 1:
        yield Hit(
            workload.liveness.span,
            "one missed answer restarts the model server",
            label="failureThreshold 1",
            mend="3 or more failures, and a timeout above the longest batch",
        )
    elif _serves(workload) and _same_probe(workload):
        yield Hit(
            workload.liveness.span if workload.liveness is not None else workload.span,
            "liveness gives up as soon as readiness does",
            label="the same question, the same patience",
            mend="more failures for liveness than for readiness: first no traffic, then a restart",
            severity=Severity.LOW,
        )


def _same_probe(workload: Workload) -> bool:
    live, ready = workload.liveness, workload.readiness
    return (
        live is not None
        and ready is not None
        and (live.kind, live.path, live.period_s, live.failures)
        == (ready.kind, ready.path, ready.period_s, ready.failures)
    )


@rule(
    "AEG305",
    checks=Workload,
    severity=Severity.MEDIUM,
    refs=("Kubernetes documentation, resource management",),
)
def unbounded_model_server(workload: Workload) -> Iterator[Hit]:
    """Model server without memory limits.

    It takes the node down with it instead of being restarted alone.
    """
    if not _serves(workload):
        return
    if workload.gpu_in_requests_only and workload.gpu_span is not None:
        yield Hit(
            workload.gpu_span,
            "accelerators stand in requests only",
            label="the scheduler ignores it",
            mend="put the accelerator under limits",
            severity=Severity.HIGH,
        )
    if not workload.has_memory_limit:
        yield Hit(
            workload.span,
            "a model server has no memory limit",
            mend="limit memory above weights and cache, from a measurement",
            severity=None if workload.origin == "kubernetes" else Severity.LOW,
        )


@rule(
    "AEG306",
    checks=Workload,
    severity=Severity.HIGH,
    refs=("vLLM documentation, distributed serving",),
)
def parallelism_without_accelerators(workload: Workload) -> Iterator[Hit]:
    """Model split over more devices than the container gets.

    The server waits for devices that will not come, or dies at start.
    """
    tensor = re.search(
        r"(?:--tensor-parallel-size|--tp(?:-size)?|-tp|--num-shard|--tensor_parallel_size)[= ]+(\d+)",
        workload.command,
    )
    pipeline = re.search(r"(?:--pipeline-parallel-size|-pp)[= ]+(\d+)", workload.command)
    if not tensor:
        return
    wanted = int(tensor[1]) * (int(pipeline[1]) if pipeline else 1)
    multi_node = "ray" in workload.command.lower() or workload.kind in {
        "RayCluster",
        "RayService",
        "LeaderWorkerSet",
    }
    if workload.gpus and wanted != workload.gpus and not multi_node:
        place = workload.gpu_span or workload.span
        yield Hit(
            place,
            f"the model is split over {wanted} devices and the container gets {workload.gpus}",
            label=f"{workload.gpus} here, {wanted} in the arguments",
            mend="make both numbers the same",
            also=(workload.command_span,),
        )


@rule(
    "AEG307", checks=Workload, severity=Severity.MEDIUM, refs=("NCCL documentation, shared memory",)
)
def no_shared_memory(workload: Workload) -> Iterator[Hit]:
    """Several accelerators and the default 64 MiB of shared memory.

    The devices exchange tensors through /dev/shm; too small, it fails under load or at start.
    """
    if _serves(workload) and workload.gpus > 1 and not workload.shared_memory:
        yield Hit(
            workload.gpu_span or workload.span,
            "a multi-device server has no shared memory of its own",
            mend="mount an emptyDir with medium Memory at /dev/shm, or set shm_size",
        )


@rule(
    "AEG309",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("Kubernetes documentation, disruptions",),
    profile=Profile.REVIEW,
)
def single_replica(repository: Repository) -> Iterator[Hit]:
    """One replica of what everyone waits for.

    A node drain is an outage, as long as the weights take to load.
    """
    servers = [
        each
        for each in repository.all(Workload)
        if _serves(each) and each.origin == "kubernetes" and each.kind == "Deployment"
    ]
    for workload in servers:
        if workload.replicas == 1:
            yield Hit(
                workload.span,
                "a model server runs as one replica",
                mend="two replicas in two zones, and a PodDisruptionBudget",
            )
    several = [each for each in servers if each.replicas > 1]
    if several and "PodDisruptionBudget" not in repository.kinds:
        yield Hit(
            several[0].span,
            "nothing keeps a drain from stopping every replica",
            label="searched for a PodDisruptionBudget, found none",
            mend="a PodDisruptionBudget that keeps one available",
            certainty=Certainty.LIKELY,
            severity=Severity.LOW,
        )


@rule(
    "AEG310",
    checks=Repository,
    severity=Severity.HIGH,
    refs=("Kubernetes documentation, horizontal pod autoscaling",),
)
def autoscaling_on_the_wrong_signal(repository: Repository) -> Iterator[Hit]:
    """Autoscaler that watches the processor of a server that works on an accelerator.

    The processor idles while requests queue: it never scales when it should.
    """
    servers = {
        each.name for each in repository.all(Workload) if each.role == "model-server" or each.gpus
    }
    names = {each.name for each in repository.all(Workload)}
    for scaler in repository.all(Autoscaler):
        if scaler.target in servers and scaler.metrics and set(scaler.metrics) <= {"cpu", "memory"}:
            yield Hit(
                scaler.span,
                "an autoscaler watches CPU for a model server",
                label=", ".join(scaler.metrics),
                mend="scale on queue length or running requests of the engine",
            )
        elif (
            scaler.target
            and names
            and scaler.target not in names
            and "T" * 4 not in scaler.target
            and repository.all(Workload)
        ) and not any(source.path.endswith("Chart.yaml") for source in repository.tree.sources):
            yield Hit(
                scaler.span,
                "an autoscaler scales nothing that is here",
                label=f"`{scaler.target}` not found",
                certainty=Certainty.LIKELY,
                severity=Severity.LOW,  # an operator may make it
            )


@rule(
    "AEG311",
    checks=Autoscaler,
    severity=Severity.MEDIUM,
    refs=("OWASP LLM10:2025",),
    profile=Profile.REVIEW,
)
def scaling_without_a_ceiling(scaler: Autoscaler) -> Iterator[Hit]:
    """Autoscaler with a ceiling nobody can pay.

    A loop in a client becomes a bill.
    """
    if scaler.maximum > 50:
        yield Hit(
            scaler.span,
            "an autoscaler may start more than 50 replicas",
            label=f"up to {scaler.maximum}",
            mend="cap it at the budget and alert before the cap",
        )
    if scaler.minimum == 0:
        yield Hit(
            scaler.span,
            "an autoscaler may leave no replica at all",
            label="the first caller waits for node, image and weights",
            mend="one warm replica, or callers who were told that they wait",
            severity=Severity.LOW,
        )


@rule(
    "AEG308",
    checks=Workload,
    severity=Severity.MEDIUM,
    refs=("vLLM documentation, engine arguments",),
    profile=Profile.REVIEW,
)
def contradicting_engine_bounds(workload: Workload) -> Iterator[Hit]:
    """Engine argument given twice, with two values.

    The last one wins, and nobody knows that the first was meant.
    """
    flags: dict[str, set[str]] = {}
    for match in re.finditer(
        r"(--(?:max-model-len|max-num-seqs|gpu-memory-utilization|tensor-parallel-size|dtype"
        r"|max-num-batched-tokens))[= ]+(\S+)",
        workload.command,
    ):
        flags.setdefault(match[1], set()).add(match[2])
    for flag, values in flags.items():
        if len(values) > 1:
            yield Hit(
                workload.command_span,
                f"`{flag}` is given with {len(values)} values",
                label=" and ".join(sorted(values)),
                mend="keep one",
            )


@rule(
    "AEG319",
    checks=Workload,
    severity=Severity.LOW,
    refs=("vLLM documentation, production deployment",),
    profile=Profile.REVIEW,
)
def weights_downloaded_at_start(workload: Workload) -> Iterator[Hit]:
    """Weights fetched from the hub at each start.

    A scale-out waits for the network, and an outage of the hub is yours.
    """
    if (
        _serves(workload)
        and workload.origin == "kubernetes"
        and workload.product in {"vllm", "tgi", "sglang"}
    ):
        cached = any(
            "cache" in text or "model" in text or "host:" in text for text, _ in workload.volumes
        )
        if re.search(r"--model[= ]+[\w-]+/|serve\s+[\w-]+/", workload.command) and not cached:
            yield Hit(
                workload.span,
                "weights are downloaded at each start",
                mend="a volume or an image that carries them",
            )
