"""The state of a watch: one line a score, appended, from which every total is counted again."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from pydantic import Field

from aegis.base.model import Frozen
from aegis.evaluate.errors import InputError
from aegis.evaluate.jsonlines import lines_of, parse_lines
from aegis.evaluate.watch.served import Track

_BEGINS = b'{"version":'
"""How a state file begins, and a torn one too."""


class Head(Frozen):
    """Whose scores follow, and by what they were measured."""

    version: int = 1
    tool: str = "aegis evaluate watch"
    service: str
    environment: str
    measures: dict[str, str] = Field(description="scorer by kind")


class Row(Frozen):
    """One score, as the scorer gave it. No text and no id stands here."""

    key: str
    kind: str
    track: Track
    at_s: float = Field(description="when it was served, Unix seconds")
    score: float = Field(ge=0, le=1)
    label: bool | None = Field(default=None, description="what a person says of it")
    cluster: str | None = None


@dataclass(slots=True)
class Total:
    """A sum of scores, and how many they are; both only grow."""

    sum: float = 0.0
    count: int = 0


@dataclass(slots=True, kw_only=True)
class Ledger:
    """An open state file, and what it adds up to."""

    file: TextIO
    head: Head
    problems: tuple[str, ...] = ()
    done: set[tuple[str, str]] = field(default_factory=set)
    totals: dict[tuple[str, Track], Total] = field(default_factory=lambda: defaultdict(Total))
    rows: list[Row] = field(default_factory=list)

    def keep(self, row: Row) -> None:
        """Write a score down, and count it; a kill loses no judgement that was paid for."""
        self.file.write(row.model_dump_json(exclude_defaults=True) + "\n")
        self.file.flush()
        self._count(row)

    def sync(self) -> None:
        """Everything kept is on the disk, so that what is published of it survives a crash."""
        self.file.flush()
        os.fsync(self.file.fileno())

    def recent(self, since_s: float) -> list[Row]:
        """Scores of answers served since then; older ones are forgotten, but stay counted."""
        self.rows = [row for row in self.rows if row.at_s >= since_s]
        return self.rows

    def _count(self, row: Row) -> None:
        if (row.kind, row.key) in self.done:
            return
        self.done.add((row.kind, row.key))
        self.rows.append(row)
        total = self.totals[row.kind, row.track]
        total.sum += 1 - row.score if is_turned(self.head.measures[row.kind]) else row.score
        total.count += 1

    def load(self, earlier: list[Row]) -> None:
        """Count what was written down before."""
        for row in earlier:
            if row.kind in self.head.measures:
                self._count(row)


def is_turned(measure: str) -> bool:
    """Whether one minus the score is counted: `not:toxicity` counts toxic answers."""
    return measure.startswith("not:")


@contextlib.contextmanager
def open_ledger(path: Path, head: Head) -> Iterator[Ledger]:
    """The state of this watch, new or continued; one process at a time.

    A last line that a crash tore is cut off: its sample is scored again.

    Raises:
        InputError: it belongs to another watch, or another process writes it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"another process writes {path}; one watch, one --state") from None
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        text, problems = whole.decode("utf-8", "replace"), list[str]()
        heads, rows = list[Head](), list[Row]()
        for _, found in parse_lines(lines_of(text), _line, path=str(path), problems=problems):
            if isinstance(found, Head):
                heads.append(found)
            else:
                rows.append(found)
        is_empty = not whole.strip() and _BEGINS.startswith(data[: len(_BEGINS)])
        known = _continued(path, heads, head, is_empty=is_empty)
        if len(whole) < len(data):
            os.truncate(path, len(whole))
        if not head.measures.keys() <= known.keys():
            file.write(head.model_dump_json() + "\n")
        ledger = Ledger(file=file, head=head, problems=tuple(problems))
        ledger.load(rows)
        try:
            yield ledger
        finally:
            ledger.sync()


def _line(value: object) -> Head | Row:
    if isinstance(value, dict) and "measures" in value:
        return Head.model_validate(value)
    return Row.model_validate(value)


def _continued(path: Path, heads: list[Head], head: Head, *, is_empty: bool) -> Mapping[str, str]:
    """The measures so far; counters of another service or another measure are not continued."""
    if is_empty:
        return {}
    if not heads:
        raise InputError(
            f"{path} was not written by `aegis evaluate watch`; choose another --state"
        )
    measures: dict[str, str] = {}
    for old in heads:
        measures.update(old.measures)
        for what, before, now in (
            ("service", old.service, head.service),
            ("environment", old.environment, head.environment),
            *(
                (f"scorer of `{kind}`", measures[kind], scorer)
                for kind, scorer in head.measures.items()
                if kind in measures
            ),
        ):
            if before != now:
                raise InputError(
                    f"{path} counts another {what}: {before}, now {now}; one counter may not mix "
                    "them. Choose another --state: the counters then begin at zero"
                )
    return measures
