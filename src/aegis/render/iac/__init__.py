"""Infrastructure of a plan: Terraform and OpenTofu, one set of modules a cloud."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.iac.aws import AWS
from aegis.render.iac.azure import AZURE
from aegis.render.iac.google import GOOGLE
from aegis.render.iac.shape import Cloud, files

CLOUDS: dict[str, Cloud] = {cloud.name: cloud for cloud in (AWS, GOOGLE, AZURE)}


def render_iac(plan: Plan) -> tuple[Artifact, ...]:
    """Modules and a root for each environment, for each cloud of the brief that we know."""
    if plan.chosen("run-where") != "cluster":
        return ()
    if plan.chosen("iac") not in {"terraform", "opentofu"}:
        return ()
    known = [CLOUDS[c.provider] for c in plan.brief.placement.clouds if c.provider in CLOUDS]
    return tuple(artifact for cloud in known for artifact in files(plan, cloud))
