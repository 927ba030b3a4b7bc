"""The recorded verdicts of a real API server, found beside the repository."""

from __future__ import annotations

import copy
import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One object and what the server said: 201 accepted, 400, 404 or 422 refused."""

    id: str
    value: dict[str, JsonValue]
    status: int
    message: str


def shared_folder() -> Path | None:
    """`AEGIS_SHARED`, or `shared/` beside the repository; None when neither has the verdicts."""
    root = Path(__file__).resolve().parents[2]
    named = os.environ.get("AEGIS_SHARED", "")
    for folder in (Path(named) if named else root / "shared", root.parent / "shared"):
        if (folder / "crds" / "_verdicts" / "examples.jsonl.gz").is_file():
            return folder
    return None


def vectors(shared: Path) -> Iterator[Vector]:
    """Every recorded object, upstream examples first, then the changed ones."""
    folder = shared / "crds" / "_verdicts"
    examples: dict[int, dict[str, JsonValue]] = {}
    for row in _rows(folder / "examples.jsonl.gz"):
        examples[row["id"]] = row["object"]
        yield Vector(
            id=f"{row['repo']}/{row['path']}#{row['index']}",
            value=row["object"],
            status=row["status"],
            message=row["message"],
        )
    for number, row in enumerate(_rows(folder / "changes.jsonl.gz")):
        value = changed(examples[row["base"]], row["change"])
        yield Vector(
            id=f"change {number}: {json.dumps(row['change'])[:160]}",
            value=value,
            status=row["status"],
            message=row["message"],
        )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def changed(base: dict[str, JsonValue], change: dict[str, Any]) -> dict[str, JsonValue]:
    """The base with one value added, removed or replaced."""
    value = copy.deepcopy(base)
    here: Any = value  # a walk through JSON
    *steps, last = change["path"]
    for step in steps:
        here = here[step]
    if change["op"] == "remove":
        del here[last]
    elif isinstance(here, list) and change["op"] == "add":
        here.insert(last, change["value"])
    else:
        here[last] = change["value"]
    return value
