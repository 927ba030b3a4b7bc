"""The release of the plan as the policy that `aegis rollout` obeys."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.rollout.policy import policy
from aegis.render.shared.serving import weighed

__all__ = ["render_rollout"]

_WITH_TRAFFIC = {"canary", "blue-green", "shadow", "ab"}


def render_rollout(plan: Plan) -> tuple[Artifact, ...]:
    """`rollout/policy.yaml` and what mounts it, or nothing where no request could be sent to either version."""
    if plan.release.strategy not in _WITH_TRAFFIC:
        return ()
    written = Artifact(
        path="rollout/policy.yaml",
        content=policy(plan),
        because=("release-strategy", "monitoring-stack"),
        environment="production",
    )
    mounted = weighed(plan) or plan.chosen("serving-platform") == "flagger"
    return (written, _mounted(plan)) if mounted else (written,)


def _mounted(plan: Plan) -> Artifact:
    """The policy as a ConfigMap, for the pod of the bundle that judges by it."""
    return Artifact(
        path="rollout/kustomization.yaml",
        content={
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "configMapGenerator": [{"name": f"{plan.service}-rollout", "files": ["policy.yaml"]}],
            "generatorOptions": {"disableNameSuffixHash": True},
        },
        because=("release-strategy",),
        environment="production",
    )
