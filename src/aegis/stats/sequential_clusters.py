"""The paired comparison that stops early although samples come in clusters, or scores in steps.

Clusters (all samples about one document, user or conversation) are answered one after the other.
Null hypothesis: within a cluster the two releases could as well have changed places, so that the
sum of its differences has either sign with equal chance, whatever its size. Then
``exp(k s) / cosh(k s)`` has mean 1 for the sum s of a cluster and any k, and so has the average
over some k. The order of clusters does not matter. Assumes independent clusters in random order;
for single samples this is `sequential_pairs`, which uses the whole alpha.

Source: de la Peña, Annals of Probability 27, 1999 (martingales of symmetric variables), after
Efron, JASA 64, 1969; Ville 1939 for stopping at any time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from aegis.base.verdict import Verdict
from aegis.stats.special import log_sum_exp

# From sums of some dozens down to single samples.
_TILTS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialClusters:
    """The state after some clusters; plain numbers, so that it can be stored."""

    log_terms: tuple[float, ...] = (0.0,) * len(_TILTS)
    clusters: int = 0

    @property
    def log_evidence(self) -> float:
        """Natural logarithm of the evidence that the candidate is worse; 0 before any cluster."""
        return log_sum_exp(self.log_terms) - math.log(len(_TILTS))

    def add(self, difference: float) -> SequentialClusters:
        """The state after one more cluster, given its sum of candidate minus stable.

        One cluster, however large, cannot do more than double the evidence.

        >>> state = SequentialClusters()
        >>> for _ in range(8):
        ...     state = state.add(-4.0)
        >>> state.verdict(0.05), state.add(-1e9).log_evidence - state.log_evidence < 0.7
        (<Verdict.FAILED: 'failed'>, True)
        """
        lost = -difference
        return replace(
            self,
            log_terms=tuple(
                term + tilt * lost - _log_cosh(tilt * lost)
                for term, tilt in zip(self.log_terms, _TILTS, strict=True)
            ),
            clusters=self.clusters + 1,
        )

    def verdict(self, alpha: float) -> Verdict:
        """`failed`: surely worse, stop. Otherwise `inconclusive`: go on."""
        stopped = self.log_evidence >= -math.log(alpha)
        return Verdict.FAILED if stopped else Verdict.INCONCLUSIVE


def _log_cosh(x: float) -> float:
    return abs(x) + math.log1p(math.exp(-2 * abs(x))) - math.log(2)
