"""Drift from files: fit a reference, merge references, check windows against one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.monitor.columns import Chunk, Column
from aegis.monitor.gather import Gathered
from aegis.monitor.history import FreshLine, Header, History, Line, resume, written
from aegis.monitor.judge import Judged, judge
from aegis.monitor.metrics import exposition
from aegis.monitor.packing import digest, pack, unpack
from aegis.monitor.reference import Declared, Fitter, Reference, signs_of_feedback
from aegis.monitor.window import Window, WindowReader
from aegis.operations.tables import Table, TableError, Wanted

BUDGET = 1000.0
"""Windows between two false alarms, unless somebody says otherwise."""

Progress = Callable[[str], None]


class DriftError(ValueError):
    """Something to put right in the call, in words for people."""


class ReferenceResult(Frozen):
    """What a reference holds, and what it leaves out."""

    path: str
    digest: str
    rows: int
    bytes: int
    columns: tuple[Column, ...]
    left_out: dict[str, str]
    feedback: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class DriftResult(Frozen):
    """The verdict over all windows so far, and each window of this call."""

    reference: str = Field(description="digest of the reference")
    state: str = Field(description="file of the history; empty: nothing was kept")
    budget: float = Field(description="windows between two false alarms, at least, on average")
    verdict: Verdict
    evidence: float = Field(description="after the last window, in units of its bound")
    windows_so_far: int
    windows: tuple[Judged, ...]
    problems: tuple[str, ...] = ()


def fit_reference(
    paths: Sequence[Path],
    out: Path,
    *,
    declared: Declared | None = None,
    like: Path | None = None,
    progress: Progress = lambda _: None,
) -> ReferenceResult:
    """A reference over the rows of all files, written to `out`.

    Raises:
        DriftError: a file cannot be read, or holds no rows, or not the columns that were named.
    """
    declared = declared or Declared()
    model = read_reference(like)[0] if like else None
    together = [(p.prediction, p.label) for p in model.pairs] if model else declared.feeds
    fitter = Fitter(declared, like=model)
    problems: list[str] = []
    unread: dict[str, str] = {}
    for path in paths:
        progress(f"reading {path}")
        stored = {c.name: c.stored for c in model.columns} if model else {}
        table = Table(path=path, wanted=Wanted(stored=stored, together=together))
        for chunk in _chunks(table):
            fitter.add(chunk)
        problems += table.problems.lines()
        unread |= table.unread
    try:
        reference = fitter.reference(left_out=unread)
    except ValueError as error:
        raise DriftError(f"{', '.join(map(str, paths))}: {error}") from None
    return _save(reference, out, tuple(problems))


def merge_references(paths: Sequence[Path], out: Path) -> ReferenceResult:
    """One reference out of several with the same columns and grids.

    Raises:
        DriftError: they do not merge.
    """
    merged = read_reference(paths[0])[0]
    for path in paths[1:]:
        try:
            merged = merged.merge(read_reference(path)[0])
        except ValueError as error:
            raise DriftError(f"{path} does not merge with {paths[0]}: {error}") from None
    return _save(merged, out, ())


def read_reference(path: Path) -> tuple[Reference, str]:
    """A reference from its file, and its digest.

    Raises:
        DriftError: the file is no reference.
    """
    try:
        text = path.read_text("utf-8")
        return unpack(text), digest(text)
    except (OSError, ValueError) as error:
        raise DriftError(f"{path}: {error}") from None


def _save(reference: Reference, out: Path, problems: tuple[str, ...]) -> ReferenceResult:
    text = pack(reference)
    out.parent.mkdir(parents=True, exist_ok=True)
    _replace(out, text)
    return ReferenceResult(
        path=str(out),
        digest=digest(text),
        rows=reference.rows,
        bytes=len(text.encode()),
        columns=reference.columns,
        left_out=dict(reference.left_out),
        feedback=tuple(signs_of_feedback(reference, reference.sketches)),
        problems=problems,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How windows are checked."""

    state: Path | None = None
    budget: float = BUDGET
    rows: int | None = None  # a file is cut into windows of so many; None: a file is a window
    ignored: frozenset[str] = field(default_factory=frozenset)
    fresh_start: str = ""
    metrics: Path | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def check_windows(
    reference_file: Path,
    paths: Sequence[Path],
    check: Check | None = None,
    *,
    progress: Progress = lambda _: None,
) -> DriftResult:
    """Each window judged in order; every one is in the history before the next is read.

    Raises:
        DriftError: the reference or the history cannot be used.
    """
    check = check or Check()
    reference, name = read_reference(reference_file)
    header = Header(reference=name, budget=check.budget)
    history = _resume(reference, header, check.state)
    problems = list(history.problems)
    if check.fresh_start:
        history = _append(check.state, history, FreshLine(fresh_start=check.fresh_start))
    judged: list[Judged] = []
    for path in paths:
        progress(f"reading {path}")
        for window in _windows(reference, path, check, problems):
            step = judge(reference, history, window)
            if step.line is not None:
                _append(check.state, history, step.line)
            history = step.history
            judged.append(step.judged)
            progress(f"{window.name}: {step.judged.verdict}")
    if check.metrics is not None:
        _replace(check.metrics, exposition(reference, history, check.labels))
    return DriftResult(
        reference=name,
        state=str(check.state or ""),
        budget=check.budget,
        verdict=_overall(history, judged),
        evidence=history.evidence(),
        windows_so_far=len(history.windows),
        windows=tuple(judged),
        problems=tuple(problems),
    )


def _overall(history: History, judged: Sequence[Judged]) -> Verdict:
    """Drift stands until the evidence has fallen; one window that nobody could judge is enough."""
    if any(w.verdict is Verdict.FAILED for w in judged) or history.evidence() >= 1:
        return Verdict.FAILED
    if not judged or any(w.verdict is not Verdict.PASSED for w in judged):
        return Verdict.INCONCLUSIVE
    return Verdict.PASSED


def _windows(
    reference: Reference, path: Path, check: Check, problems: list[str]
) -> Iterator[Window]:
    wanted = Wanted(
        stored={c.name: c.stored for c in reference.columns},
        together=[(p.prediction, p.label) for p in reference.pairs],
        rows=check.rows,
    )
    table = Table(path=path, wanted=wanted)
    reader, number = WindowReader(reference, ignored=check.ignored), 0
    try:
        for chunk in table.chunks():
            for part, ends in _cut(chunk, check.rows, reader.rows):
                reader.add(part)
                if ends:
                    number += 1
                    yield reader.window(f"{path}#{number}", unread=table.unread)
                    reader = WindowReader(reference, ignored=check.ignored)
    except TableError as error:
        yield Window(name=str(path), gathered=Gathered(), reasons=(str(error),))
        return
    finally:
        problems += table.problems.lines()
    if reader.rows or not number:
        name = f"{path}#{number + 1}" if number else str(path)
        yield reader.window(name, unread=table.unread)


def _cut(chunk: Chunk, rows: int | None, held: int) -> Iterator[tuple[Chunk, bool]]:
    """A chunk in parts that fill windows of `rows`; true where one is full."""
    if rows is None:
        yield chunk, False
        return
    start = 0
    while start < chunk.rows:
        end = min(start + rows - held, chunk.rows)
        held = (held + end - start) % rows
        yield chunk.slice(start, end), held == 0
        start = end


def _chunks(table: Table) -> Iterator[Chunk]:
    try:
        yield from table.chunks()
    except ValueError as error:
        raise DriftError(str(error)) from None


def _resume(reference: Reference, header: Header, state: Path | None) -> History:
    lines: list[str] = []
    if state is not None and state.exists():
        lines = state.read_text("utf-8", "replace").splitlines()
    try:
        history = resume(reference, header, lines, path=str(state))
    except ValueError as error:
        raise DriftError(str(error)) from None
    if state is not None and not lines:
        state.parent.mkdir(parents=True, exist_ok=True)
        _write(state, written(header))
    return history


def _append(state: Path | None, history: History, line: Line) -> History:
    if state is not None:
        _write(state, written(line))
    return history.add(line) if isinstance(line, FreshLine) else history


def _write(path: Path, text: str) -> None:
    """Appends a line and waits until it is on disk; a torn line before it stays one of its own."""
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, text: str) -> None:
    """Writes a file whole or not at all: a reader never meets half of it."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)
