"""No rule speaks where nothing is wrong, and each rule has been led into temptation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.review.look_alikes import LOOK_ALIKES, LookAlike

from aegis.review.engine import Options, review_repository
from aegis.review.rule import Profile, Rule
from aegis.review.rules import REPOSITORY_RULES

PAGES = Path(__file__).parents[2] / "docs" / "rules"
_PASSES = re.compile(r"^```\w+ \{ \.repository \.passes \}$", re.MULTILINE)
_FLAGS = re.compile(r"^```\w+ \{ \.repository \.flags \}$", re.MULTILINE)


@pytest.mark.parametrize("case", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_a_look_alike_is_left_alone(case: LookAlike, tmp_path: Path) -> None:
    """None of the rules that it resembles speaks, in the profile that hears everything."""
    for path, text in case.files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    review = review_repository(tmp_path, Options(profile=Profile.AUDIT, ask_all=True))
    said = {
        finding.code: f"{finding.span}: {finding.message}"
        for finding in (*review.findings, *review.questions)
    }

    assert {code: text for code, text in said.items() if code[3:] in case.resembles.split()} == {}


@pytest.mark.parametrize("rule", REPOSITORY_RULES, ids=lambda rule: rule.code)
def test_a_rule_has_its_page_its_sources_and_its_examples(rule: Rule) -> None:
    """A page, a source, one positive and three negatives, one of which is a trap."""
    page = (PAGES / f"{rule.code}.md").read_text("utf-8")
    alike = [each for each in LOOK_ALIKES.values() if rule.code[3:] in each.resembles.split()]

    assert rule.refs
    assert len(_FLAGS.findall(page)) >= 1
    assert len(_PASSES.findall(page)) + len(alike) >= 3
    assert any(each.trap for each in alike)
