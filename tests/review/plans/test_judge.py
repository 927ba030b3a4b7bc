"""The exits: what they refuse, what closes production only, and what a waiver can do."""

from __future__ import annotations

import ast
import datetime
import doctest
from pathlib import Path

import pytest
from tests.review.plans.good import TODAY, Json, brief_with, changed_plan, plan_named

from aegis.base.artifact import Artifact
from aegis.review.plans import ALL, regions
from aegis.review.plans.judge import (
    blocks_production,
    bundle_of,
    hear_waivers,
    judge_brief,
    judge_bundle,
    judge_plan,
    judge_text,
    refuses,
)

FOLDER = Path(regions.__file__).parent
ALLOWED = (
    "aegis.base", "aegis.brief.schema", "aegis.detect", "aegis.plan.types", "aegis.review.plans",
    "aegis.review.rule", "aegis.review.readback",
)  # fmt: skip


def test_the_rules_share_no_code_with_the_planner() -> None:
    """A fault of the planner is caught by something that does not share its assumptions."""
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aegis"):
                assert str(node.module).startswith(ALLOWED), (path.name, node.module)


def test_no_evaluation_closes_production_and_not_staging() -> None:
    """It refuses nothing, it cannot be waived, and it says so in the words of the terminal."""
    findings = judge_brief(brief_with({"evaluation": []}), TODAY)

    assert refuses(findings) == ()
    assert [f.message for f in blocks_production(findings)] == ["no evaluation data set"]


@pytest.mark.parametrize(
    ("rule", "until", "stands"),
    [
        pytest.param("AEG120", "2027-01-31", False, id="advisory-and-running"),
        pytest.param("AEG120", "2026-11-22", False, id="on-its-last-day"),
        pytest.param("AEG120", "2026-11-21", True, id="ended"),
        pytest.param("AEG107", "2027-01-31", True, id="evidence-for-production"),
        pytest.param("AEG108", "2027-01-31", True, id="hard-rule"),
    ],
)
def test_a_waiver_sets_aside_what_it_may(rule: str, until: str, *, stands: bool) -> None:
    """Advisory rules until their end; neither hard rules nor evidence."""
    over: Json = {
        "data": {"retention_days": None}, "evaluation": [], "release": {"rollback": "none"},
        "waivers": [{"rule": rule, "owner": "us", "reason": "it was decided so", "until": until}],
    }  # fmt: skip
    brief = brief_with(over)

    judged = hear_waivers(judge_brief(brief, TODAY), brief, TODAY)

    assert (rule in {f.code for f in judged.stand}) is stands
    assert (rule in {f.code for f in judged.set_aside}) is not stands


def test_without_a_date_no_waiver_has_ended() -> None:
    """Rules read no clock."""
    over: Json = {"waivers": [{"rule": "AEG105", "owner": "us", "reason": "it was decided so",
                               "until": "2020-01-01"}]}  # fmt: skip

    assert judge_brief(brief_with(over)) == ()
    assert [f.code for f in judge_brief(brief_with(over), TODAY)] == ["AEG130"]


@pytest.mark.parametrize(
    ("residency", "region", "code"),
    [
        pytest.param("EU", "eu-west-1", "", id="ireland-is-in-the-union"),
        pytest.param("EU", "eu-west-2", "AEG123", id="london-is-not"),
        pytest.param("EU", "europe-west6", "AEG123", id="zurich-is-not"),
        pytest.param("EU", "ap-northeast-1", "AEG123", id="tokyo-is-not"),
        pytest.param("Germany", "eu-central-1", "", id="frankfurt-is-in-germany"),
        pytest.param("Germany", "eu-west-1", "AEG123", id="ireland-is-not-germany"),
        pytest.param("germany only", "europe-west3", "", id="only"),
        pytest.param("France", "eu-unheard-9", "AEG124", id="unknown-region"),
        pytest.param("UK", "uksouth", "", id="london-in-azure"),
        pytest.param("US", "us-east-1", "", id="virginia"),
        pytest.param("US", "canadacentral", "AEG123", id="canada-is-not-the-us"),
    ],
)
def test_residency_and_region(residency: str, region: str, code: str) -> None:
    """Known places are compared, unknown ones are asked about."""
    over: Json = {"data": {"residency": residency},
                  "placement": {"clouds": [{"provider": "other", "regions": [region]}]}}  # fmt: skip

    assert {f.code for f in judge_brief(brief_with(over), TODAY)} == ({code} if code else set())


def test_regions_speak_the_truth_in_their_docstrings() -> None:
    """Their examples run."""
    assert doctest.testmod(regions).failed == 0


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        pytest.param("You comply with the GDPR.", {"AEG195"}, id="you-comply"),
        pytest.param("The platform is HIPAA-compliant.", {"AEG195"}, id="hyphen"),
        pytest.param("This deployment meets all legal requirements.", {"AEG195"}, id="meets"),
        pytest.param("We guarantee compliance.", {"AEG195"}, id="guarantee"),
        pytest.param("The service is certified.", {"AEG195"}, id="certified"),
        pytest.param("Counsel confirms whether you comply.", set(), id="whether"),
        pytest.param("Nothing here says that it is compliant.", set(), id="nothing-says"),
        pytest.param("Write `is compliant` nowhere.", set(), id="code"),
        pytest.param("No need for a security review here.", {"AEG197"}, id="no-need"),
        pytest.param("Red-teaming is optional for this launch.", {"AEG197"}, id="optional"),
        pytest.param("Postpone the compliance assessment until autumn.", {"AEG197"}, id="postpone"),
        pytest.param("I will not skip the security review.", set(), id="refusal"),
        pytest.param("Sorry, that went wrong.", {"AEG196"}, id="apology"),
        pytest.param("It works!", {"AEG196"}, id="exclamation"),
        pytest.param("`!important` and a != b", set(), id="operators"),
        pytest.param("An effortless, world-class launch.", {"AEG196"}, id="praise"),
        pytest.param("«seamless» is what the vendor says", set(), id="quotation"),
    ],
)
def test_words_that_no_text_contains(text: str, codes: set[str]) -> None:
    """Sign-offs, advice to skip, and praise are found; refusals and quotations are not."""
    assert {f.code for f in judge_text(text)} == codes


def test_a_bundle_is_judged_as_data_and_as_text() -> None:
    """A secret value under a key is found, and a reference to a secret is none."""
    token = "ghp" + "_" + "kX7Zq2Wv9Rt4Yp6Lm3Nb8Vc1Df5Gh0Js2KaQ"
    stages = tuple(Artifact(path=f"{s}/a.yaml", content="a: 1\n", because=(), environment=s)
                   for s in ("development", "staging", "production"))  # fmt: skip
    bad = Artifact(path="x.yaml", content={"env": [{"name": "TOKEN", "value": token}]}, because=())
    good = Artifact(path="y.yaml", content={"env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {
        "name": "vendor", "key": "token"}}}]}, because=())  # fmt: skip
    plan = plan_named("chat")

    assert judge_bundle(bundle_of(plan, (*stages, good))) == ()
    found = judge_bundle(bundle_of(plan, (*stages, bad)))
    assert {f.code for f in found} == {"AEG190"}
    assert token not in "".join(f.model_dump_json() for f in found)


def test_findings_are_worst_first_and_stable() -> None:
    """Hard before advisory, and the same twice."""
    plan = changed_plan({"set": {"controls": [], "flows": [], "continuous_training": ""}})

    first, second = judge_plan(plan), judge_plan(plan)
    assert first == second
    assert [f.code for f in first] == ["AEG160", "AEG159", "AEG186"]


def test_names_of_rules_are_unique_and_state_the_problem() -> None:
    """A waiver by name means one rule."""
    names = [rule.name for rule in ALL]

    assert len(set(names)) == len(names)
    assert datetime.date(2026, 11, 22) == TODAY
