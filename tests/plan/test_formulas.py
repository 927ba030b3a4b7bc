"""An estimate's formula, evaluated on the inputs that it names, gives the figure that is shown."""

import importlib
import math
import re

import pytest
from tests.plan.test_planner import EVERY, PLANS

from aegis.base.number import Estimate
from aegis.plan.formulas import expression, is_known
from aegis.plan.types import Plan

_MATH = {
    "ceil": math.ceil,
    "floor": math.floor,
    "log": math.log,
    "max": max,
    "min": min,
    "round": round,
}


def _evaluated(plan: Plan, number: Estimate) -> float:
    """The expression with the value of each input in its place, as a script would compute it."""
    text = expression(number)
    for number_id in sorted(number.inputs, key=len, reverse=True):
        text = text.replace(number_id, f"({plan.numbers[number_id].value!r})")
    return float(eval(text, {"__builtins__": {}}, _MATH))  # noqa: S307  # our own formulas


def _estimates(plan: Plan) -> dict[str, Estimate]:
    return {i: n for i, n in plan.numbers.items() if isinstance(n, Estimate)}


@pytest.mark.obligation(95)
@pytest.mark.parametrize("plan", EVERY)
def test_a_formula_on_its_named_inputs_gives_the_figure(plan: Plan) -> None:
    """Nothing that moves a figure is missing from its inputs, and nothing there is idle."""
    found = {i: n for i, n in _estimates(plan).items() if expression(n)}

    assert {i: n.value for i, n in found.items()} == pytest.approx(
        {i: _evaluated(plan, n) for i, n in found.items()}, rel=1e-9
    )
    for number in found.values():
        assert all(i in expression(number) for i in number.inputs), number


@pytest.mark.parametrize("plan", EVERY)
def test_every_other_formula_names_a_function_of_aegis(plan: Plan) -> None:
    """Who wants to recompute it finds the code: the module is there, and so is the function."""
    for number_id, number in _estimates(plan).items():
        assert is_known(number.formula), (number_id, number.formula)
        if not expression(number):
            path = number.formula.split(":")[0]
            module, _, name = path.rpartition(".")
            assert hasattr(importlib.import_module(module), name), path


def test_a_fraud_model_on_instances_is_priced_and_judged_against_its_budget() -> None:
    """The catalog has dated prices of the measured instance type in the region of the brief."""
    plan = PLANS["fraud-classifier"]

    assert plan.cost.total == "cost.month"
    assert plan.numbers["cost.month"].value < plan.numbers["budget.month"].value
    assert re.search(r"c7i\.4xlarge, eu-central-1", str(plan.numbers["price.hour"]))


def test_a_processor_without_an_instance_type_is_priced_as_a_range() -> None:
    """From the smallest to the largest instance with it, and the plan says why."""
    brief = PLANS["refused-no-way-back"].brief
    plan = PLANS["refused-no-way-back"]
    month = plan.numbers.get("cost.month")

    assert brief.model is not None
    assert brief.model.measurements[0].hardware == "intel-xeon-sapphire-rapids"
    assert isinstance(month, Estimate)
    assert month.low < month.high
    assert "no instance type" in plan.cost.lines[0].basis
