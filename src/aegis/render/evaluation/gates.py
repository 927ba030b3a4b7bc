"""`evaluation/gates.yaml`: what must pass before traffic, and what judges it after."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aegis.base.model import Frozen
from aegis.plan.types import Plan
from aegis.render.shared.reading import sentence, value


class GateSpec(Frozen):
    """A data set that judges a candidate beside the running release."""

    id: str
    dataset: str
    path: str
    digest: str | None = Field(description="sha256:…; None until the brief pins it")
    items: int
    metric: str
    threshold: float
    better: Literal["higher", "lower"]
    slices: tuple[str, ...]
    opens: Literal["staging", "production"]
    detects: str


class Comparison(Frozen):
    """How a candidate is compared with the release that runs."""

    paired: Literal[True] = True
    alpha: float = Field(description="share of healthy candidates refused by mistake")
    power: float
    tolerated_drop_points: float
    pairs_needed: float
    no_data: Literal["hold"] = "hold"


class CheckSpec(Frozen):
    """Something a release is judged by while it runs."""

    id: str
    metric: str
    kind: Literal["guardrail", "model", "business", "goal"]
    margin: float
    margin_unit: str
    on_breach: Literal["roll back", "hold"]
    no_data: Literal["hold"]


class Gates(Frozen):
    """The evaluation harness of one service."""

    version: Literal[1] = 1
    service: str
    plan: str
    prompts: str | None = Field(description="where versioned prompts lie; a change is a release")
    gates: tuple[GateSpec, ...]
    production_opens: bool = Field(description="whether any gate could open production")
    waits_for: tuple[str, ...] = Field(description="what is missing before it can")
    comparison: Comparison
    checks: tuple[CheckSpec, ...]


def gates(plan: Plan) -> Gates:
    """The gates of a plan; without a data set it says so instead of pretending."""
    sets = {s.name: s for s in plan.brief.evaluation or ()}
    found = tuple(
        GateSpec(
            id=gate.id,
            dataset=gate.dataset,
            path=gate.path,
            digest=sets[gate.dataset].digest,
            items=round(value(plan, gate.items)),
            metric=gate.metric,
            threshold=value(plan, gate.threshold),
            better=gate.better,
            slices=sets[gate.dataset].slices,
            opens=gate.before,
            detects=sentence(plan, gate.detects),
        )
        for gate in plan.release.gates
    )
    return Gates(
        service=plan.service,
        plan=plan.id,
        prompts=plan.brief.prompts.path,
        gates=found,
        production_opens=plan.promotable.holds,
        waits_for=tuple(sentence(plan, why) for why in plan.promotable.because)
        if not plan.promotable.holds
        else (),
        comparison=Comparison(
            alpha=value(plan, plan.release.alpha) / 100,
            power=value(plan, "release.power") / 100,
            tolerated_drop_points=value(plan, "release.margin_quality"),
            pairs_needed=value(plan, "evaluation.pairs_needed"),
        ),
        checks=tuple(
            CheckSpec(
                id=check.id,
                metric=check.metric,
                kind=check.kind,
                margin=value(plan, check.margin),
                margin_unit=plan.numbers[check.margin].unit,
                on_breach=check.on_breach,
                no_data=check.no_data,
            )
            for check in plan.release.checks
        ),
    )
