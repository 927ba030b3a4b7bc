"""Stretches of a text that speak of something else: others, the past, training, meetings.

What stands there is true of a competitor, of last year or of a website, and states nothing about
the system that is to be planned. A stretch lasts until the sentence comes back to us.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from aegis.advisor.clauses import STOP, Clause
from aegis.advisor.lexicon import phrases, table
from aegis.advisor.phrases import Phrases

_PART = re.compile(
    r",(?=\s)(?!\s?\d{3}\b)|\s+-\s+|[()]|:(?=\s)"
    r"|\s(?=(?:before settling|and (?:then )?(?:chose|picked|went with|decided))\s)"
    r"|\s(?=(?:but|however|whereas|while|aber|sondern|mais|pero|sino|and now|und jetzt|y ahora|et maintenant)\s)"
)
_REFUSED = re.compile(
    r"\s*(?:(?:no|nein|non|nope)\s*(?=[,.:;!]|-\s|$)|never again|too \w+|zu \w+|trop \w+|nunca más)"
)
"""What answers a question of one's own: «photos? no, only text»."""


@lru_cache(maxsize=64)
def asides(text: str) -> tuple[Clause, ...]:
    """The stretches of a text, in lower case, that are not about the system."""
    return tuple(_asides(text))


def _asides(text: str) -> Iterator[Clause]:
    start = 0
    for stop in (*STOP.finditer(text), None):
        end = stop.end() if stop else len(text)
        if not text[start:end].strip(" .;!?\n"):
            continue
        yield from _of_sentence(text, start, end)
        if stop and "?" in stop[0] and _REFUSED.match(text, end):
            yield from list(_parts(text, start, stop.start()))[-1:]
        start = end


def _of_sentence(text: str, start: int, end: int) -> Iterator[Clause]:
    away = False
    for part in _parts(text, start, end):
        said = text[part.start : part.end]
        if _words("whole").search(said):
            away = True
        elif away and _words("back").search(said):
            away = False
        onward = _words("onward").search(said)
        if away:
            yield part
        elif onward:
            yield Clause(part.start + onward.start(), part.end)


def _parts(text: str, start: int, end: int) -> Iterator[Clause]:
    for match in _PART.finditer(text, start, end):
        if match.start() > start:
            yield Clause(start, match.start())
        start = match.end()
    if start < end:
        yield Clause(start, end)


@cache
def _words(name: str) -> Phrases:
    """Every word of a part of the table, in whatever language."""
    rows = table("asides.yaml")[name]
    return phrases([word for languages in rows.values() for word in _flat(languages)])


def _flat(languages: Mapping[str, list[str]]) -> Iterator[str]:
    for words in languages.values():
        yield from words
