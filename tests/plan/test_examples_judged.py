"""The examples against the rules, which share no code with the planner: three are refused or stopped."""

import datetime
from pathlib import Path

import pytest

from aegis.base.finding import Finding
from aegis.brief.read import read_brief
from aegis.plan.planner import Versions, make_plan
from aegis.review.plans.judge import blocks_production, judge_brief, judge_plan, refuses

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.parent.name for path in ROOT.glob("examples/*/brief.yaml"))
TODAY = datetime.date(2026, 11, 22)
VERSIONS = Versions(catalog_sha256="0" * 64, aegis_version="test")
REFUSED = {
    "refused-no-way-back": {"everyone-at-once", "nobody-is-alerted", "no-automated-way-back"},
    "refused-skip-reviews": {"review-skipped"},
}


def _judged(name: str) -> tuple[Finding, ...]:
    brief = read_brief((ROOT / "examples" / name / "brief.yaml").read_text("utf-8")).brief
    assert brief is not None
    return judge_brief(brief, today=TODAY) + judge_plan(make_plan(brief, VERSIONS))


@pytest.mark.parametrize("name", NAMES)
def test_only_the_refused_examples_meet_a_hard_rule(name: str) -> None:
    """Each refused example is refused by a rule of its own; no other example meets one."""
    assert {finding.name for finding in refuses(_judged(name))} == REFUSED.get(name, set())


def test_the_two_refusals_share_no_rule() -> None:
    """They show two different hard rules."""
    first, second = REFUSED.values()

    assert first.isdisjoint(second)


def test_the_stopped_example_is_stopped_by_the_missing_evaluation_alone() -> None:
    """Staging is open; one thing closes production."""
    found = _judged("stopped-no-evaluation")

    assert refuses(found) == ()
    assert [finding.name for finding in blocks_production(found)] == ["no-evaluation-data-set"]


@pytest.mark.parametrize("name", NAMES)
def test_rules_and_planner_agree_on_production(name: str) -> None:
    """What blocks production for the rules keeps the plan from being promotable, too."""
    brief = read_brief((ROOT / "examples" / name / "brief.yaml").read_text("utf-8")).brief
    assert brief is not None
    plan = make_plan(brief, VERSIONS)

    if blocks_production(_judged(name)) or name in REFUSED:
        assert not plan.promotable.holds


REVIEWS = {"security-review-not-done", "compliance-assessment-not-done", "red-teaming-not-done"}


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(REFUSED)))
def test_a_review_that_the_planner_waits_for_is_found_by_a_rule(name: str) -> None:
    """Planner and rules call the same systems high impact, and miss the same reviews."""
    brief = read_brief((ROOT / "examples" / name / "brief.yaml").read_text("utf-8")).brief
    assert brief is not None
    waited = [b for b in make_plan(brief, VERSIONS).promotable.because if "is not done (" in b]

    assert len(waited) == len([f for f in blocks_production(_judged(name)) if f.name in REVIEWS])
