"""The pool of a version, the picker that chooses among its pods, and the way to it.

Sources: llm-d-router v0.10.0, deploy/config/{epp,pd-epp}-config.yaml (the file of the picker),
deploy/components/inference-gateway (its rights), config/charts/routerlib (ports, flags).
"""

from __future__ import annotations

import yaml
from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import (
    GATEWAY_NAMESPACE,
    INFERENCE_GATEWAY,
    PRIORITY,
    Object,
    replace,
)
from aegis.render.kubernetes.platforms import tracks
from aegis.render.kubernetes.platforms.llmd.engines import PORT as ENGINE_PORT
from aegis.render.kubernetes.platforms.llmd.engines import divided
from aegis.render.kubernetes.platforms.platform import Changes
from aegis.render.kubernetes.workload import LOCKED, LOCKED_POD
from aegis.render.shared.apis import typed
from aegis.render.shared.pins import unset
from aegis.render.shared.reading import labels
from aegis.render.shared.serving import serving

ROLE = "picker"
IMAGE = "llm-d-endpoint-picker"
PORT, _HEALTH = 9002, 9003
_CONFIG = "/config"
_SCORERS = (("prefix-cache-scorer", 2), ("queue-scorer", 1), ("kv-cache-utilization-scorer", 1))
_READ = ["get", "watch", "list"]


def pool(plan: Plan, track: str) -> tuple[Artifact, ...]:
    """Pool, objective, route, and the picker with its rights."""
    name = tracks.named(plan, track)
    pods: Object = {**tracks.labels(plan, track, tracks.ENGINE)}
    made: Object = {
        **typed("InferencePool"),
        "spec": {
            "selector": {"matchLabels": pods},
            "targetPorts": [{"number": ENGINE_PORT}],
            "endpointPickerRef": {
                "name": _name(name),
                "port": {"number": PORT},
                # Without a picker any pod may answer, unless pods have roles.
                "failureMode": "FailClose" if divided(plan) else "FailOpen",
            },
        },
    }
    objective: Object = {
        **typed("InferenceObjective"),
        "spec": {"priority": 0, "poolRef": {"name": name}},
    }
    return (
        tracks.file(plan, track, "inferencepool", made),
        tracks.file(plan, track, "inferenceobjective", objective),
        tracks.file(plan, track, "httproute-pool", _route(name), title=f"{name}-pool"),
        *(
            tracks.file(plan, track, f"picker-{file}", body, title=_name(name))
            for file, body in _picker(plan, track)
        ),
    )


def _name(name: str) -> str:
    return f"{name}-picker"


def _route(name: str, namespace: str = "production") -> Object:
    return {
        **typed("HTTPRoute"),
        "spec": {
            "parentRefs": [{"name": INFERENCE_GATEWAY, "namespace": GATEWAY_NAMESPACE}],
            "rules": [
                {
                    "matches": [{"path": {"type": "PathPrefix", "value": f"/{namespace}/{name}"}}],
                    "filters": [
                        {
                            "type": "URLRewrite",
                            "urlRewrite": {
                                "path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}
                            },
                        }
                    ],
                    "backendRefs": [
                        {
                            "group": "inference.networking.k8s.io",
                            "kind": "InferencePool",
                            "name": name,
                            "port": ENGINE_PORT,
                        }
                    ],
                    # An answer may be long; the gateway in front has the time-out.
                    "timeouts": {"request": "0s", "backendRequest": "0s"},
                }
            ],
        },
    }


def elsewhere(plan: Plan, environment: str) -> Changes:
    """The path of the pool's route, and the picker's account, in another namespace than production."""
    path = "/spec/rules/0/matches/0/path/value"
    return (
        (f"HTTPRoute/{plan.service}-pool", [replace(path, f"/{environment}/{plan.service}")]),
        ("RoleBinding", [replace("/subjects/0/namespace", environment)]),
    )


def _picker(plan: Plan, track: str) -> tuple[tuple[str, Object], ...]:
    name = tracks.named(plan, track)
    mine: Object = {**tracks.labels(plan, track, ROLE)}
    service: Object = {
        **typed("Service"),
        "spec": {
            "selector": mine,
            "ports": [{"name": "grpc-ext-proc", "port": PORT, "appProtocol": "kubernetes.io/h2c"}],
        },
    }
    config: Object = {
        **typed("ConfigMap"),
        "data": {"picker.yaml": yaml.safe_dump(_config(plan), sort_keys=False)},
    }
    binding: Object = {
        **typed("RoleBinding"),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": _name(name)},
        "subjects": [{"kind": "ServiceAccount", "name": _name(name), "namespace": "production"}],
    }
    return (
        ("deployment", _deployment(plan, track, mine)),
        ("service", service),
        ("configmap", config),
        ("serviceaccount", {**typed("ServiceAccount"), "automountServiceAccountToken": False}),
        ("role", {**typed("Role"), "rules": _rules()}),
        ("rolebinding", binding),
    )


def _rules() -> list[JsonValue]:
    """What it watches; it changes nothing."""
    rights = (
        ("", ["pods"]),
        ("inference.networking.k8s.io", ["inferencepools"]),
        ("llm-d.ai", ["inferenceobjectives", "inferencemodelrewrites"]),
    )
    return [
        {"apiGroups": [group], "resources": [*resources], "verbs": [*_READ]}
        for group, resources in rights
    ]


def _config(plan: Plan) -> Object:
    """The picker's own file: a prefix counts twice what a short queue counts."""
    if not divided(plan):
        profile = _profile("default", None)
        plugins: list[JsonValue] = [*_plugins(), {"type": "single-profile-handler"}]
        profiles: list[JsonValue] = [profile]
    else:
        decide: Object = {"deciders": {"prefill": "prefix-based-pd-decider"}}
        plugins = [
            *_plugins(),
            {"type": "prefill-filter"},
            {"type": "decode-filter"},
            {"type": "prefix-based-pd-decider", "parameters": {"nonCachedTokens": 16}},
            {"type": "disagg-profile-handler", "parameters": decide},
        ]
        profiles = [_profile("prefill", "prefill-filter"), _profile("decode", "decode-filter")]
    return {
        "apiVersion": "llm-d.ai/v1alpha1",
        "kind": "EndpointPickerConfig",
        "plugins": plugins,
        "schedulingProfiles": profiles,
    }


def _plugins() -> list[JsonValue]:
    names = ("approx-prefix-cache-producer", *(name for name, _ in _SCORERS), "max-score-picker")
    return [{"type": name} for name in names]


def _profile(name: str, only: str | None) -> Object:
    scored: list[JsonValue] = [{"pluginRef": each, "weight": weight} for each, weight in _SCORERS]
    first: list[JsonValue] = [{"pluginRef": only}] if only else []
    return {"name": name, "plugins": [*first, *scored, {"pluginRef": "max-score-picker"}]}


def _deployment(plan: Plan, track: str, mine: Object) -> Object:
    name = tracks.named(plan, track)
    where: JsonValue = {"fieldRef": {"fieldPath": "metadata.namespace"}}
    container: Object = {
        "name": ROLE,
        "image": unset(IMAGE),
        "args": [
            "--pool-name", name, "--pool-namespace", "$(NAMESPACE)",
            "--pool-group", "inference.networking.k8s.io", "--config-file", f"{_CONFIG}/picker.yaml",
            "--grpc-health-port", str(_HEALTH), "--metrics-endpoint-auth=false", "--tracing=false",
        ],
        "env": [{"name": "NAMESPACE", "valueFrom": where}],
        "ports": [
            {"name": "grpc", "containerPort": PORT},
            {"name": "grpc-health", "containerPort": _HEALTH},
            {"name": "metrics", "containerPort": 9090},
        ],
        "resources": {
            "requests": {"cpu": "2", "memory": "4Gi"},
            "limits": {"memory": "8Gi"},
        },
        "securityContext": LOCKED,
        "startupProbe": _probe(30),
        "readinessProbe": _probe(3),
        "livenessProbe": _probe(6),
        "volumeMounts": [{"name": "config", "mountPath": _CONFIG, "readOnly": True}],
    }  # fmt: skip
    return {
        **typed("Deployment"),
        "spec": {
            # One: of two, only the leader would ever be ready, and no rollout of them would end.
            "replicas": 1,
            "selector": {"matchLabels": mine},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "template": {
                "metadata": {"labels": {**labels(plan), **mine}},
                "spec": {
                    "serviceAccountName": _name(name),
                    "automountServiceAccountToken": True,
                    "priorityClassName": PRIORITY,
                    # As long as the longest answer of a pod behind it.
                    "terminationGracePeriodSeconds": serving(plan).grace_s,
                    "securityContext": dict(LOCKED_POD),
                    "containers": [container],
                    "volumes": [{"name": "config", "configMap": {"name": _name(name)}}],
                },
            },
        },
    }


def _probe(failures: int) -> Object:
    return {
        "grpc": {"port": _HEALTH, "service": "inference-extension"},
        "periodSeconds": 5,
        "failureThreshold": failures,
    }
