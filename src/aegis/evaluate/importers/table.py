"""Data sets in CSV, as many public ones are: XSTest, JailbreakBench, AdvBench, sheets of people.

Columns are found by their names, without case. Read so: XSTest (CC-BY-4.0; `prompt`, `type`,
`focus`, `label`, `note`), JBB-Behaviors of JailbreakBench (`Index`, `Goal`, `Target`, `Behavior`,
`Category`, `Source`), AdvBench (`goal`, `target`). Whatever is not read stands in the metadata.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from pydantic import JsonValue

from aegis.evaluate.errors import InputError
from aegis.evaluate.importers.imported import Imported
from aegis.evaluate.samples import Sample

_COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "index"),
    "input": ("input", "prompt", "question", "goal", "text"),
    "target": ("target", "answer", "expected_output", "expected", "reference"),
    "slice": ("slice", "category", "type"),
    "cluster": ("cluster", "document", "user"),
}


def parse_table(text: str, *, path: str) -> Imported:
    r"""The samples of a CSV file with a header; there are no results in it.

    Raises:
        InputError: no column holds the input.

    >>> found = parse_table("Goal,Category\nOpen it,locks\n,\n", path="d.csv")
    >>> list(found.samples.values())[0].slice, found.problems
    ('locks', ['d.csv:3: the input is empty'])
    """
    rows = csv.DictReader(io.StringIO(text))
    header = {(name or "").strip().casefold(): name for name in rows.fieldnames or ()}
    named = {
        field: header[alias]
        for field, aliases in _COLUMNS.items()
        for alias in reversed(aliases)
        if alias in header
    }
    if "input" not in named:
        raise InputError(f"{path} has no column for the input: {', '.join(_COLUMNS['input'])}")
    found = Imported(tool="csv")
    for place, row in enumerate(_readable(rows, path)):
        values = {field: (row.get(name) or "").strip() for field, name in named.items()}
        name = values.get("id") or str(place)
        if not values["input"]:
            found.problems.append(f"{path}:{rows.line_num}: the input is empty")
        elif name in found.samples:
            found.problems.append(
                f"{path}:{rows.line_num}: `{name}` is there twice; the first counts"
            )
        else:
            found.samples[name] = _sample(name, values, row, set(named.values()))
    return found


def _readable(rows: csv.DictReader[str], path: str) -> Iterator[dict[str, str | None]]:
    try:
        yield from rows
    except csv.Error as error:
        raise InputError(f"{path}, after line {rows.line_num}: {error}") from None


def _sample(
    name: str, values: dict[str, str], row: dict[str, str | None], read: set[str]
) -> Sample:
    rest: dict[str, JsonValue] = {
        key: value for key, value in row.items() if key and key not in read and value
    }
    return Sample(
        id=name,
        input=values["input"],
        target=values.get("target") or None,
        slice=values.get("slice") or None,
        cluster=values.get("cluster") or None,
        metadata=rest,
    )
