"""The judge that Flagger asks: `aegis rollout serve` over the policy of the plan, in production only."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.network import egress, namespace
from aegis.render.kubernetes.objects import ROOT, Object, framed
from aegis.render.kubernetes.platforms.judge import (
    MOUNTS,
    POLICY,
    RECORD,
    SIZE,
    labelled,
    to_prometheus,
)
from aegis.render.kubernetes.platforms.judge import name as policy_name
from aegis.render.kubernetes.workload import GATEWAY_IMAGE, LOCKED, LOCKED_POD
from aegis.render.shared.apis import typed
from aegis.render.shared.pins import unset
from aegis.render.shared.serving import GATEWAY_PORT

_BECAUSE = ("release-strategy",)
_PORT = 8091
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
    command: list[JsonValue] = [
        "aegis", "rollout", "serve", f"{POLICY}/policy.yaml",
        "--record", f"{RECORD}/evidence.jsonl", "--listen", f"0.0.0.0:{_PORT}",
    ]  # fmt: skip
    health: Object = {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 10}
    return {
        "metadata": labelled(plan, _BECAUSE, _pods(plan)),
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
                    "resources": SIZE,
                    "securityContext": LOCKED,
                    "readinessProbe": health,
                    "livenessProbe": health,
                    "volumeMounts": MOUNTS,
                }
            ],
            "volumes": [
                {"name": "policy", "configMap": {"name": policy_name(plan)}},
                {"name": "record", "persistentVolumeClaim": {"claimName": _name(plan)}},
            ],
        },
    }


def _ways(plan: Plan) -> Object:
    """Flagger asks it, and it asks Prometheus."""
    spec: Object = {
        "podSelector": {"matchLabels": _pods(plan)},
        **egress(to_prometheus()),
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
