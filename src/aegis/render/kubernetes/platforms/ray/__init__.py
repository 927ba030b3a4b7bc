"""Ray Serve on KubeRay 1.7: a RayService for each version, behind gateways of our own.

Serve's proxies pick the replica inside a cluster, so the gateway stands in front, as pods of its own
for each version, and asks the Service that KubeRay keeps before the healthy proxies.

Sources (kuberay v1.7.0): ray-operator/apis/ray/v1/rayservice_types.go,
ray-operator/controllers/ray/utils/{constant,util,validation}.go (names of Services and ports, labels);
Ray's documentation of Serve LLM (`ray.serve.llm:build_openai_app`, `llm_configs`).
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.network import namespace
from aegis.render.kubernetes.objects import ROLE_LABEL, Object, replace
from aegis.render.kubernetes.platforms import tracks
from aegis.render.kubernetes.platforms.platform import Changes, Platform
from aegis.render.kubernetes.platforms.ray import serve
from aegis.render.kubernetes.platforms.ray.cluster import METRICS_PORT, SERVE_PORT, kept, service
from aegis.render.kubernetes.platforms.ray.gaps import gaps
from aegis.render.kubernetes.platforms.ray.operate import operate
from aegis.render.kubernetes.platforms.tracks import CANARY, STABLE
from aegis.render.kubernetes.watching import monitor
from aegis.render.kubernetes.workload import GATEWAY_IMAGE, MODEL_IMAGE
from aegis.render.shared.serving import trial_replicas

RAY_IMAGE = "ray-llm"
_OPERATOR_NAMESPACE = "kuberay-system"
_CONFIGURED = (8265, 52365)  # dashboard and its agent
_TEMPLATE = "template/spec/volumes[]/image/reference"
# Ray exports the engine's metrics under its own prefix; the plan's names are the engine's.
_RENAMED: JsonValue = [
    {
        "sourceLabels": ["__name__"],
        "regex": "ray_vllm_(.+)",
        "targetLabel": "__name__",
        "replacement": "vllm:$1",
    }
]


def _workload(plan: Plan) -> tuple[Artifact, ...]:
    return (service(plan, STABLE), kept(plan, STABLE), _front(plan, STABLE))


def _canary(plan: Plan) -> tuple[Artifact, ...]:
    if not trial_replicas(plan):
        return ()
    return (service(plan, CANARY), kept(plan, CANARY), _front(plan, CANARY))


def _front(plan: Plan, track: str) -> Artifact:
    """KubeRay keeps `NAME-serve-svc` on the proxies that can answer."""
    host = f"{tracks.named(plan, track)}-serve-svc.$(NAMESPACE).svc"
    return tracks.front(plan, track, f"http://{host}:{SERVE_PORT}")


def _one_replica(plan: Plan) -> Changes:
    """One gateway, and a cluster whose only worker holds the only replica."""
    group = "/spec/rayClusterConfig/workerGroupSpecs/0"
    changes = [
        replace("/spec/serveConfigV2", serve.config(plan, replicas=1, least=1)),
        *(replace(f"{group}/{field}", 1) for field in ("replicas", "minReplicas", "maxReplicas")),
    ]
    return (
        ("RayService", changes),
        (f"PodDisruptionBudget/{plan.service}-engine", [replace("/spec/minAvailable", 1)]),
        ("Deployment", [replace("/spec/replicas", 1)]),
    )


def _monitors(plan: Plan) -> tuple[Artifact, ...]:
    fronts: Object = {**tracks.pods(plan), ROLE_LABEL: tracks.FRONT}
    engines: Object = {**tracks.pods(plan), ROLE_LABEL: tracks.ENGINE}
    scraped = monitor(plan, f"{plan.service}-engine", engines, (("metrics", "/metrics"),))
    if isinstance(scraped.content, dict) and isinstance(scraped.content["spec"], dict):
        endpoints = scraped.content["spec"]["podMetricsEndpoints"]
        for endpoint in endpoints if isinstance(endpoints, list) else []:
            if isinstance(endpoint, dict):
                endpoint["metricRelabelings"] = _RENAMED
    return (monitor(plan, plan.service, fronts, (("http", "/metrics"),)), scraped)


def _policies(plan: Plan) -> tuple[Artifact, ...]:
    """Callers reach gateways, gateways reach proxies; the operator sends Serve its configuration.

    Whoever reaches a head's dashboard can run what they like in the cluster of Ray.
    """
    fronts: JsonValue = {
        "podSelector": {"matchLabels": {**tracks.pods(plan), ROLE_LABEL: tracks.FRONT}}
    }
    configured: Object = {
        "from": [namespace(_OPERATOR_NAMESPACE)],
        "ports": [{"protocol": "TCP", "port": port} for port in (*_CONFIGURED, SERVE_PORT)],
    }
    mine: Object = {**tracks.pods(plan), ROLE_LABEL: tracks.ENGINE}
    operator = tracks.policy(
        plan, "ray", mine, {"policyTypes": ["Ingress"], "ingress": [configured]}
    )
    guarded = tracks.policies(
        plan, [fronts], ports=(SERVE_PORT, METRICS_PORT), calls_api=serve.scales(plan)
    )
    return (*guarded, operator)


RAY = Platform(
    needs=("kuberay",),
    workload=_workload,
    canary=_canary,
    services=tracks.services,
    route=tracks.weighed_route,
    monitors=_monitors,
    endpoints=1,
    policies=_policies,
    scaled=lambda _: (),
    one_replica=_one_replica,
    pods=tracks.pods,
    movable=lambda plan: {**tracks.pods(plan), ROLE_LABEL: tracks.FRONT},
    beside=lambda plan: tracks.fronts(plan) + 1,
    judged=lambda _: (),
    gaps=gaps,
    operate=operate,
    images=lambda _: (
        ("RAY", RAY_IMAGE),
        ("MODEL", MODEL_IMAGE),
        ("GATEWAY", GATEWAY_IMAGE),
    ),
    mounted=(
        f"spec/rayClusterConfig/headGroupSpec/{_TEMPLATE}",
        f"spec/rayClusterConfig/workerGroupSpecs[]/{_TEMPLATE}",
    ),
)
