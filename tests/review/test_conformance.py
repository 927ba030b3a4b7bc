"""Each check fails when its cause is removed from a text that passes, and no other check does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.obligations.corpus import example

from aegis.operations.conforming import conform
from aegis.plan.types import Plan

CASE = example("support-assistant")
Change = Callable[[str], str]


def _without_part(title: str) -> Change:
    """The text without a part of level two."""
    return lambda text: re.sub(rf"(?ms)^## {title}.*?(?=^## |\Z)", "", text)


def _emptied(title: str, words: str) -> Change:
    """A part whose words that matter are gone."""

    def change(text: str) -> str:
        part = re.search(rf"(?ms)^## {title}.*?(?=^## |\Z)", text)
        assert part is not None
        return text.replace(part[0], re.sub(words, "it", part[0], flags=re.IGNORECASE))

    return change


_TOKEN = "ghp" + "_" + "kX7Zq2Wv9Rt4Yp6Lm3Nb8Vc1Df5Gh0Js2KaQ"


@pytest.fixture(scope="module")
def page() -> tuple[str, Plan]:
    plan = CASE.plan
    assert plan is not None
    return CASE.documents()["dossier/README.md"], plan


def _broken(text: str, plan: Plan) -> set[int]:
    return {row.obligation for row in conform(text, plan).rows if row.faults}


def test_a_dossier_keeps_every_promise(page: tuple[str, Plan]) -> None:
    assert not _broken(*page)


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        pytest.param(lambda t: t + "\nThis is amazing!\n", {70}, id="praise"),
        pytest.param(lambda t: "# Title first\n\n" + t, {71}, id="title-first"),
        pytest.param(lambda t: "Shall we deploy it?\n\n" + t, {71}, id="question-first"),
        pytest.param(_emptied("Observability Requirements", r"\*\*"), {72}, id="nothing-bold"),
        pytest.param(_without_part("Recommended Architecture"), {74}, id="no-architecture"),
        pytest.param(
            lambda t: re.sub(r"(?ms)^## Summary.*?(?=^## )", "## Summary\n\n- one\n- two\n\n", t),
            {75},
            id="summary-as-list",
        ),
        pytest.param(
            _emptied(
                "Implementation Roadmap",
                r"owner|\((?:service|security|data|model|platform|business)",
            ),
            {77},
            id="no-owner",
        ),
        pytest.param(_emptied("Trade-offs & Alternatives", r"(?m)^\s*\|"), {81}, id="no-table"),
        pytest.param(_emptied("Implementation Roadmap", r"\[[ x]\]"), {82}, id="no-checklist"),
        pytest.param(lambda t: t + f"\nUse `{_TOKEN}`.\n", {88}, id="a-credential"),
        pytest.param(
            _emptied("Observability Requirements", r"objective|slo\b|target|availability|latency"),
            {92},
            id="nothing-measured",
        ),
        pytest.param(
            _emptied("Observability Requirements", r"alert|page[sd]?\b"), {93}, id="nothing-alerts"
        ),
        pytest.param(
            _emptied(
                "Failure Modes & Rollback",
                r"way back|roll(?:s|ed|ing)?[ -]?back|circuit breaker|by itself",
            ),
            {94},
            id="no-way-back",
        ),
        pytest.param(lambda t: t + "\nIt holds 98,765 requests.\n", {95}, id="a-made-up-figure"),
        pytest.param(
            lambda t: t + "\nSkip the security review this time.\n", {99}, id="a-review-skipped"
        ),
        pytest.param(_without_part("Security Controls"), {102}, id="no-security"),
        pytest.param(_without_part("Cost Controls and Estimation"), {103}, id="no-cost"),
        pytest.param(_without_part("Data Lineage and Reproducibility"), {104}, id="no-lineage"),
        pytest.param(_without_part("Incident Response"), {105}, id="no-incident"),
        pytest.param(_emptied("LLM Controls", r"rate[- ]limit"), {106}, id="no-rate-limit"),
        pytest.param(_emptied("Environments", "staging"), {108}, id="staging-not-told-apart"),
        pytest.param(lambda t: t + "\nThe system is fully compliant.\n", {110}, id="a-sign-off"),
    ],
)
def test_a_removed_cause_is_seen_and_nothing_else(
    page: tuple[str, Plan], change: Change, rows: set[int]
) -> None:
    text, plan = page
    changed = change(text)
    assert changed != text
    assert _broken(changed, plan) == rows


def test_production_without_a_word_on_evaluation_is_seen() -> None:
    assert 107 in {
        r.obligation for r in conform("Put it into production tonight.").rows if r.faults
    }


def test_a_text_of_somebody_else_is_judged_without_a_plan(tmp_path: Path) -> None:
    del tmp_path
    result = conform("# Notes\n\nWe ship on Friday.")
    assert not result.figures_traced
    assert result.hard_faults
