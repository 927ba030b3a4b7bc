"""The bets on a reference's features, and what one window says to each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aegis.monitor.columns import Kind
from aegis.monitor.features import Feature
from aegis.monitor.gather import Sketch, VectorSketch
from aegis.monitor.reference import Reference
from aegis.stats.drift import (
    category_bets,
    category_evidence,
    numeric_bets,
    numeric_evidence,
)
from aegis.stats.edetector import Bets, join
from aegis.stats.embedding import embedding_bets
from aegis.stats.grid import FloatArray
from aegis.stats.sketch import CategorySketch, NumericSketch

FEWEST_VECTORS = 100
"""Below it, the normal approximation behind a window of embeddings does not hold."""


def bets(reference: Reference) -> Bets:
    """What is bet on in every window: the stake is divided equally over the columns."""
    parts, shares = [], []
    for feature, held in _held(reference):
        parts.append(_bets(feature, held))
        shares.append(feature.share)
    return join(parts, shares)


def _held(reference: Reference) -> Iterator[tuple[Feature, Sketch]]:
    for feature in reference.features():
        yield feature, reference.sketches[feature.name]


def _bets(feature: Feature, held: Sketch) -> Bets:
    match held:
        case NumericSketch():
            return numeric_bets([feature.name])
        case CategorySketch():
            return category_bets(feature.name, held)
        case VectorSketch():
            return embedding_bets(feature.name)


def evidence(reference: Reference, window: Mapping[str, Sketch]) -> FloatArray:
    """Logarithms of the e-values of one window, in the order of `bets`.

    A feature that the window lacks brings none: it neither accuses nor acquits. Float32 is what
    the history keeps, so that a check that goes on later reaches the same verdict to the digit.
    """
    held = list(_held(reference))
    numeric = _numeric(held, window)
    texts = sum(isinstance(sketch, CategorySketch) for _, sketch in held)
    parts = []
    for feature, old in held:
        new = window.get(feature.name)
        if isinstance(old, NumericSketch):
            parts.append(numeric[feature.name])
        elif isinstance(old, CategorySketch):
            empty = new if isinstance(new, CategorySketch) else CategorySketch(0 * old.counts)
            parts.append(category_evidence(old, empty, columns=texts))
        else:
            parts.append(_vectors(old, new))
    together = np.concatenate(parts).astype(np.float32)
    found: FloatArray = together.astype(np.float64)
    return found


def _numeric(
    held: Sequence[tuple[Feature, Sketch]], window: Mapping[str, Sketch]
) -> dict[str, FloatArray]:
    """The numeric features together, for they share the risk of the reference's own error."""
    names, old, new = [], [], []
    for feature, sketch in held:
        if isinstance(sketch, NumericSketch):
            now = window.get(feature.name)
            empty = NumericSketch(sketch.grid, 0 * sketch.counts)
            names.append(feature.name)
            old.append(sketch)
            new.append(now if isinstance(now, NumericSketch) else empty)
    if not names:
        return {}
    values = np.split(numeric_evidence(old, new), len(names))
    return dict(zip(names, values, strict=True))


def _vectors(old: VectorSketch, new: Sketch | None) -> FloatArray:
    rows = new.rows if isinstance(new, VectorSketch) else 0
    mean = new.held.mean if isinstance(new, VectorSketch) else old.held.mean
    return old.held.evidence(mean, rows if rows >= FEWEST_VECTORS else 0)


def kinds(reference: Reference) -> Mapping[str, Kind]:
    """What each feature is, for reports."""
    return {feature.name: feature.kind for feature in reference.features()}
