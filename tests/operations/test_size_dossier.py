"""The drawings of a dossier say what its plan says, and nothing where nothing was sized."""

from __future__ import annotations

import datetime
import functools
import re
from pathlib import Path

import pytest

from aegis.operations.bundle import render_all
from aegis.operations.planning import decide
from aegis.operations.size_dossier import dossier_figures
from aegis.plan.types import Plan
from aegis.render.plots.marks import quantity

EXAMPLES = Path(__file__).parents[2] / "examples"
TODAY = datetime.date(2026, 11, 22)
SIZED = ("support-assistant", "moe-multicloud", "sovereign-public-service", "hospital-triage")


@functools.cache
def planned(name: str) -> Plan:
    path = EXAMPLES / name / "brief.yaml"
    plan = decide(path.read_text("utf-8"), path=str(path), today=TODAY).plan
    assert plan is not None
    return plan


def said(svg: str) -> str:
    found = re.search("<desc>(.*?)</desc>", svg)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", SIZED)
def test_drawings_state_the_plans_own_numbers(name: str) -> None:
    """Cost, time and load of the chosen fleet, and the objective, are those of the plan."""
    plan = planned(name)
    figures = dossier_figures(plan)
    numbers = {key: number.value for key, number in plan.numbers.items()}
    ttft = quantity(numbers["capacity.ttft"], "ms")
    replicas = f"{plan.capacity.replicas} × {plan.capacity.per_replica} "

    assert set(figures) == {"pareto", "latency-load", "memory"}
    assert f"Chosen: {replicas}{plan.capacity.accelerator_name}" in said(figures["pareto"])
    assert quantity(numbers["cost.month"], "USD a month") in said(figures["pareto"])
    assert ttft in said(figures["pareto"])
    assert f"{quantity(numbers['traffic.peak'], 'req/s')} at {ttft}" in said(
        figures["latency-load"]
    )
    for drawn in ("pareto", "latency-load"):
        assert f"Objective: {quantity(numbers['slo.ttft'], 'ms')}" in said(figures[drawn])


@pytest.mark.parametrize("name", ["fraud-classifier", "phone-speech", "nightly-batch"])
def test_what_no_formula_sized_is_not_drawn(name: str) -> None:
    """Classic models, devices and jobs have no drawing."""
    assert dossier_figures(planned(name)) == {}


def test_another_catalogs_figures_are_not_drawn() -> None:
    """Where sizing now gives another rate than the plan states, there is no drawing."""
    plan = planned("support-assistant")
    rate = plan.numbers["capacity.rate"]
    other = rate.model_copy(update={"value": rate.value * 1.01})
    moved = plan.model_copy(update={"numbers": {**plan.numbers, "capacity.rate": other}})

    assert dossier_figures(moved) == {}


def test_the_page_shows_them_and_its_bytes_repeat() -> None:
    """`dossier/index.html` carries every drawing, the same at every rendering."""
    plan = planned("support-assistant")
    first, again = (
        {a.path: str(a.content) for a in render_all(plan)}["dossier/index.html"] for _ in range(2)
    )

    assert first == again
    assert all(svg in first for svg in dossier_figures(plan).values())
