"""The frozen splits: which rows belong to which fold, as counts and digests."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import yaml
from rows import Sample

FILE = Path(__file__).parent / "data" / "splits.yaml"


def folds(sample: Sample) -> dict[str, dict[str, dict[str, str | int]]]:
    """Split → fold → number of rows and SHA-256 over their sorted ids."""
    ids: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in sample.rows:
        ids["family", row.family].append(row.id)
        if row.is_nvidia_run:
            ids["nvidia run", " ".join(row.deployment)].append(row.id)
    result: dict[str, dict[str, dict[str, str | int]]] = {}
    for (split, fold), members in sorted(ids.items()):
        digest = hashlib.sha256("\n".join(sorted(members)).encode()).hexdigest()
        result.setdefault(split, {})[fold] = {"rows": len(members), "sha256": digest}
    return result


def check_splits(sample: Sample) -> Iterator[str]:
    """Says so when the folds are not the committed ones; writes them when there are none."""
    found = folds(sample)
    if not FILE.exists():
        FILE.write_text(yaml.safe_dump(found, sort_keys=True))
        yield f"wrote {FILE.name}"
    elif yaml.safe_load(FILE.read_text()) == found:
        yield "splits: as committed"
    else:
        yield "WARNING: the rows of a fold are not the committed ones; figures do not compare"
