"""Mends that are safe and exact: one line each, shown as a patch before anything is written.

A mend stands here only when the change says the same for every reader and breaks nothing that
worked for a good reason; everything else stays advice.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aegis.base.finding import Finding, Span
from aegis.review.review import Review

_SHORT_PORT = re.compile(r"[\"']?(\d{1,5}:\d{1,5})[\"']?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One line of one file, before and after, without its line end."""

    code: str
    path: str
    line: int
    before: str
    after: str


def fixes(root: Path, review: Review) -> tuple[Fix, ...]:
    """Every finding's safe mend, in order of path and line; at most one for a line."""
    found: dict[tuple[str, int], Fix] = {}
    lines: dict[str, list[str]] = {}
    for finding in review.findings:
        mend = _MENDS.get(finding.code)
        if mend is None or finding.span is None:
            continue
        for span in (finding.span, *finding.also):
            if span.path not in lines:
                lines[span.path] = _read(root / span.path)
            fix = _fix(finding, span, lines[span.path], mend)
            if fix is not None:
                found.setdefault((fix.path, fix.line), fix)
    return tuple(found[key] for key in sorted(found))


def patch(root: Path, found: tuple[Fix, ...]) -> str:
    """The fixes as one unified diff that `git apply` takes; empty when there are none."""
    parts: list[str] = []
    for path in sorted({fix.path for fix in found}):
        before = _read(root / path)
        after = list(before)
        for fix in found:
            if fix.path == path:
                after[fix.line - 1] = fix.after + before[fix.line - 1][len(fix.before) :]
        parts += difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)


def apply(root: Path, found: tuple[Fix, ...]) -> tuple[str, ...]:
    """Write the fixes, and say which files changed.

    A line that is no longer what it was is left alone.
    """
    changed: list[str] = []
    for path in sorted({fix.path for fix in found}):
        lines = _read(root / path)
        before = list(lines)
        for fix in found:
            line = lines[fix.line - 1] if fix.line <= len(lines) else ""
            if fix.path == path and line.rstrip("\r\n") == fix.before:
                lines[fix.line - 1] = fix.after + line[len(fix.before) :]
        if lines != before:
            (root / path).write_bytes("".join(lines).encode("utf-8"))
            changed.append(path)
    return tuple(changed)


def _read(path: Path) -> list[str]:
    """Lines with their ends, so that a file keeps the ends it has; none when it is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError):
        return []


def _fix(finding: Finding, span: Span, lines: list[str], mend: Callable[[str], str]) -> Fix | None:
    if span.end_column is None or span.line > len(lines):
        return None
    line = lines[span.line - 1].rstrip("\r\n")
    begin, end = span.column - 1, span.end_column - 1
    piece = line[begin:end]
    mended = mend(piece)
    if mended == piece:
        return None
    after = line[:begin] + mended + line[end:]
    return Fix(code=finding.code, path=span.path, line=span.line, before=line, after=after)


def _weights_only(piece: str) -> str:
    """`torch.load(x)` reads tensors and nothing else."""
    loads = re.fullmatch(r"torch\.load\([^()]*\)", piece) is not None
    if loads and "weights_only" not in piece:
        return f"{piece[:-1].rstrip().rstrip(',')}, weights_only=True)"
    return piece


def _loopback(piece: str) -> str:
    """A published port of a compose file, on this machine only."""
    match = _SHORT_PORT.fullmatch(piece)
    return f'"127.0.0.1:{match[1]}"' if match else piece


def _off(piece: str) -> str:
    """A switch that was on."""
    return "False" if piece == "True" else piece


_MENDS: dict[str, Callable[[str], str]] = {
    "AEG203": _weights_only,
    "AEG313": _off,
    "AEG361": _loopback,
    "AEG363": _loopback,
    "AEG370": _off,
    "AEG372": _loopback,
}
