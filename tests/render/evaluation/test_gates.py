"""The gates of the plan, one for one; no data set opens nothing."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.evaluation import Gates, gates, render_evaluation


def test_the_file_reads_back_as_the_gates(plan: Plan) -> None:
    (artifact,) = render_evaluation(plan)

    assert Gates.model_validate(artifact.content) == gates(plan)


def test_gates_and_checks_are_those_of_the_plan(plan: Plan) -> None:
    found = gates(plan)

    assert [g.id for g in found.gates] == [g.id for g in plan.release.gates]
    assert [c.id for c in found.checks] == [c.id for c in plan.release.checks]
    assert all(c.no_data == "hold" for c in found.checks)


def test_without_a_data_set_production_stays_closed_and_says_why(plans: dict[str, Plan]) -> None:
    found = gates(plans["managed"])

    assert found.gates == ()
    assert found.production_opens is False
    assert found.waits_for
