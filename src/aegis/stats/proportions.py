"""Exact intervals for one proportion, and how many clean tests a safety claim needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aegis.stats.special import beta_quantile


@dataclass(frozen=True, slots=True)
class Interval:
    """Two ends that hold the true value with the stated confidence."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def intersect(self, other: Interval) -> Interval:
        """The part common to both. When they do not meet, the point where they come closest.

        >>> Interval(0, 2).intersect(Interval(1, 3))
        Interval(low=1, high=2)
        """
        low, high = max(self.low, other.low), min(self.high, other.high)
        if low > high:
            low = high = (low + high) / 2
        return Interval(low, high)


def clopper_pearson(successes: int, trials: int, *, confidence: float = 0.95) -> Interval:
    """Two-sided interval for a probability that covers it at least `confidence` of the time.

    Assumes independent trials with one probability; for clustered ones (several questions about
    one document) use `paired.clustered_difference`. No trials give the whole of [0, 1].

    Source: Clopper and Pearson, Biometrika 26, 1934; the ends are beta quantiles.

    >>> clopper_pearson(0, 0)
    Interval(low=0.0, high=1.0)
    >>> interval = clopper_pearson(7, 20)
    >>> round(interval.low, 6), round(interval.high, 6)
    (0.153909, 0.592189)
    >>> interval = clopper_pearson(0, 10)
    >>> interval.low, round(interval.high, 9) == round(1 - 0.025**0.1, 9)
    (0.0, True)
    """
    half = (1 - confidence) / 2
    return Interval(
        _lower(successes, trials, half),
        1 - _lower(trials - successes, trials, half),
    )


def upper_bound(failures: int, trials: int, *, confidence: float = 0.95) -> float:
    """The failure probability that is not exceeded, at this one-sided confidence.

    Null hypothesis of the test it inverts: the failure probability is at least this bound.

    >>> round(upper_bound(0, 30), 4), round(upper_bound(0, 300), 4), round(upper_bound(0, 3000), 4)
    (0.095, 0.0099, 0.001)
    >>> round(upper_bound(2, 50), 6)
    0.120614
    """
    if failures >= trials:
        return 1.0
    return beta_quantile(confidence, failures + 1, trials - failures)


def clean_trials_needed(bound: float, *, confidence: float = 0.95) -> int:
    """How many trials without one failure show that failures are rarer than `bound`.

    The exact form of the rule of three: n with (1 - bound)^n <= 1 - confidence.

    >>> clean_trials_needed(0.01), clean_trials_needed(0.001), clean_trials_needed(0.5)
    (299, 2995, 5)
    """
    return math.ceil(math.log(1 - confidence) / math.log1p(-bound))


def _lower(successes: int, trials: int, tail: float) -> float:
    if successes <= 0:
        return 0.0
    return beta_quantile(tail, successes, trials - successes + 1)
