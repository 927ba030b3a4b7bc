"""Evidence that a canary is slower, one bet for each edge of a latency histogram.

«Slower than this edge» is a bad event; every edge gets the label e-process of `label`, and the
evidence is their average. This is the form that fits into plain Prometheus rules. `slowdown` uses
each request once for all edges and needs about half the looks.

Null hypothesis: at no edge is a canary request more often slower than a stable one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from aegis.stats import family
from aegis.stats.buckets import BucketLook
from aegis.stats.label import ROLLBACK, LabelEvidence, LabelTest, no_evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderEvidence:
    """One label e-process for each chosen edge; `edges` are indexes that count from 0."""

    edges: tuple[int, ...]
    rungs: tuple[LabelEvidence, ...]

    @property
    def log_evidence(self) -> float:
        """Logarithm of the average over the edges."""
        return family.average([rung.log_evidence for rung in self.rungs])

    def add(self, look: BucketLook) -> LadderEvidence:
        """The evidence after one more look.

        >>> ladder = no_ladder(edges=(0, 1))
        >>> look = BucketLook(canary=(1, 2, 7), stable=(60, 30, 10))
        >>> ladder.add(look).log_evidence > 3
        True
        """
        return LadderEvidence(
            edges=self.edges,
            rungs=tuple(
                rung.add(look.above(edge))
                for edge, rung in zip(self.edges, self.rungs, strict=True)
            ),
        )

    def rejects(self, alpha: float) -> bool:
        """Whether «not slower» is rejected, with false alarms in at most `alpha` of releases."""
        return self.log_evidence >= -math.log(alpha)


def no_ladder(*, edges: tuple[int, ...], test: LabelTest = ROLLBACK) -> LadderEvidence:
    """The state before the first look.

    Choose edges around the quantiles that users feel (the median to the 99th percentile); each
    edge that says nothing takes its share of the bet.
    """
    if not edges:
        raise ValueError("a ladder needs at least one edge")
    return LadderEvidence(edges=edges, rungs=tuple(no_evidence(test) for _ in edges))
