"""A prediction beside the label it may have caused: their joint distribution, and what it betrays.

Two signs of a feedback loop show in data alone. Labels that exist mostly where the model said one
thing: a model trained on them learns its own decisions. Labels that repeat the prediction: people,
or a downstream system, copy the model, and its accuracy looks perfect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aegis.monitor.columns import Texts, Values
from aegis.stats.grid import FloatArray, IntArray
from aegis.stats.sketch import BUCKETS, CategorySketch

_AS_THEY_ARE = 12  # distinct numbers up to which each is a class of its own
_MISSING = "missing"
_LOPSIDED = 2.0  # times as often labelled in one group of predictions as in another
_FEWEST_ROWS = 30  # of a group, before its share of labels says anything
_COPIED = 0.99  # share of labels that repeat the prediction


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """How a column is divided for a joint distribution: its classes, or thirds of its numbers."""

    cuts: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Every bin, the lowest first; the missing values are one more."""
        thirds = ("low", "middle", "high")
        return (*(thirds if self.cuts else self.classes), _MISSING)

    def of(self, values: Values) -> IntArray:
        """The bin of every row; a class that was not known is one after the last."""
        names = self.names()
        if isinstance(values, Texts):
            index = {name: i for i, name in enumerate(self.classes)}
            codes = [index.get(v, len(names)) for v in values.values]
            return np.array([*codes, len(names) - 1])[values.codes]
        if self.cuts:
            found = np.searchsorted(np.array(self.cuts), values, side="right")
        else:
            known: FloatArray = np.array([float(c) for c in self.classes])
            at = np.minimum(np.searchsorted(known, values), max(len(known) - 1, 0))
            found = np.where(known[at] == values, at, len(names)) if len(known) else at
        return np.where(np.isnan(values), len(names) - 1, found)


def bins_for(values: Values) -> Bins:
    """Bins for a column, from its first rows.

    >>> bins_for(np.array([0.0, 1.0, 1.0])).names()
    ('0', '1', 'missing')
    >>> bins_for(np.arange(99.0)).names()
    ('low', 'middle', 'high', 'missing')
    """
    if isinstance(values, Texts):
        most = np.argsort(-values.counts, kind="stable")[:_AS_THEY_ARE]
        return Bins(classes=tuple(values.values[i] for i in most))
    known = np.unique(values[~np.isnan(values)])
    if len(known) <= _AS_THEY_ARE:
        return Bins(classes=tuple(f"{v:.15g}" for v in known))
    low, high = np.quantile(values[~np.isnan(values)], [1 / 3, 2 / 3])
    return Bins(cuts=(float(low), float(high)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A prediction that feeds a label (or the next training set)."""

    prediction: str
    label: str
    prediction_bins: Bins
    label_bins: Bins

    @property
    def name(self) -> str:
        """How reports call it."""
        return pair_name(self.prediction, self.label)

    def sketch(self, predictions: Values, labels: Values) -> CategorySketch:
        """The joint distribution; each pair of bins has a cell of its own."""
        _, columns = self._shape
        codes = self.prediction_bins.of(predictions) * columns + self.label_bins.of(labels)
        return CategorySketch(np.bincount(codes, minlength=BUCKETS))

    @property
    def _shape(self) -> tuple[int, int]:
        return len(self.prediction_bins.names()) + 1, len(self.label_bins.names()) + 1

    def table(self, sketch: CategorySketch) -> IntArray:
        """Rows by bin of the prediction and bin of the label; the last of each: unknown classes."""
        rows, columns = self._shape
        return sketch.counts[: rows * columns].reshape(rows, columns)

    def cell(self, place: int) -> str:
        """What a cell of the joint distribution holds, in words."""
        row, column = divmod(place, self._shape[1])
        predicted, said = (
            (*bins.names(), "a new class") for bins in (self.prediction_bins, self.label_bins)
        )
        return f"`{self.prediction}` {predicted[row]} and `{self.label}` {said[column]}"

    def signs(self, sketch: CategorySketch) -> tuple[str, ...]:
        """What the joint distribution betrays, in sentences."""
        table = self.table(sketch)
        return (*self._one_sided(table), *self._copied(table))

    def _one_sided(self, table: IntArray) -> Sequence[str]:
        names = self.prediction_bins.names()[:-1]
        seen = {
            name: (int(row.sum() - row[len(self.label_bins.names()) - 1]), int(row.sum()))
            for name, row in zip(names, table, strict=False)
            if row.sum() >= _FEWEST_ROWS
        }
        shares = {name: labelled / rows for name, (labelled, rows) in seen.items()}
        if len(shares) < 2:
            return ()
        most, least = max(shares, key=shares.__getitem__), min(shares, key=shares.__getitem__)
        if shares[most] < _LOPSIDED * shares[least] or shares[most] == 0:
            return ()
        sign = (
            f"`{self.label}` is known for {shares[most]:.0%} of the rows where `{self.prediction}` "
            f"is {most}, and for {shares[least]:.0%} where it is {least}: a model trained on these "
            "labels learns its own decisions; label a random sample whatever the model says"
        )
        return (sign,)

    def _copied(self, table: IntArray) -> Sequence[str]:
        predicted, said = self.prediction_bins, self.label_bins
        shared = [c for c in predicted.classes if c in said.classes]
        if len(shared) < 2:
            return ()
        places = [(predicted.classes.index(c), said.classes.index(c)) for c in shared]
        same = sum(int(table[i, j]) for i, j in places)
        both = int(table[: len(predicted.classes), : len(said.classes)].sum())
        if both < _FEWEST_ROWS or same < _COPIED * both:
            return ()
        sign = (
            f"`{self.label}` repeats `{self.prediction}` in {same / both:.1%} of {both:,} rows: the "
            "label may be a copy of the prediction, and then no accuracy is measured"
        )
        return (sign,)


def pair_name(prediction: str, label: str) -> str:
    """The name of a pair among the features."""
    return f"{prediction} → {label}"
