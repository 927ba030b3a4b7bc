"""Staging is complete only where something of the bundle serves the model."""

import datetime
from pathlib import Path

import pytest
from tests.plan.test_planner import EVERY

from aegis.operations.bundle import is_served
from aegis.operations.planning import plan_brief
from aegis.plan.types import Plan

ROOT = Path(__file__).parents[2]


def test_a_platform_without_files_keeps_staging_closed() -> None:
    """Ray Serve is decided and not rendered: the verdict says so, and a task blocks."""
    path = ROOT / "examples/multi-lora-tutor/brief.yaml"
    result = plan_brief(path.read_text("utf-8"), path=str(path), today=datetime.date(2026, 11, 22))

    assert result.plan is not None
    assert result.plan.chosen("serving-platform") == "ray-serve"
    assert not result.staging_open
    assert "Staging may start" not in result.plan.verdict


@pytest.mark.parametrize("plan", EVERY)
def test_the_verdict_opens_staging_only_where_the_model_is_served(plan: Plan) -> None:
    """What is written by hand is the first task, and serving in development waits for it."""
    tasks = {t.id: t for phase in plan.roadmap for t in phase.tasks}

    assert ("server-by-hand" in tasks) == (not is_served(plan))
    if not is_served(plan):
        assert tasks["server-by-hand"].blocks_production
        assert "server-by-hand" in tasks["serve-dev"].depends_on
        assert "Staging may start now" not in plan.verdict
