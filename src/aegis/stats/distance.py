"""How far two distributions lie apart, from their sketches: for people to read, not to alarm on.

An alarm on a distance has no error rate; `drift` and `edetector` have. These say how much moved
once it is known that something did.
"""

from __future__ import annotations

import numpy as np

from aegis.stats.grid import FloatArray, IntArray
from aegis.stats.sketch import NumericSketch, shares

_BINS = 10
_FLOOR = 1e-4


def kolmogorov_smirnov(reference: IntArray, current: IntArray) -> float:
    """Largest difference of the two distribution functions at cell edges; 0 to 1.

    Never above the distance of the rows themselves.

    >>> kolmogorov_smirnov(np.array([5, 5]), np.array([10, 0]))
    0.5
    """
    return float(np.abs(np.cumsum(shares(reference)) - np.cumsum(shares(current))).max())


def wasserstein(reference: NumericSketch, current: NumericSketch) -> float:
    """Mean distance, in the column's unit, that mass has to travel from one to the other.

    Mass is taken to lie in the middle of its cell.

    >>> from aegis.stats.grid import Grid
    >>> from aegis.stats.sketch import sketch_numbers
    >>> grid = Grid(0.0, 0.125)
    >>> zeros, ones = (sketch_numbers(np.full(9, x), grid) for x in (0.0, 1.0))
    >>> round(wasserstein(zeros, ones), 1)
    1.0
    """
    if reference.grid != current.grid:
        raise ValueError("sketches on different grids cannot be compared")
    edges = reference.grid.edges()
    middles = (edges[1:] + edges[:-1]) / 2
    apart = np.abs(np.cumsum(shares(reference.counts)) - np.cumsum(shares(current.counts)))
    return float(apart[:-1] @ np.diff(middles))


def population_stability(reference: IntArray, current: IntArray) -> float:
    """The population stability index over tenths of the reference; 0.2 is commonly called large.

    Shares below 1e-4 count as 1e-4. Source: Siddiqi, Credit Risk Scorecards, 2006.

    >>> even, skewed = np.array([50, 50]), np.array([75, 25])
    >>> population_stability(even, even), round(population_stability(even, skewed), 6)
    (0.0, 0.274653)
    """
    tenth = np.minimum((_middle_ranks(reference) * _BINS).astype(int), _BINS - 1)
    old, new = (
        np.maximum(np.bincount(tenth, shares(counts), minlength=_BINS), _FLOOR)
        for counts in (reference, current)
    )
    return float(((new - old) * np.log(new / old)).sum())


def jensen_shannon(reference: IntArray, current: IntArray) -> float:
    """Jensen-Shannon divergence in bits: 0 when alike, 1 when nothing is shared.

    For categories; over the fine cells of a numeric sketch it mostly measures noise.

    >>> jensen_shannon(np.array([5, 0]), np.array([0, 7]))
    1.0
    >>> jensen_shannon(np.array([5, 5]), np.array([7, 7]))
    0.0
    """
    old, new = shares(reference), shares(current)
    middle = (old + new) / 2
    divergence = 0.0
    for part in (old, new):
        held = part > 0
        divergence += 0.5 * float((part[held] * np.log2(part[held] / middle[held])).sum())
    return divergence


def _middle_ranks(counts: IntArray) -> FloatArray:
    share = shares(counts)
    return np.cumsum(share) - share / 2
