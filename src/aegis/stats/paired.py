"""Two releases that answered the same samples: is the candidate worse?

Pairing removes what is common to both answers; with the correlations that real models show it
needs about half the samples of an unpaired comparison.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aegis.base.verdict import Verdict
from aegis.stats.proportions import Interval
from aegis.stats.special import binomial_upper_tail, student_quantile, student_upper_tail

FloatArray = npt.NDArray[np.float64]

_FEWEST_CLUSTERS = 10
_STEPS = 20_000


def mcnemar(*, lost: int, won: int) -> float:
    """One-sided p-value that the candidate passes less often than stable.

    `lost` counts samples that only stable passed, `won` those that only the candidate passed;
    samples with the same outcome on both say nothing.

    Null hypothesis: a sample is lost with at most the probability that it is won. Assumes
    independent samples; exact for any number of them. Source: McNemar, Psychometrika 12, 1947, as a
    sign test.

    >>> mcnemar(lost=0, won=0), round(mcnemar(lost=5, won=0) * 32, 12)
    (1.0, 1.0)
    >>> round(mcnemar(lost=15, won=5), 6)
    0.020695
    """
    return binomial_upper_tail(lost, lost + won, 0.5)


def mcnemar_power(*, pairs: int, drop: float, discordance: float, alpha: float = 0.05) -> float:
    """Chance that `mcnemar` finds a true drop; exact, summed over the number of discordant pairs.

    >>> round(mcnemar_power(pairs=126, drop=0.10, discordance=0.175), 2)
    0.83
    >>> mcnemar_power(pairs=500, drop=0.05, discordance=0.156) > 0.84
    True
    """
    chance_lost = (discordance + drop) / 2 / discordance
    power = 0.0
    for discordant in range(pairs + 1):
        weight = _binomial(discordant, pairs, discordance)
        if weight > 1e-12:
            needed = smallest_significant(discordant, alpha)
            power += weight * binomial_upper_tail(needed, discordant, chance_lost)
    return power


def smallest_significant(discordant: int, alpha: float) -> int:
    """The smallest number of lost samples with a p-value at or below `alpha`.

    One more than `discordant` where no outcome is significant.

    >>> smallest_significant(4, 0.05), smallest_significant(5, 0.05), smallest_significant(20, 0.05)
    (5, 5, 15)
    """
    low, high = discordant // 2, discordant + 1
    while low < high:
        middle = (low + high) // 2
        if binomial_upper_tail(middle, discordant, 0.5) <= alpha:
            high = middle
        else:
            low = middle + 1
    return low


def _binomial(successes: int, trials: int, probability: float) -> float:
    if probability in (0, 1):
        return float(successes == trials * probability)
    log_ways = (
        math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1)
    )
    return math.exp(
        log_ways
        + successes * math.log(probability)
        + (trials - successes) * math.log1p(-probability)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """Mean of candidate minus stable, and how sure it is."""

    mean: float
    standard_error: float
    clusters: int
    samples: int
    worse_p_value: float = 1.0  # exact, by `sign_flip_p_value`

    @property
    def is_enough(self) -> bool:
        """Whether there are clusters enough for the t distribution to hold."""
        return self.clusters >= _FEWEST_CLUSTERS and self.standard_error > 0

    def p_value(self, difference: float = 0.0) -> float:
        """One-sided Student's t, for the null that the true mean is at least `difference`."""
        if not self.is_enough:
            return 1.0
        t = (difference - self.mean) / self.standard_error
        return student_upper_tail(t, self.clusters - 1)

    def interval(self, confidence: float = 0.95) -> Interval:
        """Two-sided; the whole of [-1, 1] where there are too few clusters."""
        if not self.is_enough:
            return Interval(-1.0, 1.0)
        half = student_quantile((1 + confidence) / 2, self.clusters - 1) * self.standard_error
        return Interval(self.mean - half, self.mean + half)

    def verdict(self, *, alpha: float = 0.05, tolerated_drop: float = 0.0) -> Verdict:
        """`failed`: surely worse. `passed`: surely not worse by more than tolerated."""
        if not self.is_enough:
            return Verdict.INCONCLUSIVE
        if self.worse_p_value <= alpha:
            return Verdict.FAILED
        surely_above = self.interval(1 - 2 * alpha).low >= -tolerated_drop
        return Verdict.PASSED if surely_above else Verdict.INCONCLUSIVE


def clustered_difference(
    differences: Sequence[float], clusters: Sequence[Hashable]
) -> PairedDifference:
    """Mean paired difference with a standard error that respects clusters.

    Samples about one document, user or conversation are not independent; the naive error makes
    one equal release in five fail. Here each cluster is left out in turn (jackknife, CV3), which
    with clusters of one size is the t-test on their means. Whether the candidate is worse at all
    is decided by `sign_flip_p_value`, which needs no approximation.

    Assumes independent clusters, at least ten of them. Without clusters, give each sample its own.

    Source: Miller, arXiv:2411.00640; MacKinnon, Nielsen and Webb, Journal of
    Econometrics 232, 2023, on the jackknife; Student's t with one degree less than clusters.

    >>> result = clustered_difference([1, -1, 0, 0], ["a", "a", "b", "b"])
    >>> result.mean, result.clusters, result.verdict()
    (0.0, 2, <Verdict.INCONCLUSIVE: 'inconclusive'>)
    >>> alone = clustered_difference([0.0, 1.0] * 10, range(20))
    >>> round(alone.standard_error, 9) == round(math.sqrt(0.25 / 19), 9)
    True
    """
    if len(differences) != len(clusters):
        raise ValueError("one cluster a difference")
    if not differences:
        return PairedDifference(mean=0.0, standard_error=0.0, clusters=0, samples=0)
    names = {name: index for index, name in enumerate(dict.fromkeys(clusters))}
    index = np.array([names[name] for name in clusters])
    values = np.asarray(differences, float)
    return _from_sums(np.bincount(index, values).astype(float), np.bincount(index).astype(float))


def _from_sums(sums: FloatArray, sizes: FloatArray) -> PairedDifference:
    groups, samples = len(sums), sizes.sum()
    mean = float(sums.sum() / samples)
    worse = sign_flip_p_value(sums)
    error = 0.0
    if groups > 1:
        without = (sums.sum() - sums) / (samples - sizes)
        error = math.sqrt((groups - 1) / groups * float(((without - mean) ** 2).sum()))
    return PairedDifference(
        mean=mean,
        standard_error=error,
        clusters=groups,
        samples=int(samples),
        worse_p_value=worse,
    )


def sign_flip_p_value(sums: FloatArray) -> float:
    """Exact one-sided p-value that the candidate is worse, from the sums of differences by cluster.

    Null hypothesis: within a cluster the two releases could as well have changed places, so that
    each sum had either sign with equal chance. Assumes independent clusters, of any sizes. All sign
    patterns are counted, by adding the clusters one after the other to the distribution of the
    total; sums that are not whole numbers are first rounded to a grid of some 20,000 steps, which
    costs power and no validity.

    Source: Fisher, The Design of Experiments, 1935, section 21.

    >>> sign_flip_p_value(np.array([-1.0] * 5)), sign_flip_p_value(np.array([-3.0, 1.0, 0.0]))
    (0.03125, 0.5)
    >>> sign_flip_p_value(np.array([]))
    1.0
    """
    size = np.abs(sums)
    is_whole = bool((sums == np.rint(sums)).all()) and size.sum() <= _STEPS
    unit = 1.0 if is_whole else float(size.sum()) / _STEPS
    steps = np.rint(sums / unit).astype(int)
    reach = int(np.abs(steps).sum())
    chance = np.zeros(2 * reach + 1)
    chance[reach] = 1.0
    for step in np.abs(steps[steps != 0]):
        moved = np.zeros_like(chance)
        moved[step:] += 0.5 * chance[:-step]
        moved[:-step] += 0.5 * chance[step:]
        chance = moved
    return min(1.0, float(chance[: reach + int(steps.sum()) + 1].sum()))
