"""Briefs whose places contradict each other: residency and region, air gap and API."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity
from aegis.brief.schema import Brief
from aegis.review.plans.regions import (
    area_of_region,
    areas_of_residency,
    country_of_region,
    country_of_residency,
)
from aegis.review.rule import Hit, rule

# Tools that are run by their vendor and nowhere else, by the brief's word for them.
HOSTED = frozenset(
    {
        "azure-key-vault", "azure-ml", "aws-secrets-manager", "bicep", "cloud-native", "cloudformation",
        "databricks", "datadog", "ecs", "gcp-secret-manager", "github-actions", "hugging-face-hub",
        "new-relic", "sagemaker", "tecton", "vertex-ai",
    }
)  # fmt: skip


@rule("AEG122", checks=Brief, severity=Severity.CRITICAL, hard=True)
def api_that_is_not_allowed(brief: Brief) -> Iterator[Hit]:
    """Managed API where none is allowed.

    The brief says both: that prompts may not go to another company, and that another company
    serves the model. One of the two is a mistake, and the plan must not guess which.
    """
    if (
        brief.model
        and brief.model.source == "managed-api"
        and brief.placement.managed_api_allowed is False
    ):
        yield Hit(
            "model.source",
            "a managed API serves the model, and `placement.managed_api_allowed` is false",
            mend="name open weights that you serve yourself, or allow the API under an agreement on "
            "data processing",
        )


@rule("AEG123", checks=Brief, severity=Severity.CRITICAL, hard=True)
def region_outside_residency(brief: Brief) -> Iterator[Hit]:
    """Region outside the residency of the data.

    Data that must stay in a place leaves it the moment the first request is served elsewhere. No
    later control takes that back.
    """
    residency = brief.data.residency or ""
    wanted, country = areas_of_residency(residency), country_of_residency(residency)
    if not wanted:
        return
    for i, cloud in enumerate(brief.placement.clouds):
        for j, region in enumerate(cloud.regions):
            area, there = area_of_region(region), country_of_region(region)
            if (area and area not in wanted) or (country and there and there != country):
                yield Hit(
                    f"placement.clouds.{i}.regions.{j}",
                    f"`{region}` is outside `{brief.data.residency}` (`data.residency`)",
                    label="data would leave the place it must stay in",
                    mend="choose a region inside, or correct `data.residency` with whoever owns the data",
                )


@rule("AEG124", checks=Brief, severity=Severity.LOW, certainty=Certainty.ASK)
def residency_that_cannot_be_checked(brief: Brief) -> Iterator[Hit]:
    """Residency or region that no table knows.

    Aegis compares residency with the regions of the brief. Where it does not know one of the two
    words, a person has to compare.
    """
    residency = brief.data.residency
    if residency is None:
        return
    if not areas_of_residency(residency):
        yield Hit("data.residency", f"is every named region inside `{residency}`?",
                  mend="a country or `EU`, `US`, `UK`, `CH` … can be checked")  # fmt: skip
        return
    for i, cloud in enumerate(brief.placement.clouds):
        for j, region in enumerate(cloud.regions):
            lost = country_of_residency(residency) and not country_of_region(region)
            if not area_of_region(region) or (lost and area_of_region(region) == "EU"):
                yield Hit(
                    f"placement.clouds.{i}.regions.{j}", f"is `{region}` inside `{residency}`?"
                )


@rule("AEG125", checks=Brief, severity=Severity.HIGH)
def hosted_tool_behind_the_gap(brief: Brief) -> Iterator[Hit]:
    """Hosted tool behind an air gap.

    A tool that only its vendor runs cannot be reached from an isolated network. Planned with it,
    the team finds out on the day of the first import.
    """
    if brief.placement.where != "air-gapped":
        return
    team = brief.team
    for field in (
        "orchestrator",
        "iac",
        "registry",
        "experiment_tracker",
        "feature_store",
        "pipelines",
        "secrets",
    ):
        tool = getattr(team, field)
        if tool in HOSTED:
            yield Hit(f"team.{field}", f"`{tool}` is run by its vendor, outside the gap",
                      mend="name what runs inside")  # fmt: skip
    for i, tool in enumerate(team.observability):
        if tool in HOSTED:
            yield Hit(f"team.observability.{i}", f"`{tool}` is run by its vendor, outside the gap",
                      mend="`prometheus`, `grafana` and `opentelemetry` run inside")  # fmt: skip


@rule("AEG126", checks=Brief, severity=Severity.CRITICAL, hard=True)
def api_behind_the_gap(brief: Brief) -> Iterator[Hit]:
    """Managed API in an isolated place.

    An air-gapped system has no way to a vendor, and a sovereign one must not have it. A plan that
    needs one is a plan to break the isolation.
    """
    isolated = brief.placement.where in {"air-gapped", "sovereign"}
    if isolated and brief.model and brief.model.source == "managed-api":
        yield Hit(
            "model.source",
            f"`placement.where` is `{brief.placement.where}` and the model is a managed API",
            mend="open weights that are imported and verified by digest",
        )


@rule("AEG127", checks=Brief, severity=Severity.HIGH)
def cloud_in_an_air_gap(brief: Brief) -> Iterator[Hit]:
    """Public cloud named for an isolated place.

    The brief says that nothing may reach outside, and names a public cloud to run in. The plan
    follows the isolation and ignores the cloud; say which one is meant.
    """
    if brief.placement.where == "air-gapped" and brief.placement.clouds:
        yield Hit("placement.clouds", "an air-gapped system runs in no public cloud",
                  mend="remove `placement.clouds`, or use `sovereign` or `hybrid`")  # fmt: skip
