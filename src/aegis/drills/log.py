"""The log of drills: JSON lines in a chain, each on disk before the next thing happens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aegis.drills.types import ENTRY, Begun, Ended, Entry, Outcome, Refused
from aegis.rollout.record import Chain, Journal, read_chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One drill of a log: how it began and how it ended, as far as either is there."""

    drill: str
    begun: Begun | None = None
    ended: Ended | None = None
    refused: Refused | None = None

    @property
    def outcome(self) -> Outcome:
        """How it ended; `interrupted` where the process died in the middle."""
        if self.ended is not None:
            return self.ended.outcome
        return "refused" if self.refused is not None else "interrupted"


def read_log(path: Path) -> Chain[Entry]:
    """The log, verified; empty when there is none yet.

    Raises:
        RecordError: the chain is broken, or a line before the last is no entry.
    """
    return read_chain(path, ENTRY)


def journal(path: Path) -> Journal[Entry]:
    """Where the next entries go; a torn last line is kept beside the log.

    Raises:
        RecordError: what is there cannot be trusted.
    """
    return Journal(path, read_log(path))


def drills_of(entries: tuple[Entry, ...]) -> tuple[Logged, ...]:
    """The drills of a log in order; an end belongs to the last beginning of its run and drill."""
    found: list[Logged] = []
    for entry in entries:
        match entry:
            case Begun():
                found.append(Logged(drill=entry.drill, begun=entry))
            case Refused():
                found.append(Logged(drill=entry.drill, refused=entry))
            case Ended():
                begun = found.pop().begun if found and _fits(found[-1], entry) else None
                found.append(Logged(drill=entry.drill, begun=begun, ended=entry))
    return tuple(found)


def _fits(last: Logged, end: Ended) -> bool:
    begun = last.begun
    return (
        begun is not None
        and last.ended is None
        and (begun.run, begun.drill) == (end.run, end.drill)
    )
