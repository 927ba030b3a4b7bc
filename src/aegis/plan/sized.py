"""What sizing says to the decisions about hardware, and the figures that every fleet shares."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from aegis.base.number import Estimate
from aegis.plan.case import Case
from aegis.plan.types import Rating


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """Replicas by the highest, the central and the lowest rate of one: those that serve, and the spare."""

    serving: tuple[int, int, int]
    spare: tuple[int, int, int]

    @property
    def total(self) -> tuple[int, int, int]:
        low, middle, high = (s + more for s, more in zip(self.serving, self.spare, strict=True))
        return low, middle, high


def needed(case: Case, serving: tuple[int, int, int], *, at_most: int | None = None) -> Needed:
    """Serving with spare: N+1, or what a lost zone takes where the brief names zones and asks for it.

    `at_most` is what the owned devices allow: the spare gives way first.
    """
    low, middle, high = (_spare(case, each) for each in serving)
    spare = (low, middle, high)
    if at_most is not None and serving[1] + middle > at_most:
        low, middle, high = (max(0, at_most - each) for each in serving)
        spare = (low, middle, high)
    return Needed(serving=serving, spare=spare)


def _by_zone(case: Case) -> bool:
    zones = case.brief.placement.zones or 1
    return zones > 1 and case.numbers.value("slo.availability") >= 99.9


def _spare(case: Case, serving: int) -> int:
    zones = case.brief.placement.zones or 1
    return math.ceil(serving / (zones - 1)) if _by_zone(case) else 1


def utilisation(case: Case) -> str:
    """Registers the share of a measured rate that is planned with; the rest holds bursts.

    Waiting grows with (1 + c²) ÷ 2 ÷ (1 − utilisation) for arrivals of variation c (Kingman's
    approximation of a queue under heavy traffic), so burstier arrivals get more room for the same
    wait. Seventy percent at c = 1 is our planning rule.
    """
    if "traffic.burstiness" not in case.numbers:
        return case.numbers.assume(
            "capacity.utilisation",
            70,
            "%",
            reason="the rest holds retries and stragglers",
            settled_by="the load test, at the rate where the objective breaks",
        )
    variation = case.numbers.value("traffic.burstiness")
    return case.numbers.derive(
        "capacity.utilisation",
        max(30.0, min(85.0, 100 - 30 * (1 + variation**2) / 2)),
        "%",
        formula="one hundred less thirty, by the square of burstiness",
        inputs=("traffic.burstiness",),
    )


def total(
    case: Case, counts: Needed, *, formula: str, inputs: tuple[str, ...], basis: str = ""
) -> str:
    """Registers who serves the peak, the spare and their sum, each with its interval."""
    basis = basis or "from the highest to the lowest rate of one replica"
    serving = _count(case, "capacity.serving", counts.serving, formula, inputs, basis)
    spare = _record_spare(case, counts, serving, basis)
    return _count(
        case, "capacity.replicas", counts.total, "serving + spare", (serving, spare), basis
    )


def _record_spare(case: Case, counts: Needed, serving: str, basis: str) -> str:
    key = "capacity.spare"
    if counts.spare != tuple(_spare(case, each) for each in counts.serving):
        formula = "devices owned ÷ devices of one replica, rounded down, − serving"
        inputs = ("placement.owned", "capacity.per_replica", serving)
        return _count(case, key, counts.spare, formula, inputs, basis)
    if _by_zone(case):
        formula = "serving ÷ (zones − 1), rounded up"
        return _count(case, key, counts.spare, formula, (serving, "placement.zones"), basis)
    return case.numbers.assume(
        key,
        1,
        "replica",
        reason="one replica may fail or be updated while the peak lasts",
        settled_by="how long a replacement takes in the drill",
    )


def _count(
    case: Case,
    key: str,
    counts: tuple[int, int, int],
    formula: str,
    inputs: tuple[str, ...],
    basis: str,
) -> str:
    low, _, high = sorted(counts)
    return case.numbers.add(
        key,
        Estimate(
            value=counts[1],
            low=low,
            high=high,
            unit="replica" if counts[1] == 1 else "replicas",
            formula=formula,
            inputs=inputs,
            basis=basis,
            measure=bench(case),
        ),
    )


def room(case: Case, *, formula: str, inputs: tuple[str, ...], months: tuple[float, ...]) -> str:
    """Registers when growth fills what serves, and says it; empty without growth."""
    if (case.brief.workload.traffic.growth_percent_per_month or 0) <= 0:
        return ""
    low, middle, high = sorted(round(max(0.0, each), 1) for each in months)
    case.numbers.add(
        "capacity.room",
        Estimate(
            value=middle, low=low, high=high, unit="months", formula=formula, inputs=inputs,
            basis="from the lowest to the highest rate of one replica", measure=bench(case),
        ),
    )  # fmt: skip
    return "; at {traffic.growth} one more replica is needed after {capacity.room}"


def same(case: Case, number: str, unit: str, factor: int = 1) -> Estimate:
    """Devices of replicas: a multiple by `capacity.per_replica`; `unit` is for one."""
    base = case.numbers.all()[number]
    if not isinstance(base, Estimate):
        raise TypeError(number)
    return Estimate(
        value=base.value * factor,
        low=base.low * factor,
        high=base.high * factor,
        unit=unit if base.value * factor == 1 else f"{unit}s",
        formula="replicas × devices of one replica",
        inputs=(number, "capacity.per_replica"),
        basis=base.basis,
        measure=base.measure,
    )
