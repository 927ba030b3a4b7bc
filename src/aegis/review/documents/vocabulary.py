"""Words of a text, each distinct word of a run judged once: what may matter is known before parsing."""

from __future__ import annotations

from collections.abc import Callable

_BOUND = 2_000_000  # words kept; what is forgotten is judged again


class Vocabulary:
    """Which words matter to somebody, by a judge that is asked once for each distinct word."""

    def __init__(self, matters: Callable[[bytes], bool]) -> None:
        self._matters = matters
        self._known: set[bytes] = set()
        self._chosen: set[bytes] = set()

    def among(self, words: frozenset[bytes]) -> frozenset[bytes]:
        """Those of the words that matter."""
        fresh = words - self._known
        if fresh:
            if len(self._known) > _BOUND:
                self._known, self._chosen = set(), set()
                fresh = words
            self._known |= fresh
            self._chosen.update(filter(self._matters, fresh))
        return words & self._chosen
