"""Columns of a table as the monitors see them: numbers, texts or vectors, with a kind and a role."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from aegis.stats.grid import IntArray

_LONG_TEXT = 40  # characters on average: nobody names a category like that
_MOST_CATEGORIES = 1000
_FEW_REPEATS = 0.5  # distinct values over rows
_ENOUGH_ROWS = 100
_MOSTLY = 0.95


class Kind(enum.StrEnum):
    """What is compared of a column."""

    NUMBER = "number"
    CATEGORY = "category"
    TEXT = "text"
    EMBEDDING = "embedding"


class Stored(enum.StrEnum):
    """How a file holds the values of a column; another way of holding them is a type change."""

    NUMBER = "number"
    TEXT = "text"
    VECTOR = "vector"


class Role(enum.StrEnum):
    """What a column is to the model; the values are the `signal` of the exported evidence."""

    INPUT = "inputs"
    PREDICTION = "predictions"
    LABEL = "labels"


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A column of texts: its distinct values, and for each row which one (-1: missing)."""

    values: Sequence[str]
    codes: IntArray

    @property
    def counts(self) -> IntArray:
        """Rows by value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    @property
    def missing(self) -> int:
        """Rows without a value."""
        return int((self.codes < 0).sum())


Numbers = npt.NDArray[np.float64] | npt.NDArray[np.float32]
Values = Numbers | Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some columns of some neighbouring rows.

    A table comes as chunks in order. A row group may come as several chunks, a few columns each,
    so that memory stays bounded; `first_columns` marks the one that counts its rows. Columns that
    are compared row by row come together. Vectors are arrays of two dimensions, NaN rows missing.
    """

    rows: int
    columns: Mapping[str, Values]
    first_columns: bool = True

    def slice(self, start: int, end: int) -> Chunk:
        """The rows from `start` to before `end`."""
        columns: dict[str, Values] = {
            name: Texts(v.values, v.codes[start:end]) if isinstance(v, Texts) else v[start:end]
            for name, v in self.columns.items()
        }
        return Chunk(rows=end - start, columns=columns, first_columns=self.first_columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What is known of a column before its values are compared."""

    name: str
    kind: Kind
    stored: Stored
    role: Role = Role.INPUT


@dataclass(slots=True)
class Problems:
    """What could not be read, each with its place; the first ones in words, all of them counted."""

    shown: list[str] = field(default_factory=list)
    count: int = 0
    _MOST = 20

    def add(self, place: str, what: str) -> None:
        """One more, as `place: what`."""
        self.count += 1
        if len(self.shown) < self._MOST:
            self.shown.append(f"{place}: {what}")

    def lines(self) -> tuple[str, ...]:
        """The first ones, and how many more there are."""
        more = self.count - len(self.shown)
        return (*self.shown, *([f"and {more:,} more like these"] if more else []))


def guess_kind(values: Values) -> Kind:
    """What a column most likely is, from its first rows.

    >>> guess_kind(np.array([1.0, 2.0])), guess_kind(Texts(["de", "fr"], np.array([0, 1] * 90)))
    (<Kind.NUMBER: 'number'>, <Kind.CATEGORY: 'category'>)
    """
    if not isinstance(values, Texts):
        return Kind.EMBEDDING if values.ndim == 2 else Kind.NUMBER
    rows = len(values.codes) - values.missing
    if not rows:
        return Kind.CATEGORY
    length = sum(map(len, values.values)) / max(len(values.values), 1)
    mostly_new = rows >= _ENOUGH_ROWS and len(values.values) > _FEW_REPEATS * rows
    is_text = length > _LONG_TEXT or len(values.values) > _MOST_CATEGORIES or mostly_new
    return Kind.TEXT if is_text else Kind.CATEGORY


def stored_as(values: Values) -> Stored:
    """How these values were held."""
    if isinstance(values, Texts):
        return Stored.TEXT
    return Stored.VECTOR if values.ndim == 2 else Stored.NUMBER


def fit_to(column: Column, values: Values) -> Values | None:
    """The values as the column was compared before; None when their type is another one.

    Texts that state numbers are read as numbers where at least 95 % of them do; the others then
    count as missing. Numbers that are compared as categories become their digits.

    >>> age = Column(name="age", kind=Kind.NUMBER, stored=Stored.NUMBER)
    >>> fit_to(age, Texts(["3", "4"], np.array([0, 1, -1])))
    array([ 3.,  4., nan])
    >>> fit_to(age, Texts(["old", "4"], np.array([0, 1]))) is None
    True
    """
    if isinstance(values, Texts) and not len(values.values):
        if column.kind is Kind.NUMBER:
            return np.full(len(values.codes), np.nan)
        return values if column.kind in {Kind.CATEGORY, Kind.TEXT} else None
    found = values
    if column.stored is Stored.NUMBER and isinstance(values, Texts):
        numbers = np.array([*map(as_number, values.values), math.nan])
        stated = int(values.counts[~np.isnan(numbers[:-1])].sum())
        if stated < _MOSTLY * values.counts.sum():
            return None
        found = numbers[values.codes]
    if stored_as(found) is not column.stored:
        return None
    if column.kind is Kind.CATEGORY and not isinstance(found, Texts):
        return texts_of(found)
    return found


def texts_of(numbers: Numbers) -> Texts:
    """Numbers as categories.

    >>> texts_of(np.array([1.0, 0.0, np.nan])).values
    ['0', '1']
    """
    values, codes = np.unique(numbers, return_inverse=True)
    missing = np.isnan(numbers)
    known = values[~np.isnan(values)]
    return Texts([f"{v:.15g}" for v in known], np.where(missing, -1, codes.reshape(-1)))


def looks_like_an_identifier(values: Values) -> bool:
    """Whether a column counts its rows: whole numbers that only rise, each once.

    Such a column moves by itself in every window.

    >>> looks_like_an_identifier(np.arange(500.0)), looks_like_an_identifier(np.ones(500))
    (True, False)
    """
    if isinstance(values, Texts) or values.ndim != 1 or len(values) < _ENOUGH_ROWS:
        return False
    steps = np.diff(values[:10_000])
    return bool((steps > 0).all() and (steps == np.floor(steps)).all())


def as_number(text: str) -> float:
    """The number that a text states; NaN when it states none.

    >>> as_number(" 4.5 "), as_number("4,5"), as_number("nan")
    (4.5, nan, nan)
    """
    try:
        return float(text)
    except ValueError:
        return math.nan
