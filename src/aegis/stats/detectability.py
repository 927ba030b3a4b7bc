"""What given traffic, or a given data set, can show: computed before anything runs.

Closed forms, well under a millisecond. The floors hold for every valid method, ours included; the
expectations are for the tests of `label`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aegis.base.verdict import Verdict
from aegis.stats.crossing import Crossing
from aegis.stats.label import ROLLBACK, LabelTest, promotion
from aegis.stats.slowdown import SLOWDOWNS, Slowdown, SlowdownEvidence, bucket_ratios
from aegis.stats.special import normal_quantile

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksNeeded:
    """How many looks a decision takes. `inf` where it cannot be reached.

    `floor` bounds the mean of every valid test, even one that knows stable's rate exactly.
    `median` and `p90` approximate the test that Aegis runs.
    """

    floor: float
    median: float
    p90: float

    @property
    def is_reachable(self) -> bool:
        """Whether any number of looks can decide."""
        return math.isfinite(self.floor)

    @property
    def at_least(self) -> int:
        """The floor in whole looks: «needs at least k looks». Ask `is_reachable` first.

        >>> looks_to_detect(base_rate=0.01, factor=2, requests_per_look=500, canary_share=0.1,
        ...     alpha=0.05).at_least
        15
        """
        if not self.is_reachable:
            raise ValueError("no number of looks decides this")
        return max(1, math.floor(self.floor))

    def within(self, looks: int) -> Verdict:
        """Whether a trial of so many looks can be expected to decide.

        `passed`: nine in ten decide in time. `failed`: too short even for the floor.
        """
        if looks < self.floor:
            return Verdict.FAILED
        return Verdict.PASSED if looks >= self.p90 else Verdict.INCONCLUSIVE


_NO_WAY = LooksNeeded(floor=math.inf, median=math.inf, p90=math.inf)


def looks_to_detect(
    *,
    base_rate: float,
    factor: float,
    requests_per_look: float,
    canary_share: float,
    alpha: float,
) -> LooksNeeded:
    """Looks until a canary with `factor` times stable's rate of bad events is rolled back.

    `requests_per_look` counts both arms; the canary gets `canary_share` of them.

    Floor: Wald's identity. Evidence against «the canary fails at `base_rate`» grows on average by
    at most ``n KL(factor * base_rate || base_rate)`` nats a look of n canary requests, and must
    reach ``ln(1 / alpha)``. Median and p90: the time at which the mixture of `label.ROLLBACK`
    crosses, as an inverse Gaussian (`crossing`).

    >>> looks = looks_to_detect(
    ...     base_rate=0.02, factor=2, requests_per_look=500, canary_share=0.1, alpha=0.05)
    >>> round(looks.floor, 2), looks.at_least
    (7.55, 7)
    >>> looks_to_detect(
    ...     base_rate=0.02, factor=1, requests_per_look=500, canary_share=0.1, alpha=0.05).floor
    inf
    """
    if factor <= 1:
        return _NO_WAY
    traffic = _Traffic(base_rate, requests_per_look, canary_share)
    bad_rate = min(1.0, base_rate * factor)
    gain = traffic.canary_requests * bernoulli_divergence(bad_rate, base_rate)
    return _looks(ROLLBACK, traffic, bad_rate / base_rate if base_rate else 1.0, gain, alpha)


def looks_to_promote(
    *,
    base_rate: float,
    margin: float,
    requests_per_look: float,
    canary_share: float,
    alpha: float,
) -> LooksNeeded:
    """Looks until a canary that is as good as stable is certified «below `margin` times».

    Floor, median and p90 as in `looks_to_detect`, for `label.promotion`.

    >>> looks = looks_to_promote(
    ...     base_rate=0.02, margin=2, requests_per_look=500, canary_share=0.1, alpha=0.05)
    >>> 8 < looks.floor < looks.median < looks.p90
    True
    """
    traffic = _Traffic(base_rate, requests_per_look, canary_share)
    bad_rate = min(1.0, base_rate * margin)
    gain = traffic.canary_requests * bernoulli_divergence(base_rate, bad_rate)
    return _looks(promotion(margin), traffic, 1.0, gain, alpha)


def looks_to_notice_slowdown(
    start: SlowdownEvidence,
    slowdown: Slowdown,
    *,
    requests_per_look: float,
    canary_share: float,
    alpha: float,
) -> LooksNeeded:
    """Looks until a canary that is slower in this way is rolled back.

    `start` knows the bucket edges, and stable's latencies by its history.

    Floor, median and p90 as in `looks_to_detect`, for `slowdown.SLOWDOWNS` and the distribution
    that the history shows; the floor is for judges that see the same buckets.

    >>> from aegis.stats.slowdown import no_slowdown
    >>> start = no_slowdown(edges=(0.5, 1.0, 2.0, 4.0), history=(100, 400, 350, 120, 30))
    >>> looks = looks_to_notice_slowdown(start, Slowdown(1.5, 1.0, 1.0),
    ...     requests_per_look=500, canary_share=0.1, alpha=0.05)
    >>> looks.floor < looks.median < looks.p90 < 10
    True
    """
    counts = np.array(start.history, float)
    if not (0 < canary_share < 1 and requests_per_look > 0 and counts.sum()):
        return _NO_WAY
    stable = (counts + 0.5 / len(counts)) / (counts.sum() + 0.5)
    canary = stable * bucket_ratios(start.edges, start.history, slowdown)
    canary /= canary.sum()
    canary_requests = requests_per_look * canary_share
    gain = canary_requests * float((canary * np.log(canary / stable)).sum())
    arms = (canary * canary_requests, stable * (requests_per_look - canary_requests))
    bets = []
    for bet in SLOWDOWNS:
        ratio = bucket_ratios(start.edges, start.history, bet)
        scale = -np.log(canary_share * ratio + 1 - canary_share)
        gains = (np.log(ratio) + scale, scale)
        mean = sum(float(arm @ gain) for arm, gain in zip(arms, gains, strict=True))
        noise = sum(_variance(arm, gain) for arm, gain in zip(arms, gains, strict=True))
        bets.append(Crossing(mean, math.sqrt(noise), -math.log(alpha * bet.weight)))
    return _earliest(bets, floor=-math.log(alpha) / gain if gain > 0 else math.inf)


def _variance(requests: FloatArray, gain: FloatArray) -> float:
    """Variance of the sum of gains of so many requests, a fixed number in all."""
    mean = float(requests @ gain) / float(requests.sum())
    return float(requests @ (gain - mean) ** 2)


def bernoulli_divergence(p: float, q: float) -> float:
    """Kullback-Leibler divergence between coins p and q, in nats.

    >>> round(50 * bernoulli_divergence(0.02, 0.01), 3)
    0.196
    """
    return _part(p, q) + _part(1 - p, 1 - q)


def _part(p: float, q: float) -> float:
    if p == 0:
        return 0.0
    return p * math.log(p / q) if q > 0 else math.inf


@dataclass(frozen=True, slots=True)
class _Traffic:
    base_rate: float
    requests: float
    share: float

    @property
    def canary_requests(self) -> float:
        return self.requests * self.share


def _looks(
    test: LabelTest, traffic: _Traffic, true_ratio: float, gain: float, alpha: float
) -> LooksNeeded:
    if not (0 < traffic.share < 1 and traffic.base_rate > 0 and gain > 0):
        return _NO_WAY
    bets = [
        Crossing(*_drift(traffic, test.null_ratio, ratio, true_ratio), -math.log(alpha * weight))
        for ratio, weight in zip(test.ratios, test.weights, strict=True)
    ]
    return _earliest(bets, floor=-math.log(alpha) / gain)


def _earliest(bets: list[Crossing], *, floor: float) -> LooksNeeded:
    median = min(bet.quantile(0.5) for bet in bets)
    p90 = min(bet.quantile(0.9) for bet in bets)
    return LooksNeeded(floor=floor, median=max(median, 1.0), p90=max(p90, 1.0))


def _drift(
    traffic: _Traffic, null_ratio: float, ratio: float, true_ratio: float
) -> tuple[float, float]:
    """Mean and standard deviation of one bet's log-likelihood ratio in one look."""
    share, stable = traffic.share, 1 - traffic.share
    scale = (share * null_ratio + stable) / (share * ratio + stable)
    on_canary, on_stable = math.log(ratio / null_ratio * scale), math.log(scale)
    canary_bad = traffic.requests * share * traffic.base_rate * true_ratio
    stable_bad = traffic.requests * stable * traffic.base_rate
    mean = canary_bad * on_canary + stable_bad * on_stable
    return mean, math.sqrt(canary_bad * on_canary**2 + stable_bad * on_stable**2)


def pairs_needed(
    *, drop: float, power: float = 0.8, alpha: float = 0.05, discordance: float
) -> int:
    """Labelled samples, answered by both releases, that show a true drop of the pass rate.

    `drop` is the difference of the two pass rates (0.1 for ten points), `discordance` the share of
    samples on which the releases differ; it is at least `drop`. For the one-sided exact McNemar
    test at level `alpha`, with independent samples: multiply by the design effect of
    `cluster_design_effect` when several belong to one document or user.

    Source: Miettinen 1968 / Connor, Biometrics 43, 1987, with the continuity correction that the
    exact test needs.

    >>> pairs_needed(drop=0.10, discordance=0.175)
    126
    >>> pairs_needed(drop=0.05, discordance=0.156)
    423
    >>> pairs_needed(drop=0.10, discordance=0.175, power=0.9) > 126
    True
    """
    if not 0 < drop <= discordance <= 1:
        raise ValueError(f"a drop of {drop} needs at least that much disagreement")
    spread = normal_quantile(1 - alpha) * math.sqrt(discordance) + normal_quantile(
        power
    ) * math.sqrt(discordance - drop**2)
    root = (spread + math.sqrt(spread**2 + 4 * drop)) / (2 * drop)
    return math.ceil(root**2)


def discordance(*, stable_rate: float, drop: float, correlation: float) -> float:
    """Share of samples on which two releases differ, from their pass rates and correlation.

    Miller, arXiv:2411.00640, reports correlations of 0.3 to 0.7 between frontier models.

    >>> round(discordance(stable_rate=0.8, drop=0.1, correlation=0.56), 3)
    0.175
    >>> discordance(stable_rate=0.8, drop=0.0, correlation=1.0)
    0.0
    """
    candidate = stable_rate - drop
    spread = math.sqrt(stable_rate * (1 - stable_rate) * candidate * (1 - candidate))
    both = stable_rate * candidate + correlation * spread
    return max(stable_rate + candidate - 2 * both, abs(drop))


def cluster_design_effect(*, samples_per_cluster: float, intracluster_correlation: float) -> float:
    """How many times more samples clustered data need (Kish 1965: ``1 + (m - 1) rho``).

    >>> cluster_design_effect(samples_per_cluster=5, intracluster_correlation=0.25)
    2.0
    """
    return 1 + (samples_per_cluster - 1) * intracluster_correlation
