"""Plans that people should get pass every rule: otherwise a finding would mean nothing."""

from __future__ import annotations

import pytest
from tests.review.plans.good import PLANS, TODAY, plan_named

from aegis.base.finding import Severity
from aegis.review.plans.judge import judge_brief, judge_plan


@pytest.mark.parametrize("name", PLANS)
def test_a_good_plan_has_no_finding(name: str) -> None:
    """Neither the brief nor its plan breaks a rule; the waived rule is the waiver's own."""
    plan = plan_named(name)

    found = (*judge_brief(plan.brief, TODAY), *judge_plan(plan))

    waived = {waiver.rule for waiver in plan.waivers}
    grave = [f for f in found if f.code not in waived and f.severity is not Severity.LOW]
    assert [(f.code, f.where, f.message) for f in grave] == []
    assert plan.promotable.holds
