"""Sentences and clauses of a text, as places of its characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a text that says one thing; `end` exclusive."""

    start: int
    end: int


STOP = re.compile(r"[;!?\n]+|(?<!\s9[059])\.(?=\s|$)")
"""The end of a sentence."""
_BREAK = re.compile(
    rf"{STOP.pattern}|,?\s+(?:but|however|whereas|while|though|aber|sondern|mais|pero|sino)\s+"
    r"|(?<!\d),(?=\s)|,(?=\s+\D)"
)


def clauses(text: str) -> Iterator[Clause]:
    """The clauses of a text; a clause keeps the mark that ends it."""
    start = 0
    for match in _BREAK.finditer(text):
        if match.start() > start:
            yield Clause(start, match.end())
        start = match.end()
    if start < len(text):
        yield Clause(start, len(text))


def sentence_at(text: str, position: int) -> Clause:
    """The sentence around a place, without the mark that ends it."""
    start = max((m.end() for m in STOP.finditer(text, 0, position)), default=0)
    stop = STOP.search(text, position)
    return Clause(start, stop.start() if stop else len(text))
