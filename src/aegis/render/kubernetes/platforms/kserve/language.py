"""Language models: an LLMInferenceService for each version, behind gateways of our own.

KServe's endpoint picker has to see a request before a replica does, and its sidecar of a decoding
replica hands the prompt to a reading one by a header: a gateway inside the pod would come too late.
So the gateway stands in front, as pods of its own for each version, and asks the inference Gateway
of the cluster by the path that KServe gives every LLMInferenceService.

The preset of KServe starts vLLM; we give image, flags, weights, devices, probes and labels.

Sources (kserve v0.20.0): config/llmisvcconfig/*.yaml (presets), pkg/controller/v1alpha2/llmisvc
(config_merge.go: which preset applies and how containers merge; workload_storage.go: weights that
are mounted by us need `storageInitializer.enabled: false`; workload.go: labels), the CRD's rule that
`replicas` and `scaling` exclude each other. `scaling` of 0.20 needs the operator WVA.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import (
    GATEWAY_NAMESPACE,
    INFERENCE_GATEWAY,
    PRIORITY,
    Object,
    Scaled,
    replace,
)
from aegis.render.kubernetes.platforms import groups, inference, tracks
from aegis.render.kubernetes.platforms.platform import Changes
from aegis.render.kubernetes.platforms.tracks import CANARY, STABLE
from aegis.render.kubernetes.workload import (
    LOCKED_POD,
    MODEL_IMAGE,
    engine_image,
    environment,
    nodes,
    parts,
    resources,
    spread,
    template,
)
from aegis.render.shared.apis import typed
from aegis.render.shared.pins import Parts, unset
from aegis.render.shared.serving import (
    SHARED_MEMORY_GIB,
    Serving,
    nodes_per_replica,
    serving,
    slots,
    trial_replicas,
)

PORT = 8000  # of the workload, in every preset
_DECODER = 8001  # of the engine behind the sidecar that splits a request
_MODEL_DIR = "/mnt/models"  # where the presets look for weights
PICKER_IMAGE = "llm-d-endpoint-picker"
TOKENIZER_IMAGE = "llm-d-uds-tokenizer"
SIDECAR_IMAGE = "llm-d-routing-sidecar"
# Flags that the preset writes itself.
_PRESET = {"--served-model-name", "--tensor-parallel-size"}
_PRESET_OF_STAGES = "kserve-config-llm-worker-pipeline-parallel"
_ACCOUNT = ("serviceAccountName", "automountServiceAccountToken")
_TRANSFER = '{"kv_connector":"NixlConnector","kv_role":"kv_both"}'


def disaggregated(plan: Plan) -> bool:
    """Whether prompts are read by other replicas than those that write."""
    return plan.chosen("feature-disaggregation") == "on"


def wide(plan: Plan) -> bool:
    """Whether one replica spans machines."""
    return nodes_per_replica(plan) > 1


def workload(plan: Plan) -> tuple[Artifact, ...]:
    """The stable version and its gateways."""
    return (_service(plan, STABLE), *preset(plan), _front(plan, STABLE))


def trial(plan: Plan) -> tuple[Artifact, ...]:
    """The version on trial and its gateways."""
    return (_service(plan, CANARY), _front(plan, CANARY)) if trial_replicas(plan) else ()


def _front(plan: Plan, track: str) -> Artifact:
    return tracks.front(plan, track, inference.address(tracks.named(plan, track)))


def _service(plan: Plan, track: str) -> Artifact:
    readers, writers = roles(plan, track)
    body: Object = {
        **typed("LLMInferenceService"),
        "spec": {
            "model": {"name": plan.service, "uri": f"file://{_MODEL_DIR}"},
            # The weights are an image, mounted by digest.
            "storageInitializer": {"enabled": False},
            **_role(plan, track, writers, decodes=disaggregated(plan)),
            **(
                {"prefill": _role(plan, track, readers, decodes=False)}
                if disaggregated(plan)
                else {}
            ),
            "router": {
                "gateway": {"refs": [{"name": INFERENCE_GATEWAY, "namespace": GATEWAY_NAMESPACE}]},
                # Two versions in one group: the shared path leads to the stable one.
                "route": {"group": plan.service, "weight": 100 if track == STABLE else 0},
                "scheduler": {"template": {"containers": _pinned()}},
            },
        },
    }
    return tracks.file(plan, track, "llminferenceservice", body, notes=tracks.spare(plan))


def images(plan: Plan) -> Parts:
    """Also what KServe would start by tag: its picker's pod, and the sidecar of a writing replica."""
    more = (("PICKER", PICKER_IMAGE), ("TOKENIZER", TOKENIZER_IMAGE))
    return (*parts(plan), *more, *((("SIDECAR", SIDECAR_IMAGE),) if disaggregated(plan) else ()))


def _pinned() -> list[JsonValue]:
    """The containers of the preset's picker, by images of ours; the rest of them is the preset's."""
    named = (("main", PICKER_IMAGE), ("tokenizer", TOKENIZER_IMAGE))
    return [{"name": name, "image": unset(image)} for name, image in named]


def roles(plan: Plan, track: str) -> tuple[int, int]:
    """Replicas that read prompts and replicas that write; the same pods without a division."""
    total = slots(plan).replicas if track == STABLE else trial_replicas(plan)
    readers = max(1, total // 2) if disaggregated(plan) else 0
    return readers, max(1, total - readers)


def _role(plan: Plan, track: str, replicas: int, *, decodes: bool) -> Object:
    found = serving(plan)
    owned = plan.chosen("scaling") == "queue-signal" and track == STABLE and not disaggregated(plan)
    if wide(plan):
        pods = {
            "template": _spanning(plan, track, groups.leader(plan)),
            "worker": _spanning(plan, track, groups.worker(plan)),
        }
    else:
        pods = {"template": _pod(plan, found, track, port=_DECODER if decodes else PORT)}
    if decodes and not wide(plan):
        sidecar: JsonValue = {"name": "llm-d-routing-sidecar", "image": unset(SIDECAR_IMAGE)}
        pods["template"]["initContainers"] = [sidecar]
    mine: Object = {**tracks.labels(plan, track, tracks.ENGINE), names.PLAN_LABEL: plan.id}
    return {
        **({} if owned else {"replicas": replicas}),
        "labels": mine,
        "annotations": {names.DECISION_ANNOTATION: ",".join(tracks.because(plan))},
        "parallelism": _parallelism(plan),
        **pods,
    }


def _parallelism(plan: Plan) -> Object:
    """Ranks of one replica: tensors or copies inside a machine, stages over machines."""
    inside: Object = {"tensor": max(1, plan.capacity.tensor_parallel)}
    if wide(plan):
        return {**inside, "pipeline": nodes_per_replica(plan)}
    copies = plan.capacity.per_replica // max(1, plan.capacity.tensor_parallel)
    if copies == 1:
        return inside
    experts = plan.chosen("feature-expert-parallelism") == "on"
    return {**inside, "data": copies, "dataLocal": copies, "expert": experts}


def _spanning(plan: Plan, track: str, container: Object) -> Object:
    """The pod of one machine of a replica: KServe ships no preset for stages, so all of it is ours."""
    mine = tracks.labels(plan, track, tracks.ENGINE)
    pod = template(plan, [container | {"name": "main"}], nodes(plan, serving(plan)), mine)["spec"]
    # The account is KServe's: it lets the members of a group find one another.
    return {k: v for k, v in pod.items() if k not in _ACCOUNT} if isinstance(pod, dict) else {}


def preset(plan: Plan) -> tuple[Artifact, ...]:
    """The preset that KServe looks for where a replica spans machines in stages, and does not ship."""
    if not wide(plan):
        return ()
    body: Object = {**typed("LLMInferenceServiceConfig"), "spec": {}}
    return (tracks.file(plan, STABLE, "llminferenceserviceconfig", body, title=_PRESET_OF_STAGES),)


def _pod(plan: Plan, found: Serving, track: str, *, port: int) -> Object:
    mine: Object = {**tracks.labels(plan, track, tracks.ENGINE)}
    return {
        "priorityClassName": PRIORITY,
        "terminationGracePeriodSeconds": max(60, found.grace_s),
        "securityContext": dict(LOCKED_POD),
        "topologySpreadConstraints": spread(plan, mine),
        **nodes(plan, found),
        "containers": [_main(plan, found, port)],
        "volumes": [
            {
                "name": "weights",
                "image": {"reference": unset(MODEL_IMAGE), "pullPolicy": "IfNotPresent"},
            },
            {
                "name": "dshm",
                "emptyDir": {"medium": "Memory", "sizeLimit": f"{SHARED_MEMORY_GIB}Gi"},
            },
        ],
    }


def _main(plan: Plan, found: Serving, port: int) -> Object:
    probe: Object = {"httpGet": {"path": "/health", "port": port}}
    host: JsonValue = {"fieldRef": {"fieldPath": "status.podIP"}}
    transfer: list[JsonValue] = [{"name": "VLLM_NIXL_SIDE_CHANNEL_HOST", "valueFrom": host}]
    return {
        "name": "main",
        "image": unset(engine_image(plan)),
        "args": [
            *_flags(found),
            *(["--kv-transfer-config", f"'{_TRANSFER}'"] if disaggregated(plan) else []),
        ],
        "env": [
            *environment(plan),
            *(transfer if disaggregated(plan) else []),
        ],
        "ports": [{"name": "engine", "containerPort": port, "protocol": "TCP"}],
        "resources": resources(found),
        # The preset's other defaults hold: user, capabilities, a sleep before the end.
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "startupProbe": {**probe, "periodSeconds": 10, "failureThreshold": found.startup_s // 10},
        "readinessProbe": {**probe, "periodSeconds": 5, "failureThreshold": 3},
        "livenessProbe": {**probe, "periodSeconds": 10, "failureThreshold": 6, "timeoutSeconds": 5},
        "volumeMounts": [{"name": "weights", "mountPath": _MODEL_DIR, "readOnly": True}],
    }


def _flags(found: Serving) -> list[JsonValue]:
    """The flags of the plan, without those of the preset."""
    rest = list(found.command[len(found.start.command) :])
    kept: list[JsonValue] = []
    while rest:
        flag = rest.pop(0)
        value = [rest.pop(0)] if rest and not rest[0].startswith("--") else []
        kept += [] if flag in _PRESET else [flag, *value]
    return kept


def scaled(plan: Plan) -> tuple[Scaled, ...]:
    """The Deployment that KServe makes; a divided fleet keeps its numbers."""
    if disaggregated(plan) or wide(plan):
        return ()
    return (Scaled(kind="Deployment", name=f"{plan.service}-kserve"),)


def one_replica(plan: Plan) -> Changes:
    """One replica of each role, and one gateway, before production."""
    changes = []
    if plan.chosen("scaling") != "queue-signal" or not scaled(plan):
        changes.append(replace("/spec/replicas", 1))
    if disaggregated(plan):
        changes.append(replace("/spec/prefill/replicas", 1))
    one = ("Deployment", [replace("/spec/replicas", 1)])
    return (("LLMInferenceService", changes), one) if changes else (one,)


def policies(plan: Plan) -> tuple[Artifact, ...]:
    """The inference Gateway and KServe's picker reach the engines, and engines each other."""
    versions: list[JsonValue] = [tracks.named(plan, track) for track in (STABLE, CANARY)]
    picker: JsonValue = {
        "podSelector": {
            "matchLabels": {names.PART_OF_LABEL: "llminferenceservice"},
            "matchExpressions": [
                {"key": names.SERVICE_LABEL, "operator": "In", "values": versions}
            ],
        }
    }
    ports = (PORT, _DECODER) if disaggregated(plan) else (PORT,)
    asked = [picker, inference.proxies()]
    # The sidecar that hands a prompt over asks which pods its pool has.
    return tracks.policies(plan, asked, ports=ports, calls_api=disaggregated(plan))
