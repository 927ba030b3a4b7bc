"""The memory between windows: one line a window, only ever appended.

The first line names the reference and the budget; every other line is a window with what it said
to each bet, or a fresh start that a person asked for. Replaying the lines gives the detector back,
to the digit, after a crash at any point: a line is written whole or it is not there, and a line
torn by a crash is skipped and its window judged again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import Field, ValidationError

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.monitor.evidence import bets
from aegis.monitor.packing import pack_numbers, unpack_numbers
from aegis.monitor.reference import Reference
from aegis.stats.edetector import Detector, detector
from aegis.stats.grid import FloatArray


class Header(Frozen):
    """The first line."""

    format: Literal["aegis-drift-history/1"] = "aegis-drift-history/1"
    reference: str = Field(description="digest of the reference file")
    budget: float = Field(description="windows between two false alarms, at least")


class Level(Frozen):
    """Where a numeric feature lay in one window."""

    median: float | None
    missing_percent: float


class WindowLine(Frozen):
    """One judged window."""

    window: int = Field(ge=1, description="number of the window, over all fresh starts")
    name: str
    content: str = Field(description="digest of its sketches: the same data is judged once")
    rows: int
    verdict: Verdict
    evidence: float = Field(description="in units of its bound: 1 means drift")
    reasons: tuple[str, ...] = Field(default=(), description="why it is inconclusive")
    levels: dict[str, Level] = Field(default={}, description="by numeric feature")
    bets: str = Field(default="", description="log e-values, packed; empty: nothing was bet")


class FreshLine(Frozen):
    """From here on the detector knows nothing of what was before."""

    fresh_start: str = Field(description="the reason a person gave")


Line = WindowLine | FreshLine


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The windows so far, and the detector after them."""

    header: Header
    windows: tuple[WindowLine, ...]
    since_start: tuple[int, ...]  # numbers of the windows that the detector has seen
    detector: Detector
    problems: tuple[str, ...] = ()

    def known(self, content: str) -> WindowLine | None:
        """The window with the same content since the last fresh start, if there was one."""
        seen = set(self.since_start)
        return next((w for w in self.windows if w.content == content and w.window in seen), None)

    def window_of(self, step: int) -> WindowLine:
        """The window that the detector saw as its `step`-th, from 1."""
        return self.windows[self.since_start[step - 1] - 1]

    def evidence(self) -> float:
        """The evidence in units of its bound; 1 and more: drift."""
        if not self.detector.windows:
            return 0.0
        return float(np.exp(min(self.detector.log_evidence - np.log(self.header.budget), 700.0)))

    def add(self, line: Line, log_evidence: FloatArray | None = None) -> History:
        """The history after one more line."""
        if isinstance(line, FreshLine):
            empty = detector(self.detector.bets, windows_between_false_alarms=self.header.budget)
            return replace(self, since_start=(), detector=empty)
        known = replace(self, windows=(*self.windows, line))
        if log_evidence is None:
            return known
        return replace(
            known,
            since_start=(*self.since_start, line.window),
            detector=self.detector.add(log_evidence),
        )


def begin(reference: Reference, header: Header) -> History:
    """The history before the first window."""
    return History(
        header=header,
        windows=(),
        since_start=(),
        detector=detector(bets(reference), windows_between_false_alarms=header.budget),
    )


def written(line: Header | Line) -> str:
    """A line as it is appended."""
    return json.dumps(line.model_dump(mode="json"), ensure_ascii=False) + "\n"


def packed_bets(log_evidence: FloatArray) -> str:
    """What a window said to each bet, for its line."""
    return pack_numbers(log_evidence, dtype="<f4")


def resume(reference: Reference, header: Header, lines: Iterable[str], *, path: str) -> History:
    """The history that the lines of a file tell.

    Raises:
        ValueError: the file belongs to another reference or budget, or is no history.
    """
    numbered = enumerate(lines, start=1)
    first = next(numbered, None)
    if first is None:
        return begin(reference, header)
    _same(header, first[1], path=path)
    history, problems = begin(reference, header), []
    for number, text in numbered:
        try:
            history = _next(history, text)
        except ValueError as error:
            problems.append(f"{path}:{number}: skipped: {_first_line(error)}")
    return replace(history, problems=tuple(problems))


def _next(history: History, text: str) -> History:
    if '"fresh_start"' in text[:40]:
        return history.add(FreshLine.model_validate_json(text))
    line = WindowLine.model_validate_json(text)
    if line.window != len(history.windows) + 1:
        raise ValueError(f"window {line.window} follows window {len(history.windows)}")
    return history.add(line, unpack_numbers(line.bets, dtype="<f4") if line.bets else None)


def _same(header: Header, text: str, *, path: str) -> None:
    try:
        found = Header.model_validate_json(text)
    except ValidationError:
        raise ValueError(f"{path}:1: no drift history; name a new file with `--state`") from None
    if found.reference != header.reference:
        raise ValueError(
            f"{path} belongs to another reference ({found.reference[:19]}…): its evidence says "
            "nothing about this one; name a new file with `--state`"
        )
    if found.budget != header.budget:
        raise ValueError(
            f"{path} was begun with a budget of one false alarm in {found.budget:g} windows; keep "
            f"it (`--budget {found.budget:g}`) or name a new file with `--state`"
        )


def _first_line(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return error.errors()[0]["msg"]
    return str(error).splitlines()[0]


def since(history: History, step: int) -> Iterator[WindowLine]:
    """The windows from one that the detector saw until now."""
    for number in history.since_start[step - 1 :]:
        yield history.windows[number - 1]
