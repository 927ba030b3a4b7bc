"""What applies the bundle: Argo CD or Flux, an application for each environment."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.gitops.argo import argo
from aegis.render.gitops.flux import flux


def render_gitops(plan: Plan) -> tuple[Artifact, ...]:
    """Objects of the chosen GitOps tool; nothing where none was chosen."""
    match plan.chosen("gitops"):
        case "argo-cd":
            return argo(plan)
        case "flux":
            return flux(plan)
        case _:
            return ()
