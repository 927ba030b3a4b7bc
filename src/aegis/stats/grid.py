"""Where a number falls: 2,048 cells, fine around the bulk of a column and never running out.

A cell is found with integer arithmetic on the bits of a float: the bits of ``1 + |z|`` are a
piecewise linear logarithm, so cells are equally wide near the centre and widen with the distance
from it (64 a doubling, as in log-linear histograms). No tail is cut off, and no column needs a
range in advance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.floating] | npt.NDArray[np.integer] | npt.NDArray[np.bool]

HALF = 1024  # cells on each side of the centre
CELLS = 2 * HALF
_PER_DOUBLING = 64
_SHIFT = 23 - 6  # bits of a float32 mantissa below the 64 cells of a doubling
_ONE = 0x3F800000 >> _SHIFT  # where the bits of 1.0 fall
_CHUNK = 32_768  # values at a time, so that every pass stays in the processor's cache


@dataclass(frozen=True, slots=True)
class Grid:
    """Centre and scale of one column's cells, in its own unit. Sketches merge on equal grids."""

    centre: float
    scale: float

    def counts(self, values: Numbers) -> IntArray:
        """How many values fall into each cell; NaN is in none of them.

        >>> grid = Grid(centre=10.0, scale=1.0)
        >>> counts = grid.counts(np.array([10.0, 9.0, np.nan, np.inf, 1e300]))
        >>> int(counts[HALF]), int(counts[HALF - 1 - 64]), int(counts[CELLS - 1])
        (1, 1, 2)
        """
        counts = np.zeros(CELLS, np.int64)
        flat = np.ascontiguousarray(values).reshape(-1)
        floats: npt.NDArray[np.float32] | FloatArray = (
            flat.astype(np.float32, copy=False)
            if flat.dtype == np.float32
            else flat.astype(np.float64, copy=False)
        )
        for start in range(0, len(flat), _CHUNK):
            counts += self._chunk(floats[start : start + _CHUNK])
        return counts

    def _chunk(self, values: npt.NDArray[np.float32] | FloatArray) -> IntArray:
        kind = values.dtype.type
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = (values - kind(self.centre)) * kind(1 / self.scale)
            z = scaled.astype(np.float32, copy=False)
            if math.isnan(float(z.sum())):  # NaN, or infinities of both signs
                z = z[~np.isnan(z)]
            cells = (np.abs(z) + np.float32(1)).view(np.int32)
        cells >>= _SHIFT
        cells -= _ONE
        np.minimum(cells, HALF - 1, out=cells)
        cells ^= z.view(np.int32) >> 31  # mirrors a negative z: m becomes -m - 1
        cells += HALF
        return np.bincount(cells, minlength=CELLS)

    def edges(self) -> FloatArray:
        """The lower edge of every cell in the column's unit, and the upper one of the last.

        >>> edges = Grid(centre=0.0, scale=1.0).edges()
        >>> float(edges[HALF]), float(edges[HALF + 64]), len(edges) - 1
        (0.0, 1.0, 2048)
        """
        cell = np.arange(HALF + 1)
        doubling, part = np.divmod(cell, _PER_DOUBLING)
        distance = np.exp2(doubling) * (1 + part / _PER_DOUBLING) - 1
        return self.centre + self.scale * np.concatenate([-distance[:0:-1], distance])


def fit_grid(sample: Numbers) -> Grid:
    """A grid for a column, from its median and the middle half of a sample of some thousand rows.

    The scale is a power of two near an eighth of the interquartile range (of the standard
    deviation where more than half of the values are equal), so that a cell in the bulk holds less
    than about one percent of a bell-shaped column.

    >>> fit_grid(np.arange(101.0))
    Grid(centre=50.0, scale=4.0)
    >>> fit_grid(np.array([7.0, 7.0, np.nan])), fit_grid(np.array([]))
    (Grid(centre=7.0, scale=0.0078125), Grid(centre=0.0, scale=1.0))
    """
    known = np.asarray(sample, float)
    known = known[np.isfinite(known)]
    if not len(known):
        return Grid(0.0, 1.0)
    low, centre, high = (float(x) for x in np.quantile(known, [0.25, 0.5, 0.75]))
    width = (high - low) / 8 or float(known.std()) / 8 or abs(centre) / 512 or 1.0
    return Grid(centre, 2.0 ** math.floor(math.log2(width)))
