"""Words of a text, each distinct word of a run judged once: what may matter is known before parsing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BOUND = 2_000_000  # words kept; what is forgotten is judged again


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a text that mean something, and the kinds of meaning among them."""

    words: frozenset[bytes]
    kinds: frozenset[str]


class Vocabulary:
    """What words mean: a word is of a kind when the kind's pattern is found in it.

    New words are judged together, a word a line, so a pattern may use `^` and `$`.
    """

    def __init__(self, kinds: tuple[tuple[str, re.Pattern[bytes]], ...]) -> None:
        self._patterns = kinds
        self._known: set[bytes] = set()
        self._kinds: dict[bytes, set[str]] = {}
        self._chosen: set[bytes] = set()

    def read(self, words: frozenset[bytes]) -> Said:
        """Those of the words that mean something."""
        fresh = words - self._known
        if len(self._known) + len(fresh) > _BOUND:
            self._known, self._kinds, self._chosen = set(), {}, set()
            fresh = words
        if fresh:
            self._learn(fresh)
        chosen = words & self._chosen
        return Said(chosen, frozenset[str]().union(*(self._kinds[word] for word in chosen)))

    def _learn(self, words: frozenset[bytes]) -> None:
        self._known |= words
        lines = b"\n".join(words)
        for kind, pattern in self._patterns:
            for word in _words_with(pattern, lines):
                self._kinds.setdefault(word, set()).add(kind)
                self._chosen.add(word)


def _words_with(pattern: re.Pattern[bytes], lines: bytes) -> Iterator[bytes]:
    for match in pattern.finditer(lines):
        end = lines.find(b"\n", match.end())
        yield lines[lines.rfind(b"\n", 0, match.start()) + 1 : end if end != -1 else len(lines)]
