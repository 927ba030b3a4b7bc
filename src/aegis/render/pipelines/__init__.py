"""How a version moves: gate, staging, then production by the same digests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.pipelines.argo import argo_workflow
from aegis.render.pipelines.github import workflows
from aegis.render.pipelines.gitlab import gitlab
from aegis.render.pipelines.programs import PROGRAMS, gaps, programs
from aegis.render.pipelines.readme import readme
from aegis.render.pipelines.scripts import gate, promote

__all__ = ["SYSTEMS", "gaps", "render_pipelines"]

SYSTEMS: Mapping[str, Callable[[Plan], tuple[Artifact, ...]]] = {
    "argo-workflows": argo_workflow,
    "github-actions": workflows,
    "gitlab-ci": gitlab,
    **dict.fromkeys(PROGRAMS, programs),
}
"""What runs the steps, by the option of `pipeline-orchestrator`."""


def render_pipelines(plan: Plan) -> tuple[Artifact, ...]:
    """Steps that any CI system calls, and their definition for the system that the team runs."""
    if plan.chosen("run-where") == "device":
        return ()
    system = SYSTEMS.get(plan.chosen("pipeline-orchestrator"))
    return (gate(plan), promote(plan), readme(plan), *(system(plan) if system else ()))
