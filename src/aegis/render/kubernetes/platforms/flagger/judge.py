"""The judge that Flagger asks: `aegis rollout serve` over the policy of the plan, in production only."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.network import egress, namespace
from aegis.render.kubernetes.objects import MONITORING_NAMESPACE, ROOT, Object, framed, metadata
from aegis.render.kubernetes.workload import GATEWAY_IMAGE, LOCKED, LOCKED_POD
from aegis.render.shared.apis import typed
from aegis.render.shared.pins import unset
from aegis.render.shared.serving import GATEWAY_PORT

_BECAUSE = ("release-strategy",)
_POLICY, _RECORD = "/etc/aegis/rollout", "/var/lib/aegis"
_PORT = 8091
_PROMETHEUS_PORT = 9090
NAMESPACE = "flagger-system"  # where Flagger stands, and its load tester


def address(plan: Plan) -> str:
    """Where Flagger finds it."""
    return f"http://{_name(plan)}.production"


def _name(plan: Plan) -> str:
    return f"{plan.service}-judge"


def judge(plan: Plan) -> tuple[Artifact, ...]:
    """One pod that looks when it is asked, and the ways to it and from it."""
    account: Object = {**typed("ServiceAccount"), "automountServiceAccountToken": False}
    deployment: Object = {
        **typed("Deployment"),
        "spec": {
            "replicas": 1,
            # Its record is its own: two of them would judge from half of the looks each.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": _pods(plan)},
            "template": _pod(plan),
        },
    }
    service: Object = {
        **typed("Service"),
        "spec": {
            "selector": _pods(plan),
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    }
    # Where a release stands and what was seen of it outlives the pod.
    record: Object = {
        **typed("PersistentVolumeClaim"),
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    objects = (
        ("judge-record", _name(plan), record),
        ("judge-serviceaccount", _name(plan), account),
        ("judge", _name(plan), deployment),
        ("judge-service", _name(plan), service),
        ("judge-networkpolicy", _name(plan), _ways(plan)),
        ("networkpolicy-tester", f"{plan.service}-tester", _tester(plan)),
    )
    return tuple(
        Artifact(
            path=f"{ROOT}/base/{file}.yaml",
            content=framed(plan, name, _BECAUSE, body),
            because=_BECAUSE,
        )
        for file, name, body in objects
    )


def _pods(plan: Plan) -> Object:
    """A name of its own: pods of the service's name are a version's."""
    return {names.SERVICE_LABEL: _name(plan)}


def _pod(plan: Plan) -> Object:
    meta = metadata(plan, _name(plan), _BECAUSE)
    own = meta["labels"]
    command: list[JsonValue] = [
        "aegis", "rollout", "serve", f"{_POLICY}/policy.yaml",
        "--record", f"{_RECORD}/evidence.jsonl", "--listen", f"0.0.0.0:{_PORT}",
    ]  # fmt: skip
    health: Object = {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 10}
    return {
        "metadata": {
            "labels": {**(own if isinstance(own, dict) else {}), **_pods(plan)},
            "annotations": meta["annotations"],
        },
        "spec": {
            "serviceAccountName": _name(plan),
            "automountServiceAccountToken": False,
            "securityContext": dict(LOCKED_POD),
            "containers": [
                {
                    "name": "judge",
                    "image": unset(GATEWAY_IMAGE),
                    "command": command,
                    "ports": [{"name": "http", "containerPort": _PORT}],
                    "resources": {
                        "requests": {"cpu": "100m", "memory": "256Mi"},
                        "limits": {"memory": "512Mi"},
                    },
                    "securityContext": LOCKED,
                    "readinessProbe": health,
                    "livenessProbe": health,
                    "volumeMounts": [
                        {"name": "policy", "mountPath": _POLICY, "readOnly": True},
                        {"name": "record", "mountPath": _RECORD},
                    ],
                }
            ],
            "volumes": [
                {"name": "policy", "configMap": {"name": f"{plan.service}-rollout"}},
                {"name": "record", "persistentVolumeClaim": {"claimName": _name(plan)}},
            ],
        },
    }


def _ways(plan: Plan) -> Object:
    """Flagger asks it, and it asks Prometheus."""
    asked: Object = {
        "to": [namespace(MONITORING_NAMESPACE)],
        "ports": [{"protocol": "TCP", "port": _PROMETHEUS_PORT}],
    }
    spec: Object = {
        "podSelector": {"matchLabels": _pods(plan)},
        **egress(asked),
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {"from": [namespace(NAMESPACE)], "ports": [{"protocol": "TCP", "port": _PORT}]}
        ],
    }
    return {**typed("NetworkPolicy"), "spec": spec}


def _tester(plan: Plan) -> Object:
    """Flagger's load tester sends the version on trial its first request."""
    spec: Object = {
        "podSelector": {"matchLabels": {names.SERVICE_LABEL: plan.service}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [namespace(NAMESPACE)],
                "ports": [{"protocol": "TCP", "port": GATEWAY_PORT}],
            }
        ],
    }
    return {**typed("NetworkPolicy"), "spec": spec}
