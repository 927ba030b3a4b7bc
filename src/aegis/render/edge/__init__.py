"""A fleet of devices: the manifest of a model, and the stages in which devices get it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.base.model import Frozen
from aegis.plan.types import Plan
from aegis.render.shared.reading import number_or_none, sentence, value


class Budget(Frozen):
    """What an inference may take on the oldest device; None was not agreed."""

    latency_ms: float | None
    memory_mb: float | None
    power_w: float | None


class Fallback(Frozen):
    """When a device leaves the model by itself, without asking anybody."""

    to: Literal["last-good-model"] = "last-good-model"
    keep_versions: int = Field(default=2, description="the current and the last good one")
    self_test_inferences: int = Field(description="before a new model answers for real")
    late_or_failed_share: float = Field(description="in the watch, from which it goes back")
    watch_inferences: int


class Rung(Frozen):
    """What the device does instead."""

    order: int
    trigger: str
    behaviour: str


class ModelManifest(Frozen):
    """What a device reads before it loads a model."""

    version: Literal[1] = 1
    service: str
    plan: str
    model: str
    runtime: str
    format: str | None
    digest: str = Field(description="sha256:… of the file; written by the release pipeline")
    signature: str = Field(
        description="file beside the model; a device refuses what it cannot verify"
    )
    budget: Budget
    fallback: Fallback
    ladder: tuple[Rung, ...]
    offline: bool
    safety_function: bool


class Stage(Frozen):
    """A share of the fleet, and what must hold before the next."""

    name: str
    share_percent: float
    devices: int | None = Field(description="None when the brief does not count the fleet")
    hold_hours: float
    checks: tuple[str, ...]
    minimum_reporting_share: float
    no_data: Literal["hold"] = "hold"


class Rollout(Frozen):
    """How a model reaches the fleet, and how it goes back."""

    version: Literal[1] = 1
    service: str
    plan: str
    environment: str = Field(description="whose devices: of the desk, of the pilot or of users")
    stages: tuple[Stage, ...]
    pick: Literal["by-device-hash"] = "by-device-hash"
    way_back: str
    way_back_minutes: float
    alpha: float
    telemetry: tuple[str, ...]
    telemetry_consent: Literal[True] = True
    assumed: tuple[str, ...]


UNSET_DIGEST = "sha256:unset-release-pipeline-writes-it"
# Assumptions, stated in the files: replace them by what the pilot measures.
_SELF_TEST, _WATCH, _LATE_SHARE, _REPORTING = 50, 500, 0.05, 0.5


def render_edge(plan: Plan) -> tuple[Artifact, ...]:
    """Manifest and stages for devices; nothing for servers."""
    if plan.chosen("run-where") != "device":
        return ()
    return (
        Artifact(
            path="edge/model.yaml",
            content=manifest(plan).model_dump(mode="json"),
            because=("edge-runtime",),
        ),
        *(
            Artifact(
                path=f"edge/{environment}/rollout.yaml",
                content=rollout(plan, environment).model_dump(mode="json"),
                because=("release-strategy",),
                environment=environment,
            )
            for environment in names.ENVIRONMENTS
        ),
    )


def manifest(plan: Plan) -> ModelManifest:
    """What a device checks before it trusts a model."""
    model, device = plan.brief.model, plan.brief.workload.device
    return ModelManifest(
        service=plan.service,
        plan=plan.id,
        model=model.reference if model else "",
        runtime=plan.chosen("edge-runtime"),
        format=model.format if model else None,
        digest=(model.digest if model else None) or UNSET_DIGEST,
        signature="model.sig",
        budget=Budget(
            latency_ms=number_or_none(plan, "device.latency"),
            memory_mb=number_or_none(plan, "device.memory"),
            power_w=number_or_none(plan, "device.power"),
        ),
        fallback=Fallback(
            self_test_inferences=_SELF_TEST,
            late_or_failed_share=_LATE_SHARE,
            watch_inferences=_WATCH,
        ),
        ladder=tuple(
            Rung(
                order=r.order,
                trigger=sentence(plan, r.trigger),
                behaviour=sentence(plan, r.behaviour),
            )
            for r in plan.degradation
        ),
        offline=device.offline if device else True,
        safety_function=device.safety_function if device else False,
    )


def rollout(plan: Plan, environment: str) -> Rollout:
    """In production the stages of the plan, one for one; before it, all of the few devices."""
    return Rollout(
        service=plan.service,
        plan=plan.id,
        environment=environment,
        stages=_stages(plan) if environment == "production" else _whole(plan),
        way_back=sentence(plan, plan.release.way_back),
        way_back_minutes=value(plan, plan.release.way_back_minutes),
        alpha=value(plan, plan.release.alpha) / 100,
        telemetry=names.DEVICE_METRICS,
        assumed=("minimum_reporting_share", "fallback in model.yaml"),
    )


def _whole(plan: Plan) -> tuple[Stage, ...]:
    """One stage with every device, and every check of the last stage of production."""
    last = plan.release.steps[-1]
    return (
        Stage(
            name="all",
            share_percent=100,
            devices=None,
            hold_hours=value(plan, plan.release.steps[0].hold_minutes) / 60,
            checks=last.analysis,
            minimum_reporting_share=1.0,
        ),
    )


def _stages(plan: Plan) -> tuple[Stage, ...]:
    device = plan.brief.workload.device
    fleet = device.fleet if device else None
    stages = []
    for index, step in enumerate(plan.release.steps, start=1):
        share = value(plan, step.weight)
        stages.append(
            Stage(
                name=f"stage-{index}",
                share_percent=share,
                devices=max(1, round(fleet * share / 100)) if fleet else None,
                hold_hours=value(plan, step.hold_minutes) / 60,
                checks=step.analysis,
                minimum_reporting_share=_REPORTING,
            )
        )
    return tuple(stages)
