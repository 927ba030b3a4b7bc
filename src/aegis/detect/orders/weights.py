"""The learned weights, and what they say of every window of a text.

Two logistic regressions over the same features: whether a stretch is an order to the model, and
which kind of order. `python -m benchmarks.guardrails.training` makes the file from the messages in
`benchmarks/guardrails/training`, with the thresholds that its cross-validation chose.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from aegis.detect.orders.features import Features, Places

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """By kind of feature a table of buckets: how rare each is, what it adds, what it adds for each sort."""

    rarity: tuple[Vector, ...]
    attack: tuple[Vector, ...]
    bias: float
    sorts: tuple[str, ...]
    sort: NDArray[np.int8]
    sort_scale: Vector
    sort_bias: Vector
    strong: float
    """Log odds from which a window counts as an order; `weak` from which it may be one."""
    weak: float


@cache
def learned() -> Weights:
    """The weights in the package."""
    place = resources.files(__package__).joinpath("data/weights.npz")
    with place.open("rb") as file, np.load(file) as kept:
        scale = kept["scale"]
        strong, weak = map(float, kept["thresholds"])
        return Weights(
            rarity=tuple(kept["rarity"].astype(np.float32)),
            attack=tuple(kept["attack"].astype(np.float32) * scale[0]),
            bias=float(kept["bias"][0]),
            sorts=tuple(str(name) for name in kept["sorts"]),
            sort=kept["sort"],
            sort_scale=scale[1:],
            sort_bias=kept["bias"][1:],
            strong=strong,
            weak=weak,
        )


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text with its features weighed: any window of it costs the same to judge."""

    found: Features
    weights: Weights
    attack: tuple[Vector, ...]
    """Running sums of what each feature adds, and of its squared rarity."""
    lengths: tuple[Vector, ...]

    def odds(self, starts: Places, ends: Places) -> Vector:
        """Log odds that each window is an order to the model."""
        total = np.full(len(starts), self.weights.bias, dtype=np.float32)
        for places, attack, lengths in zip(
            self.found.places, self.attack, self.lengths, strict=True
        ):
            first, last = np.searchsorted(places, starts), np.searchsorted(places, ends)
            size = np.sqrt(np.maximum(lengths[last] - lengths[first], 1e-6))
            total += ((attack[last] - attack[first]) / size).astype(np.float32)
        return total

    def sort(self, start: int, end: int) -> str:
        """Which kind of order a window is."""
        scores = np.zeros(len(self.weights.sorts), dtype=np.float32)
        for kind, (places, buckets) in enumerate(
            zip(self.found.places, self.found.buckets, strict=True)
        ):
            first, last = np.searchsorted(places, (start, end))
            rare = self.weights.rarity[kind][buckets[first:last]]
            size = max(float(np.linalg.norm(rare)), 1e-3)
            scores += (rare @ self.weights.sort[kind][buckets[first:last]]) / size
        likeliest = scores * self.weights.sort_scale + self.weights.sort_bias
        return self.weights.sorts[int(likeliest.argmax())]

    def because(self, start: int, end: int, most: int = 4) -> tuple[str, ...]:
        """The words of a window that speak most for an order, in their order, as they are folded."""
        inside = [
            (word, at)
            for word, at in zip(self.found.words, self.found.starts, strict=True)
            if start <= at < end and word.isalpha()
        ]
        if not inside:
            return ()
        begins = np.array([at for _, at in inside])
        adds = np.zeros(len(inside))
        for places, attack, lengths in zip(
            self.found.places, self.attack, self.lengths, strict=True
        ):
            first, last = np.searchsorted(places, (start, end))
            size = np.sqrt(max(float(lengths[last] - lengths[first]), 1e-6))
            at = np.maximum(np.searchsorted(begins, places[first:last], side="right") - 1, 0)
            np.add.at(adds, at, np.diff(attack[first : last + 1]) / size)
        best = sorted(np.argsort(-adds)[:most])
        return tuple(dict.fromkeys(inside[at][0] for at in best if adds[at] > 0))


def weigh(found: Features, weights: Weights) -> Weighed:
    """The features of a text with their weights, summed up from its beginning."""
    attack, lengths = [], []
    for kind, buckets in enumerate(found.buckets):
        rare = weights.rarity[kind][buckets]
        attack.append(_running(rare * weights.attack[kind][buckets]))
        lengths.append(_running(rare * rare))
    return Weighed(found, weights, tuple(attack), tuple(lengths))


def _running(adds: Vector) -> Vector:
    return np.concatenate(([0.0], np.cumsum(adds, dtype=np.float64)))
