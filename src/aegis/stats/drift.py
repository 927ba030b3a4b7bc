"""Bets that a window of rows no longer looks like the reference, column by column.

Each value is replaced by its rank in the reference (its conformal p-value, in the middle of its
cell). Without a change ranks are uniform on [0, 1], whatever the column's distribution: then sums
of ranks are sub-Gaussian with variance 1/12, exactly, and the bets below have mean at most 1 for
any number of rows. Three questions are bet on: did the values move, did they spread or shrink,
did their shape change.

A reference is a sample itself, so its ranks are slightly off, and by the same amount in every
window. The bets give this away in advance: they ask for a change larger than the reference's own
error, which is exceeded anywhere with probability `REFERENCE_RISK` only (the guarantee is then:
with 99 % probability over the reference, false alarms keep their budget). A reference of a
hundred windows gives away a third of a standard error; one of ten windows gives away a whole one.

Assumes independent rows. Source: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random
World, 2nd ed. 2022 (ranks); Massart, Annals of Probability 18, 1990 (the shape).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from aegis.stats.edetector import Bets, calibrate
from aegis.stats.grid import FloatArray, IntArray
from aegis.stats.sketch import CategorySketch, NumericSketch
from aegis.stats.special import normal_quantile

REFERENCE_RISK = 0.01
_SIZES = np.array([1.0, 2.0, 4.0, -1.0, -2.0, -4.0])  # shift, in standard errors
_TILTS = np.array(
    [0.5, 0.8, 1.25, 2.0, 5.0]
)  # odds of a category or of a missing value, against before
_NUMERIC_BETS = 2 * len(_SIZES) + 1 + len(_TILTS)
_MOVED_SHARE, _SPREAD_SHARE, _SHAPE_SHARE, _MISSING_SHARE = 0.5, 0.2, 0.2, 0.1
_VARIANCE_SLACK = 2.0  # standard deviations of the reference's variance of ranks, about


def numeric_bets(names: Sequence[str]) -> Bets:
    """The bets on numeric columns, in the order of `numeric_evidence`."""
    sizes, tilts = len(_SIZES), len(_TILTS)
    one = [_MOVED_SHARE / sizes] * sizes + [_SPREAD_SHARE / sizes] * sizes
    one += [_SHAPE_SHARE] + [_MISSING_SHARE / tilts] * tilts
    return Bets(
        names=tuple(name for name in names for _ in range(_NUMERIC_BETS)),
        weights=tuple(weight / len(names) for _ in names for weight in one),
    )


def numeric_evidence(
    references: Sequence[NumericSketch], windows: Sequence[NumericSketch]
) -> FloatArray:
    """Logarithms of the e-values of one window, for all columns after each other.

    Null hypothesis of every bet: the window's rows come from the reference's distribution.

    >>> from aegis.stats.grid import fit_grid
    >>> from aegis.stats.sketch import sketch_numbers
    >>> values = np.linspace(0, 1, 50_001)
    >>> grid = fit_grid(values)
    >>> old, same, moved = (
    ...     sketch_numbers(x, grid) for x in (values, values[::100], values[::100] ** 1.3))
    >>> bool(numeric_evidence([old], [same]).max() <= 0)
    True
    >>> bool(numeric_evidence([old], [moved]).max() > 5)
    True
    """
    caution = _caution(4 * len(references))
    return np.concatenate(
        [
            _one_column(reference, window, caution)
            for reference, window in zip(references, windows, strict=True)
        ]
    )


def _caution(questions: int) -> float:
    """Standard errors of the reference that are given away, over all columns and questions."""
    return normal_quantile(1 - REFERENCE_RISK / (2 * questions))


def _one_column(reference: NumericSketch, window: NumericSketch, caution: float) -> FloatArray:
    if reference.grid != window.grid:
        raise ValueError("a window is sketched on the grid of its reference")
    gone = np.array([reference.missing]), reference.missing + reference.rows
    low_share, high_share = _error_band(*gone, caution)
    missing = _tilt_bets(
        low_share, high_share, np.array([window.missing]), window.missing + window.rows
    )
    if not (reference.rows and window.rows):
        return np.concatenate([np.zeros(_NUMERIC_BETS - len(_TILTS)), missing])
    share = reference.counts / reference.rows
    high = np.cumsum(share)
    low = high - share
    moved = float(window.counts @ ((low + high) / 2 - 0.5))
    spread = float(window.counts @ (_distance_from_middle(low, high) - 0.5))
    error = caution * math.sqrt(window.rows / reference.rows)
    noise = 1 + _VARIANCE_SLACK * caution / math.sqrt(reference.rows)
    return np.concatenate(
        [
            _shift_bets(moved * math.sqrt(12 / window.rows), error, noise),
            _shift_bets(spread * math.sqrt(12 / window.rows), error, noise),
            [calibrate(_shape_p_value(high, window, reference.rows, caution))],
            missing,
        ]
    )


def _distance_from_middle(low: FloatArray, high: FloatArray) -> FloatArray:
    """Mean of ``|2 u - 1|`` for a rank u somewhere between the two ends of its cell."""
    width = np.maximum(high - low, 1e-300)
    across = ((0.5 - low) ** 2 + (high - 0.5) ** 2) / width
    from_middle: FloatArray = np.where((low < 0.5) & (high > 0.5), across, np.abs(low + high - 1))
    return from_middle


def _shift_bets(z: float, error: float, noise: float) -> FloatArray:
    bets: FloatArray = _SIZES * z - np.abs(_SIZES) * error - _SIZES**2 / 2 * noise
    return bets


def _shape_p_value(
    reached: FloatArray, window: NumericSketch, reference_rows: int, caution: float
) -> float:
    apart = float(np.abs(np.cumsum(window.counts) / window.rows - reached).max())
    log_risk = caution**2 / 2 + math.log(2)  # the same risk through Massart's inequality
    excess = max(apart - math.sqrt(log_risk / (2 * reference_rows)), 0.0)
    return min(1.0, 2 * math.exp(-2 * window.rows * excess**2))


def category_bets(name: str, reference: CategorySketch) -> Bets:
    """The bets on one column of texts: for each bucket, weighted by its share, and one for the
    missing values.

    Buckets that the reference never saw share a tenth of the stake, so that a new category is
    noticed.
    """  # noqa: D205 - the summary is one sentence
    weights = _bucket_weights(reference)
    weighted = [weight / len(_TILTS) for weight in weights for _ in _TILTS]
    return Bets(names=(name,) * len(weighted), weights=tuple(weighted))


def category_evidence(
    reference: CategorySketch, window: CategorySketch, *, columns: int = 1
) -> FloatArray:
    """Logarithms of the e-values of one window, for every bucket and tilt.

    Null hypothesis of every bet: the bucket's share is what it was. Several `columns` of texts
    share the risk of the reference's own error.

    >>> from aegis.stats.sketch import sketch_texts
    >>> old = sketch_texts(["a"] * 5000 + ["b"] * 5000)
    >>> same, moved = sketch_texts(["a", "b"] * 250), sketch_texts(["a"] * 350 + ["b"] * 150)
    >>> bool(category_evidence(old, same).max() <= 0)
    True
    >>> bool(category_evidence(old, moved).max() > 15)
    True
    """
    counts = np.append(reference.counts, reference.missing)
    now = np.append(window.counts, window.missing)
    caution = _caution(columns * (2 * int((counts > 0).sum()) + 2))
    low, high = _error_band(counts, int(counts.sum()), caution)
    return _tilt_bets(low, high, now, int(now.sum()))


def _bucket_weights(reference: CategorySketch) -> FloatArray:
    counts = np.append(reference.counts, reference.missing)
    seen = counts > 0
    weights = np.where(seen, 0.9 * np.sqrt(counts) / max(np.sqrt(counts).sum(), 1e-300), 0.0)
    weights += np.where(seen, 0.0, 0.1 / max((~seen).sum(), 1))
    normalised: FloatArray = weights / weights.sum()
    return normalised


def _error_band(counts: IntArray, total: int, caution: float) -> tuple[FloatArray, FloatArray]:
    """The shares in the reference, give or take their error (Wilson's interval)."""
    if not total:
        return np.zeros(len(counts)), np.ones(len(counts))
    share, strength = counts / total, caution**2 / total
    middle = share + strength / 2
    half = caution * np.sqrt(share * (1 - share) / total + strength / (4 * total))
    low = np.maximum((middle - half) / (1 + strength), 0.0)
    return low, np.minimum((middle + half) / (1 + strength), 1.0)


def _tilt_bets(low: FloatArray, high: FloatArray, counts: IntArray, rows: int) -> FloatArray:
    """Bets that the odds of each share are multiplied, against the end of its band on that side."""
    share = np.where(_TILTS > 1, high[:, None], low[:, None])
    bets: FloatArray = counts[:, None] * np.log(_TILTS) - rows * np.log1p(share * (_TILTS - 1))
    return bets.reshape(-1)
