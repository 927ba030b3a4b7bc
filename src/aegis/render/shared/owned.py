"""Fields that a release or a scaler changes in the cluster: GitOps must not change them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aegis.plan.types import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Fields of one kind, as JSON pointers."""

    group: str
    kind: str
    paths: tuple[str, ...]


# The first route is that of the callers; its second backend is the version on trial.
_WEIGHTS = Owned(
    group="gateway.networking.k8s.io",
    kind="HTTPRoute",
    paths=("/spec/rules/0/backendRefs/0/weight", "/spec/rules/0/backendRefs/1/weight"),
)
_BY_PLATFORM: Mapping[str, tuple[Owned, ...]] = {
    "kubernetes": (
        Owned(group="", kind="Service", paths=("/spec/selector/rollouts-pod-template-hash",)),
    ),
    # Who holds a release, or goes back without analysis, says so on the Canary.
    "flagger": (
        Owned(group="flagger.app", kind="Canary", paths=("/spec/suspend", "/spec/skipAnalysis")),
    ),
    # A trial of KServe is a field of the object itself, and raises the number that it takes from.
    "kserve": (
        Owned(
            group="serving.kserve.io",
            kind="InferenceService",
            paths=("/spec/canary", "/spec/predictor/minReplicas"),
        ),
    ),
}
_REPLICAS = {"kubernetes": ("argoproj.io", "Rollout")}


def owned(plan: Plan) -> tuple[Owned, ...]:
    """What somebody else owns in the objects of a cluster; nothing where no cluster serves."""
    if plan.chosen("run-where") != "cluster":
        return ()
    platform = plan.chosen("serving-platform")
    found = [_WEIGHTS, *_BY_PLATFORM.get(platform, ())]
    if plan.chosen("scaling") == "queue-signal" and platform in _REPLICAS:
        group, kind = _REPLICAS[platform]
        found.append(Owned(group=group, kind=kind, paths=("/spec/replicas",)))
    return tuple(found)
