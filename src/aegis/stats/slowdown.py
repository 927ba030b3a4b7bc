"""Evidence that a canary is slower, from all buckets of a latency histogram at once.

Null hypothesis: in every look, canary latency is stochastically no larger than stable latency
(no edge is exceeded more often). Base rates and shapes may change from look to look.

A request in bucket j is on the canary with probability ``q`` if the arms are alike, and
``q r_j / (q r_j + 1 - q)`` if the canary sends ``r_j`` times as many requests there. The product
of ``r_j / (q r_j + 1 - q)`` over canary requests and ``1 / (q r_j + 1 - q)`` over stable ones has
expectation at most 1 under the null for every ``r`` that rises with j: the first factor then
rises with latency, so its mean over canary requests is at most its mean over stable requests, and
``q r_j / (q r_j + 1 - q) + (1 - q) / (q r_j + 1 - q) = 1``. Where arm sizes n and m are fixed
rather than drawn, the same holds with ``q = n / (n + m)``: the product's mean is ``G^n H^m``, at
most ``(q G + (1 - q) H)^(n + m)``. The ``r_j`` may be chosen from everything seen before the look.
Here they are what a slowdown by a given factor would do to stable's latencies so far.

Because the bets learn, the order of looks matters, unlike in `label` and `ladder`. A look without
any history is spent on learning; stable's own counters before the canary are a history.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from aegis.stats.buckets import BucketLook
from aegis.stats.special import log_sum_exp

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slowdown:
    """A way to be slower: this share of the requests takes `factor` times as long."""

    factor: float
    share: float
    weight: float


# A fifth slower is the smallest change that operators ask for; tails are what a full batch, a
# preempted request or a cold prefix cache does to one request in ten.
SLOWDOWNS = (
    Slowdown(1.2, 1.0, 0.4),
    Slowdown(1.5, 1.0, 0.1),
    Slowdown(2.5, 1.0, 0.1),
    Slowdown(2.0, 0.1, 0.25),
    Slowdown(4.0, 0.1, 0.15),
)
_LARGEST_RATIO = 20.0
_PRIOR_REQUESTS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowdownEvidence:
    """The state after some looks; plain numbers, so that it can be stored.

    `history` counts stable requests by bucket, those before the canary included.
    """

    edges: tuple[float, ...]
    history: tuple[int, ...]
    log_terms: tuple[float, ...] = (0.0,) * len(SLOWDOWNS)
    looks: int = 0

    @property
    def log_evidence(self) -> float:
        """Natural logarithm of the e-value; 0 before any data."""
        return log_sum_exp(
            tuple(
                term + math.log(slowdown.weight)
                for term, slowdown in zip(self.log_terms, SLOWDOWNS, strict=True)
            )
        )

    def add(self, look: BucketLook) -> SlowdownEvidence:
        """The evidence after one more look.

        >>> state = no_slowdown(edges=(1.0, 2.0, 4.0), history=(500, 300, 150, 50))
        >>> worse = BucketLook(canary=(5, 10, 20, 15), stable=(250, 150, 75, 25))
        >>> alike = BucketLook(canary=(25, 15, 7, 3), stable=(250, 150, 75, 25))
        >>> state.add(worse).rejects(0.05), state.add(alike).rejects(0.05)
        (True, False)
        """
        gains = self._gains(look)
        return replace(
            self,
            history=tuple(a + b for a, b in zip(self.history, look.stable, strict=True)),
            log_terms=tuple(a + b for a, b in zip(self.log_terms, gains, strict=True)),
            looks=self.looks + 1,
        )

    def rejects(self, alpha: float) -> bool:
        """Whether «not slower» is rejected, with false alarms in at most `alpha` of releases."""
        return self.log_evidence >= -math.log(alpha)

    def _gains(self, look: BucketLook) -> tuple[float, ...]:
        canary, stable = np.array(look.canary, float), np.array(look.stable, float)
        share = canary.sum() / max(canary.sum() + stable.sum(), 1)
        if not 0 < share < 1 or sum(self.history) == 0:
            return (0.0,) * len(SLOWDOWNS)
        gains = []
        for slowdown in SLOWDOWNS:
            ratio = bucket_ratios(self.edges, self.history, slowdown)
            scale = np.log(share * ratio + 1 - share)
            gains.append(float(canary @ (np.log(ratio) - scale) - stable @ scale))
        return tuple(gains)


def no_slowdown(*, edges: tuple[float, ...], history: tuple[int, ...] = ()) -> SlowdownEvidence:
    """The state before the first look.

    `edges` are the finite upper edges in seconds, rising; `history` what stable did before.
    """
    if not edges or edges[0] <= 0 or list(edges) != sorted(set(edges)):
        raise ValueError("bucket edges are positive and rise")
    counts = history or (0,) * (len(edges) + 1)
    if len(counts) != len(edges) + 1:
        raise ValueError("one bucket more than edges: the last lies above the last edge")
    return SlowdownEvidence(edges=edges, history=counts)


def bucket_ratios(
    edges: tuple[float, ...], history: tuple[int, ...], slowdown: Slowdown
) -> FloatArray:
    """How many times more requests each bucket would get, made to rise from bucket to bucket.

    Between two edges the distribution is taken as linear in the logarithm of latency.

    >>> ratios = bucket_ratios((1.0, 2.0), (500, 400, 100), Slowdown(2.0, 1.0, 1.0))
    >>> bool((np.diff(ratios) >= 0).all()), bool(ratios[0] < 1 < ratios[-1])
    (True, True)
    """
    counts = np.array(history, float) + _PRIOR_REQUESTS / len(history)
    mass = counts / counts.sum()
    finite = np.array(edges)
    grid = np.log(np.concatenate([[finite[0] / 4], finite]))
    reached = np.concatenate([[0.0], np.cumsum(mass)[:-1]])
    slowed = np.interp(np.log(finite / slowdown.factor), grid, reached)
    moved = np.diff(np.concatenate([[0.0], slowed, [1.0]]))
    ratio = 1 - slowdown.share + slowdown.share * moved / mass
    rising = np.maximum.accumulate(ratio)
    return np.clip(rising, 1 / _LARGEST_RATIO, _LARGEST_RATIO)
