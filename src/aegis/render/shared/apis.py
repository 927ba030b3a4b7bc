"""Projects whose objects we write: their releases, API groups and pairings, once.

`release` is the one whose published schemas the objects were checked with; `versions` is what may
stand in the cluster. A test holds every rendered object, and every row, against those schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One project: name, versions, and the API version of each kind that we write."""

    name: str
    versions: str
    why: str
    release: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)
    pairs: Mapping[str, str] = field(default_factory=dict)
    """Other projects by id, with the versions that this release asks of them."""


PROJECTS: Mapping[str, Project] = {
    "kubernetes": Project(
        name="Kubernetes",
        versions="1.35 or newer",
        why="image volumes, native sleep in preStop, admission by CEL",
        kinds={
            "ConfigMap": "v1",
            "Namespace": "v1",
            "ResourceQuota": "v1",
            "Service": "v1",
            "ServiceAccount": "v1",
            "Deployment": "apps/v1",
            "NetworkPolicy": "networking.k8s.io/v1",
            "PodDisruptionBudget": "policy/v1",
            "PriorityClass": "scheduling.k8s.io/v1",
            "ValidatingAdmissionPolicy": "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicyBinding": "admissionregistration.k8s.io/v1",
        },
    ),
    "argo-rollouts": Project(
        name="Argo Rollouts",
        versions="1.9",
        why="with the traffic router plugin `argoproj-labs/gatewayAPI` 0.15",
        release="v1.9.1",
        kinds={"Rollout": "argoproj.io/v1alpha1", "AnalysisTemplate": "argoproj.io/v1alpha1"},
    ),
    "gateway-api": Project(
        name="Gateway API",
        versions="1.4 to 1.6",
        why="a Gateway `internal` in namespace `gateways`",
        release="v1.6.1",
        kinds={"HTTPRoute": "gateway.networking.k8s.io/v1"},
    ),
    "prometheus-operator": Project(
        name="Prometheus operator",
        versions="0.93",
        why="Prometheus in namespace `monitoring`",
        release="v0.93.0",
        kinds={"PodMonitor": "monitoring.coreos.com/v1"},
    ),
    "external-secrets": Project(
        name="External Secrets",
        versions="2.9",
        why="a SecretStore in each namespace, each with its own credentials",
        release="v2.9.0",
        kinds={"ExternalSecret": "external-secrets.io/v1"},
    ),
    "keda": Project(
        name="KEDA",
        versions="2.20",
        why="scales by the signal of the plan",
        release="v2.20.2",
        kinds={"ScaledObject": "keda.sh/v1alpha1"},
    ),
}
_VERSIONS = {
    kind: version for project in PROJECTS.values() for kind, version in project.kinds.items()
}


def typed(kind: str) -> dict[str, JsonValue]:
    """`apiVersion` and `kind` of an object; a kind that is not in the table is a bug.

    >>> typed("HTTPRoute")
    {'apiVersion': 'gateway.networking.k8s.io/v1', 'kind': 'HTTPRoute'}
    """
    return {"apiVersion": _VERSIONS[kind], "kind": kind}
