"""Flux: one source, and a kustomization for each part with what it waits for."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.gitops.parts import Part, parts, repository
from aegis.render.shared.health import health_of
from aegis.render.shared.owned import owned
from aegis.render.shared.reading import labels

Object = dict[str, JsonValue]
_BECAUSE = ("gitops", "environments")
_NAMESPACE = "flux-system"


def flux(plan: Plan) -> tuple[Artifact, ...]:
    """The source, and the kustomizations of each cluster in a folder of its own."""
    found = parts(plan)
    artifacts = []
    for cluster in dict.fromkeys(part.cluster for part in found):
        here = [part for part in found if part.cluster == cluster]
        documents: list[JsonValue] = [_source(plan), *(_kustomization(plan, p, here) for p in here)]
        artifacts.append(
            Artifact(
                path=f"gitops/flux/{cluster}.yaml",
                content=documents,
                because=_BECAUSE,
                documents=True,
            )
        )
    return tuple(artifacts)


def _meta(plan: Plan, name: str) -> Object:
    return {
        "name": name,
        "namespace": _NAMESPACE,
        "labels": dict(labels(plan)),
        "annotations": {names.DECISION_ANNOTATION: ",".join(_BECAUSE)},
    }


def _source(plan: Plan) -> Object:
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": _meta(plan, plan.service),
        "spec": {
            "interval": "5m",
            "url": repository(plan),
            "ref": {"branch": "main"},
            "secretRef": {"name": f"{plan.service}-git"},
        },
    }


def _kustomization(plan: Plan, part: Part, here: list[Part]) -> Object:
    before: list[JsonValue] = [{"name": p.name} for p in here if p.wave < part.wave]
    spec: Object = {
        "interval": "10m",
        "retryInterval": "1m",
        "timeout": "1h",
        "path": f"./{part.path}",
        "prune": True,
        "wait": True,
        "force": False,
        "serviceAccountName": f"{plan.service}-deployer",
        "sourceRef": {"kind": "GitRepository", "name": plan.service},
    }
    if before:
        spec["dependsOn"] = before
    if part.environment and plan.chosen("run-where") == "cluster":
        spec["healthCheckExprs"] = _healthy(plan, part.environment)
        # Weights and replicas belong to the release and the scaler, not to git.
        spec["ignore"] = [
            {
                "paths": [*each.paths],
                "target": {"kind": each.kind, **({"group": each.group} if each.group else {})},
            }
            for each in owned(plan)
        ]
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": _meta(plan, part.name),
        "spec": spec,
    }


def _healthy(plan: Plan, environment: str) -> list[JsonValue]:
    """What is waited for: a Rollout that has ended, or what the platform's own kind says.

    In production a release takes days and its own controller judges it. Whoever waits for its end
    would call it failed meanwhile, and a commit that goes back would stand in line behind the wait.
    """
    ended = "has(status.phase) && status.phase == 'Healthy'"
    under_way = (
        "has(status.stableRS) && status.stableRS != '' && has(status.phase) && "
        "status.phase in ['Progressing', 'Paused']"
    )
    released = f"({ended}) || ({under_way})" if environment == "production" else ended
    known = health_of(plan)
    if known:
        return [
            {
                "apiVersion": f"{kind.group}/{kind.version}",
                "kind": kind.kind,
                "current": kind.current,
                "inProgress": kind.waits,
            }
            for kind in known
        ]
    return [
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "current": released,
            "inProgress": "!has(status.phase) || status.phase in ['Progressing', 'Paused']",
            "failed": "has(status.phase) && status.phase == 'Degraded'",
        }
    ]
