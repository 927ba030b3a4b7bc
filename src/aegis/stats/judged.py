"""A rate that an imperfect judge measured, corrected by a subset that people labelled.

A judge with 5 % false alarms reads a hallucination rate of 1 % as about 6 %. Prediction-powered
inference takes the judge's answers on all samples and adds the mean error seen on the labelled
ones: unbiased whatever the judge does, and the narrower the better the judge is.

Null hypothesis behind the interval: the rate is the stated one. Assumes that the labelled samples
are a random subset (or drawn like the others), that labels are right, and counts large enough for
a normal approximation: some hundred labels with at least a handful of errors; with fewer the
interval is the exact one of the labels alone.

Source: Angelopoulos, Bates, Fannjiang, Jordan and Zrnic, «Prediction-powered inference», Science
382, 2023; the weight on the judge is that of «PPI++», arXiv:2311.01453.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from aegis.stats.proportions import Interval, clopper_pearson
from aegis.stats.special import normal_quantile

_FEWEST_LABELS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Samples with a label, by what the judge and the person said (bad or good)."""

    both_bad: int
    judge_only: int
    person_only: int
    both_good: int

    @property
    def samples(self) -> int:
        return self.both_bad + self.judge_only + self.person_only + self.both_good

    @property
    def bad(self) -> int:
        """How many are really bad."""
        return self.both_bad + self.person_only


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRate:
    """The corrected rate, its interval, and what the judge alone would have said."""

    rate: float
    interval: Interval
    judge_rate: float
    judge_weight: float


def judged_rate(
    labelled: Labelled, *, judge_bad: int, judged: int, confidence: float = 0.95
) -> JudgedRate:
    """The rate of bad samples, from few labels and many judged samples without a label.

    >>> labels = Labelled(both_bad=16, judge_only=49, person_only=4, both_good=931)
    >>> result = judged_rate(labels, judge_bad=1300, judged=20_000)
    >>> round(result.judge_rate, 3), round(result.rate, 3)
    (0.065, 0.02)
    >>> result.interval.low < 0.02 < result.interval.high
    True
    >>> judged_rate(Labelled(both_bad=0, judge_only=0, person_only=0, both_good=0),
    ...     judge_bad=5, judged=10).interval
    Interval(low=0.0, high=1.0)
    """
    judge_rate = judge_bad / judged if judged else math.nan
    samples = labelled.samples
    if samples < _FEWEST_LABELS or not judged or not 0 < labelled.bad < samples:
        alone = labelled.bad / samples if samples else math.nan
        exact = clopper_pearson(labelled.bad, samples, confidence=confidence)
        return JudgedRate(rate=alone, interval=exact, judge_rate=judge_rate, judge_weight=0.0)
    weight = _judge_weight(labelled, judged)
    seen_by_judge = (labelled.both_bad + labelled.judge_only) / samples
    truth = labelled.bad / samples
    rate = truth + weight * (judge_rate - seen_by_judge)
    variance = _variance(labelled, weight) / samples
    variance += weight**2 * judge_rate * (1 - judge_rate) / judged
    half = normal_quantile((1 + confidence) / 2) * math.sqrt(variance)
    interval = Interval(max(rate - half, 0.0), min(rate + half, 1.0))
    return JudgedRate(
        rate=min(max(rate, 0.0), 1.0),
        interval=interval,
        judge_rate=judge_rate,
        judge_weight=weight,
    )


def _judge_weight(labelled: Labelled, judged: int) -> float:
    """The weight that makes the variance smallest, between not using the judge and trusting it."""
    samples = labelled.samples
    judge = (labelled.both_bad + labelled.judge_only) / samples
    spread = judge * (1 - judge)
    if not spread:
        return 0.0
    together = labelled.both_bad / samples - judge * labelled.bad / samples
    best = together / spread / (1 + samples / judged)
    return min(max(best, 0.0), 1.0)


def _variance(labelled: Labelled, weight: float) -> float:
    """Variance of one labelled sample's «truth minus weighted judge»."""
    cells = (
        (labelled.both_bad, 1 - weight),
        (labelled.judge_only, -weight),
        (labelled.person_only, 1.0),
        (labelled.both_good, 0.0),
    )
    mean = math.fsum(count * value for count, value in cells) / labelled.samples
    squares = math.fsum(count * (value - mean) ** 2 for count, value in cells)
    return squares / (labelled.samples - 1)
