"""The examples on a rule's page are its tests, and every rule has a page."""

from __future__ import annotations

import random
import re
import string
from pathlib import Path

import pytest

from aegis.operations.explaining import explain_rule
from aegis.review.engine import Options, review_repository
from aegis.review.rule import Profile, Rule
from aegis.review.rules import REPOSITORY_RULES

PAGES = Path(__file__).parents[2] / "docs" / "rules"
_BLOCK = re.compile(
    r"^```\w+ \{ \.repository \.(?P<kind>flags|passes) \}\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"^# file: (?P<path>\S+)\n", re.MULTILINE)
_CHANGED = re.compile(r"\A# changed: (?P<paths>.*)\n")
_RANDOM = re.compile(r"⟨random (\d+)⟩")


def examples(kind: str) -> list[object]:
    """Every example of a kind, with the rule that it is about."""
    found: list[object] = []
    for rule in REPOSITORY_RULES:
        page = PAGES / f"{rule.code}.md"
        blocks = _BLOCK.finditer(page.read_text("utf-8")) if page.exists() else []
        texts = [match["text"] for match in blocks if match["kind"] == kind]
        found += [
            pytest.param(rule, text, id=f"{rule.code}-{number}")
            for number, text in enumerate(texts, start=1)
        ]
    return found


def write(root: Path, text: str) -> frozenset[str]:
    """Lay out the files of an example, and say which of them a change touches.

    Random characters stand where a secret would.
    """
    source = random.Random(20261122)  # noqa: S311 - test data, not a key
    letters = string.ascii_letters + string.digits

    def made(match: re.Match[str]) -> str:
        body = "".join(source.choice(letters) for _ in range(int(match[1]) - 6))
        return f"a7{body}9kX3"

    changed = _CHANGED.match(text)
    pieces = _FILE.split(_RANDOM.sub(made, _CHANGED.sub("", text)))
    for path, content in zip(pieces[1::2], pieces[2::2], strict=True):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    return frozenset(changed["paths"].split()) if changed else frozenset()


def codes_found(root: Path, rule: Rule, changed: frozenset[str]) -> set[str]:
    options = Options(
        profile=Profile.AUDIT, only=frozenset((rule.code,)), ask_all=True, changed=changed
    )
    review = review_repository(root, options)
    return {finding.code for finding in (*review.findings, *review.questions)}


@pytest.mark.parametrize(("rule", "text"), examples("flags"))
def test_what_the_page_calls_wrong_is_found(rule: Rule, text: str, tmp_path: Path) -> None:
    """The example is laid out as files and reviewed by this rule alone."""
    if ".tf\n" in text:
        pytest.importorskip("tree_sitter_hcl", reason="Terraform is read where the wheel is there")
    changed = write(tmp_path, text)

    assert codes_found(tmp_path, rule, changed) == {rule.code}


@pytest.mark.parametrize(("rule", "text"), examples("passes"))
def test_what_the_page_calls_right_passes(rule: Rule, text: str, tmp_path: Path) -> None:
    """Look-alikes, and what the page advises instead."""
    changed = write(tmp_path, text)

    assert codes_found(tmp_path, rule, changed) == set()


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    """Codes from 200 to 899 belong to repositories."""
    pages = {path.stem for path in PAGES.glob("AEG*.md") if "AEG200" <= path.stem < "AEG900"}

    assert pages >= {rule.code for rule in REPOSITORY_RULES}
    assert pages <= {rule.code for rule in REPOSITORY_RULES} | {"AEG802", "AEG803", "AEG804"}


@pytest.mark.parametrize("rule", REPOSITORY_RULES, ids=lambda rule: rule.code)
def test_a_page_says_what_the_rule_says(rule: Rule) -> None:
    """Title, name and severity are those of the code."""
    text = (PAGES / f"{rule.code}.md").read_text("utf-8")

    assert text.startswith(f"# {rule.code}: {rule.title}\n")
    assert f"`{rule.name}`" in text
    assert f"severity {rule.severity.value}" in " ".join(text.split())
    assert f"it speaks {_heard(rule)}." in " ".join(text.replace("`", "").split())


def _heard(rule: Rule) -> str:
    """In which profiles `aegis explain` says that the rule speaks."""
    return explain_rule(rule.code).text.partition("; it speaks ")[2].partition(".")[0]


def test_codes_are_unique_and_in_order() -> None:
    """A code is never used twice, and the list is read in order within a family."""
    codes = [rule.code for rule in REPOSITORY_RULES]

    assert len(codes) == len(set(codes))
