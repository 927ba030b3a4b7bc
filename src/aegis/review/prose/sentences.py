"""Sentences of a text, found the same way whether it comes whole or in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_END = re.compile(r"[.!?。！？]+[\"'»”)\]]*(?=\s)|\n\s*\n|\n(?=\s*(?:[-*#>|`~]|\d+[.)]))")
_MARK = re.compile(r"^[-*•]\s+")  # of a list
_MOST = 2000  # characters that are held back for one sentence


def sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Each sentence as soon as it is complete; how the text was cut into pieces changes nothing.

    A stretch that never ends is given as one sentence when it is too long to be one.
    """
    held = ""
    for piece in pieces:
        held += piece
        while (end := _cut(held)) is not None:
            yield from _said(held[:end])
            held = held[end:]
    while (end := _cut(held)) is not None:
        yield from _said(held[:end])
        held = held[end:]
    yield from _said(held)


def _cut(held: str) -> int | None:
    """Where the first sentence ends, once the character after it is there to prove it."""
    match = _END.search(held)
    if match is not None and match.end() < len(held) and match.end() <= _MOST:
        return match.end()
    return _MOST if len(held) > _MOST else None


def _said(text: str) -> Iterator[str]:
    if said := _MARK.sub("", text.strip(), count=1):
        yield said
