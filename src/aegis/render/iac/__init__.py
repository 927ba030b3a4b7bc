"""Infrastructure of a plan: Terraform and OpenTofu, for AWS."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.iac.aws import environments, module
from aegis.render.iac.proof import module_tests


def render_iac(plan: Plan) -> tuple[Artifact, ...]:
    """A module and a root for each environment; other clouds and tools are not rendered yet."""
    clouds = plan.brief.placement.clouds
    on_aws = bool(clouds) and clouds[0].provider == "aws"
    chosen = plan.chosen("iac") in {"terraform", "opentofu"}
    if not (on_aws and chosen and plan.chosen("run-where") == "cluster"):
        return ()
    return (module(plan), module_tests(plan), *environments(plan))
