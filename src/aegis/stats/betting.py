"""The mean of scores in [0, 1], with an interval that holds at every look.

Somebody bets that the mean is above m and multiplies the stake by ``1 + k (x / m - 1)`` at each
score x, for fixed shares k of the stake; if the mean is m or less, the stakes do not grow on
average. The values of m at which the average stake has multiplied by ``2 / alpha`` are excluded
from below; the mirror image excludes from above.

Null hypothesis at each m: the mean of every score, given those before, is at most (at least) m.
Assumes scores in [0, 1] and nothing else. Scores are kept as counts on a fine grid, rounded down
for the lower end and up for the upper one, so the state is small, holds no raw score, and can be
merged; the price is at most 1 / (2 * cells) on each side, nothing for scores on the grid.

Source: Waudby-Smith and Ramdas, «Estimating means of bounded random variables by betting», JRSSB
86, 2024 (arXiv:2010.09686): the hedged capital process, here with bets spread over fixed shares.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from aegis.base.verdict import Verdict
from aegis.stats.proportions import Interval
from aegis.stats.special import bisect

FloatArray = npt.NDArray[np.float64]

# Shares of the stake: bold ones for means near the ends, timid ones for long runs.
STAKES = np.array([0.99, 0.9, 0.75, *(2.0 ** -np.arange(1, 11))])
_CELLS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedMean:
    """Scores so far, and the interval that survived every look at them.

    `counts` maps a grid position to scores: 2 i stands for exactly ``i / cells``, 2 i + 1 for the
    open interval above it. `interval` only ever shrinks.
    """

    counts: tuple[tuple[int, int], ...] = ()
    interval: Interval = field(default_factory=lambda: Interval(0.0, 1.0))
    alpha: float = 0.05
    cells: int = _CELLS

    @property
    def scores(self) -> int:
        """How many scores were seen."""
        return sum(count for _, count in self.counts)

    def add(self, scores: Iterable[float]) -> BoundedMean:
        """The state after one more look.

        >>> state = BoundedMean().add([1.0] * 100)
        >>> state.interval.low > 0.9, state.interval.high
        (True, 1.0)
        >>> BoundedMean().add([]).interval
        Interval(low=0.0, high=1.0)
        """
        counts = dict(self.counts)
        for score in scores:
            position = _position(score, self.cells)
            counts[position] = counts.get(position, 0) + 1
        return _extend(self, counts)

    def add_events(self, events: int, units: int) -> BoundedMean:
        """The state after `units` more scores, of which `events` are one and all others zero.

        >>> BoundedMean().add_events(3, 9) == BoundedMean().add([1.0] * 3 + [0.0] * 6)
        True
        """
        if not 0 <= events <= units:
            raise ValueError(f"{events} events of {units} units")
        counts = dict(self.counts)
        for position, more in ((0, units - events), (2 * self.cells, events)):
            if more:
                counts[position] = counts.get(position, 0) + more
        return _extend(self, counts)

    def merge(self, other: BoundedMean) -> BoundedMean:
        """Both together as one look, when they hold different scores of the same release.

        What their earlier looks had excluded is not carried over: each had spent its own alpha.
        """
        if (self.alpha, self.cells) != (other.alpha, other.cells):
            raise ValueError("states with another alpha or grid do not merge")
        counts = dict(self.counts)
        for position, count in other.counts:
            counts[position] = counts.get(position, 0) + count
        return _extend(BoundedMean(alpha=self.alpha, cells=self.cells), counts)

    def compare(self, mean: float) -> Verdict:
        """`passed` if the mean is surely above this value, `failed` if surely below it."""
        if self.interval.low > mean:
            return Verdict.PASSED
        if self.interval.high < mean:
            return Verdict.FAILED
        return Verdict.INCONCLUSIVE


def _extend(state: BoundedMean, counts: dict[int, int]) -> BoundedMean:
    ordered = tuple(sorted(counts.items()))
    fresh = _interval(ordered, state.cells, state.alpha)
    return replace(state, counts=ordered, interval=state.interval.intersect(fresh))


def _position(score: float, cells: int) -> int:
    if not 0 <= score <= 1:
        raise ValueError(f"score {score} is outside [0, 1]")
    scaled = score * cells
    nearest = round(scaled)
    return 2 * nearest if abs(scaled - nearest) < 1e-9 else 2 * math.floor(scaled) + 1


def _interval(counts: tuple[tuple[int, int], ...], cells: int, alpha: float) -> Interval:
    if not counts:
        return Interval(0.0, 1.0)
    positions = np.array([position for position, _ in counts])
    weights = np.array([count for _, count in counts], float)
    down = positions // 2 / cells
    up = (positions + 1) // 2 / cells
    return Interval(_low_end(down, weights, alpha), 1 - _low_end(1 - up, weights, alpha))


def _low_end(values: FloatArray, weights: FloatArray, alpha: float) -> float:
    """The largest m that is excluded from below, or 0."""
    if not values.any():
        return 0.0
    needed = math.log(2 / alpha)
    return bisect(lambda m: needed - log_stake(values, weights, m), 0.0, 1.0)


def log_stake(values: FloatArray, weights: FloatArray, mean: float) -> float:
    """Logarithm of what a stake against «the mean is at most `mean`» has become.

    >>> round(math.exp(log_stake(np.array([1.0]), np.array([1.0]), 1.0)), 12)
    1.0
    """
    growth = np.log1p(np.outer(STAKES, values / max(mean, 1e-300) - 1)) @ weights
    return float(np.logaddexp.reduce(growth) - math.log(len(STAKES)))
