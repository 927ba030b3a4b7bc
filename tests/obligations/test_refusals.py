"""What no plan, no file and no page may hold, and what is never promised."""

from __future__ import annotations

import datetime
import re

import pytest
from tests.obligations.corpus import Case, example, examples, planned
from tests.review.plans.good import brief_with

from aegis.base.number import Fact, Measured, Source
from aegis.brief.read import read_brief
from aegis.detect.secrets import find_secrets
from aegis.operations.bundle import render_all
from aegis.review.plans.judge import (
    bundle_of,
    judge_brief,
    judge_bundle,
    judge_plan,
    judge_text,
    refuses,
)
from aegis.review.plans.plan_roadmap import REVIEWS
from aegis.review.readback import unmatched_numbers

Pool = tuple[Case, ...]
TODAY = datetime.date(2026, 11, 22)
_TOKEN = "ghp" + "_" + "kX7Zq2Wv9Rt4Yp6Lm3Nb8Vc1Df5Gh0Js2KaQ"


def pages(case: Case) -> dict[str, str]:
    """The Markdown pages of a dossier."""
    return {path: text for path, text in case.documents().items() if path.endswith(".md")}


@pytest.mark.obligation(88)
def test_no_document_holds_a_secret(dossiers: Pool) -> None:
    """Nor does any field of a plan, the brief inside it included."""
    for case, plan in planned(dossiers):
        for path, text in case.documents().items():
            assert find_secrets(text) == (), (case.name, path)
        assert find_secrets(plan.model_dump_json()) == (), case.name


@pytest.mark.obligation(36, 88)
def test_no_file_of_a_bundle_breaks_a_hard_rule(dossiers: Pool) -> None:
    """No secret, no host outside an air gap, no path that leaves: over everything that is rendered."""
    for case, plan in planned(dossiers):
        bundle = bundle_of(plan, render_all(plan))
        found = [(f.code, f.where, str(f.span), f.message) for f in refuses(judge_bundle(bundle))]
        assert found == [], case.name


@pytest.mark.obligation(90, 91)
@pytest.mark.parametrize(
    "where", ["purpose", "users.who", "model.reference", "team.owners.service"]
)
def test_a_secret_in_a_brief_is_refused_and_not_echoed(where: str) -> None:
    """The message names place, rotation and the secret store, and never the value."""
    text = f"name: helper\npurpose: {_TOKEN}\nworkload: {{kind: chat}}\n"
    read = read_brief(text)
    over: object = _TOKEN
    for part in reversed(where.split(".")):
        over = {part: over}
    found = refuses(judge_brief(brief_with(over)))  # type: ignore[arg-type]

    assert read.brief is None
    assert any(finding.hard for finding in read.findings)
    assert {f.code for f in found} == {"AEG117"}
    for finding in (*read.findings, *found):
        assert _TOKEN not in finding.model_dump_json()
        assert "rotate" in finding.mend
        assert "team.secrets" in finding.mend


@pytest.mark.obligation(91)
def test_every_plan_names_the_secret_store(pool: Pool) -> None:
    """As a decision, as a part, and as a task that blocks production."""
    for case, plan in planned(pool):
        assert plan.chosen("secrets") not in {"", "literal"}, case.name
        tasks = {task.id: task for phase in plan.roadmap for task in phase.tasks}
        assert tasks["secrets"].blocks_production, case.name
        assert any(control.threat == "secret-leak" for control in plan.controls), case.name


@pytest.mark.obligation(6, 8, 19, 92, 93, 94, 102, 103, 104, 105)
def test_no_plan_breaks_a_hard_rule(pool: Pool) -> None:
    """Whatever the brief wishes, the planner's own work passes rules that share no code with it."""
    for case, plan in planned(pool):
        assert [(f.code, f.where, f.message) for f in refuses(judge_plan(plan))] == [], case.name


@pytest.mark.obligation(95)
def test_every_numeral_of_every_document_is_a_number_of_the_plan(dossiers: Pool) -> None:
    """Markdown, HTML and data, read back by a program that shares no code with the renderer."""
    for case, plan in planned(dossiers):
        revision = case.brief.model.revision if case.brief.model else None
        names = {requirement.article for requirement in plan.requirements} | {revision}
        for path, text in case.documents().items():
            strays = [s for s in unmatched_numbers(text, plan) if s.numeral not in names]
            assert [str(s) for s in strays] == [], (case.name, path)


@pytest.mark.obligation(96)
def test_every_price_has_a_date_or_is_your_own(pool: Pool) -> None:
    """A published price names the day it was true; nothing else is a price."""
    for case, plan in planned(pool):
        for key, number in plan.numbers.items():
            if (
                isinstance(number, Fact)
                and "USD" in number.unit
                and isinstance(number.source, Source)
            ):
                assert re.search(r"20\d\d-\d\d-\d\d", number.source.locator), (case.name, key)


@pytest.mark.obligation(97)
def test_no_plan_invents_a_measurement(pool: Pool) -> None:
    """A plan made from a brief alone holds no measured number of ours."""
    for case, plan in planned(pool):
        for key, number in plan.numbers.items():
            assert not (isinstance(number, Fact) and isinstance(number.source, Measured)), (
                case.name,
                key,
            )


@pytest.mark.obligation(20, 99, 100, 101)
def test_high_impact_passes_its_reviews_before_production(pool: Pool) -> None:
    """Three tasks with owners stand before the first user; unfinished, they close production."""
    for case, plan in planned(pool):
        if not case.brief.high_impact:
            continue
        order = [task.id for phase in plan.roadmap for task in phase.tasks]
        opening = order.index("first-users")
        assert all(order.index(task) < opening for task in REVIEWS), case.name
        reviews = case.brief.reviews
        if {reviews.security.status, reviews.compliance.status, reviews.red_team.status} != {
            "done"
        }:
            assert not plan.promotable.holds, case.name


@pytest.mark.obligation(99, 100, 101)
@pytest.mark.parametrize(
    ("review", "code"),
    [
        pytest.param("security", "AEG113", id="security"),
        pytest.param("compliance", "AEG113", id="compliance"),
        pytest.param("red_team", "AEG113", id="red-team"),
    ],
)
def test_skipping_a_review_is_refused(review: str, code: str) -> None:
    """For a high-impact system none of the three can be skipped, by word or by waiver."""
    over = {"impact": {"level": "high"}, "reviews": {review: {"status": "skip"}}}

    found = refuses(judge_brief(brief_with(over), TODAY))  # type: ignore[arg-type]

    assert {f.code for f in found} == {code}
    assert not any(f.code == code for f in judge_text("You can skip the security review."))


@pytest.mark.obligation(70, 110, 99, 100, 101)
def test_the_voice_is_calm_and_signs_nothing_off(dossiers: Pool) -> None:
    """No exclamation, no praise, no apology, no sign-off, no advice to skip a review, no secret."""
    for case, _ in planned(dossiers):
        for path, text in pages(case).items():
            found = [(f.code, f.message) for f in judge_text(text, path=path)]
            assert found == [], (case.name, path)


@pytest.mark.obligation(21, 59, 60, 61, 110)
def test_what_may_apply_comes_with_who_judges_it(pool: Pool) -> None:
    """Each requirement names an article, evidence or an open point, and a specialist."""
    for case, plan in planned(pool):
        for requirement in plan.requirements:
            assert requirement.specialist, (case.name, requirement.name)
            assert requirement.article, (case.name, requirement.name)
            assert "confirm" in requirement.open, (case.name, requirement.name)


@pytest.mark.obligation(59, 60, 61)
@pytest.mark.parametrize(
    ("over", "regulation"),
    [
        pytest.param({"impact": {"level": "high", "areas": ["employment"]}}, "eu-ai-act", id="eu-ai-act"),
        pytest.param({"frameworks": ["soc2"]}, "soc", id="soc2"),
        pytest.param({"frameworks": ["hipaa"], "jurisdictions": ["us"], "data": {"classes": ["health"]}},
                     "hipaa", id="hipaa"),
        pytest.param({"jurisdictions": ["eu"]}, "gdpr", id="gdpr"),
    ],
)  # fmt: skip
def test_a_law_is_named_where_its_signs_are(over: dict[str, object], regulation: str) -> None:
    """Area, framework, data and place each bring their own."""
    from tests.obligations.corpus import VERSIONS  # noqa: PLC0415

    from aegis.plan.planner import make_plan  # noqa: PLC0415

    plan = make_plan(brief_with(over), VERSIONS)  # type: ignore[arg-type]

    assert any(r.regulation.startswith(regulation) for r in plan.requirements)


@pytest.mark.obligation(109)
@pytest.mark.parametrize(
    ("over", "code"),
    [
        pytest.param({"model": {"format": "notebook"}}, "AEG100", id="notebook-as-endpoint"),
        pytest.param({"release": {"strategy": "all-at-once"}}, "AEG101", id="everyone-at-once"),
        pytest.param({"prompts": {"versioned": False}}, "AEG104", id="prompts-unversioned"),
        pytest.param({"monitoring": {"drift": False}}, "AEG105", id="drift-ignored"),
    ],
)
def test_an_anti_pattern_is_called_out(over: dict[str, object], code: str) -> None:
    """Kindly, with the reason and what to do instead; the good brief is not accused."""
    found = {f.code: f for f in judge_brief(brief_with(over), TODAY)}  # type: ignore[arg-type]

    assert found[code].mend
    assert found[code].why
    assert code not in {f.code for f in judge_brief(brief_with(), TODAY)}


@pytest.mark.obligation(107)
def test_three_examples_are_refused_or_stopped_each_by_its_own_rule() -> None:
    """No way back, skipped reviews, no evaluation: the first two leave nothing, the last no production."""
    codes = {name: {f.code for f in judge_brief(example(name).brief, TODAY) if f.hard}
             for name in ("refused-no-way-back", "refused-skip-reviews", "stopped-no-evaluation")}  # fmt: skip

    assert "AEG108" in codes["refused-no-way-back"]
    assert "AEG113" in codes["refused-skip-reviews"]
    assert codes["stopped-no-evaluation"] == set()
    stopped = example("stopped-no-evaluation")
    assert "AEG107" in {f.code for f in judge_brief(stopped.brief, TODAY)}
    assert stopped.plan is not None
    assert not stopped.plan.promotable.holds


def test_only_the_refused_examples_are_refused() -> None:
    """An example that people should copy breaks no hard rule."""
    refused = {case.name for case in examples() if not (case.plan and case.plan.admissible.holds)}

    assert refused == {case.name for case in examples() if case.name.startswith("refused-")}
