"""What blind readings mended: each cause as a small repository, and whether the rule still speaks.

Beside every case that a reader called not worth raising stands one that looks like it and is.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.review.weighed import WEIGHED, Weighed
from tests.review.weighed_access import ACCESS
from tests.review.weighed_deployed import DEPLOYED
from tests.review.weighed_places import PLACED
from tests.review.weighed_release import RELEASED
from tests.review.weighed_said import SAID

from aegis.base.finding import Severity
from aegis.review.engine import Options, review_repository
from aegis.review.rules import REPOSITORY_RULES

PROFILES = {rule.code: rule.profile for rule in REPOSITORY_RULES}
CASES = {**WEIGHED, **ACCESS, **RELEASED, **PLACED, **SAID, **DEPLOYED}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_cause_that_was_mended_stays_mended(case: Weighed, tmp_path: Path) -> None:
    """In the rule's own profile, with weight, the rule speaks in the one, and not in the other."""
    for path, text in case.files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    review = review_repository(tmp_path, Options(ask_all=True, profile=PROFILES[case.code]))
    weighty = Severity.MEDIUM.rank
    found = (*review.findings, *review.questions)
    said = {finding.code for finding in found if finding.severity.rank <= weighty}

    assert (case.code in said) is case.speaks, sorted(said)
