"""What is sketched of a column: one distribution for numbers and categories, several for texts.

Of a text nothing is kept but distributions: how long it is, how it is written, and one of its
words (picked by the text's own hash, so that rows stay independent of each other), whose bucket
counts show that topics have moved.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from aegis.monitor.columns import Column, Kind, Texts, Values
from aegis.stats.grid import FloatArray
from aegis.stats.sketch import BUCKETS, CategorySketch, bucket

_WORD = re.compile(r"\w+")
WORD = "a word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One distribution that is compared; `column` is the column it says something about."""

    name: str
    column: str
    kind: Kind  # never TEXT
    share: float = 1.0  # of the column's stake


def features_of(column: Column) -> tuple[Feature, ...]:
    """The features of one column.

    >>> from aegis.monitor.columns import Stored
    >>> [f.name for f in features_of(Column(name="age", kind=Kind.NUMBER, stored=Stored.NUMBER))]
    ['age']
    >>> [f.name for f in features_of(Column(name="prompt", kind=Kind.TEXT, stored=Stored.TEXT))][:2]
    ['prompt: characters', 'prompt: words']
    """
    if column.kind is not Kind.TEXT:
        return (Feature(name=column.name, column=column.name, kind=column.kind),)
    share = 1 / (len(TEXT_MEASURES) + 1)
    return (
        *(
            Feature(
                name=f"{column.name}: {measure}",
                column=column.name,
                kind=Kind.NUMBER,
                share=share,
            )
            for measure in TEXT_MEASURES
        ),
        Feature(name=f"{column.name}: {WORD}", column=column.name, kind=Kind.CATEGORY, share=share),
    )


def _characters(text: str) -> float:
    return float(len(text))


def _words(text: str) -> float:
    return float(len(_WORD.findall(text)))


def _other_than_letters(text: str) -> float:
    """Percent of the characters that are neither letters nor blanks."""
    return 100 * sum(not (c.isalpha() or c.isspace()) for c in text) / max(len(text), 1)


def _beyond_ascii(text: str) -> float:
    """Percent of the characters that ASCII does not have: other languages and scripts, emoji."""
    return 0.0 if text.isascii() else 100 * sum(c > "\x7f" for c in text) / len(text)


TEXT_MEASURES: Mapping[str, Callable[[str], float]] = {
    "characters": _characters,
    "words": _words,
    "% not letters": _other_than_letters,
    "% beyond ASCII": _beyond_ascii,
}


def text_numbers(texts: Texts, measure: str) -> FloatArray:
    """One measure of every row; NaN where the text is missing."""
    of_value = np.array([*map(TEXT_MEASURES[measure], texts.values), np.nan])
    found: FloatArray = of_value[texts.codes]
    return found


def text_words(texts: Texts) -> Texts:
    """One word of every text, in lower case: which one its own checksum decides.

    >>> words = text_words(Texts(["Refund please", ""], np.array([0, 1, -1])))
    >>> words.values[0] in {"refund", "please"}, words.codes.tolist()
    (True, [0, -1, -1])
    """
    picked = [_pick(text) for text in texts.values]
    distinct = {word: code for code, word in enumerate(dict.fromkeys(filter(None, picked)))}
    codes = np.array([*(distinct.get(word, -1) for word in picked), -1], np.int64)
    return Texts(list(distinct), codes[texts.codes])


def _pick(text: str) -> str:
    words = _WORD.findall(text)
    if not words:
        return ""
    checksum = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    return str(words[checksum % len(words)]).lower()


def category_sketch(texts: Texts) -> CategorySketch:
    """The sketch of a column of categories: each distinct value is hashed once."""
    counts = np.zeros(BUCKETS, np.int64)
    buckets = [bucket(value) for value in texts.values]
    np.add.at(counts, np.array(buckets, np.int64), texts.counts)
    return CategorySketch(counts, texts.missing)


def feature_values(feature: Feature, values: Values) -> Values:
    """The values of a feature, from those of its column."""
    if not isinstance(values, Texts) or feature.name == feature.column:
        return values
    measure = feature.name.removeprefix(f"{feature.column}: ")
    return text_words(values) if measure == WORD else text_numbers(values, measure)
