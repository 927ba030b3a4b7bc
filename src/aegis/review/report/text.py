"""A review for a terminal: worst first, each with its place, reason, mend and source."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from aegis.base.finding import Certainty, Finding, Severity, Span
from aegis.review.asked import question_of
from aegis.review.review import Review

_WIDTH = 100
_PLACES = 3


def text_report(review: Review) -> str:
    """The review as text, without colours; ends in a newline."""
    parts: list[str] = []
    for finding in review.findings:
        parts += [*_finding(finding), ""]
    for question, asked in itertools.groupby(review.questions, key=question_of):
        shared = list(asked)
        if shared[0].message != question:
            parts += [f"ask      {question[0].upper()}{question[1:]}", ""]
        for finding in shared:
            parts += [*_finding(finding), ""]
    parts += _summary(review)
    return "\n".join(parts) + "\n"


def _finding(finding: Finding) -> Iterator[str]:
    asks = finding.certainty is Certainty.ASK
    head = "ask" if asks else finding.severity.value
    title = finding.message.removeprefix(question_of(finding)).strip() if asks else finding.title
    title = title or finding.message
    place = str(finding.span) if finding.span else finding.where
    left = f"{head:<8} {finding.code}  {title}"
    yield f"{left:<{_WIDTH - len(place) - 1}} {place}".rstrip()
    if finding.span is not None and finding.span.excerpt.strip():
        yield from _excerpt(finding.span, finding.label)
    elif finding.label:
        yield f"   = {finding.label}"
    if not asks and finding.message != finding.title:
        yield f"   = {finding.message}"
    why = finding.why.partition("\n\n")[0]
    yield from (f"   {mark} {line}" for mark, line in zip(_marks("="), _wrapped(why), strict=False))
    if finding.mend:
        refs = f"   ({', '.join(finding.refs)})" if finding.refs else ""
        yield f"   = {finding.mend}   aegis explain {finding.code}{refs}"
    if finding.also:
        shown = ", ".join(f"{span.path}:{span.line}" for span in finding.also[:_PLACES])
        more = len(finding.also) - _PLACES
        yield f"   = also: {shown}" + (f" and {more} more" if more > 0 else "")


def _marks(first: str) -> Iterator[str]:
    yield first
    yield from itertools.repeat(" ")


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + len(word) + 1 > _WIDTH - 6:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    if line:
        yield line


def _excerpt(span: Span, label: str) -> Iterator[str]:
    """The line and a caret under what is meant; of a long line the part around it."""
    gutter = len(str(span.line))
    line, start = _window(span)
    column = span.column - 1 - start
    width = 1
    if span.end_column is not None and span.end_line in {None, span.line}:
        width = max(1, min(span.end_column - span.column, len(line) - column))
    yield f"{' ' * gutter} |"
    yield f"{span.line} | {line}"
    if 0 <= column < len(line):
        yield f"{' ' * gutter} | {' ' * column}{'^' * width} {label}".rstrip()
    elif label:
        yield f"{' ' * gutter} = {label}"


def _window(span: Span) -> tuple[str, int]:
    """As much of the line as a terminal shows, and where it starts in the line."""
    line, room = span.excerpt, _WIDTH - len(str(span.line)) - 3
    indent = len(line) - len(line.lstrip())
    start = indent if indent > 24 else 0
    if len(line) - start > room and span.column - 1 > room - 20:
        start = min(span.column - 1 - 20, len(line) - room)
    piece = line[start : start + room]
    if start > indent:
        piece = f"…{piece[1:]}"
    if start + room < len(line):
        piece = f"{piece[:-1]}…"
    return piece, start


def _summary(review: Review) -> Iterator[str]:
    counts = [(severity, review.count(severity)) for severity in Severity]
    shown = ", ".join(f"{count} {severity.value}" for severity, count in counts if count)
    number = len(review.findings)
    asked = len({question_of(each) for each in (*review.questions, *review.unasked)})
    yield (
        f"{number} finding{'s' if number != 1 else ''}"
        + (f" ({shown})" if shown else "")
        + f" in {review.files} files."
        + (f" {asked} question{'s' if asked != 1 else ''} only you can answer"
           + (": aegis review --ask" if review.unasked else "") if asked else "")
    )  # fmt: skip
    if review.suppressed:
        yield f"set aside with a reason: {len(review.suppressed)}"
    if review.baselined:
        yield f"known from the baseline: {len(review.baselined)}"
    for path, reason in review.skipped[:5]:
        yield f"not read: {path} ({reason})"
    if len(review.skipped) > 5:
        yield f"not read: {len(review.skipped) - 5} more"
    if review.good:
        yield f"good: {', '.join(review.good)}"
