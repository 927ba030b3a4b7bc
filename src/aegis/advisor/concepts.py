"""What the words of a text are about: acts, protected things, excuses and marks of harmless talk."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import cast

from aegis.advisor.lexicon import base_letter, data
from aegis.advisor.phrases import Phrases
from aegis.advisor.reading import read


@dataclass(frozen=True, slots=True)
class Sign:
    """One word or phrase of a concept; offsets of characters of the folded text, `end` exclusive."""

    concept: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Signs:
    """A text folded for matching, and every sign that stands in it, by place."""

    text: str
    found: tuple[Sign, ...]

    def within(self, start: int, end: int) -> tuple[Sign, ...]:
        """The signs that lie inside a stretch."""
        return tuple(s for s in self.found if start <= s.start and s.end <= end)


GROUPS = {
    "act": frozenset({
        "weaken", "lessen", "later", "needless", "absent", "fake", "assure", "hide", "everyone", "allow", "enough",
        "put", "byhand", "unwatched",
    }),
    "excuse": frozenset({"authority", "hurry", "plea", "unbind"}),
}  # fmt: skip


def group(concept: str) -> str:
    """`act`, `excuse`, `thing`, or the concept itself where it stands for nothing wider."""
    if concept.startswith("t:"):
        return "thing"
    return next((name for name, members in GROUPS.items() if concept in members), concept)


@lru_cache(maxsize=64)
def signs(said: str) -> Signs:
    """The signs of a text, in whatever language of the table it is."""
    text = folded(said)
    found = [
        Sign(concept, m.start(), m.end())
        for concept, pattern in _table().items()
        for m in pattern.finditer(text)
    ]
    return Signs(text, tuple(sorted(found, key=lambda s: (s.start, s.end, s.concept))))


_PLAIN_LETTERS = str.maketrans({"ł": "l", "ı": "i", "ø": "o", "ß": "s", "œ": "o", "æ": "a"})
"""One letter for one, so that a place in the folded text is a place in the reading."""


def folded(said: str) -> str:
    """Lower case without accents, every digit a nought; as long as `read(said).text`."""
    text = read(said).text.translate(_PLAIN_LETTERS)
    return "".join("0" if c.isdigit() else base_letter(c) for c in text)


DENSE = re.compile(r"[\u0900-\u097f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts whose words are matched anywhere: no spaces between them, or endings that vary."""


@cache
def _table() -> dict[str, Phrases]:
    rows = cast("dict[str, dict[str, str]]", data("concepts.yaml"))
    return {
        concept: _phrases([w for words in languages.values() for w in words.split(",")])
        for concept, languages in rows.items()
    }


def _phrases(words: list[str]) -> Phrases:
    """Every word of a concept; the longest first, so that a phrase is found before its head."""
    kept = {re.sub(r"\d+", "0", unicodedata.normalize("NFKC", w.strip())) for w in words} - {""}
    longest_first = sorted(kept, key=lambda w: (DENSE.search(w) is not None, -len(w), w))
    return Phrases(longest_first, letters=_letters, pattern=_pattern)


_UNCHANGED = re.compile(r"[a-rt-z]+")
"""Letters that stand in a text as they stand in the table: no accent, and no s, which may be ss."""


def _letters(word: str) -> str:
    return word if DENSE.search(word) else max(_UNCHANGED.findall(word), key=len, default="")


def _pattern(word: str) -> str:
    return re.escape(word) if DENSE.search(word) else rf"(?<!\w)(?:{_spaced(word)})(?!\w)"


def _spaced(word: str) -> str:
    folds = "".join(base_letter(c) for c in word.replace("ss", "s"))
    return (
        re.escape(folds)
        .replace("s", "ss?")
        .replace(r"\ ", r"[\s-]+")
        .replace(r"\*", r"\w*")
        .replace("0", "0+")
    )
