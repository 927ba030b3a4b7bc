"""The pods behind a pool: one a replica, a group of them, or two roles that hand prompts over.

A writing pod is asked through a sidecar, which has the prompt read elsewhere when the picker says
so. Sources: llm-d-router v0.10.0, deploy/components/vllm-{decode,prefill} (ports, flags of the
sidecar), docs/disaggregation.md (the label `llm-d.ai/role`); lws v0.10.0, DisaggregatedSet.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import Object
from aegis.render.kubernetes.platforms import groups, tracks
from aegis.render.kubernetes.platforms.tracks import STABLE
from aegis.render.kubernetes.workload import LOCKED, MOUNTED_IMAGES, engine, nodes, spread, template
from aegis.render.shared.apis import typed
from aegis.render.shared.pins import unset
from aegis.render.shared.serving import nodes_per_replica, serving, slots, trial_replicas

PORT = 8000  # where a pool asks its pods
_BEHIND = 8200  # of an engine behind the sidecar
SIDECAR_IMAGE = "llm-d-routing-sidecar"
_ROLE = "llm-d.ai/role"
_TRANSFER = '{"kv_connector":"NixlConnector","kv_role":"kv_both"}'
_IN_GROUP = "spec/volumes[]/image/reference"
MOUNTED = (
    MOUNTED_IMAGES,
    f"spec/leaderWorkerTemplate/leaderTemplate/{_IN_GROUP}",
    f"spec/leaderWorkerTemplate/workerTemplate/{_IN_GROUP}",
    f"spec/roles[]/spec/leaderWorkerTemplate/leaderTemplate/{_IN_GROUP}",
    f"spec/roles[]/spec/leaderWorkerTemplate/workerTemplate/{_IN_GROUP}",
)


def divided(plan: Plan) -> bool:
    """Whether prompts are read by other replicas than those that write."""
    return plan.chosen("feature-disaggregation") == "on"


def kind(plan: Plan) -> str:
    """The kind of object that makes the pods."""
    if divided(plan):
        return "DisaggregatedSet"
    return "LeaderWorkerSet" if nodes_per_replica(plan) > 1 else "Deployment"


def engines(plan: Plan, track: str) -> tuple[Artifact, ...]:
    """The pods of one version."""
    total = slots(plan).replicas if track == STABLE else trial_replicas(plan)
    made = kind(plan)
    if made == "DisaggregatedSet":
        readers = max(1, total // 2)
        roles: list[JsonValue] = [
            {"name": "prefill", "spec": _group(plan, track, readers, role="prefill")},
            {"name": "decode", "spec": _group(plan, track, max(1, total - readers), role="decode")},
        ]
        spec: Object = {"roles": roles}
    elif made == "LeaderWorkerSet":
        spec = _group(plan, track, _owned(plan, track, total), role="")
    else:
        spec = _deployment(plan, track, _owned(plan, track, total))
    return (tracks.file(plan, track, made.lower(), {**typed(made), "spec": spec}),)


def _owned(plan: Plan, track: str, total: int) -> int | None:
    """The number, unless a scaler owns it."""
    return None if plan.chosen("scaling") == "queue-signal" and track == STABLE else total


def _deployment(plan: Plan, track: str, replicas: int | None) -> Object:
    mine = tracks.labels(plan, track, tracks.ENGINE)
    return {
        **({} if replicas is None else {"replicas": replicas}),
        "revisionHistoryLimit": 5,
        "progressDeadlineSeconds": serving(plan).startup_s + 600,
        "selector": {"matchLabels": {**mine}},
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": 0, "maxUnavailable": max(1, plan.capacity.spare)},
        },
        "template": _pod(plan, track, tracks.ENGINE, [engine(plan, serving(plan))]),
    }


def _group(plan: Plan, track: str, replicas: int | None, *, role: str) -> Object:
    wide = nodes_per_replica(plan) > 1
    first = groups.leader(plan) if wide else engine(plan, serving(plan))
    rest = groups.worker(plan) if wide else first
    leader = _pod(plan, track, tracks.ENGINE, [_told(first, role)], role)
    worker = _pod(plan, track, "worker", [_told(rest, role)])
    return groups.spec(plan, replicas, leader, worker)


def _told(container: Object, role: str) -> Object:
    """What an engine of a role is told: how caches travel, and its port behind a sidecar."""
    if not role:
        return container
    port = str(_BEHIND if role == "decode" else PORT)
    command = [port if part == str(PORT) else part for part in _texts(container.get("command"))]
    env = container.get("env")
    host: JsonValue = {
        "name": "VLLM_NIXL_SIDE_CHANNEL_HOST",
        "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}},
    }
    told: Object = {
        **container,
        "command": [*command, "--kv-transfer-config", _TRANSFER],
        "env": [*(env if isinstance(env, list) else []), host],
    }
    if "ports" in container:
        told["ports"] = [{"name": "engine", "containerPort": int(port)}]
    return told


def _texts(value: JsonValue) -> list[str]:
    return [str(part) for part in value] if isinstance(value, list) else []


def _pod(plan: Plan, track: str, part: str, containers: list[Object], role: str = "") -> Object:
    mine = tracks.labels(plan, track, part) | ({_ROLE: role} if role else {})
    zones: Object = (
        {"topologySpreadConstraints": spread(plan, {**mine})} if part == tracks.ENGINE else {}
    )
    made = template(plan, containers, {**zones, **nodes(plan, serving(plan))}, mine)
    spec = made["spec"]
    if role == "decode" and isinstance(spec, dict):
        made["spec"] = {**spec, "initContainers": [_sidecar()]}
    return made


def _sidecar() -> Object:
    """Beside the engine for as long as it runs; `restartPolicy` makes it so."""
    return {
        "name": "routing-sidecar",
        "image": unset(SIDECAR_IMAGE),
        "restartPolicy": "Always",
        "args": [
            f"--port={PORT}", f"--model-server-port={_BEHIND}", "--kv-connector=nixlv2",
            "--secure-proxy=false",
        ],
        "ports": [{"name": "sidecar", "containerPort": PORT}],
        "resources": {
            "requests": {"cpu": "500m", "memory": "512Mi"},
            "limits": {"memory": "1Gi"},
        },
        "securityContext": LOCKED,
    }  # fmt: skip
