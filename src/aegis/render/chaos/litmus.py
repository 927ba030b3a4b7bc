"""Experiments of LitmusChaos: an engine whose probes read Prometheus and end it.

A probe runs `promql --host ADDRESS "QUERY"` in a shell (`litmus-go`, `pkg/probe/promProbe.go`), so the
query is quoted singly; it must answer with exactly one value.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from aegis.plan.types import Plan
from aegis.render.shared.apis import typed
from aegis.render.shared.objects import PROMETHEUS_ADDRESS, Object
from aegis.render.shared.pods import engines
from aegis.render.shared.steady import broken

_VERBS = {
    "": (
        (["pods"], ["create", "delete", "deletecollection", "get", "list", "patch", "update"]),
        (["events"], ["create", "get", "list", "patch", "update"]),
        (["configmaps"], ["get", "list"]),
        (["pods/log"], ["get", "list", "watch"]),
    ),
    "apps": ((["deployments", "replicasets", "statefulsets", "daemonsets"], ["get", "list"]),),
    "argoproj.io": ((["rollouts"], ["get", "list"]),),
    "batch": ((["jobs"], ["create", "delete", "deletecollection", "get", "list"]),),
    "litmuschaos.io": (
        (
            ["chaosengines", "chaosexperiments", "chaosresults"],
            ["create", "delete", "get", "list", "patch", "update"],
        ),
    ),
}


def account(plan: Plan) -> str:
    """The identity that experiments run with: rights in one namespace, taken back after use."""
    return f"{plan.service}-chaos"


def access(plan: Plan, environment: str) -> tuple[Object, ...]:
    """Account, role and binding; none of them reads a secret."""
    rules: list[JsonValue] = [
        {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
        for group, pairs in _VERBS.items()
        for resources, verbs in pairs
    ]
    subject: Object = {
        "kind": "ServiceAccount",
        "name": account(plan),
        "namespace": environment,
    }
    role: Object = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account(plan)}
    return (
        typed("ServiceAccount"),
        {**typed("Role"), "rules": rules},
        {**typed("RoleBinding"), "roleRef": role, "subjects": [subject]},
    )


def engine(
    plan: Plan,
    environment: str,
    experiment: str,
    variables: Mapping[str, str],
    labels: Mapping[str, str],
) -> Object:
    """The body of the engine that runs an experiment of the hub in an environment."""
    env: list[JsonValue] = [{"name": k, "value": v} for k, v in variables.items()]
    probes: list[JsonValue] = [
        _probe(plan, environment, "steady-before-and-after", "Edge", stop=False),
        _probe(plan, environment, "steady-meanwhile", "Continuous", stop=True),
    ]
    return {
        **typed("ChaosEngine"),
        "spec": {
            "engineState": "active",
            "appinfo": {
                "appns": environment,
                "applabel": ",".join(f"{key}={value}" for key, value in labels.items()),
                "appkind": engines(plan).owner,
            },
            "chaosServiceAccount": account(plan),
            "jobCleanUpPolicy": "retain",
            "experiments": [
                {"name": experiment, "spec": {"components": {"env": env}, "probe": probes}}
            ],
        },
    }


def _probe(plan: Plan, environment: str, name: str, mode: str, *, stop: bool) -> Object:
    return {
        "name": name,
        "type": "promProbe",
        "mode": mode,
        "promProbe/inputs": {
            "endpoint": PROMETHEUS_ADDRESS,
            "query": f"count({broken(plan, environment)}) or vector(0)",
            "comparator": {"criteria": "==", "value": "0"},
        },
        "runProperties": {
            "probeTimeout": "10s",
            "interval": "5s",
            "attempt": 2,
            "probePollingInterval": "15s",
            "stopOnFailure": stop,
        },
    }
