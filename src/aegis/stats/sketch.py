"""What is kept of a column instead of its rows: counts, which merge by adding them up.

Merging is exact: associative, commutative, and the same as sketching all rows at once. A sketch
has 16 KiB in memory, so that 50 columns stay under 1 MB; packed it is smaller still. It holds no
row and no text, only how many values fell where. (A cell with a single value still tells roughly
what that value was: where rare values are personal, keep references above some thousand rows.)
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from aegis.stats.grid import CELLS, FloatArray, Grid, IntArray, Numbers

BUCKETS = 1024


@dataclass(frozen=True, slots=True, eq=False)
class NumericSketch:
    """Counts of one numeric column over the cells of a grid, and how many values were missing."""

    grid: Grid
    counts: IntArray
    missing: int = 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NumericSketch):
            return NotImplemented
        same = (self.grid, self.missing) == (other.grid, other.missing)
        return same and np.array_equal(self.counts, other.counts)

    def __hash__(self) -> int:
        return hash((self.grid, self.missing, self.counts.tobytes()))

    @property
    def rows(self) -> int:
        """Values seen, without the missing ones."""
        return int(self.counts.sum())

    def merge(self, other: NumericSketch) -> NumericSketch:
        """The sketch of both together."""
        if self.grid != other.grid:
            raise ValueError("sketches on different grids do not merge; take one grid for all")
        return NumericSketch(self.grid, self.counts + other.counts, self.missing + other.missing)

    def quantile(self, probability: float) -> float:
        """The value below which this share of the column lies, to the width of a cell.

        NaN when the column is empty.

        >>> sketch = sketch_numbers(np.arange(1001.0), Grid(centre=500.0, scale=64.0))
        >>> abs(sketch.quantile(0.9) - 900) < 10
        True
        """
        if not self.rows:
            return float("nan")
        edges = self.grid.edges()
        reached = np.concatenate([[0], np.cumsum(self.counts)]) / self.rows
        cell = int(np.searchsorted(reached, probability, side="left")) - 1
        cell = min(max(cell, 0), CELLS - 1)
        inside = (probability - reached[cell]) / max(reached[cell + 1] - reached[cell], 1e-300)
        return float(edges[cell] + min(max(inside, 0.0), 1.0) * (edges[cell + 1] - edges[cell]))

    def pack(self) -> bytes:
        """The sketch as bytes, the same ones for the same sketch.

        >>> sketch = sketch_numbers(np.array([1.0, 2.0, np.nan]), Grid(0.0, 1.0))
        >>> unpack_numeric(sketch.pack()) == sketch
        True
        """
        head = {"centre": self.grid.centre, "missing": self.missing, "scale": self.grid.scale}
        return _pack(head, self.counts)


def sketch_numbers(values: Numbers, grid: Grid) -> NumericSketch:
    """The sketch of an array of numbers; NaN counts as missing."""
    counts = grid.counts(values)
    return NumericSketch(grid, counts, int(np.size(values)) - int(counts.sum()))


def unpack_numeric(packed: bytes) -> NumericSketch:
    """The sketch that `NumericSketch.pack` wrote."""
    head, counts = _unpack(packed, CELLS)
    grid = Grid(float(head["centre"]), float(head["scale"]))
    return NumericSketch(grid, counts, int(head["missing"]))


@dataclass(frozen=True, slots=True, eq=False)
class CategorySketch:
    """Counts of one column of texts over 1,024 buckets of their hash. The texts are not kept.

    Two texts share a bucket with probability 1/1024; their shares then move together.
    """

    counts: IntArray
    missing: int = 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CategorySketch):
            return NotImplemented
        return self.missing == other.missing and np.array_equal(self.counts, other.counts)

    def __hash__(self) -> int:
        return hash((self.missing, self.counts.tobytes()))

    @property
    def rows(self) -> int:
        """Values seen, without the missing ones."""
        return int(self.counts.sum())

    def merge(self, other: CategorySketch) -> CategorySketch:
        """The sketch of both together."""
        return CategorySketch(self.counts + other.counts, self.missing + other.missing)

    def pack(self) -> bytes:
        """The sketch as bytes, the same ones for the same sketch.

        >>> sketch = sketch_texts(["a", "b", None, "a"])
        >>> unpack_categories(sketch.pack()) == sketch, sketch.missing
        (True, 1)
        """
        return _pack({"missing": self.missing}, self.counts)


def bucket(text: str) -> int:
    """The bucket of a text: the same on every machine and in every process.

    >>> bucket("france") == bucket("france"), 0 <= bucket("") < BUCKETS
    (True, True)
    """
    digest = hashlib.blake2b(text.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % BUCKETS


def sketch_texts(values: Iterable[str | None]) -> CategorySketch:
    """The sketch of a column of texts; None counts as missing.

    >>> int(sketch_texts(["x"] * 3).counts[bucket("x")])
    3
    """
    counts = np.zeros(BUCKETS, np.int64)
    seen = Counter(values)
    missing = seen.pop(None, 0)
    for text, count in seen.items():
        if text is not None:
            counts[bucket(text)] += count
    return CategorySketch(counts, missing)


def unpack_categories(packed: bytes) -> CategorySketch:
    """The sketch that `CategorySketch.pack` wrote."""
    head, counts = _unpack(packed, BUCKETS)
    return CategorySketch(counts, int(head["missing"]))


def shares(counts: IntArray) -> FloatArray:
    """Counts as shares of their sum; zeros when there is nothing.

    >>> shares(np.array([1, 3])).tolist()
    [0.25, 0.75]
    """
    total = counts.sum()
    return counts / total if total else np.zeros(len(counts))


def _pack(head: dict[str, float], counts: IntArray) -> bytes:
    text = json.dumps(head, sort_keys=True).encode()
    return len(text).to_bytes(4, "big") + text + zlib.compress(counts.astype("<i8").tobytes(), 6)


def _unpack(packed: bytes, cells: int) -> tuple[dict[str, float], IntArray]:
    size = int.from_bytes(packed[:4], "big")
    head: dict[str, float] = json.loads(packed[4 : 4 + size])
    counts = np.frombuffer(zlib.decompress(packed[4 + size :]), "<i8").astype(np.int64)
    if len(counts) != cells:
        raise ValueError(f"a sketch of {len(counts)} cells, not {cells}")
    return head, counts
