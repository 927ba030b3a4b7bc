"""The evidence record: JSON lines, each with the digest of the line before, on disk before we act.

A crash can lose the line that was being written, never one before it. A torn last line is set
aside and named; a line that was changed, removed or moved breaks the chain, and nothing goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.rollout.policy import Policy
from aegis.rollout.state import RolloutLook

FIRST = "sha256:" + "0" * 64


class Started(Frozen):
    """A rollout began: everything that was decided in advance."""

    event: Literal["started"] = "started"
    at_s: float
    policy_digest: str
    policy: Policy
    candidate: str = Field(default="", description="what is on trial, in the caller's words")
    history: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    readings: tuple[ReadingRow, ...] = ()
    forecast: tuple[str, ...] = ()


ReadingRow = tuple[str, str, str, str, float, float]
"""Metric, arm, counter, series, time and running total: where the next look continues."""


class Looked(Frozen):
    """One look: what was gained, what it says, and what follows from it."""

    event: Literal["looked"] = "looked"
    look: RolloutLook
    verdict: Verdict
    action: str
    weight_percent: float
    reason: str = ""
    log_harm: dict[str, float] = Field(default_factory=dict)
    log_proof: dict[str, float] = Field(default_factory=dict)
    log_harm_together: float = 0.0
    readings: tuple[ReadingRow, ...] = Field(
        default=(), description="only the series that moved since the line before"
    )
    notes: tuple[str, ...] = ()


class Routed(Frozen):
    """The router was told a weight, and confirmed it."""

    event: Literal["routed"] = "routed"
    at_s: float
    weight_percent: float


class Troubled(Frozen):
    """A source or a router did not answer; the rollout goes on looking."""

    event: Literal["troubled"] = "troubled"
    at_s: float
    what: str


class Aborted(Frozen):
    """A person ended the rollout."""

    event: Literal["aborted"] = "aborted"
    at_s: float
    by: str
    reason: str


Entry = Started | Looked | Routed | Troubled | Aborted
Started.model_rebuild()
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="event")])


class RecordError(ValueError):
    """The record cannot be trusted; says which line and why."""


E = TypeVar("E", bound=Frozen)


# Without slots: calling `Chain[Entry]` sets an attribute of its own.
@dataclass(frozen=True, kw_only=True)
class Chain(Generic[E]):
    """The entries of a record, the digest of its last line, and what lay torn behind it."""

    entries: tuple[E, ...] = ()
    digest: str = FIRST
    size: int = 0
    torn: str = ""


Record: TypeAlias = Chain[Entry]


def line_of(entry: Frozen, previous: str) -> str:
    """An entry as a line of the record, without its end."""
    return json.dumps(
        {"previous": previous, **entry.model_dump(mode="json")},
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )


def digest_of(line: str) -> str:
    """What the next line names."""
    return "sha256:" + hashlib.sha256(line.encode()).hexdigest()


def read_record(path: Path) -> Record:
    """The evidence record of a rollout, verified; empty when there is none yet.

    Raises:
        RecordError: the chain is broken, or a line before the last is no entry.
    """
    return read_chain(path, _ENTRY)


def read_chain(path: Path, kind: TypeAdapter[E]) -> Chain[E]:
    """A record of entries of a kind, verified; empty when there is none yet.

    Raises:
        RecordError: the chain is broken, or a line before the last is no entry.
    """
    if not path.is_file():
        return Chain()
    data = path.read_bytes()
    entries: list[E] = []
    previous, size = FIRST, 0
    for number, raw in enumerate(data.split(b"\n"), start=1):
        if size + len(raw) >= len(data):  # no end of line: it was being written
            return Chain(
                entries=tuple(entries), digest=previous, size=size,
                torn=raw.decode("utf-8", "replace"),
            )  # fmt: skip
        entry = _entry(raw, previous, f"{path}:{number}", kind)
        entries.append(entry)
        previous = digest_of(raw.decode())
        size += len(raw) + 1
    return Chain(entries=tuple(entries), digest=previous, size=size)


def _entry(raw: bytes, previous: str, where: str, kind: TypeAdapter[E]) -> E:
    try:
        document = json.loads(raw.decode())
        named = document.pop("previous")
        entry = kind.validate_python(document)
    except (ValidationError, ValueError, KeyError, AttributeError) as error:
        reason = str(error).split("\n", 1)[0]
        raise RecordError(f"{where}: no entry of this record: {reason}") from None
    if named != previous:
        raise RecordError(
            f"{where}: the chain is broken: a line before it was changed, removed or moved"
        )
    return entry


class Journal(Generic[E]):
    """Appends entries; each is on disk before `append` returns."""

    def __init__(
        self, path: Path, record: Chain[E], *, sync: Callable[[int], None] = os.fsync
    ) -> None:
        self._path, self._digest, self._sync = path, record.digest, sync
        path.parent.mkdir(parents=True, exist_ok=True)
        if record.torn:
            _set_aside(path, record, sync)

    def append(self, entry: E) -> None:
        """Adds one entry to the chain."""
        line = line_of(entry, self._digest)
        is_new = not self._path.exists()
        with self._path.open("ab") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            self._sync(file.fileno())
        if is_new:
            _sync_folder(self._path.parent, self._sync)
        self._digest = digest_of(line)


def _set_aside(path: Path, record: Chain[E], sync: Callable[[int], None]) -> None:
    """Keeps a torn last line beside the record, and cuts it off."""
    with path.with_name(path.name + ".torn").open("a", encoding="utf-8") as file:
        file.write(record.torn + "\n")
    with path.open("r+b") as file:
        file.truncate(record.size)
        sync(file.fileno())


def _sync_folder(folder: Path, sync: Callable[[int], None]) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        sync(handle)
    finally:
        os.close(handle)
