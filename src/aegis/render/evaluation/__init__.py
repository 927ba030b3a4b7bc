"""What judges a release before users meet it."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.evaluation.gates import Gates, gates

__all__ = ["Gates", "gates", "render_evaluation"]


def render_evaluation(plan: Plan) -> tuple[Artifact, ...]:
    """The gates as a file that the pipeline and `aegis evaluate` read."""
    return (
        Artifact(
            path="evaluation/gates.yaml",
            content=gates(plan).model_dump(mode="json"),
            because=("evaluation-stack", "release-strategy"),
        ),
    )
