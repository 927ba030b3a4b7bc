"""Judged findings: the share worth raising when they were read, and what became of them since."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from aegis.base.finding import Finding

PARTS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth", "twentyfirst",
)  # fmt: skip


def shares(folder: Path, checkouts: Path, findings_of: Callable[[Path], list[Finding]]) -> None:
    """Print, for each part, the share when it was read and the share of what is still said.

    A finding that no reader judged counts as poor in the second figure.
    """
    for part in PARTS:
        path = folder / f"worth_{part}.tsv"
        if not path.exists():
            continue
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        worth = sum(row["verdict"] == "worth" for row in rows)
        line = f"worth raising, {part} part: {worth} of {len(rows)} when read ({worth / len(rows):.0%})"
        if "second" in rows[0]:
            second = sum(row["second"] == "worth" for row in rows)
            both = sum(row["verdict"] == row["second"] == "worth" for row in rows)
            line += f", a second reader {second}, both {both}"
        names = sorted({row["repository"].rpartition("/")[2] for row in rows})
        if all((checkouts / name).is_dir() for name in names):
            kept, said = _still_said(rows, names, checkouts, findings_of)
            line += f"; today {kept} of {said} ({kept / said:.0%}), no longer blind"
        print(line)


def _still_said(
    rows: list[dict[str, str]],
    names: list[str],
    checkouts: Path,
    findings_of: Callable[[Path], list[Finding]],
) -> tuple[int, int]:
    kept = said = 0
    for name in names:
        left = Counter(finding.code for finding in findings_of(checkouts / name))
        said += left.total()
        for row in rows:
            if row["repository"].rpartition("/")[2] == name and left[row["code"]] > 0:
                left[row["code"]] -= 1
                kept += row["verdict"] == "worth"
    return kept, said
