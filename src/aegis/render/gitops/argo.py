"""Argo CD: a project that may do little, and an application for each part."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.gitops.parts import CLUSTERS, Part, parts, repository
from aegis.render.shared.health import health_of
from aegis.render.shared.objects import GATEWAY_NAMESPACE
from aegis.render.shared.owned import owned
from aegis.render.shared.reading import labels

Object = dict[str, JsonValue]
_API = "argoproj.io/v1alpha1"
_WAVE = "argocd.argoproj.io/sync-wave"
_BECAUSE = ("gitops", "environments")
_SIGNED: dict[str, list[JsonValue]] = {
    "kyverno": [{"group": "policies.kyverno.io", "kind": "ImageValidatingPolicy"}],
    "sigstore-policy-controller": [{"group": "policy.sigstore.dev", "kind": "ClusterImagePolicy"}],
}


def argo(plan: Plan) -> tuple[Artifact, ...]:
    """Project and applications."""
    project = Artifact(path="gitops/argo-cd/project.yaml", content=_project(plan), because=_BECAUSE)
    applications = tuple(
        Artifact(
            path=f"gitops/argo-cd/{part.name}.yaml",
            content=_application(plan, part),
            because=_BECAUSE,
            environment=part.environment,
        )
        for part in parts(plan)
    )
    return (project, *applications, *_health(plan)) if applications else ()


def _health(plan: Plan) -> tuple[Artifact, ...]:
    """Fields of Argo CD's own ConfigMap, for whoever runs it: `kubectl apply --server-side -f`."""
    known = [kind for kind in health_of(plan) if not kind.shipped]
    if not known:
        return ()
    content: Object = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "argocd-cm",
            "namespace": "argocd",
            "labels": {**labels(plan), names.PART_OF_LABEL: "argocd"},
            "annotations": {names.DECISION_ANNOTATION: ",".join(_BECAUSE)},
        },
        "data": {f"resource.customizations.health.{k.group}_{k.kind}": k.lua for k in known},
    }
    return (Artifact(path="gitops/argo-cd/cluster/health.yaml", content=content, because=_BECAUSE),)


def _meta(plan: Plan, name: str, wave: int) -> Object:
    return {
        "name": name,
        "namespace": "argocd",
        "labels": dict(labels(plan)),
        "annotations": {_WAVE: str(wave), names.DECISION_ANNOTATION: ",".join(_BECAUSE)},
    }


def _project(plan: Plan) -> Object:
    # Namespaces by the parts that lie in them, and those that objects of the foundations name.
    places = {(part.cluster, part.namespace): None for part in parts(plan)}
    places |= {(cluster, GATEWAY_NAMESPACE): None for cluster in CLUSTERS.values()}
    destinations: list[JsonValue] = [{"name": c, "namespace": n} for c, n in places]
    return {
        "apiVersion": _API,
        "kind": "AppProject",
        "metadata": _meta(plan, plan.service, -1),
        "spec": {
            "description": plan.purpose,
            "sourceRepos": [repository(plan)],
            "destinations": destinations,
            "clusterResourceWhitelist": [
                {"group": "", "kind": "Namespace"},
                {"group": "scheduling.k8s.io", "kind": "PriorityClass"},
                {"group": "admissionregistration.k8s.io", "kind": "ValidatingAdmissionPolicy"},
                {
                    "group": "admissionregistration.k8s.io",
                    "kind": "ValidatingAdmissionPolicyBinding",
                },
                *_SIGNED.get(plan.chosen("admission"), []),
            ],
            # A value never comes by this way: secrets are made by External Secrets.
            "namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}],
            "orphanedResources": {"warn": True},
        },
    }


def _application(plan: Plan, part: Part) -> Object:
    return {
        "apiVersion": _API,
        "kind": "Application",
        "metadata": _meta(plan, part.name, part.wave),
        "spec": {
            "project": plan.service,
            "source": {
                "repoURL": repository(plan),
                "targetRevision": "main",
                "path": part.path,
            },
            "destination": {"name": part.cluster, "namespace": part.namespace},
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                "syncOptions": ["ServerSideApply=true", "RespectIgnoreDifferences=true"],
                "retry": {"limit": 5, "backoff": {"duration": "10s", "factor": 2}},
            },
            **_ignored(plan, part),
        },
    }


def _ignored(plan: Plan, part: Part) -> Object:
    """What the release and the scaler own: a sync must not move weights or replicas back."""
    theirs = owned(plan) if part.environment else ()
    if not theirs:
        return {}
    rules: list[JsonValue] = [
        {"group": each.group, "kind": each.kind, "jsonPointers": [*each.paths]} for each in theirs
    ]
    return {"ignoreDifferences": rules}
