"""The five anti-patterns, in repositories and in what people say; each beside its neighbours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis.review.engine import Options, review_repository
from aegis.review.rule import Profile

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
