"""When accumulating evidence first reaches a level."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aegis.stats.special import normal_upper_tail

# Siegmund 1985, Sequential Analysis: a random walk seen at whole steps crosses a boundary as a
# Brownian motion crosses one that is 0.583 standard deviations of a step further.
_OVERSHOOT = 0.583


@dataclass(frozen=True, slots=True)
class Crossing:
    """A random walk with this mean and deviation a step, on its way to a level above it.

    The time at which a Brownian motion with drift first reaches a level is inverse Gaussian.
    Source: Siegmund, Sequential Analysis, 1985.
    """

    mean: float
    deviation: float
    level: float

    def quantile(self, probability: float) -> float:
        """Steps within which the level is reached with this probability; `inf` if never.

        >>> walk = Crossing(mean=1.0, deviation=1.0, level=100.0)
        >>> 99 < walk.quantile(0.5) < 102 < walk.quantile(0.9) < 120
        True
        >>> Crossing(mean=-1.0, deviation=1.0, level=5.0).quantile(0.5)
        inf
        """
        level = self.level + _OVERSHOOT * self.deviation
        low, high = 0.0, 1.0
        while self._crossed_by(high, level) < probability:
            high *= 2
            if high > 1e12:
                return math.inf
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (
                (middle, high) if self._crossed_by(middle, level) < probability else (low, middle)
            )
        return high

    def _crossed_by(self, looks: float, level: float) -> float:
        if self.deviation == 0 or looks == 0:
            return 0.0
        spread = self.deviation * math.sqrt(looks)
        reflected = 2 * self.mean * level / self.deviation**2
        past = normal_upper_tail((level + self.mean * looks) / spread)
        back = math.exp(min(reflected, 700.0) + math.log(past)) if past > 0 else 0.0
        return normal_upper_tail((level - self.mean * looks) / spread) + back
