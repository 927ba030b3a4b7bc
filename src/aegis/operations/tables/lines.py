"""CSV and JSON lines with the standard library: a broken line is named and loses nothing else."""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from aegis.monitor.columns import Chunk, Problems, Stored, Texts, Values, as_number

_ROWS = 20_000
_LONGEST_RECORD = 1000  # lines of one quoted field, before a quote counts as forgotten
_MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"})
_MOSTLY = 0.95
_FIRST = 1000  # values that say what a column is
_MISSING_CODE = -1

Cell = float | str | list[float] | None
T = TypeVar("T")


def csv_chunks(
    path: Path,
    *,
    stored: Mapping[str, Stored],
    rows: int | None,
    problems: Problems,
    unread: dict[str, str],
    delimiter: str,
) -> Iterator[Chunk]:
    """The rows of a CSV file with a header line.

    A column is one of numbers when `stored` says so, or, where it says nothing, when 95 % of its
    values in the first rows state numbers.
    """
    del unread
    records = _records(_lines(path, problems), path, problems)
    first = next(records, None)
    if first is None:
        return
    header = _split([first[1]], delimiter)[0]
    is_number: dict[str, bool] = {}
    for batch in _batches(records, rows or _ROWS):
        good = []
        split = _split([text for _, text in batch], delimiter)
        for (number, _), cells in zip(batch, split, strict=True):
            if len(cells) == len(header):
                good.append(cells)
            else:
                problems.add(
                    f"{path}:{number}", f"{len(cells)} values, the header has {len(header)}"
                )
        columns: dict[str, Values] = {}
        for name, column in zip(header, zip(*good, strict=True), strict=False):
            if name not in is_number:
                is_number[name] = _states_numbers(column, stored.get(name))
            columns[name] = _numbers(column) if is_number[name] else _texts(_known(column))
        if not good:
            columns = {name: _texts([]) for name in header}
        yield Chunk(rows=len(good), columns=columns)


def _split(texts: Sequence[str], delimiter: str) -> list[list[str]]:
    csv.field_size_limit(2**31 - 1)
    return list(csv.reader(texts, delimiter=delimiter))


def _states_numbers(cells: Sequence[str], stored: Stored | None) -> bool:
    """Whether a column is one of numbers, as it was before or by its first values."""
    if stored not in {None, Stored.NUMBER}:
        return False
    known = list(islice((c for c in cells if c not in _MISSING), _FIRST))
    stated = sum(not math.isnan(as_number(c)) for c in known)
    return stated >= _MOSTLY * len(known) and (bool(known) or stored is not None)


def _known(cells: Sequence[str]) -> list[str | None]:
    return [None if cell in _MISSING else cell for cell in cells]


def _numbers(cells: Sequence[str]) -> Values:
    try:
        return np.array(cells, float)
    except ValueError:  # a cell is missing, or states no number
        return np.array([math.nan if c in _MISSING else as_number(c) for c in cells], float)


def _texts(cells: Sequence[str | None]) -> Texts:
    codes: dict[str, int] = {}
    found = [
        _MISSING_CODE if cell is None else codes.setdefault(cell, len(codes)) for cell in cells
    ]
    return Texts(list(codes), np.array(found, np.int64))


def json_chunks(
    path: Path,
    *,
    stored: Mapping[str, Stored],
    rows: int | None,
    problems: Problems,
    unread: dict[str, str],
) -> Iterator[Chunk]:
    """The rows of a file with one JSON object a line; nested objects become `outer.inner`."""
    kinds: dict[str, Stored] = dict(stored)
    seen: dict[str, None] = {}
    for batch in _batches(_objects(path, problems), rows or _ROWS):
        columns: dict[str, list[Cell]] = {}
        for place, (_, record) in enumerate(batch):
            for name, cell in record.items():
                columns.setdefault(name, [None] * len(batch))[place] = cell
        for name in seen:  # a key that no row of this chunk has is missing in all of them
            columns.setdefault(name, [None] * len(batch))
        seen.update(dict.fromkeys(columns))
        found: dict[str, Values] = {}
        for name, cells in columns.items():
            values = _of_cells(name, cells, batch, path, kinds, problems)
            if values is None:
                unread[name] = "holds lists of something other than numbers, or of no fixed length"
            else:
                found[name] = values
        yield Chunk(rows=len(batch), columns=found)


def _of_cells(
    name: str,
    cells: list[Cell],
    batch: Sequence[tuple[int, Mapping[str, Cell]]],
    path: Path,
    kinds: dict[str, Stored],
    problems: Problems,
) -> Values | None:
    """The values of one column; a single cell of another type is named, and counts as missing."""
    count = Counter(_stored(cell) for cell in cells if cell is not None)
    known = count.total()
    kind = kinds.get(name, Stored.TEXT)
    if known and (name not in kinds or count[kind] < _MOSTLY * known):
        kind = count.most_common(1)[0][0]
        kinds.setdefault(name, kind)
    for place, cell in enumerate(cells):
        if cell is not None and _stored(cell) is not kind:
            where = f"{path}:{batch[place][0]}"
            problems.add(where, f"`{name}` is a {_stored(cell)}, not a {kind}")
            cells[place] = None
    match kind:
        case Stored.NUMBER:
            return np.array([c if isinstance(c, float) else math.nan for c in cells])
        case Stored.TEXT:
            return _texts([c if isinstance(c, str) else None for c in cells])
        case Stored.VECTOR:
            return _vectors([c if isinstance(c, list) else None for c in cells])


def _stored(cell: Cell) -> Stored:
    if isinstance(cell, list):
        return Stored.VECTOR
    return Stored.NUMBER if isinstance(cell, float) else Stored.TEXT


def _vectors(cells: Sequence[list[float] | None]) -> Values | None:
    lengths = {len(c) for c in cells if c is not None}
    if len(lengths) != 1:
        return None
    empty = [math.nan] * lengths.pop()
    return np.array([empty if c is None else c for c in cells], np.float32)


def _objects(path: Path, problems: Problems) -> Iterator[tuple[int, dict[str, Cell]]]:
    for number, text in _lines(path, problems):
        if not text.strip():
            continue
        try:
            record = json.loads(text)
        except ValueError as error:
            problems.add(f"{path}:{number}", f"not JSON: {str(error).split(':')[0]}")
            continue
        if not isinstance(record, dict):
            problems.add(f"{path}:{number}", "not a JSON object")
            continue
        yield number, _flat(record)


def _flat(record: Mapping[str, object], outer: str = "") -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for key, value in record.items():
        name = f"{outer}{key}"
        match value:
            case None:
                continue
            case float() if math.isnan(value):
                continue
            case bool():
                found[name] = str(value).lower()
            case int() | float():
                found[name] = float(value) if abs(value) < 1e308 else math.inf
            case str():
                found[name] = value.encode("utf-8", "replace").decode()  # no lone surrogates
            case dict():
                found.update(_flat(value, f"{name}."))
            case list() if value and all(type(v) in {int, float} for v in value):
                found[name] = [float(v) for v in value]
            case _:
                found[name] = json.dumps(value)
    return found


def _lines(path: Path, problems: Problems) -> Iterator[tuple[int, str]]:
    """Numbered lines; one that is no UTF-8 is named and left out, a broken archive ends the file."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    with opener(path, "rb") as file:
        number = 0
        try:
            for raw in file:
                number += 1
                try:
                    yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError:
                    problems.add(f"{path}:{number}", "not UTF-8")
        except (EOFError, gzip.BadGzipFile, OSError) as error:
            problems.add(f"{path}:{number + 1}", f"the archive breaks off: {error}")


def _records(
    lines: Iterable[tuple[int, str]], path: Path, problems: Problems
) -> Iterator[tuple[int, str]]:
    """Lines joined where a quoted field goes over several; a quote that nobody closes costs one line."""
    waiting: list[tuple[int, str]] = []
    source = iter(lines)
    again: list[tuple[int, str]] = []
    while True:
        line = again.pop(0) if again else next(source, None)
        if line is not None:
            waiting.append(line)
        if not waiting:
            return
        is_whole = sum(text.count('"') for _, text in waiting) % 2 == 0
        if is_whole and line is not None:
            text = "".join(text for _, text in waiting)
            if text.strip():
                yield waiting[0][0], text
            waiting = []
        elif line is None or len(waiting) > _LONGEST_RECORD:
            problems.add(f"{path}:{waiting[0][0]}", "a quote that is never closed")
            again = waiting[1:] + again
            waiting = []


def _batches(items: Iterable[tuple[int, T]], size: int) -> Iterator[list[tuple[int, T]]]:
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch
