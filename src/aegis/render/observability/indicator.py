"""Objectives as counts of events: how many happened in a window, and how many were bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aegis.base import conventions as names
from aegis.base.slo import error_budget
from aegis.plan.types import Objective, Plan
from aegis.render.observability.rule import selector
from aegis.render.shared import metrics as contract
from aegis.render.shared.reading import duration, value

_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "days": 86400.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """Good and bad events of one objective; `note` says how its threshold is measured."""

    objective: Objective
    events: Callable[[int], str]  # window in seconds → PromQL
    bad: Callable[[int], str]
    series: Callable[[str, str], tuple[tuple[str, str], ...]]  # good, bad values → test series
    note: str = ""


def indicator(plan: Plan, objective: Objective) -> Indicator:
    """The counts behind an objective whose alerts follow its error budget."""
    if objective.metric in contract.BUCKET_EDGES:
        return _histogram(plan, objective)
    if objective.metric == names.GATEWAY_MET:
        return _met(plan, objective)
    if objective.metric == names.DEVICE_INFERENCES:
        return _outcomes(plan, objective, contract.DEVICE_OUTCOMES, ("error", "late"), ())
    return _outcomes(plan, objective, contract.OUTCOMES, contract.BAD_OUTCOMES, ("invalid",))


def threshold_s(plan: Plan, number_id: str) -> float:
    """A threshold in seconds, whatever unit the plan states it in."""
    number = plan.numbers[number_id]
    return number.value * _SECONDS[number.unit]


def service_matcher(plan: Plan) -> str:
    """The label matcher of the plan's service."""
    return f'{contract.SERVICE}="{plan.service}"'


def count(metric: str, matchers: list[str], window_s: int) -> str:
    """Events in a window, by environment."""
    inner = f"increase({selector(metric, matchers)}[{duration(window_s)}])"
    return f"sum by ({contract.ENVIRONMENT}) ({inner})"


def _outcomes(
    plan: Plan,
    objective: Objective,
    outcomes: tuple[str, ...],
    bad: tuple[str, ...],
    not_valid: tuple[str, ...],
) -> Indicator:
    service = service_matcher(plan)
    valid = [service, *(f'{contract.OUTCOME}!="{o}"' for o in not_valid)]
    wrong = [service, f'{contract.OUTCOME}=~"{"|".join(bad)}"']

    def series(good_values: str, bad_values: str) -> tuple[tuple[str, str], ...]:
        labels = [service, f'{contract.ENVIRONMENT}="production"', f'{contract.TRACK}="stable"']
        return tuple(
            (
                selector(objective.metric, [*labels, f'{contract.OUTCOME}="{outcome}"']),
                {"ok": good_values, "error": bad_values}.get(outcome, "0+0x10000"),
            )
            for outcome in outcomes
        )

    return Indicator(
        objective=objective,
        events=lambda window_s: count(objective.metric, valid, window_s),
        bad=lambda window_s: count(objective.metric, wrong, window_s),
        series=series,
    )


def _met(plan: Plan, objective: Objective) -> Indicator:
    """Goodput: the gateway judges each request by every objective at once, and counts it once."""
    service = service_matcher(plan)

    def series(good_values: str, bad_values: str) -> tuple[tuple[str, str], ...]:
        labels = [service, f'{contract.ENVIRONMENT}="production"', f'{contract.TRACK}="stable"']
        values = dict(zip(contract.MET, (good_values, bad_values), strict=True))
        return tuple(
            (selector(objective.metric, [*labels, f'met="{met}"']), counted)
            for met, counted in values.items()
        )

    return Indicator(
        objective=objective,
        events=lambda window_s: count(objective.metric, [service], window_s),
        bad=lambda window_s: count(objective.metric, [service, 'met="no"'], window_s),
        series=series,
    )


def _histogram(plan: Plan, objective: Objective) -> Indicator:
    service = service_matcher(plan)
    wanted = threshold_s(plan, objective.threshold or "")
    edge = contract.edge_for(objective.metric, wanted)
    note = f"measured at the bucket edge {edge:g} s"
    if abs(edge - wanted) > 1e-9:
        note += f", the nearest edge not above the objective of {wanted:g} s"
    within = [service, contract.edge_matcher(edge)]

    def bad(window_s: int) -> str:
        good = count(f"{objective.metric}_bucket", within, window_s)
        return f"{count(f'{objective.metric}_count', [service], window_s)} - {good}"

    def series(good_values: str, bad_values: str) -> tuple[tuple[str, str], ...]:
        fast = [service, f'{contract.ENVIRONMENT}="production"', f'{contract.TRACK}="stable"']
        slow = [service, f'{contract.ENVIRONMENT}="production"', f'{contract.TRACK}="canary"']
        zero = "0+0x10000"
        return (
            # Good requests on one track and slow ones on the other: the sum is what counts.
            (selector(f"{objective.metric}_bucket", [*fast, f'le="{edge:g}"']), good_values),
            (selector(f"{objective.metric}_count", fast), good_values),
            (selector(f"{objective.metric}_bucket", [*slow, f'le="{edge:g}"']), zero),
            (selector(f"{objective.metric}_count", slow), bad_values),
        )

    return Indicator(
        objective=objective,
        events=lambda window_s: count(f"{objective.metric}_count", [service], window_s),
        bad=bad,
        series=series,
        note=note,
    )


def budget(plan: Plan, objective: Objective) -> float:
    """Share of events that may be bad, between 0 and 1."""
    return error_budget(value(plan, objective.target))
