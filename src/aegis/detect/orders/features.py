"""The features of a text at their places: pieces of words, words that stand together, and concepts.

Every feature is a bucket of a hashed table and the place where it stands, so that the weight of any
window of a text is a difference of two running sums.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import cast

import numpy as np
import yaml
from numpy.typing import NDArray

from aegis.detect.orders.folding import WORD, folded

Whole = NDArray[np.uint64]
Places = NDArray[np.intp]
BITS = 16
BUCKETS = 1 << BITS
KINDS = ("pieces", "words", "concepts")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a mark of the folded text, and what it is about; `end` is exclusive."""

    text: str
    start: int
    end: int
    concept: str = ""


@dataclass(frozen=True, slots=True)
class Features:
    """By kind: the bucket of each feature and the place of its first character, in order of places."""

    words: tuple[Word, ...]
    buckets: tuple[Places, ...]
    places: tuple[Places, ...]


def features(text: str) -> Features:
    """The features of a text, each kind ordered by place."""
    plain = folded(text)
    words = tuple(
        Word(m[0], m.start(), m.end(), concept_of(m[0], plain, m.start()))
        for m in WORD.finditer(plain)
    )
    found = (_pieces(plain), _together(words), _concepts(words))
    ordered = [
        (buckets[order], places[order])
        for buckets, places in found
        for order in [np.argsort(places, kind="stable")]
    ]
    return Features(words, tuple(b for b, _ in ordered), tuple(p for _, p in ordered))


_MIX = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)
_DOWN = np.uint64(64 - BITS)


def _bucket(codes: Whole) -> Places:
    """Fibonacci hashing, after a fold of the high half into the low one (Knuth, volume 3, 6.4)."""
    return (((codes ^ (codes >> np.uint64(31))) * _MIX) >> _DOWN).astype(np.intp)


def _pieces(plain: str) -> tuple[Places, Places]:
    """Three to five letters that follow one another, blanks included."""
    codes = np.frombuffer(f" {plain} ".encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    buckets, places = [], []
    running = codes
    for length in range(2, 6):
        running = running[: len(codes) - length + 1] * _STEP + codes[length - 1 :]
        if length > 2:
            buckets.append(_bucket(running + np.uint64(length)))
            places.append(np.maximum(np.arange(len(running)) - 1, 0))
    return np.concatenate(buckets), np.concatenate(places)


_APART = ((1,), (1, 2), (2,), (3,))
"""Which later words stand with a word: the next, the next two, one further on."""


def _together(words: tuple[Word, ...]) -> tuple[Places, Places]:
    codes = np.array([zlib.crc32(w.text.encode()) for w in words], dtype=np.uint64)
    starts = np.array([w.start for w in words], dtype=np.intp)
    buckets, places = [_bucket(codes)], [starts]
    for salt, steps in enumerate(_APART, start=1):
        count = max(0, len(words) - steps[-1])
        running = codes[:count] + np.uint64(salt << 40)
        for step in steps:
            running = running * _STEP + codes[step : step + count]
        buckets.append(_bucket(running))
        places.append(starts[:count])
    return np.concatenate(buckets), np.concatenate(places)


_NEAR = 9
"""Words between two concepts that belong together; `_BESIDE` for those that touch."""
_BESIDE = 2


def _concepts(words: tuple[Word, ...]) -> tuple[Places, Places]:
    """Concepts alone, in order with those near them, and with the words beside them."""
    about = [(at, word) for at, word in enumerate(words) if word.concept]
    names, places = [], []
    for nth, (at, word) in enumerate(about):
        names.append(word.concept)
        places.append(word.start)
        for later, other in about[nth + 1 :]:
            if later - at > _NEAR:
                break
            if other.concept != word.concept:
                names.append(f"{word.concept}>{other.concept}")
                places.append(word.start)
                if later - at <= _BESIDE:
                    names.append(f"{word.concept}>>{other.concept}")
                    places.append(word.start)
        for later, last in about[nth + 2 : nth + 4]:
            if later - at <= _NEAR:
                names.append(f"{word.concept}>{about[nth + 1][1].concept}>{last.concept}")
                places.append(word.start)
    codes = np.array([zlib.crc32(name.encode()) for name in names], dtype=np.uint64)
    return _bucket(codes), np.array(places, dtype=np.intp)


@cache
def _table() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Concepts by whole word, by beginning, and by letters of scripts without spaces."""
    text = resources.files(__package__).joinpath("data/concepts.yaml").read_text("utf-8")
    whole: dict[str, str] = {}
    begins: dict[str, str] = {}
    dense: dict[str, str] = {}
    for concept, listed in cast("dict[str, str]", yaml.load(text, Loader=yaml.CSafeLoader)).items():
        for word in listed.split():
            plain = folded(word.rstrip("*"))
            table = begins if word.endswith("*") else whole
            into = dense if ord(plain[0]) >= _DENSE_FROM else table
            into.setdefault(plain, concept)
    return whole, begins, dense


_DENSE_FROM = 0x3000
"""From this letter on scripts have no blanks between words."""
_LONGEST, _SHORTEST, _NO_WORD = 12, 2, 40


@cache
def _known(word: str) -> str:
    whole, begins, _ = _table()
    if word in whole:
        return whole[word]
    for length in range(min(len(word), _LONGEST), _SHORTEST, -1):
        if word[:length] in begins:
            return begins[word[:length]]
    return ""


def concept_of(word: str, plain: str, at: int) -> str:
    """What a word is about; empty for nothing that matters."""
    if ord(word[0]) < _DENSE_FROM:
        return _known(word) if len(word) < _NO_WORD else ""
    dense = _table()[2]
    return next(
        (dense[plain[at : at + n]] for n in (4, 3, 2, 1) if plain[at : at + n] in dense), ""
    )
