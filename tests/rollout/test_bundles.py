"""The bundle of every plan with online traffic holds a policy that `aegis rollout` reads."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml

from aegis.operations.planning import plan_brief, to_text
from aegis.rollout.forecast import forecast
from aegis.rollout.policy import EVERYBODY, Policy, PrometheusSource, read_policy
from aegis.rollout.selectors import parse_selector
from aegis.rollout.world import Past

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/brief.yaml"))
OFFLINE = {"job-swap", "staged-fleet"}


@pytest.mark.parametrize("brief", EXAMPLES, ids=lambda p: p.parent.name)
def test_the_policy_of_a_plan_is_the_plan(brief: Path) -> None:
    """Same weights, holds and checks; every selector can be read; nothing promotes in silence."""
    made = plan_brief(brief.read_text("utf-8"), path=str(brief), today=datetime.date(2026, 11, 22))
    found = [a for a in made.bundle if a.path == "rollout/policy.yaml"]
    if made.plan is None or not made.bundle:
        assert not found
        return
    assert bool(found) == (made.plan.release.strategy not in OFFLINE)
    if not found:
        return
    policy, _ = read_policy(to_text(found[0]))
    steps = made.plan.release.steps
    numbers = made.plan.numbers

    assert [s.weight_percent for s in policy.steps] == [numbers[s.weight].value for s in steps]
    assert [s.hold_s for s in policy.steps] == [60 * numbers[s.hold_minutes].value for s in steps]
    assert [m.id for m in policy.metrics] == [c.id for c in made.plan.release.checks]
    assert policy.cap.then == "hold"
    assert policy.steps[0].weight_percent < EVERYBODY
    assert policy.strategy == made.plan.release.strategy
    assert isinstance(policy.source, PrometheusSource)
    for metric in policy.metrics:
        for selector in metric.series.values():
            parse_selector(selector)
    assert forecast(policy, Past())
    assert Policy.model_validate(yaml.safe_load(to_text(found[0]))) == policy
