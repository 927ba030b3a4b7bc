"""What sizing says to the decisions about hardware, and the figures that every fleet shares."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from aegis.base.number import Estimate
from aegis.plan.case import Case
from aegis.plan.types import Rating

BUSY = 0.7
"""Share of a measured rate that is planned with; the rest holds bursts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizedOption:
    """One device as an option of the accelerator decision; texts are prose."""

    accelerator: str
    name: str
    good: str
    bad: str
    fails: str = ""
    wins: str = ""
    ratings: dict[str, Rating] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """What sizing says to the decisions about hardware."""

    options: tuple[SizedOption, ...] = ()
    binding: str = ""
    reasons: tuple[str, ...] = ()
    precision: str = "as-published"
    cheaper: str = ""  # what the other precision would need, as a sentence


def bench(case: Case) -> str:
    """What replaces estimates of this case by measurements: a command, or how to go about it.

    `aegis bench` speaks the chat interface of language models alone.
    """
    if case.is_batch:
        return "# one worker on a recorded hour of input: items for each second, from the job's own log"
    if not case.is_llm:
        return "# replay recorded requests against one replica of staging, at a rate that rises until p95 breaks the objective"
    model = case.brief.model.reference if case.brief.model else "MODEL"
    return f"aegis bench https://staging.{case.brief.name}.example/v1 --model {model} --brief brief.yaml"


def spare(case: Case, serving: int) -> int:
    """N+1, or what a lost zone takes where the brief names zones and the objective asks for it."""
    zones = case.brief.placement.zones or 1
    if zones > 1 and case.numbers.value("slo.availability") >= 99.9:
        return math.ceil(serving / (zones - 1))
    return 1


def total(case: Case, counts: tuple[int, int, int], *inputs: str, basis: str = "") -> str:
    """Registers the number of replicas, spare included, with its interval."""
    low, middle, high = sorted(counts)
    return case.numbers.add(
        "capacity.replicas",
        Estimate(
            value=middle,
            low=low,
            high=high,
            unit="replicas" if high > 1 else "replica",
            formula="peak ÷ rate of one replica, rounded up, + spare",
            inputs=inputs,
            basis=basis or "from the highest to the lowest rate of one replica",
            measure=bench(case),
        ),
    )


def same(case: Case, number: str, unit: str, factor: int = 1) -> Estimate:
    """A multiple of another estimate, such as devices of replicas."""
    base = case.numbers.all()[number]
    if not isinstance(base, Estimate):
        raise TypeError(number)
    return Estimate(
        value=base.value * factor,
        low=base.low * factor,
        high=base.high * factor,
        unit=unit,
        formula="replicas × devices of one replica",
        inputs=(number,),
        basis=base.basis,
        measure=base.measure,
    )
