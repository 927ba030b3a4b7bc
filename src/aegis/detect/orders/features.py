"""The features of a text at their places: pieces of words, words that stand together, and concepts.

Every feature is a bucket of a hashed table and the place where it stands, so that the weight of any
window of a text is a difference of two running sums.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
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
class Features:
    """By kind the bucket of each feature and the place of its first character, in order of places.

    `words` are the words and marks of the folded text, `starts` where they begin.
    """

    words: tuple[str, ...]
    starts: tuple[int, ...]
    buckets: tuple[Places, ...]
    places: tuple[Places, ...]


def features(text: str) -> Features:
    """The features of a text, each kind ordered by place."""
    plain = folded(text)
    found = [(m[0], m.start()) for m in WORD.finditer(plain)]
    words, starts = zip(*found, strict=True) if found else ((), ())
    kinds = [_pieces(plain), _together(words, starts), _concepts(plain, found)]
    orders = [np.argsort(places, kind="stable") for _, places in kinds]
    return Features(
        words,
        starts,
        tuple(buckets[order] for (buckets, _), order in zip(kinds, orders, strict=True)),
        tuple(places[order] for (_, places), order in zip(kinds, orders, strict=True)),
    )


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


def _together(words: Sequence[str], starts: Sequence[int]) -> tuple[Places, Places]:
    codes = np.array([zlib.crc32(word.encode()) for word in words], dtype=np.uint64)
    begins = np.array(starts, dtype=np.intp)
    buckets, places = [_bucket(codes)], [begins]
    for salt, steps in enumerate(_APART, start=1):
        count = max(0, len(words) - steps[-1])
        running = codes[:count] + np.uint64(salt << 40)
        for step in steps:
            running = running * _STEP + codes[step : step + count]
        buckets.append(_bucket(running))
        places.append(begins[:count])
    return np.concatenate(buckets), np.concatenate(places)


_NEAR = 9
"""Words between two concepts that belong together; `_BESIDE` for those that touch."""
_BESIDE = 2


def _concepts(plain: str, words: Sequence[tuple[str, int]]) -> tuple[Places, Places]:
    """Concepts alone, in order with those near them, and three in a row."""
    about = [
        (at, start, concept)
        for at, (word, start) in enumerate(words)
        if (concept := _known(word) if word[0] < _DENSE_FROM else _dense(plain, start))
    ]
    names: list[str] = []
    places: list[int] = []
    for nth, (at, start, concept) in enumerate(about):
        near = [
            (later - at, name)
            for later, _, name in about[nth + 1 : nth + _NEAR]
            if later - at <= _NEAR
        ]
        following = [f"{concept}>{name}" for _, name in near if name != concept]
        touching = [
            f"{concept}>>{name}" for far, name in near if name != concept and far <= _BESIDE
        ]
        in_a_row = [f"{concept}>{near[0][1]}>{name}" for _, name in near[1:3]]
        named = (concept, *following, *touching, *in_a_row)
        names += named
        places += [start] * len(named)
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
            into = dense if plain[0] >= _DENSE_FROM else table
            into.setdefault(plain, concept)
    return whole, begins, dense


_DENSE_FROM = "\u3000"
"""From this letter on scripts have no blanks between words."""
_LONGEST, _SHORTEST, _NO_WORD = 12, 2, 40


@lru_cache(maxsize=100_000)
def _known(word: str) -> str:
    """What a word is about; empty for nothing that matters."""
    whole, begins, _ = _table()
    if word in whole or len(word) > _NO_WORD:
        return whole.get(word, "")
    for length in range(min(len(word), _LONGEST), _SHORTEST, -1):
        if word[:length] in begins:
            return begins[word[:length]]
    return ""


def _dense(plain: str, at: int) -> str:
    """What the letters at a place are about; the longest known row of them."""
    known = _table()[2]
    return next(
        (known[plain[at : at + n]] for n in (4, 3, 2, 1) if plain[at : at + n] in known), ""
    )
