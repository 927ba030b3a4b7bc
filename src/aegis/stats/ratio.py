"""Does the traffic split as it should? Everything else in a rollout rests on that.

Null hypothesis: every unit (session, user) goes to the canary with the planned probability.
Assumes that units are counted once. A mismatch means a broken router, a cache that answers for
one arm, or units lost with their errors; it stops the judging, and proves nothing about the model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aegis.base.verdict import Verdict
from aegis.stats.special import gamma_upper_tail, log_sum_exp

# Odds, relative to the plan, that are bet on, in both directions: from 1 % to a factor of 2.
_STEPS = (1.01, 1.03, 1.1, 1.3, 2.0)
_ODDS = tuple(1 / step for step in _STEPS) + _STEPS


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioEvidence:
    """Evidence against the planned split after some looks, whose planned shares may differ.

    Source: Lindon and Malek, arXiv:2011.03567, with bets on fixed odds, so that the
    planned share may change from look to look.
    """

    log_terms: tuple[float, ...] = (0.0,) * len(_ODDS)
    units: int = 0

    @property
    def log_evidence(self) -> float:
        """Natural logarithm of the e-value; 0 before any data."""
        return log_sum_exp(self.log_terms) - math.log(len(_ODDS))

    def add(self, *, canary: int, stable: int, planned_share: float) -> RatioEvidence:
        """The evidence after one more look.

        >>> RatioEvidence().add(canary=500, stable=500, planned_share=0.5).verdict(0.001)
        <Verdict.INCONCLUSIVE: 'inconclusive'>
        >>> RatioEvidence().add(canary=600, stable=400, planned_share=0.5).verdict(0.001)
        <Verdict.FAILED: 'failed'>
        """
        if not 0 < planned_share < 1:
            raise ValueError("only a split in progress has a ratio")
        gains = [
            canary * math.log(odds)
            - (canary + stable) * math.log(planned_share * odds + 1 - planned_share)
            for odds in _ODDS
        ]
        return replace(
            self,
            log_terms=tuple(a + b for a, b in zip(self.log_terms, gains, strict=True)),
            units=self.units + canary + stable,
        )

    def verdict(self, alpha: float) -> Verdict:
        """`failed`: the split is not the planned one. Never `passed`: absence of proof."""
        mismatch = self.log_evidence >= -math.log(alpha)
        return Verdict.FAILED if mismatch else Verdict.INCONCLUSIVE


def mismatch_p_value(counts: Sequence[int], planned_shares: Sequence[float]) -> float:
    """Pearson's chi-squared test of a split into two or more arms, for a single look at the end.

    Null hypothesis: units fall into the arms with the planned shares. The approximation wants at
    least five units expected in each arm; with fewer the answer is 1 (nothing can be said).

    >>> round(mismatch_p_value([5100, 4900], [0.5, 0.5]), 6)
    0.0455
    >>> mismatch_p_value([3, 0], [0.5, 0.5])
    1.0
    """
    units = sum(counts)
    expected = [units * share / sum(planned_shares) for share in planned_shares]
    if len(counts) < 2 or min(expected) < 5:
        return 1.0
    distance = math.fsum(
        (count - mean) ** 2 / mean for count, mean in zip(counts, expected, strict=True)
    )
    return gamma_upper_tail(distance / 2, (len(counts) - 1) / 2)
