"""What readers judged decides in which profile a rule speaks."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from aegis.review.rule import Profile
from aegis.review.rules import REPOSITORY_RULES

READINGS = Path(__file__).parents[2] / "benchmarks" / "review"
# Read before they were mended, and they hold critical rows of the labels.
MENDED = {"AEG251", "AEG313"}


def test_what_was_mostly_poor_when_read_is_not_in_the_default_profile() -> None:
    """Fewer than half worth raising in four or more blind readings of the first four parts."""
    read, worth = Counter[str](), Counter[str]()
    for part in ("first", "second", "third", "fourth"):
        with (READINGS / f"worth_{part}.tsv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                read[row["code"]] += 1
                worth[row["code"]] += row["verdict"] == "worth"
    poor = {code for code, count in read.items() if count >= 4 and worth[code] * 2 < count}

    assert poor >= MENDED
    speaks = {rule.code for rule in REPOSITORY_RULES if rule.profile is Profile.GATE}
    assert poor & speaks == MENDED
