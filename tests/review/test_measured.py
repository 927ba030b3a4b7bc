"""What readers judged decides in which profile a rule speaks."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from aegis.review.rule import Profile
from aegis.review.rules import REPOSITORY_RULES

READINGS = sorted((Path(__file__).parents[2] / "benchmarks" / "review").glob("worth_*.tsv"))
# Mostly poor when they were read, and kept in a narrower form since: what is left of each.
NARROWED = {
    "AEG203": "models that a service loads; not its own indexes, nor torch.load of today's torch",
    "AEG205": "functions that a pickle calls; a class that is only unknown weighs little",
    "AEG251": "a vendor's shape, or a random value in a file of the service",
    "AEG345": "eval, shell and SQL, and what is surely parsed unchecked",
    "AEG370": "tunnels whose address nobody chose; a named one is an ingress",
    "AEG523": "packages that are servers, not what another tool is given to read",
    "AEG482": "devices beside one named model",
}


def test_what_was_mostly_poor_when_read_is_not_in_the_default_profile_as_it_was() -> None:
    """Fewer than half worth raising in four or more blind readings: out of it, or narrowed."""
    read, worth = Counter[str](), Counter[str]()
    for path in READINGS:
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                read[row["code"]] += 1
                worth[row["code"]] += row["verdict"] == "worth"
    poor = {code for code, count in read.items() if count >= 4 and worth[code] * 2 < count}

    assert len(READINGS) >= 17
    speaks = {rule.code for rule in REPOSITORY_RULES if rule.profile is Profile.GATE}
    assert poor & speaks == set(NARROWED)


@pytest.mark.parametrize("path", READINGS, ids=lambda path: path.stem)
def test_every_reading_says_why(path: Path) -> None:
    """A verdict has a place, a commit and a reason, so that somebody else can read it again."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))

    assert rows
    for row in rows:
        assert row["verdict"] in {"worth", "poor"}
        assert row["repository"].count("/") == 1
        assert all(row[name] for name in ("commit", "code", "severity", "line", "reason"))
