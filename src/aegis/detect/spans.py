"""What the detectors do with their finds: keep those that stand apart, and mask them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Span(Protocol):
    """A piece of a text; offsets count characters, `end` is exclusive."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Masked(Span, Protocol):
    """A piece of a text, and what may be shown in its place."""

    @property
    def masked(self) -> str: ...


Found = TypeVar("Found", bound=Span)


def apart(found: Iterable[Found]) -> tuple[Found, ...]:
    """Of spans by place, the preferred first, those that overlap none before them."""
    spans: list[Found] = []
    for each in found:
        if not spans or each.start >= spans[-1].end:
            spans.append(each)
    return tuple(spans)


def masked(text: str, spans: Iterable[Masked]) -> str:
    """The same text with each span, by place and apart, replaced by its masked form."""
    parts: list[str] = []
    at = 0
    for span in spans:
        parts += (text[at : span.start], span.masked)
        at = span.end
    return "".join((*parts, text[at:]))
