"""Chunks of a table become sketches, one a feature: for a reference, and for every window alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from aegis.monitor.columns import Column, Kind, Numbers, Texts, Values
from aegis.monitor.features import category_sketch, feature_values, features_of
from aegis.monitor.pairs import Pair
from aegis.stats.embedding import (
    EmbeddingReference,
    EmbeddingSums,
    RandomFeatures,
    draw_features,
    median_distance,
)
from aegis.stats.grid import Grid, fit_grid
from aegis.stats.sketch import CategorySketch, NumericSketch, sketch_numbers

SEED = 20261122
_FREQUENCIES = 256
_SAMPLE = 20_000
_MOST_NAMES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """The random features of one embedding column: the same ones wherever it is sketched."""

    dimensions: int
    width: float

    def features(self) -> RandomFeatures:
        """Drawn again from the seed."""
        rng = np.random.default_rng(SEED)
        return draw_features(self.dimensions, self.width, rng, frequencies=_FREQUENCIES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VectorSketch:
    """What is kept of an embedding column; the eigenvalues are empty in a window."""

    kernel: Kernel
    held: EmbeddingReference
    missing: int = 0

    @property
    def rows(self) -> int:
        """Vectors seen."""
        return self.held.rows

    def merge(self, other: VectorSketch) -> VectorSketch:
        """Both together, on the safe side (`EmbeddingReference.merge`)."""
        if self.kernel != other.kernel:
            raise ValueError("embeddings sketched with different kernels do not merge")
        return VectorSketch(
            kernel=self.kernel,
            held=self.held.merge(other.held),
            missing=self.missing + other.missing,
        )


Sketch = NumericSketch | CategorySketch | VectorSketch


@dataclass(slots=True)
class Gathered:
    """Sketches by feature, and the names of the commonest categories (never of single rows)."""

    rows: int = 0
    sketches: dict[str, Sketch] = field(default_factory=dict)
    names: dict[str, Counter[str]] = field(default_factory=dict)


class Gatherer:
    """Adds chunks up, for a reference or for a window of one.

    Grids and kernels come from `like`; those that it does not have are fitted to the first rows.
    """

    def __init__(self, *, like: Mapping[str, Sketch], is_reference: bool = False) -> None:
        self._like = like
        self._is_reference = is_reference
        self._vectors: dict[str, tuple[Kernel, EmbeddingSums]] = {}
        self._gone: Counter[str] = Counter()
        self._found = Gathered()

    def count(self, rows: int) -> None:
        """Some rows more, whichever columns of them follow."""
        self._found.rows += rows

    def add(self, column: Column, values: Values) -> None:
        """Some values of a column."""
        for feature in features_of(column):
            found = feature_values(feature, values)
            if isinstance(found, Texts):
                self._merge(feature.name, category_sketch(found))
                self._name(feature.name, found)
            elif feature.kind is Kind.EMBEDDING:
                self._add_vectors(feature.name, found)
            else:
                self._merge(feature.name, sketch_numbers(found, self._grid(feature.name, found)))

    def add_pair(self, pair: Pair, predictions: Values, labels: Values) -> None:
        """Rows of a prediction and of its label."""
        self._merge(pair.name, pair.sketch(predictions, labels))

    def _merge(self, name: str, sketch: Sketch) -> None:
        held = self._found.sketches.get(name)
        self._found.sketches[name] = sketch if held is None else merged(held, sketch)

    def _name(self, name: str, values: Texts) -> None:
        if self._is_reference:
            return
        names = self._found.names.setdefault(name, Counter())
        names.update(dict(zip(values.values, values.counts.tolist(), strict=True)))
        if len(names) > 2 * _MOST_NAMES:
            self._found.names[name] = Counter(dict(names.most_common(_MOST_NAMES)))

    def _grid(self, name: str, values: Numbers) -> Grid:
        held = self._found.sketches.get(name) or self._like.get(name)
        if isinstance(held, NumericSketch):
            return held.grid
        return fit_grid(values[:: max(len(values) // _SAMPLE, 1)][:_SAMPLE])

    def _add_vectors(self, name: str, values: Numbers) -> None:
        rows = values.astype(np.float32, copy=False)
        known = rows[~np.isnan(rows).any(axis=1)]
        if name not in self._vectors:
            kernel = self._kernel(name, known)
            sums = EmbeddingSums(kernel.features(), spread=self._is_reference)
            self._vectors[name] = kernel, sums
        self._vectors[name][1].add(known)
        self._gone[name] += len(rows) - len(known)

    def _kernel(self, name: str, rows: npt.NDArray[np.float32]) -> Kernel:
        held = self._like.get(name)
        if isinstance(held, VectorSketch):
            return held.kernel
        return Kernel(dimensions=int(rows.shape[1]), width=median_distance(rows))

    def done(self) -> Gathered:
        """Everything that was added."""
        for name, (kernel, sums) in self._vectors.items():
            held = (
                sums.reference()
                if self._is_reference
                else EmbeddingReference(sums.mean, np.zeros(0), sums.rows)
            )
            self._found.sketches[name] = VectorSketch(
                kernel=kernel, held=held, missing=self._gone[name]
            )
        return self._found


def merged(one: Sketch, other: Sketch) -> Sketch:
    """Two sketches of one feature as one.

    Raises:
        ValueError: they are of different kinds, or on different grids.
    """
    match one, other:
        case NumericSketch(), NumericSketch():
            return one.merge(other)
        case CategorySketch(), CategorySketch():
            return one.merge(other)
        case VectorSketch(), VectorSketch():
            return one.merge(other)
        case _:
            raise ValueError("sketches of different kinds do not merge")
