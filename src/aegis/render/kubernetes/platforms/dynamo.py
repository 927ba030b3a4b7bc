"""NVIDIA Dynamo: a DynamoGraphDeployment for each version, behind gateways of our own.

Dynamo's frontend picks the worker, by prefix where the plan asks for it, so our gateway stands in front
as pods of its own for each version, and asks the Service that the operator makes for the frontend.

Sources (ai-dynamo/dynamo, release 1.5): deploy/operator/api/v1beta1/{dynamographdeployment,
dynamocomponentdeployment}_types.go, deploy/operator/internal/consts/consts.go (ports, names), and the
wheel's templates `dynamo/profiler/templates/dgd`. Its definition is too large to carry along: objects
are judged by a schema written by hand from those types, and `aegis verify` names it so.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import PRIORITY, ROLE_LABEL, Object, Scaled, replace
from aegis.render.kubernetes.platforms import tracks
from aegis.render.kubernetes.platforms.platform import Changes, Platform
from aegis.render.kubernetes.platforms.tracks import CANARY, STABLE
from aegis.render.kubernetes.watching import monitor
from aegis.render.kubernetes.workload import (
    GATEWAY_IMAGE,
    LOCKED_POD,
    MODEL_IMAGE,
    environment,
    nodes,
    resources,
    spread,
)
from aegis.render.shared.apis import PROJECTS, typed
from aegis.render.shared.engines import MODEL_DIR
from aegis.render.shared.gap import Gap
from aegis.render.shared.pins import unset
from aegis.render.shared.pods import WEIGHTS_LABEL
from aegis.render.shared.serving import (
    SHARED_MEMORY_GIB,
    nodes_per_replica,
    serving,
    slots,
    staged,
    trial_replicas,
)

IMAGE = "dynamo-runtime"
FRONTEND_PORT, SYSTEM_PORT = 8000, 9090
_ADAPTER = "DynamoGraphDeploymentScalingAdapter"
# Backends that Dynamo starts, and the module and flag of each for the weights.
_BACKENDS = {
    "vllm": ("vllm", "dynamo.vllm", "--model"),
    "sglang": ("sglang", "dynamo.sglang", "--model-path"),
    "tensorrt-llm": ("trtllm", "dynamo.trtllm", "--model-path"),
}
# The default surges by a quarter, and a worker without a device would wait for ever.
_IN_PLACE = {
    "nvidia.com/deployment-rolling-update-max-surge": "0",
    "nvidia.com/deployment-rolling-update-max-unavailable": "1",
}
_TRANSFER = '{"kv_connector":"NixlConnector","kv_role":"kv_both"}'
_LOCKED: Object = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
_FRONTEND = ("4", 8)  # CPUs and GiB of a frontend; an assumption that the README names


def divided(plan: Plan) -> bool:
    """Whether prompts are read by other workers than those that write."""
    return plan.chosen("feature-disaggregation") == "on"


def scales(plan: Plan) -> bool:
    """Whether the scaler moves the workers; two roles have to grow together and stay fixed."""
    return plan.chosen("scaling") == "queue-signal" and not divided(plan)


def _workload(plan: Plan) -> tuple[Artifact, ...]:
    return (_graph(plan, STABLE), _front(plan, STABLE))


def _canary(plan: Plan) -> tuple[Artifact, ...]:
    return (_graph(plan, CANARY), _front(plan, CANARY)) if trial_replicas(plan) else ()


def _front(plan: Plan, track: str) -> Artifact:
    host = f"{tracks.named(plan, track)}-frontend.$(NAMESPACE).svc"
    return tracks.front(plan, track, f"http://{host}:{FRONTEND_PORT}")


def _graph(plan: Plan, track: str) -> Artifact:
    backend = _BACKENDS.get(plan.chosen("engine"))
    body: Object = {
        **typed("DynamoGraphDeployment"),
        "spec": {
            **({"backendFramework": backend[0]} if backend else {}),
            "components": [_frontend(plan, track), *_workers(plan, track)],
        },
    }
    return tracks.file(plan, track, "dynamographdeployment", body)


def _frontend(plan: Plan, track: str) -> JsonValue:
    """Two at least, like the gateways before them."""
    cpu, memory = _FRONTEND
    by_prefix = plan.chosen("request-routing") == "prefix-aware"
    mode: JsonValue = {"name": "DYN_ROUTER_MODE", "value": "kv" if by_prefix else "round-robin"}
    container = _main(
        plan,
        ["python3", "-m", "dynamo.frontend"],
        {"requests": {"cpu": cpu, "memory": f"{memory}Gi"}, "limits": {"memory": f"{memory}Gi"}},
    )
    container["env"] = [*_list(container["env"]), mode]
    container["ports"] = [{"name": "http", "containerPort": FRONTEND_PORT}]
    return {
        "name": "frontend",
        "type": "frontend",
        "replicas": tracks.fronts(plan),
        "runtimeVersionOverride": _version(),
        "podTemplate": _pod(plan, track, container, {}),
    }


def roles(plan: Plan, track: str) -> tuple[tuple[str, str, int], ...]:
    """Name, type and replicas of each role that holds weights."""
    total = slots(plan).replicas if track == STABLE else trial_replicas(plan)
    if not divided(plan):
        return (("worker", "worker", max(1, total)),)
    readers = max(1, total // 2)
    return (("prefill", "prefill", readers), ("decode", "decode", max(1, total - readers)))


def _workers(plan: Plan, track: str) -> list[JsonValue]:
    found = serving(plan)
    wide = nodes_per_replica(plan)
    owned = scales(plan) and track == STABLE
    made: list[JsonValue] = []
    for name, kind, replicas in roles(plan, track):
        container = _main(plan, _command(plan, kind), resources(found, wide))
        container["ports"] = [{"name": "system", "containerPort": SYSTEM_PORT}]
        container["startupProbe"] = {
            "httpGet": {"path": "/live", "port": "system"},
            "periodSeconds": 10,
            "failureThreshold": found.startup_s // 10,
        }
        component: Object = {
            "name": name,
            "type": kind,
            # The adapter's scaler owns the number where there is one.
            **({"scalingAdapter": {}} if owned else {"replicas": replicas}),
            "runtimeVersionOverride": _version(),
            "sharedMemorySize": f"{SHARED_MEMORY_GIB}Gi",
            "podTemplate": _pod(plan, track, container, nodes(plan, found), weights=True),
        }
        if wide > 1:
            component["multinode"] = {"nodeCount": wide}
        made.append(component)
    return made


def _command(plan: Plan, kind: str) -> list[str]:
    """The engine as Dynamo starts it, with the flags of the plan."""
    found = serving(plan)
    _, module, weights = _BACKENDS.get(plan.chosen("engine"), ("", "application", "--model"))
    flags = list(found.command[len(found.start.command) :])
    role: list[str] = []
    if kind in {"prefill", "decode"}:
        role = ["--disaggregation-mode", kind]
        if plan.chosen("engine") == "vllm":
            role += ["--kv-transfer-config", _TRANSFER]
    # Without stages the operator starts each machine of a replica on its own.
    return ["python3", "-m", module, weights, MODEL_DIR, *flags, *staged(plan), *role]


def _main(plan: Plan, command: list[str], sized: Object) -> Object:
    """The container that the operator completes; it must be called `main`."""
    return {
        "name": "main",
        "image": unset(IMAGE),
        "command": [*command],
        "env": environment(plan),
        "resources": sized,
        "securityContext": _LOCKED,
        # The frontend reads the model's tokenizer, a worker all of it.
        "volumeMounts": [
            {"name": "model", "mountPath": MODEL_DIR, "readOnly": True},
            {"name": "scratch", "mountPath": "/tmp"},  # noqa: S108  # a mount of its own
        ],
    }


def _pod(
    plan: Plan, track: str, container: Object, placed: Object, *, weights: bool = False
) -> Object:
    held = WEIGHTS_LABEL if weights else {}
    labels = {**tracks.labels(plan, track, tracks.ENGINE), **held}
    notes = _IN_PLACE if weights else {}
    user: Object = {**LOCKED_POD, "runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000}
    return {
        "metadata": {
            "labels": {**labels, names.PLAN_LABEL: plan.id},
            "annotations": {names.DECISION_ANNOTATION: ",".join(tracks.because(plan)), **notes},
        },
        # The operator gives the account by which workers find one another.
        "spec": {
            "priorityClassName": PRIORITY,
            "terminationGracePeriodSeconds": serving(plan).grace_s,
            "securityContext": user,
            "topologySpreadConstraints": spread(plan, {**labels}),
            **placed,
            "containers": [container],
            "volumes": [
                {
                    "name": "model",
                    "image": {"reference": unset(MODEL_IMAGE), "pullPolicy": "IfNotPresent"},
                },
                {"name": "scratch", "emptyDir": {"sizeLimit": "20Gi"}},
            ],
        },
    }


def _version() -> str:
    """The release of the runtime: a digest does not say it, and the operator asks."""
    return PROJECTS["dynamo"].release.removeprefix("v")


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _scaled(plan: Plan) -> tuple[Scaled, ...]:
    return (Scaled(kind=_ADAPTER, name=f"{plan.service}-worker"),) if scales(plan) else ()


def _one_replica(plan: Plan) -> Changes:
    """One frontend, one worker of each role and one gateway."""
    owned = 1 if scales(plan) else len(roles(plan, STABLE)) + 1
    changes = [replace(f"/spec/components/{index}/replicas", 1) for index in range(owned)]
    one = ("Deployment", [replace("/spec/replicas", 1)])
    return (("DynamoGraphDeployment", changes), one)


def _monitors(plan: Plan) -> tuple[Artifact, ...]:
    fronts: Object = {**tracks.pods(plan), ROLE_LABEL: tracks.FRONT}
    engines: Object = {**tracks.pods(plan), ROLE_LABEL: tracks.ENGINE}
    return (
        monitor(plan, plan.service, fronts, (("http", "/metrics"),)),
        monitor(plan, f"{plan.service}-engine", engines, (("system", "/metrics"),)),
    )


def _policies(plan: Plan) -> tuple[Artifact, ...]:
    fronts: JsonValue = {
        "podSelector": {"matchLabels": {**tracks.pods(plan), ROLE_LABEL: tracks.FRONT}}
    }
    return tracks.policies(plan, [fronts], ports=(FRONTEND_PORT, SYSTEM_PORT), calls_api=True)


_SCHEMA = Gap(
    what="A check of the object against the published definition: it is too large to carry, and `aegis verify` "
    "judges by what the operator's Go types say.",
    instead="`aegis verify --crds FOLDER` with the definition of your release, or "
    "`kubectl apply --dry-run=server`.",
)
_RELEASE = Gap(
    what="A release inside Dynamo: its operator replaces workers one by one, by no analysis, and for "
    "components of one node only.",
    instead="The version on trial is a graph of its own, judged by weights.",
)
_SCALING = Gap(
    what="Scaling a divided fleet by one signal: readers and writers have to grow together.",
    instead="Their numbers are fixed at the peak; Dynamo's planner moves both, once you have measured it.",
)
_ENGINE = Gap(
    what="Dynamo starts vLLM, SGLang and TensorRT-LLM, and no other engine.",
    instead="State `team.orchestrator: kubernetes` or `kserve`.",
)


def _gaps(plan: Plan) -> tuple[Gap, ...]:
    rows = (
        (_SCHEMA, True),
        (_RELEASE, True),
        (_SCALING, plan.chosen("scaling") == "queue-signal" and divided(plan)),
        (_ENGINE, plan.chosen("engine") not in _BACKENDS),
    )
    met = [gap for gap, meets in rows if meets]
    return (*met, *tracks.strategy_gaps(plan), *tracks.room_gaps(plan))


def _operate(plan: Plan) -> list[str]:
    ready = [
        (
            f"kubectl -n production wait dynamographdeployment/{plan.service} "
            "--for=condition=Ready --timeout=60m"
        )
    ]
    lines = (
        tracks.steps(plan, begin=[], end=["kubectl delete -k overlays/canary"], ready=ready)
        if trial_replicas(plan)
        else tracks.in_place(plan, ready)
    )
    return [
        *lines,
        "## The runtime's version",
        "",
        (
            f"An image by digest does not say its version, so `runtimeVersionOverride` says `{_version()}`. Change it "
            "with the image: operator, runtime and Grove are released together. `type` and `minAvailable` of a "
            "component cannot be changed afterwards: delete the graph, while the trial serves. A frontend's "
            f"{_FRONTEND[0]} CPUs and {_FRONTEND[1]} GiB are an assumption."
        ),
        "",
    ]


DYNAMO = Platform(
    needs=("dynamo",),
    also=lambda plan: ("grove",) if nodes_per_replica(plan) > 1 else (),
    workload=_workload,
    canary=_canary,
    services=tracks.services,
    route=tracks.weighed_route,
    monitors=_monitors,
    endpoints=1,
    policies=_policies,
    scaled=_scaled,
    one_replica=_one_replica,
    pods=tracks.pods,
    beside=lambda plan: 2 * tracks.fronts(plan),
    judged=lambda _: (),
    gaps=_gaps,
    operate=_operate,
    images=lambda _: (("DYNAMO", IMAGE), ("MODEL", MODEL_IMAGE), ("GATEWAY", GATEWAY_IMAGE)),
    mounted=("spec/components[]/podTemplate/spec/volumes[]/image/reference",),
)
