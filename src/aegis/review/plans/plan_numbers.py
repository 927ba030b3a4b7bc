"""Plans with figures that nobody could trace, or that break the plan's own promises."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.base.number import Assumption, Estimate, Fact, Given, Measured, Source
from aegis.plan.types import Plan
from aegis.review.rule import Hit, rule

_DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# Devices whose arithmetic has no FP8, by the beginning of their catalog id. Sources: NVIDIA,
# architecture white papers of Volta, Turing and Ampere (FP8 came with Ada and Hopper); AMD, CDNA 2
# white paper (FP8 came with CDNA 3); Google, TPU v5e and v5p pages (BF16 and INT8).
WITHOUT_FP8 = (
    "nvidia-v100", "nvidia-t4", "nvidia-a100", "nvidia-a10", "nvidia-a16", "nvidia-a2", "nvidia-a30",
    "nvidia-a40", "nvidia-rtx-a", "nvidia-rtx-3090", "nvidia-jetson-agx-orin", "nvidia-jetson-orin",
    "amd-mi100", "amd-mi210", "amd-mi250", "google-tpu-v4", "google-tpu-v5e", "google-tpu-v5p",
    "tpu-v4", "tpu-v5e", "tpu-v5p", "cpu",
)  # fmt: skip


@rule("AEG176", checks=Plan, severity=Severity.CRITICAL, hard=True)
def figure_without_origin(plan: Plan) -> Iterator[Hit]:
    """Figure without an origin.

    A number is a fact with a source, an estimate with a formula, inputs and an interval, or an
    assumption with a reason and what would settle it. There is no fourth kind.
    """
    for key, number in plan.numbers.items():
        if complaint := _complaint(number, plan):
            yield Hit(f"plan.numbers.{key}", complaint)


def _complaint(number: Fact | Estimate | Assumption, plan: Plan) -> str:
    if not math.isfinite(number.value):
        return "it is not a number"
    match number:
        case Fact():
            return _unsourced(number)
        case Estimate():
            if not number.low <= number.value <= number.high:
                return "it lies outside its own interval"
            lost = [each for each in number.inputs if each not in plan.numbers]
            if lost:
                return f"its input `{lost[0]}` is not a number of the plan"
            pure = any(not plan.numbers[each].unit for each in number.inputs)  # shares, scores
            return (
                "" if number.formula.strip() and (number.unit or pure) else "no formula or no unit"
            )
        case Assumption():
            return (
                ""
                if number.reason.strip() and number.settled_by.strip()
                else "no reason, or nothing that would settle it"
            )


def _unsourced(fact: Fact) -> str:
    match fact.source:
        case Given(path=path):
            return "" if path.strip() else "no place in the brief"
        case Source(title=title, locator=locator):
            if not title.strip() or not locator.strip():
                return "no title or no locator"
            return "" if fact.unit.strip() else "no unit"
        case Measured(run=run, report=report):
            return "" if run and _DIGEST.fullmatch(report) else "no run, or no digest of its report"


@rule("AEG178", checks=Plan, severity=Severity.CRITICAL, hard=True)
def price_without_a_date(plan: Plan) -> Iterator[Hit]:
    """Price without a date.

    Prices change without notice. A price of the plan is an example with the day it was read, or
    your own figure; it is never an offer.
    """
    for key, number in plan.numbers.items():
        if not isinstance(number, Fact) or "USD" not in number.unit:
            continue
        source = number.source
        if isinstance(source, Source) and not _DATE.search(f"{source.title} {source.locator}"):
            yield Hit(f"plan.numbers.{key}", "nobody can tell when this price was true")


@rule("AEG183", checks=Plan, severity=Severity.HIGH)
def objective_not_held(plan: Plan) -> Iterator[Hit]:
    """Capacity that does not hold an objective.

    A plan that is cheaper because it misses a promise is not cheaper. Feasible comes before
    affordable.
    """
    for objective in plan.objectives:
        key = plan.capacity.numbers.get(objective.id)
        planned = plan.numbers.get(key or "")
        limit = plan.numbers.get(objective.threshold or "")
        if planned and limit and planned.value > limit.value:
            yield Hit(
                f"plan.capacity.{objective.id}",
                f"{planned.value:g} {planned.unit} planned, {limit.value:g} {limit.unit} promised",
                mend="more or faster devices, a smaller model, or an objective that can be held",
            )


@rule("AEG134", checks=Plan, severity=Severity.HIGH)
def budget_that_does_not_hold(plan: Plan) -> Iterator[Hit]:
    """Budget below the least it can cost.

    Even the low end of the estimate is above the budget. Say so before the first bill does.
    """
    budget = plan.brief.budget.monthly_usd
    total = plan.numbers.get(plan.cost.total or "")
    if budget is None or total is None:
        return
    least = total.low if isinstance(total, Estimate) else total.value
    if least > budget:
        yield Hit(
            "budget.monthly_usd",
            f"at least {least:,.0f} USD a month, the budget is {budget:,.0f}",
            mend="a smaller model, fewer tokens, a looser objective, reserved prices, or a larger "
            "budget; `aegis size` shows each",
        )


@rule("AEG141", checks=Plan, severity=Severity.HIGH)
def more_hardware_than_needed(plan: Plan) -> Iterator[Hit]:
    """Far more hardware than the workload needs.

    Large models on large instances, unmeasured, is the most expensive habit there is. Right-size
    first: precision, batching, a smaller device, then more devices.
    """
    key = plan.capacity.numbers.get("devices")
    needed = plan.numbers.get(key or "")
    if needed is None or plan.capacity.replicas == 0:
        return
    most = needed.high if isinstance(needed, Estimate) else needed.value
    for i, owned in enumerate(plan.brief.placement.accelerators):
        if owned.id == plan.capacity.accelerator and owned.count > max(2 * most, most + 2):
            yield Hit(
                f"placement.accelerators.{i}.count",
                f"{owned.count} devices are named, {most:g} hold the peak with their spare",
                mend="start with what the peak needs; the rest can serve something else",
            )


@rule("AEG182", checks=Plan, severity=Severity.HIGH)
def precision_the_hardware_lacks(plan: Plan) -> Iterator[Hit]:
    """FP8 on hardware without it.

    On such a device FP8 is emulated or refused: the memory may be saved, the speed is not, and the
    engine may not start.
    """
    device = plan.capacity.accelerator or ""
    precision = f"{plan.chosen('quantization')} {plan.capacity.precision}".lower()
    if "fp8" in precision and device.startswith(WITHOUT_FP8):
        yield Hit("plan.capacity.precision", f"`{device}` has no FP8 arithmetic",
                  mend="INT8, weights only in four bits, or a device with FP8")  # fmt: skip
