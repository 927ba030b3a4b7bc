"""Infrastructure of a plan, in the language that the plan decided, for the clouds of the brief."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.iac.aws import AWS
from aegis.render.iac.azure import AZURE
from aegis.render.iac.crossplane import render_crossplane
from aegis.render.iac.google import GOOGLE
from aegis.render.iac.pulumi import render_pulumi
from aegis.render.iac.readme import readme
from aegis.render.iac.shape import Cloud, files
from aegis.render.shared.gap import Gap

__all__ = ["gaps", "render_iac"]

_CLOUDS = {cloud.name: cloud for cloud in (AWS, GOOGLE, AZURE)}
_TOOLS = {
    "terraform": tuple(_CLOUDS),
    "opentofu": tuple(_CLOUDS),
    "pulumi": ("aws",),
    "crossplane": ("aws",),
}
"""Tool → clouds that it is rendered for."""


def _clouds(plan: Plan) -> list[Cloud]:
    """The clouds whose files are written; none behind an air gap, from which no cloud is reached."""
    known = _TOOLS.get(plan.chosen("iac"), ())
    if plan.chosen("run-where") != "cluster" or plan.chosen("network") == "isolated":
        return []
    return [_CLOUDS[c.provider] for c in plan.brief.placement.clouds if c.provider in known]


def render_iac(plan: Plan) -> tuple[Artifact, ...]:
    """Modules, a program or an API, and what tells the environments apart, for each known cloud."""
    clouds = _clouds(plan)
    if not clouds:
        return ()
    match plan.chosen("iac"):
        case "pulumi":
            made = render_pulumi(plan)
        case "crossplane":
            made = render_crossplane(plan)
        case _:
            made = tuple(artifact for cloud in clouds for artifact in files(plan, cloud))
    return (readme(plan, clouds, gaps(plan)), *made)


def gaps(plan: Plan) -> tuple[Gap, ...]:
    """What the plan asks of its infrastructure and these files cannot say."""
    clouds = _clouds(plan)
    if not clouds:
        return ()
    tool = plan.decision("iac").winners[0].name
    there = {cloud.name for cloud in clouds}
    found = [gap for cloud in clouds for gap in cloud.cannot(plan)]
    missing = [c.provider for c in plan.brief.placement.clouds if c.provider not in there]
    found += [
        Gap(
            what=f"Infrastructure on `{provider}` by {tool}: no file is written for it.",
            instead="State `team.iac: terraform`, which is written for three clouds."
            if provider in _CLOUDS
            else "Write it by hand after the service module of another cloud, which says what is needed.",
        )
        for provider in missing
    ]
    if plan.chosen("iac") == "crossplane":
        found.append(
            Gap(
                what="Network and cluster by Crossplane: they belong to the platform team's control plane, "
                "and a ModelService stands on them.",
                instead="Name them in the EnvironmentConfig of each environment.",
            )
        )
    return tuple(found)
