"""Latency as histograms report it: how many requests fell between two bucket edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from aegis.stats.label import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketLook:
    """Requests of one look by bucket; the last bucket lies above the last edge.

    Increments, not running totals, and not cumulative over buckets (`from_cumulative`).
    """

    canary: tuple[int, ...]
    stable: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.canary) != len(self.stable) or len(self.canary) < 2:
            raise ValueError("both arms need the same buckets, at least two")
        if min(*self.canary, *self.stable) < 0:
            raise ValueError("a bucket cannot lose requests")

    def above(self, edge: int) -> Look:
        """«Slower than this edge» as a bad event; `edge` counts from 0.

        >>> BucketLook(canary=(5, 3, 2), stable=(50, 30, 20)).above(0)
        Look(canary_bad=5, canary_total=10, stable_bad=50, stable_total=100)
        """
        return Look(
            canary_bad=sum(self.canary[edge + 1 :]),
            canary_total=sum(self.canary),
            stable_bad=sum(self.stable[edge + 1 :]),
            stable_total=sum(self.stable),
        )


def from_cumulative(counts: Sequence[int]) -> tuple[int, ...]:
    """Requests by bucket, from counters that hold everything up to each edge (Prometheus `le`).

    >>> from_cumulative([5, 8, 10])
    (5, 3, 2)
    """
    steps = tuple(high - low for low, high in pairwise((0, *counts)))
    if min(steps) < 0:
        raise ValueError("cumulative bucket counts must not fall")
    return steps
