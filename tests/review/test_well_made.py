"""A service that was made with care is told so, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.review.well_made import WELL_MADE

from aegis.review.engine import Options, review_repository


@pytest.mark.parametrize("files", WELL_MADE.values(), ids=WELL_MADE)
def test_nothing_is_found_in_a_well_made_service(files: dict[str, str], tmp_path: Path) -> None:
    """No finding and no question of the default profile, and something good to say."""
    for path, text in files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    review = review_repository(tmp_path, Options(ask_all=True))

    said = [
        f"{each.code} {each.span}: {each.message}" for each in (*review.findings, *review.questions)
    ]
    assert said == []
    assert review.good
