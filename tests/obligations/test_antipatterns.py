"""The five anti-patterns, in repositories and in what people say; each beside its neighbours."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis.advisor.dialogue import turn
from aegis.advisor.talk import Talk
from aegis.review.engine import Options, review_repository
from aegis.review.rule import Profile

DAY = datetime.date(2026, 11, 22)
DATA = Path(__file__).parent / "antipatterns"
REPOSITORIES: dict[str, Any] = yaml.safe_load((DATA / "repositories.yaml").read_text("utf-8"))


def _cases() -> list[Any]:
    rules = {row["rule"] for row in REPOSITORIES.values()}
    told: dict[str, set[str]] = {"positive": rules, "negative": set()}
    return [
        pytest.param(files, {row["rule"]} & told[sort], row["rule"], id=f"{pattern}-{name}")
        for pattern, row in REPOSITORIES.items()
        for sort in ("positive", "negative")
        for name, files in row[sort].items()
    ]


@pytest.mark.obligation(109)
@pytest.mark.parametrize(("files", "told", "rule"), _cases())
def test_a_repository_is_told_so_and_its_neighbour_is_not(
    files: dict[str, str], told: set[str], rule: str, tmp_path: Path
) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")

    review = review_repository(tmp_path, Options(profile=Profile.REVIEW, ask_all=True))

    assert {f.code for f in (*review.findings, *review.questions)} & {rule} == told


SAID: dict[str, dict[str, list[str]]] = yaml.safe_load((DATA / "said.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, str], list[frozenset[str]]]:
    """Kinds of the blocks that answer each phrase, in a conversation that has a plan."""
    talk, _ = turn(Talk(), "An 8B chatbot for 500 support agents on AWS, p95 under 2 s", today=DAY)
    return {
        (pattern, sort): [frozenset(turn(talk, said, today=DAY)[1].kinds) for said in phrases]
        for pattern, row in SAID.items()
        for sort, phrases in row.items()
    }


@pytest.mark.obligation(109)
def test_phrases_are_heard_and_their_neighbours_are_not_declined(
    answers: dict[tuple[str, str], list[frozenset[str]]],
) -> None:
    """A hundred of each, written without a look at what is known: 89 heard and 3 declined at first sight."""
    heard = {"pushback", "what_stays"}
    recall = {p: sum(bool(k & heard) for k in answers[p, "positive"]) for p in SAID}
    declined = sum("pushback" in k for p in SAID for k in answers[p, "negative"])

    assert sum(recall.values()) >= 85, recall
    assert min(recall.values()) >= 13, recall
    assert declined <= 6
