"""The release of the plan as the policy that `aegis rollout` obeys."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.rollout.policy import policy

__all__ = ["render_rollout"]

_WITH_TRAFFIC = {"canary", "blue-green", "shadow", "ab"}


def render_rollout(plan: Plan) -> tuple[Artifact, ...]:
    """`rollout/policy.yaml`, or nothing where no request could be sent to either version."""
    if plan.release.strategy not in _WITH_TRAFFIC:
        return ()
    return (
        Artifact(
            path="rollout/policy.yaml",
            content=policy(plan),
            because=("release-strategy", "monitoring-stack"),
            environment="production",
        ),
    )
