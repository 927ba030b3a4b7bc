"""The pods: the gateway beside its engine, released together."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import NONE, PRIORITY, Object, manifest, metadata, selector
from aegis.render.shared import serving as shared
from aegis.render.shared.apis import typed
from aegis.render.shared.engines import MODEL_DIR
from aegis.render.shared.pins import Parts, unset
from aegis.render.shared.serving import (
    GATEWAY_PORT,
    PRESTOP_S,
    SHARED_MEMORY_GIB,
    Serving,
    patience,
    serving,
)

ACCELERATOR_LABEL = "aegis.dev/accelerator"
BECAUSE = ("run-where", "serving-platform", "engine", "accelerator", "release-strategy")
# Logical names; `images` in each overlay replaces them by name and digest.
GATEWAY_IMAGE = "aegis-gateway"
MODEL_IMAGE = "model"
MOUNTED_IMAGES = "spec/template/spec/volumes[]/image/reference"


def engine_image(plan: Plan) -> str:
    """The logical name of the engine's image."""
    return plan.chosen("engine")


def parts(plan: Plan) -> Parts:
    """Variable and logical image name of everything that a release pins."""
    return (("ENGINE", engine_image(plan)), ("MODEL", MODEL_IMAGE), ("GATEWAY", GATEWAY_IMAGE))


def because(plan: Plan) -> tuple[str, ...]:
    """The decisions that a workload carries out."""
    return tuple(d for d in BECAUSE if plan.chosen(d))


def pod(plan: Plan) -> Object:
    """The template of a replica: the gateway in front, the engine behind it, locked and drained."""
    found = serving(plan)
    front = gateway(plan, f"http://127.0.0.1:{found.start.port}")
    return template(plan, [engine(plan, found), front], placement(plan, found))


def template(
    plan: Plan, containers: list[Object], placed: Object, labels: Mapping[str, str] = NONE
) -> Object:
    """A pod template around some containers, with the volumes that they mount.

    A version on trial (by its label) has a Secret of its own, which ends with it.
    """
    secret = secret_name(plan, trial=labels.get(names.TRACK_LABEL) == "canary")
    meta = metadata(plan, plan.service, because(plan))
    own = meta["labels"]
    mounted = {
        str(mount["name"])
        for container in containers
        for mount in listed(container.get("volumeMounts"))
        if isinstance(mount, dict)
    }
    return {
        "metadata": {
            "labels": {**(own if isinstance(own, dict) else {}), **labels},
            "annotations": meta["annotations"],
        },
        "spec": {
            "serviceAccountName": plan.service,
            "automountServiceAccountToken": False,
            "priorityClassName": PRIORITY,
            "terminationGracePeriodSeconds": serving(plan).grace_s,
            "securityContext": dict(LOCKED_POD),
            **placed,
            "containers": [*containers],
            "volumes": [v for v in _volumes(plan, secret) if v["name"] in mounted],
        },
    }


def secret_name(plan: Plan, *, trial: bool) -> str:
    """The Secret that the gateway of a version reads."""
    return f"{plan.service}-canary-gateway" if trial else f"{plan.service}-gateway"


LOCKED_POD: Object = {
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "runAsGroup": 10001,
    "fsGroup": 10001,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def listed(value: JsonValue) -> list[JsonValue]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def placement(plan: Plan, found: Serving) -> Object:
    """Zones, and the nodes that have the device."""
    return {"topologySpreadConstraints": spread(plan, selector(plan)), **nodes(plan, found)}


def spread(plan: Plan, pods: Object) -> JsonValue:
    """Pods with these labels over the zones."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": (
                "DoNotSchedule" if plan.chosen("disaster-recovery") == "zones" else "ScheduleAnyway"
            ),
            "labelSelector": {"matchLabels": pods},
        }
    ]


def nodes(plan: Plan, found: Serving) -> Object:
    """The nodes that have the device."""
    placement: Object = {}
    if found.resource:
        placement["nodeSelector"] = {ACCELERATOR_LABEL: plan.capacity.accelerator}
        placement["tolerations"] = [
            {"key": found.resource, "operator": "Exists", "effect": "NoSchedule"}
        ]
    elif found.arch:
        placement["nodeSelector"] = {"kubernetes.io/arch": found.arch}
    return placement


LOCKED: Object = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def _http(path: str, port: str) -> Object:
    return {"httpGet": {"path": path, "port": port}}


def engine(plan: Plan, found: Serving) -> Object:
    """The container of the model server, with its probes, its devices and the weights."""
    start = found.start
    ports: list[JsonValue] = [{"name": "engine", "containerPort": start.port}]
    if start.metrics_port:
        ports.append({"name": "engine-metrics", "containerPort": start.metrics_port})
    period = 10
    container: Object = {"name": "engine", "image": unset(engine_image(plan))}
    if found.command:
        container["command"] = list(found.started)
    container["env"] = environment(plan)
    return {
        **container,
        "ports": ports,
        "resources": resources(found),
        "securityContext": LOCKED,
        "startupProbe": {
            **_http(start.health, "engine"),
            "periodSeconds": period,
            "failureThreshold": found.startup_s // period,
        },
        "readinessProbe": {
            **_http(start.health, "engine"),
            "periodSeconds": 5,
            "failureThreshold": 3,
        },
        "livenessProbe": {
            **_http(start.health, "engine"),
            "periodSeconds": period,
            "failureThreshold": 6,
            "timeoutSeconds": 5,
        },
        "lifecycle": {"preStop": {"sleep": {"seconds": PRESTOP_S}}},
        "volumeMounts": [
            {"name": "model", "mountPath": MODEL_DIR, "readOnly": True},
            {"name": "scratch", "mountPath": "/tmp"},  # noqa: S108  # a mount of its own
            {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108
        ],
    }


def environment(plan: Plan) -> list[JsonValue]:
    """The environment of an engine, as a container has it."""
    return [{"name": name, "value": value} for name, value in shared.environment(plan)]


def resources(found: Serving, pods: int = 1) -> Object:
    """Requests and limits of the engine, in each of the pods of a replica."""
    memory = f"{found.memory_gib // pods}Gi"
    limits: Object = {"memory": memory}
    requests: Object = {"cpu": str(found.cpu // pods), "memory": memory}
    if found.resource:
        limits[found.resource] = str(found.devices // pods)
        requests[found.resource] = str(found.devices // pods)
    return {"requests": requests, "limits": limits}


def gateway(plan: Plan, upstream: str) -> Object:
    """The container of the gateway in front of an address."""
    return {
        "name": "gateway",
        "image": unset(GATEWAY_IMAGE),
        "args": [
            "--policy", "/etc/aegis/policy/policy.yaml",
            "--listen", f"0.0.0.0:{GATEWAY_PORT}",
            "--upstream", upstream,
            *patience(plan),
            "--audit", "-",  # the cluster's log collector carries the records to their store
        ],
        "env": [
            {"name": "AEGIS_SERVICE", "value": plan.service},
            {"name": "AEGIS_PLAN", "value": plan.id},
            {"name": "AEGIS_SECRETS_DIR", "value": "/etc/aegis/secrets"},
        ],
        "ports": [{"name": "http", "containerPort": GATEWAY_PORT}],
        "resources": {
            "requests": {"cpu": "500m", "memory": "512Mi"},
            "limits": {"memory": "512Mi"},
        },
        "securityContext": LOCKED,
        "startupProbe": {**_http("/health", "http"), "periodSeconds": 2, "failureThreshold": 30},
        "readinessProbe": {**_http("/ready", "http"), "periodSeconds": 5, "failureThreshold": 3},
        "livenessProbe": {**_http("/health", "http"), "periodSeconds": 10, "failureThreshold": 3},
        "lifecycle": {"preStop": {"sleep": {"seconds": PRESTOP_S}}},
        "volumeMounts": [
            {"name": "policy", "mountPath": "/etc/aegis/policy", "readOnly": True},
            {"name": "secrets", "mountPath": "/etc/aegis/secrets", "readOnly": True},
            {"name": "gateway-scratch", "mountPath": "/tmp"},  # noqa: S108
        ],
    }  # fmt: skip


def _volumes(plan: Plan, secret: str) -> list[Object]:
    return [
        {
            "name": "model",
            "image": {"reference": unset(MODEL_IMAGE), "pullPolicy": "IfNotPresent"},
        },
        {"name": "scratch", "emptyDir": {"sizeLimit": "20Gi"}},
        {"name": "gateway-scratch", "emptyDir": {"sizeLimit": "1Gi"}},
        {
            "name": "shared-memory",
            "emptyDir": {"medium": "Memory", "sizeLimit": f"{SHARED_MEMORY_GIB}Gi"},
        },
        {"name": "policy", "configMap": {"name": f"{plan.service}-gateway"}},
        {"name": "secrets", "secret": {"secretName": secret}},
    ]


def account(plan: Plan) -> Artifact:
    """An identity of its own without a token: the workload calls no Kubernetes API."""
    body: Object = {**typed("ServiceAccount"), "automountServiceAccountToken": False}
    return manifest(plan, "serviceaccount", ("secrets", "network"), body)
