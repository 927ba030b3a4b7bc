"""Many alternatives of words, each compiled when a text first has its letters.

Compiling every phrase of a table takes longer than reading a message, and a message has few of
them. Each phrase has letters that stand in whatever it matches; only where a text has them is it
compiled and tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache


class Phrases:
    """What `re.compile("|".join(alternatives))` finds: the leftmost, and of those the first alternative."""

    def __init__(
        self,
        phrases: Iterable[str],
        *,
        letters: Callable[[str], str],
        pattern: Callable[[str], str],
    ) -> None:
        """`letters` gives what every match of a phrase contains, `pattern` its regular expression."""
        self._rows = [(letters(phrase), phrase) for phrase in phrases]
        self._compiled = cache(lambda phrase: re.compile(pattern(phrase)))

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Every match from left to right; none overlaps another."""
        tried = [self._compiled(phrase) for letters, phrase in self._rows if letters in text]
        found = [match for each in tried if (match := each.search(text))]
        while found:
            first = min(found, key=lambda match: match.start())
            yield first
            found = list(_onwards(found, text, first.end() + (first.end() == first.start())))

    def search(self, text: str) -> re.Match[str] | None:
        """The first match, or None."""
        return next(self.finditer(text), None)


def _onwards(found: list[re.Match[str]], text: str, position: int) -> Iterator[re.Match[str]]:
    """The next match of each pattern from a place on, in the same order."""
    for match in found:
        again = match if match.start() >= position else match.re.search(text, position)
        if again:
            yield again


_SPOILED = re.compile(r"\\.[?*+]?|\[[^\]]*\][?*+]?|.[?*]")
_GROUP = re.compile(r"\([^()]*\)[?*+]?")
_RUN = re.compile(r"[^\W\d_]+")


def letters_of(phrase: str) -> str:
    r"""The longest run of letters that stands in whatever a regular expression matches; empty when unsure.

    >>> letters_of("(?:credit|risk) scor\\w+"), letters_of("colou?r"), letters_of("a|b")
    ('scor', 'colo', '')
    """
    bare, before = phrase, ""
    while bare != before:
        before, bare = bare, _GROUP.sub(" ", bare)
    bare = _SPOILED.sub(" ", bare)
    if set("|(){}") & set(bare):
        return ""
    return max(_RUN.findall(bare), key=len, default="")
