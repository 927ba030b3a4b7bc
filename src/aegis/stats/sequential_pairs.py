"""The paired comparison that stops as soon as it is sure, and so saves model calls.

Null hypothesis: a sample on which the releases differ is lost (only stable passed it) with
probability at most one half. Each lost sample multiplies the evidence by ``2 t``, each won one by
``2 (1 - t)``, averaged over some t; the order does not matter. Assumes independent samples, drawn
in random order; with clusters, draw one sample of each cluster first, or use
`paired.clustered_difference` at the end.

Source: Wald 1945 for the ratio; Ville 1939 for stopping at any time. Where the number of samples
is known in advance, the level that is crossed with probability exactly alpha is lower than
``1 / alpha``; it is found by following the random walk (Armitage, McPherson and Rowe, JRSS A 132,
1969), which stops a ten-point drop about a tenth earlier.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from aegis.base.verdict import Verdict
from aegis.stats.special import log_sum_exp

# Chances that a differing sample is lost; most of the weight is on a drop of ten points at the
# discordance that real pairs of models show. Larger drops are found by it just as well.
_CHANCES = (0.62, 0.7, 0.78)
_WEIGHTS = (1 / 9, 2 / 9, 6 / 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialPairs:
    """The state after some samples; `cap` is the number of samples in the data set."""

    cap: int
    lost: int = 0
    won: int = 0
    tied: int = 0

    @property
    def log_evidence(self) -> float:
        """Natural logarithm of the evidence that the candidate is worse."""
        return log_evidence(lost=self.lost, won=self.won)

    @property
    def samples(self) -> int:
        """How many samples both releases have answered."""
        return self.lost + self.won + self.tied

    def add(self, *, lost: int = 0, won: int = 0, tied: int = 0) -> SequentialPairs:
        """The state after more samples.

        >>> state = SequentialPairs(cap=1000).add(lost=8, tied=40)
        >>> state.verdict(0.05), state.samples
        (<Verdict.FAILED: 'failed'>, 48)
        """
        return SequentialPairs(
            cap=self.cap, lost=self.lost + lost, won=self.won + won, tied=self.tied + tied
        )

    def verdict(self, alpha: float) -> Verdict:
        """`failed`: surely worse, stop. Otherwise `inconclusive`: go on.

        Not having been stopped is no proof of being as good: at the end of the data set judge the
        tolerated drop with `paired.clustered_difference`.
        """
        if self.samples > self.cap:
            raise ValueError(f"{self.samples} samples of a data set of {self.cap}")
        stopped = self.log_evidence >= stopping_level(self.cap, alpha)
        return Verdict.FAILED if stopped else Verdict.INCONCLUSIVE


def log_evidence(*, lost: int, won: int) -> float:
    """Logarithm of the mixture over the chances that a differing sample is lost.

    >>> abs(log_evidence(lost=0, won=0)) < 1e-12
    True
    >>> log_evidence(lost=12, won=2) > math.log(20) > log_evidence(lost=2, won=12)
    True
    """
    return log_sum_exp(
        tuple(
            math.log(weight) + lost * math.log(2 * chance) + won * math.log(2 - 2 * chance)
            for chance, weight in zip(_CHANCES, _WEIGHTS, strict=True)
        )
    )


@functools.lru_cache(maxsize=64)
def stopping_level(cap: int, alpha: float) -> float:
    """Logarithm of the evidence at which to stop, for at most `cap` samples.

    The lowest level that a release without a drop reaches with probability at most `alpha`, even
    if every sample is discordant. Never above ``ln(1 / alpha)``.

    >>> stopping_level(1000, 0.05) < math.log(20)
    True
    >>> false_stop(cap=1000, level=stopping_level(1000, 0.05)) <= 0.05
    True
    """
    low, high = 0.0, -math.log(alpha)
    for _ in range(12):
        middle = (low + high) / 2
        if false_stop(cap=cap, level=middle) <= alpha:
            high = middle
        else:
            low = middle
    return high


def false_stop(*, cap: int, level: float) -> float:
    """Chance that fair coins reach the level within `cap` discordant samples; exact.

    >>> false_stop(cap=3, level=log_evidence(lost=3, won=0))
    0.125
    """
    chance = np.zeros(cap + 2)
    chance[0] = 1.0
    stopped, bound = 0.0, 0
    for discordant in range(1, cap + 1):
        chance[1:] = 0.5 * (chance[1:] + chance[:-1])
        chance[0] *= 0.5
        while bound <= discordant and log_evidence(lost=bound, won=discordant - bound) < level:
            bound += 1
        if bound <= discordant:
            stopped += float(chance[bound : discordant + 1].sum())
            chance[bound : discordant + 1] = 0.0
    return stopped
