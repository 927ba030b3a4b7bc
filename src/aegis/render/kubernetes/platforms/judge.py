"""Who judges a trial from inside the cluster: a Job that runs `aegis rollout`, and what it may do.

It begins when the version on trial is applied and ends with it. It may change the weights of one
HTTPRoute and nothing else. It is no pod of the service: the policies and the disruption budget of
those would cut it off and count it.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.network import api_server, egress, namespace
from aegis.render.kubernetes.objects import MONITORING_NAMESPACE, ROOT, Object, framed, metadata
from aegis.render.kubernetes.workload import GATEWAY_IMAGE, LOCKED, LOCKED_POD
from aegis.render.shared.apis import typed
from aegis.render.shared.pins import unset

_BECAUSE = ("release-strategy",)
POLICY, RECORD = "/etc/aegis/rollout", "/var/lib/aegis"
SIZE: Object = {
    "requests": {"cpu": "100m", "memory": "256Mi"},
    "limits": {"memory": "512Mi"},
}
MOUNTS: JsonValue = [
    {"name": "policy", "mountPath": POLICY, "readOnly": True},
    {"name": "record", "mountPath": RECORD},
]


def judge(plan: Plan) -> tuple[Artifact, ...]:
    """The Job, its account, its one right, and its way to Prometheus and to the API server."""
    role: Object = {
        **typed("Role"),
        "rules": [
            {
                "apiGroups": ["gateway.networking.k8s.io"],
                "resources": ["httproutes"],
                "resourceNames": [plan.service],
                "verbs": ["get", "patch"],
            }
        ],
    }
    binding: Object = {
        **typed("RoleBinding"),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name(plan)},
        "subjects": [{"kind": "ServiceAccount", "name": name(plan), "namespace": "production"}],
    }
    account: Object = {**typed("ServiceAccount"), "automountServiceAccountToken": False}
    job: Object = {
        **typed("Job"),
        # It ends on its own verdict: nobody may try again until it says something else.
        "spec": {"backoffLimit": 0, "template": _pod(plan)},
    }
    objects = (
        ("serviceaccount", account),
        ("role", role),
        ("rolebinding", binding),
        ("networkpolicy", _ways(plan)),
        ("job", job),
    )
    return tuple(
        Artifact(
            path=f"{ROOT}/canary/rollout-{file}.yaml",
            content=framed(plan, name(plan), _BECAUSE, body),
            because=_BECAUSE,
            environment="production",
        )
        for file, body in objects
    )


def name(plan: Plan) -> str:
    """The name of the Job and of what belongs to it."""
    return f"{plan.service}-rollout"


def _labels(plan: Plan) -> Object:
    return {names.SERVICE_LABEL: name(plan)}


def to_prometheus() -> Object:
    """The way to what has seen the versions."""
    return {
        "to": [namespace(MONITORING_NAMESPACE)],
        "ports": [{"protocol": "TCP", "port": 9090}],
    }


def labelled(plan: Plan, because: tuple[str, ...], labels: Object) -> Object:
    """Labels and annotations of a pod that judges; `labels` tell it from the pods of a version."""
    meta = metadata(plan, name(plan), because)
    own = meta["labels"]
    return {
        "labels": {**(own if isinstance(own, dict) else {}), **labels},
        "annotations": meta["annotations"],
    }


def _ways(plan: Plan) -> Object:
    spec: Object = {
        "podSelector": {"matchLabels": _labels(plan)},
        **egress(to_prometheus(), api_server()),
        "policyTypes": ["Ingress", "Egress"],
    }
    return {**typed("NetworkPolicy"), "spec": spec}


def _pod(plan: Plan) -> Object:
    command: list[JsonValue] = [
        "aegis", "rollout", "run", f"{POLICY}/policy.yaml", "--record", f"{RECORD}/evidence.jsonl",
    ]  # fmt: skip
    return {
        "metadata": labelled(plan, _BECAUSE, _labels(plan)),
        "spec": {
            "restartPolicy": "Never",
            "serviceAccountName": name(plan),
            "automountServiceAccountToken": True,
            "securityContext": dict(LOCKED_POD),
            "containers": [
                {
                    "name": "rollout",
                    "image": unset(GATEWAY_IMAGE),
                    "command": command,
                    "resources": SIZE,
                    "securityContext": LOCKED,
                    "volumeMounts": MOUNTS,
                }
            ],
            "volumes": [
                {"name": "policy", "configMap": {"name": name(plan)}},
                {"name": "record", "emptyDir": {"sizeLimit": "1Gi"}},
            ],
        },
    }
