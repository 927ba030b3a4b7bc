"""Staging is complete only where something of the bundle serves the model."""

import datetime
from pathlib import Path

import pytest
from tests.plan.test_planner import EVERY

from aegis.operations.planning import is_served, plan_brief
from aegis.plan.types import Plan

ROOT = Path(__file__).parents[2]


def test_a_platform_with_files_opens_staging() -> None:
    """Ray Serve is decided and rendered: what serves the model is in the bundle."""
    path = ROOT / "examples/multi-lora-tutor/brief.yaml"
    result = plan_brief(path.read_text("utf-8"), path=str(path), today=datetime.date(2026, 11, 22))

    assert result.plan is not None
    assert result.plan.chosen("serving-platform") == "ray-serve"
    assert result.staging_open


def test_a_platform_without_files_is_not_served() -> None:
    """Whatever a plan may choose one day: without files for it nothing serves the model."""
    plan = next(p.values[0] for p in EVERY if p.id == "multi-lora-tutor")
    assert isinstance(plan, Plan)
    elsewhere = plan.decision("serving-platform").model_copy(update={"chosen": "knative"})
    others = tuple(d for d in plan.decisions if d.id != elsewhere.id)

    assert is_served(plan)
    assert not is_served(plan.model_copy(update={"decisions": (*others, elsewhere)}))


@pytest.mark.parametrize("plan", EVERY)
def test_the_verdict_opens_staging_only_where_the_model_is_served(plan: Plan) -> None:
    """What is written by hand is the first task, and serving in development waits for it."""
    tasks = {t.id: t for phase in plan.roadmap for t in phase.tasks}

    assert ("server-by-hand" in tasks) == (not is_served(plan))
    if not is_served(plan):
        assert tasks["server-by-hand"].blocks_production
        assert "server-by-hand" in tasks["serve-dev"].depends_on
        assert "Staging may start now" not in plan.verdict
