"""Every rule has a page, and the examples on it are its tests."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from tests.review.plans.pages import PAGES, Example, examples

from aegis.review import plans
from aegis.review.plans import ALL, BLOCKS_PRODUCTION
from aegis.review.rule import Rule

EXAMPLES = [pytest.param(e, id=f"{e.code}-{'flags' if e.flags else 'passes'}")
            for rule in ALL for e in examples(rule.code)]  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_says_what_its_page_says(example: Example) -> None:
    """A block that flags has the finding and no other as grave; one that passes has none of it."""
    findings = example.findings()

    mine = [f for f in findings if f.code == example.code]
    assert bool(mine) is example.flags
    if example.kind == "plan-change" and mine:
        grave = (mine[0].hard, mine[0].severity)
        others = {f.code for f in findings if (f.hard, f.severity) == grave} - {example.code}
        assert not others, "another rule of the same severity fired"


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_the_page_speaks_of_the_rule(rule: Rule) -> None:
    """Title, name and severity on the page are the rule's, and it shows both sides."""
    text = (PAGES / f"{rule.code}.md").read_text(encoding="utf-8")

    assert text.startswith(f"# {rule.code}: {rule.title}\n")
    assert f"`{rule.name}`" in text
    assert f"severity {rule.severity.value}" in text
    assert ("hard rule" in text) is rule.hard
    assert ("closes **production**" in text) is (rule.code in BLOCKS_PRODUCTION)
    assert {e.flags for e in examples(rule.code)} == {True, False}


def test_the_list_holds_every_rule_of_the_folder() -> None:
    """A rule that is not in the list never speaks; codes are in order and unique."""
    modules = (importlib.import_module(f"aegis.review.plans.{m.name}")
               for m in pkgutil.iter_modules(plans.__path__))  # fmt: skip
    there = {value.code for module in modules for value in vars(module).values()
             if isinstance(value, Rule)}  # fmt: skip

    codes = [rule.code for rule in ALL]
    assert codes == sorted(there)
    assert {page.stem for page in PAGES.glob("AEG1*.md")} == there


def test_what_blocks_production_is_neither_hard_nor_unknown() -> None:
    """A hard rule refuses everything; these close production only."""
    known = {rule.code: rule for rule in ALL}

    assert set(known) >= BLOCKS_PRODUCTION
    assert not any(known[code].hard for code in BLOCKS_PRODUCTION)
