"""Infrastructure of a plan, in the language that the plan decided, for the clouds of the brief."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.iac.aws import AWS
from aegis.render.iac.azure import AZURE
from aegis.render.iac.crossplane import render_crossplane
from aegis.render.iac.google import GOOGLE
from aegis.render.iac.pulumi import render_pulumi
from aegis.render.iac.shape import Cloud, files

CLOUDS: dict[str, Cloud] = {cloud.name: cloud for cloud in (AWS, GOOGLE, AZURE)}


def render_iac(plan: Plan) -> tuple[Artifact, ...]:
    """Modules and a root for each environment, for each cloud of the brief that we know."""
    if plan.chosen("run-where") != "cluster":
        return ()
    providers = [c.provider for c in plan.brief.placement.clouds]
    match plan.chosen("iac"):
        case "terraform" | "opentofu":
            known = [CLOUDS[name] for name in providers if name in CLOUDS]
            return tuple(artifact for cloud in known for artifact in files(plan, cloud))
        case "pulumi" if "aws" in providers:
            return render_pulumi(plan)
        case "crossplane" if "aws" in providers:
            return render_crossplane(plan)
        case _:
            return ()
