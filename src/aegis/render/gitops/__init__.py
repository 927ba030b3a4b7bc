"""What applies the bundle: Argo CD or Flux, an application for each environment."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.gitops.argo import argo
from aegis.render.gitops.flux import flux
from aegis.render.gitops.readme import readme


def render_gitops(plan: Plan) -> tuple[Artifact, ...]:
    """Objects of the chosen GitOps tool; nothing where none was chosen."""
    match plan.chosen("gitops"):
        case "argo-cd":
            made = argo(plan)
        case "flux":
            made = flux(plan)
        case _:
            return ()
    return (*made, readme(plan)) if made else ()
