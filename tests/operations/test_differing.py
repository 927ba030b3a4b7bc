"""`aegis diff` names what the rules say of one plan and not of the other."""

import pytest
from tests.plan.test_planner import PLANS, VERSIONS

from aegis.brief.schema import Brief
from aegis.operations.differing import diff_plans
from aegis.plan.planner import make_plan
from aegis.plan.types import Plan


def _with_budget(plan: Plan, usd: float) -> Plan:
    brief = plan.brief.model_dump(mode="json")
    brief["budget"]["monthly_usd"] = usd
    return make_plan(Brief.model_validate(brief), VERSIONS)


def test_a_budget_that_no_longer_holds_is_a_finding_that_appears_and_vanishes() -> None:
    """The same plan with half of what it costs, and back again."""
    plan = PLANS["agent-backoffice"]
    short = _with_budget(plan, plan.numbers["cost.month"].value / 2)

    (appeared,) = [c for c in diff_plans(plan, short).changes if c.kind == "finding"]
    (vanished,) = [c for c in diff_plans(short, plan).changes if c.kind == "finding"]

    assert appeared.what.startswith("AEG134")
    assert appeared.before == ""
    assert appeared.after
    assert vanished.before
    assert vanished.after == ""


@pytest.mark.parametrize("name", ["agent-backoffice", "support-assistant", "phone-speech"])
def test_a_plan_beside_itself_has_no_finding_that_moved(name: str) -> None:
    """Findings are compared by code and place, not by their words."""
    assert diff_plans(PLANS[name], PLANS[name]).changes == ()
