"""The difference of two means (cost, tokens, seconds), with an interval for every look.

Each look is its own stratum: arms are only ever compared within it, so a drifting base or a
traffic ramp cannot pretend a difference (Simpson's paradox), which pooling over looks does.

Null hypothesis: within every look, the canary's mean equals stable's plus the tested difference.
Assumes independent units with finite variance, and enough of them: the coverage is asymptotic
(about 1 - alpha once the first looks hold some hundred units). For rare events or scores in
[0, 1] prefer `label` and `betting`, which are exact.

Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, «Time-uniform central limit theory and
asymptotic confidence sequences», arXiv:2103.06476; the boundary is Robbins' two-sided normal
mixture, in the form of Howard, Ramdas, McAuliffe and Sekhon, Annals of Statistics 49, 2021.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from aegis.base.verdict import Verdict
from aegis.stats.proportions import Interval

_ENOUGH_UNITS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSums:
    """Units of one arm in one look: how many, their sum, and the sum of their squares."""

    units: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.units

    @property
    def variance(self) -> float:
        """Unbiased, within the look. Needs two units."""
        return max(self.squares - self.total * self.mean, 0.0) / (self.units - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanDifference:
    """Canary mean minus stable mean over all looks; the order of looks does not matter.

    `tuned_units` is the number of units, both arms weighted, at which the interval is tightest.
    """

    weight: float = 0.0
    weighted: float = 0.0
    variance: float = 0.0
    canary_units: int = 0
    stable_units: int = 0
    skipped: int = 0
    tuned_units: float = 1000.0

    @property
    def estimate(self) -> float:
        """The weighted mean of the differences within looks; NaN before any."""
        return self.weighted / self.weight if self.weight else math.nan

    def add(self, *, canary: ArmSums, stable: ArmSums) -> MeanDifference:
        """The state after one more look. A look with fewer than two units an arm is skipped.

        >>> canary = ArmSums(units=200, total=240, squares=388)
        >>> stable = ArmSums(units=200, total=200, squares=300)
        >>> state = MeanDifference().add(canary=canary, stable=stable)
        >>> round(state.estimate, 9), round(state.weight, 9)
        (0.2, 100.0)
        """
        if min(canary.units, stable.units) < 2:
            return replace(self, skipped=self.skipped + 1)
        weight = canary.units * stable.units / (canary.units + stable.units)
        noise = canary.variance / canary.units + stable.variance / stable.units
        return replace(
            self,
            weight=self.weight + weight,
            weighted=self.weighted + weight * (canary.mean - stable.mean),
            variance=self.variance + weight**2 * noise,
            canary_units=self.canary_units + canary.units,
            stable_units=self.stable_units + stable.units,
        )

    def interval(self, alpha: float) -> Interval:
        """Two-sided interval for the difference, valid at all looks together.

        >>> MeanDifference().interval(0.05)
        Interval(low=-inf, high=inf)
        """
        if min(self.canary_units, self.stable_units) < _ENOUGH_UNITS or not self.variance:
            return Interval(-math.inf, math.inf)
        spread = self.variance / self.weight  # variance a weighted unit
        width = mixture_boundary(self.weight, rho=self._rho(alpha), alpha=alpha)
        half = math.sqrt(spread) * width / self.weight
        return Interval(self.estimate - half, self.estimate + half)

    def compare(self, *, alpha: float, tolerated: float = 0.0) -> Verdict:
        """`failed` when the canary's mean is surely more than `tolerated` above stable's.

        `passed` when it is surely not; higher values are worse. `alpha` is one-sided.
        """
        interval = self.interval(2 * alpha)
        if interval.low > tolerated:
            return Verdict.FAILED
        return Verdict.PASSED if interval.high <= tolerated else Verdict.INCONCLUSIVE

    def _rho(self, alpha: float) -> float:
        """The mixture's variance parameter that is best at `tuned_units`."""
        odds = -2 * math.log(alpha)
        return self.tuned_units / (odds + math.log1p(odds))


def mixture_boundary(intrinsic_time: float, *, rho: float, alpha: float) -> float:
    """A two-sided line that a standard Brownian motion ever crosses with probability `alpha`.

    >>> round(mixture_boundary(0, rho=1, alpha=0.05), 6) == round(math.sqrt(2 * math.log(20)), 6)
    True
    """
    sum_ = intrinsic_time + rho
    return math.sqrt(sum_ * (math.log(sum_ / rho) + 2 * math.log(1 / alpha)))
