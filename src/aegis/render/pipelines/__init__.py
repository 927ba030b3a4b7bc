"""How a version moves: gate, staging, then production by the same digests."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.pipelines.github import workflow
from aegis.render.pipelines.scripts import gate, promote


def render_pipelines(plan: Plan) -> tuple[Artifact, ...]:
    """Steps that any CI system calls, and the workflow where the team runs GitHub Actions."""
    if plan.chosen("run-where") == "device":
        return ()
    steps = (gate(plan), promote(plan))
    if plan.chosen("pipeline-orchestrator") != "github-actions":
        return steps
    return (*steps, workflow(plan))
