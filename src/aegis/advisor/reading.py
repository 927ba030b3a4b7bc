"""A person's text, made readable for patterns, with the way back to every character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from aegis.advisor.lexicon import single_words, unit, unit_words


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of the text that says one thing."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Lower case, plain digits, known typing errors mended; `offsets` leads back to the original."""

    said: str
    text: str
    offsets: tuple[int, ...]
    clauses: tuple[Clause, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in what was said; both offsets count characters, `end` is exclusive."""
        return self.offsets[start], self.offsets[end - 1] + 1

    def clause_at(self, position: int) -> Clause:
        """The clause around a place of `text`."""
        return next((c for c in self.clauses if c.start <= position < c.end), self.clauses[-1])

    def sentence_at(self, position: int) -> Clause:
        """The sentence around a place of `text`."""
        start = max((m.end() for m in _STOP.finditer(self.text, 0, position)), default=0)
        stop = _STOP.search(self.text, position)
        return Clause(start, stop.start() if stop else len(self.text))

    def denies(self, start: int, end: int) -> bool:
        """Whether the clause takes back what stands at this place («we do not use AWS any more»)."""
        clause = self.clause_at(start)
        before = self.text[clause.start : start]
        near = re.search(r"(?:\S+\s+){0,4}\S*\s*$", before)
        since = _turned(before)
        window = max(since, near.start() if near else 0)
        if _negation().search(before, window):
            return True
        return bool(unit("abandoned").search(self.text[end : clause.end]))


@lru_cache(maxsize=64)
def read(said: str) -> Reading:
    """What a person said, ready for patterns. Nothing is dropped but invisible characters."""
    text, offsets = _plain(said)
    text, offsets = _mended(text, offsets)
    clauses = tuple(_clauses(text)) or (Clause(0, max(1, len(text))),)
    return Reading(said=said, text=text, offsets=tuple(offsets), clauses=clauses)


_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "−": "-"}
)


def _plain(said: str) -> tuple[str, list[int]]:
    pieces: list[str] = []
    offsets: list[int] = []
    for at, character in enumerate(said):
        if unicodedata.category(character) in {"Cf", "Cc"} and character not in "\n\t":
            continue
        for part in unicodedata.normalize("NFKC", character).translate(_QUOTES).lower():
            pieces.append(part)
            offsets.append(at)
    return "".join(pieces), offsets


_LONG_WORD = re.compile(r"[a-z]{7,}")


def _mended(text: str, offsets: list[int]) -> tuple[str, list[int]]:
    """Long words of the field with one slip of the finger, as they were meant."""
    known = single_words()
    out: list[str] = []
    back: list[int] = []
    last = 0
    for match in _LONG_WORD.finditer(text):
        meant = _meant(match[0], known)
        if meant is None:
            continue
        out.append(text[last : match.start()] + meant)
        back += offsets[last : match.start()]
        steps = [min(i, match.end() - match.start() - 1) for i in range(len(meant))]
        back += [offsets[match.start() + step] for step in steps]
        last = match.end()
    return "".join(out) + text[last:], back + offsets[last:]


def _meant(word: str, known: frozenset[str]) -> str | None:
    if word in known or word.rstrip("s") in known:
        return None
    slips = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    slips |= {word[:i] + word[i + 1 :] for i in range(1, len(word))}
    found = sorted(slips & known)
    if len(found) == 1:
        return found[0]
    near = [
        k for k in known if len(k) - len(word) in {0, 1} and k[0] == word[0] and _one_off(k, word)
    ]
    return near[0] if len(near) == 1 else None


def _one_off(known: str, word: str) -> bool:
    """One letter missing or one letter other, and not at the end, where inflection lives."""
    if len(known) == len(word):
        differs = [i for i, (a, b) in enumerate(zip(known, word, strict=True)) if a != b]
        return len(differs) == 1 and differs[0] < len(word) - 2
    return any(known[:i] + known[i + 1 :] == word for i in range(1, len(known) - 1))


_STOP = re.compile(r"[;!?\n]+|\.(?=\s|$)")
_BREAK = re.compile(
    r"[;!?\n]+|\.(?=\s|$)|,?\s+(?:but|however|whereas|while|though|aber|sondern|mais|pero|sino)\s+"
    r"|(?<!\d),(?=\s)|,(?=\s+\D)"
)


def _clauses(text: str) -> Iterator[Clause]:
    start = 0
    for match in _BREAK.finditer(text):
        if match.start() > start:
            yield Clause(start, match.end())
        start = match.end()
    if start < len(text):
        yield Clause(start, len(text))


def _negation() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?:{unit_words('negation').replace(' ', chr(92) + 's+')})(?!\w)|n't\b"
    )


_LEFT = re.compile(r"(?<!\w)(?:from|off|away|weg|von|de|desde|instead)(?!\w)")
_ARRIVED = re.compile(r"(?<!\w)(?:to|onto|towards|nach|zu|vers|hacia|a)(?!\w)")
_RATHER = re.compile(r"(?<!\w)(?:but|only|just|sondern|mais|sino)(?!\w)")


def _turned(before: str) -> int:
    """Where a clause begins to mean what it says again: «not AWS but …», «away from A to …»."""
    found = [m.end() for m in _RATHER.finditer(before)]
    left = _LEFT.search(before)
    if left:
        found += [m.end() for m in _ARRIVED.finditer(before, left.end())]
    return max(found, default=0)
