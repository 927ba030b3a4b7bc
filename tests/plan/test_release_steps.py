"""Steps are judged on what can be known while they last."""

import pytest
from tests.plan.test_planner import EVERY, PLANS, VERSIONS

from aegis.base.number import Estimate
from aegis.brief.schema import Brief
from aegis.plan.planner import make_plan
from aegis.plan.types import Plan

A_DAY_MIN = 24 * 60
RAG_OR_AGENT = [p for p in EVERY if PLANS[str(p.id)].kind in {"rag", "agent"}]


@pytest.mark.parametrize("plan", EVERY)
def test_labels_and_events_judge_only_steps_that_last_a_day(plan: Plan) -> None:
    """A re-opened ticket or a labelled sample is not known after a quarter of an hour."""
    slow = {c.id for c in plan.release.checks if c.kind in {"model", "business", "goal"}}

    assert slow & {c for step in plan.release.steps for c in step.analysis}
    for step in plan.release.steps:
        if slow & set(step.analysis):
            assert plan.numbers[step.hold_minutes].value >= A_DAY_MIN


@pytest.mark.parametrize("plan", EVERY)
def test_the_first_step_lasts_as_long_as_its_detection_may_take(plan: Plan) -> None:
    """The hold covers the upper end of the time in which a doubled error rate is found."""
    found = plan.numbers.get("release.detect_mean")
    if not isinstance(found, Estimate) or plan.release.strategy not in {"canary", "shadow", "ab"}:
        return
    first = next(s for s in plan.release.steps if plan.numbers[s.weight].value > 0)

    assert plan.numbers[first.hold_minutes].value >= min(found.high, A_DAY_MIN)


@pytest.mark.parametrize("plan", EVERY)
def test_the_drop_that_samples_show_is_one_that_an_objective_cares_about(plan: Plan) -> None:
    """The margin of an objective, where there is one that is a share of good answers."""
    pairs = plan.numbers["evaluation.pairs_needed"]
    own = {
        f"release.margin_{q.kind}": plan.numbers[f"release.margin_{q.kind}"].value
        for q in plan.brief.objectives.quality
        if q.kind in {"accuracy", "groundedness"} and q.better == "higher" and 0.4 < q.threshold < 1
    }

    assert isinstance(pairs, Estimate)
    if own:
        assert pairs.inputs[0] in own
        assert own[pairs.inputs[0]] == min(own.values())


@pytest.mark.parametrize("plan", RAG_OR_AGENT)
def test_the_application_retrieves_and_acts_and_no_gateway_does(plan: Plan) -> None:
    """Passages and tool calls come from the team's own code, and so does their fallback."""
    ends = {(f.source, f.target) for f in plan.flows}

    assert ("application", "gateway") in ends
    assert not {("gateway", "index"), ("gateway", "tools")} & ends
    assert {d.component for d in plan.degradation if "retrieval" in d.trigger} <= {"application"}


@pytest.mark.parametrize("threshold", [0.05, 0.25, 0.34, 0.41, 0.999, 1.0, 35.0, 99.9])
def test_any_threshold_is_planned(threshold: float) -> None:
    """Rare successes have no half of a distance to lose; the plan falls back to its own margin."""
    brief = PLANS["support-assistant"].brief.model_dump(mode="json")
    wish = {"kind": "accuracy", "metric": "exact match", "threshold": threshold}
    brief["objectives"]["quality"] = [wish]
    brief["evaluation"] = [{"name": "faq", "path": "faq.jsonl", "items": 200} | _without_kind(wish)]

    assert make_plan(Brief.model_validate(brief), VERSIONS).release.detectability


def _without_kind(wish: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in wish.items() if key != "kind"}
