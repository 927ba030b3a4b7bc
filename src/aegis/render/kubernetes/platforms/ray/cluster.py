"""The RayService of a version: a head without requests, and a worker for each replica."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import NONE, PRIORITY, Object, framed
from aegis.render.kubernetes.platforms import tracks
from aegis.render.kubernetes.platforms.ray import serve
from aegis.render.kubernetes.platforms.tracks import CANARY
from aegis.render.kubernetes.workload import (
    LOCKED_POD,
    MODEL_IMAGE,
    environment,
    nodes,
    resources,
    spread,
)
from aegis.render.shared.apis import typed
from aegis.render.shared.engines import MODEL_DIR
from aegis.render.shared.pins import unset
from aegis.render.shared.pods import WEIGHTS_LABEL
from aegis.render.shared.serving import SHARED_MEMORY_GIB, nodes_per_replica, serving

SERVE_PORT, METRICS_PORT = 8000, 8080
_IMAGE = "ray-llm"
_WAITS = "ray.io/initializing-timeout"
HEAD_CPU, HEAD_MEMORY_GIB = 4, 16  # an assumption that the README names
# Ray takes 30 % of the memory, 10 GB at least, and leaves /dev/shm for the disk where that does not fit.
_OBJECTS: Object = {"object-store-memory": str(SHARED_MEMORY_GIB * 2**30 // 2)}
# The user of Ray's own images: others have no name there, and Python asks for one.
_USER: Object = {**LOCKED_POD, "runAsUser": 1000, "runAsGroup": 100, "fsGroup": 100}
_LOCKED: Object = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
_HEAD_PORTS = (("gcs-server", 6379), ("dashboard", 8265), ("client", 10001))
_PORTS = (("serve", SERVE_PORT), ("metrics", METRICS_PORT))


def service(plan: Plan, track: str) -> Artifact:
    """The cluster of a version, and what Serve runs in it."""
    least, most = serve.bounds(plan, trial=track == CANARY)
    body: Object = {
        **typed("RayService"),
        "spec": {
            # A change of the cluster starts no second one by itself: the trial is the second one.
            "upgradeStrategy": {"type": "None"},
            "excludeHeadPodFromServeSvc": True,
            "serveConfigV2": serve.config(plan, replicas=most, least=least),
            "rayClusterConfig": {
                # Whoever reaches the job interface runs code: KubeRay makes a token for each cluster.
                "authOptions": {"mode": "token"},
                **_scaler(plan),
                "headGroupSpec": {
                    # No task and no replica on the head: what it keeps, every worker needs.
                    "rayStartParams": {"num-cpus": "0", "num-gpus": "0", **_OBJECTS},
                    "template": _head(plan, track),
                },
                "workerGroupSpecs": [_workers(plan, track, least, most)],
            },
        },
    }
    waits = {_WAITS: f"{serving(plan).startup_s + 600}s"}
    because = tracks.because(plan)
    return Artifact(
        path=tracks.place(track, "rayservice"),
        content=framed(plan, tracks.named(plan, track), because, body, waits),
        because=because,
        environment="production" if track == CANARY else "",
    )


def kept(plan: Plan, track: str) -> Artifact:
    """How many pods of a version stand: nobody can count those that a RayCluster may miss.

    It has no scale subresource, and a budget by `maxUnavailable` would allow no eviction at all.
    """
    least, _ = serve.bounds(plan, trial=track == CANARY)
    body: Object = {
        **typed("PodDisruptionBudget"),
        "spec": {
            # The head and the workers of the floor, less the one that may go.
            "minAvailable": least * nodes_per_replica(plan),
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": {**tracks.labels(plan, track, tracks.ENGINE)}},
        },
    }
    title = f"{tracks.named(plan, track)}-engine"
    return tracks.file(plan, track, "poddisruptionbudget-engine", body, title=title)


def _scaler(plan: Plan) -> Object:
    if not serve.scales(plan):
        return {"enableInTreeAutoscaling": False}
    return {
        "enableInTreeAutoscaling": True,
        "autoscalerOptions": {
            "upscalingMode": "Default",
            "idleTimeoutSeconds": max(600, serving(plan).startup_s),
            "resources": {
                "requests": {"cpu": "500m", "memory": "512Mi"},
                "limits": {"memory": "512Mi"},
            },
            "securityContext": _LOCKED,
        },
    }


def _workers(plan: Plan, track: str, least: int, most: int) -> Object:
    """One group; its `replicas` are the model's, each of as many pods as it needs machines."""
    return {
        "groupName": "engine",
        "replicas": least,
        "minReplicas": least,
        "maxReplicas": most,
        "numOfHosts": nodes_per_replica(plan),
        "rayStartParams": {**_OBJECTS},
        "template": _worker(plan, track),
    }


def _head(plan: Plan, track: str) -> Object:
    room: Object = {"cpu": str(HEAD_CPU), "memory": f"{HEAD_MEMORY_GIB}Gi"}
    limits: Object = {"memory": f"{HEAD_MEMORY_GIB}Gi"}
    container = _container(plan, "head", {"requests": room, "limits": limits})
    container["ports"] = _named_ports(_HEAD_PORTS + _PORTS)
    # Ray's scaler calls the API of Kubernetes with an account that KubeRay makes for it.
    account: Object = (
        {}
        if serve.scales(plan)
        else {"serviceAccountName": plan.service, "automountServiceAccountToken": False}
    )
    return _pod(plan, track, container, account)


def _worker(plan: Plan, track: str) -> Object:
    found = serving(plan)
    container = _container(plan, "engine", resources(found, nodes_per_replica(plan)))
    container["ports"] = _named_ports(_PORTS)
    placed: Object = {
        "serviceAccountName": plan.service,
        "automountServiceAccountToken": False,
        "topologySpreadConstraints": spread(
            plan, {**tracks.labels(plan, track, tracks.ENGINE), **WEIGHTS_LABEL}
        ),
        **nodes(plan, found),
    }
    return _pod(plan, track, container, placed, WEIGHTS_LABEL)


def _pod(
    plan: Plan, track: str, container: Object, placed: Object, more: Mapping[str, str] = NONE
) -> Object:
    mine = {**tracks.labels(plan, track, tracks.ENGINE), names.PLAN_LABEL: plan.id, **more}
    return {
        "metadata": {
            "labels": {**mine},
            "annotations": {names.DECISION_ANNOTATION: ",".join(tracks.because(plan))},
        },
        "spec": {
            "priorityClassName": PRIORITY,
            "terminationGracePeriodSeconds": serving(plan).grace_s,
            "securityContext": dict(_USER),
            **placed,
            "containers": [container],
            "volumes": [
                {
                    "name": "model",
                    "image": {"reference": unset(MODEL_IMAGE), "pullPolicy": "IfNotPresent"},
                },
                {"name": "scratch", "emptyDir": {"sizeLimit": "20Gi"}},
                {
                    "name": "shared-memory",
                    "emptyDir": {"medium": "Memory", "sizeLimit": f"{SHARED_MEMORY_GIB}Gi"},
                },
            ],
        },
    }


def _container(plan: Plan, name: str, sized: Object) -> Object:
    closed = plan.chosen("network") != "open-egress"
    silent: list[JsonValue] = [{"name": "RAY_USAGE_STATS_ENABLED", "value": "0"}] if closed else []
    return {
        "name": name,
        "image": unset(_IMAGE),
        "env": [*environment(plan), *silent],
        "resources": sized,
        "securityContext": _LOCKED,
        # The head reads the model's configuration when it builds the application.
        "volumeMounts": [
            {"name": "model", "mountPath": MODEL_DIR, "readOnly": True},
            {"name": "scratch", "mountPath": "/tmp"},  # noqa: S108  # a mount of its own
            {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108
        ],
    }


def _named_ports(ports: tuple[tuple[str, int], ...]) -> list[JsonValue]:
    return [{"name": name, "containerPort": port} for name, port in ports]
