"""Error rates of intervals and gates, simulated with fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest

from aegis.base.verdict import Verdict
from aegis.stats.betting import BoundedMean
from aegis.stats.means import ArmSums, MeanDifference
from aegis.stats.paired import clustered_difference, mcnemar
from aegis.stats.proportions import clopper_pearson
from aegis.stats.sequential_pairs import SequentialPairs
from aegis.stats.special import binomial_upper_tail

pytestmark = pytest.mark.slow


def noise(alpha: float, runs: int) -> float:
    """Two standard deviations of a simulated rate, for tests that spend exactly their alpha."""
    return float(2 * np.sqrt(alpha * (1 - alpha) / runs))


@pytest.mark.parametrize("mean", [0.05, 0.5, 0.9])
def test_the_betting_interval_covers_at_every_look(mean: float) -> None:
    """Scores on five levels, 20 looks of 25; missing the mean once in a run counts."""
    rng = np.random.default_rng(400)
    runs, missed, widths = 100, 0, []
    for _ in range(runs):
        state, miss = BoundedMean(), False
        for _ in range(20):
            state = state.add((rng.binomial(4, mean, 25) / 4).tolist())
            miss = miss or mean not in state.interval
        missed += miss
        widths.append(state.interval.high - state.interval.low)

    assert missed <= 0.05 * runs
    assert np.mean(widths) < 0.12


def test_the_interval_of_means_covers_at_every_look_of_a_ramp() -> None:
    """Skewed costs whose base doubles while the canary ramps up."""
    rng = np.random.default_rng(410)
    runs, missed = 400, 0
    for _ in range(runs):
        state, miss = MeanDifference(), False
        for look in range(60):
            base = 1 + look / 60
            sizes = [10, 50, 250, 500][look // 15]
            arms = [base * rng.exponential(1.0, units) for units in (sizes, 1000 - sizes)]
            sums = [
                ArmSums(units=len(x), total=float(x.sum()), squares=float((x**2).sum()))
                for x in arms
            ]
            state = state.add(canary=sums[0], stable=sums[1])
            miss = miss or 0.0 not in state.interval(0.05)
        missed += miss

    assert missed <= (0.05 + noise(0.05, runs)) * runs


@pytest.mark.parametrize("probability", [0.01, 0.2, 0.5])
@pytest.mark.parametrize("trials", [20, 300])
def test_clopper_pearson_covers(probability: float, trials: int) -> None:
    """Summed exactly over all outcomes, not simulated."""
    missed = sum(
        binomial_upper_tail(k, trials, probability)
        - binomial_upper_tail(k + 1, trials, probability)
        for k in range(trials + 1)
        if probability not in clopper_pearson(k, trials)
    )

    assert missed <= 0.05 + 1e-9


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([25] * 20, id="20-clusters-of-25"),
        pytest.param([5] * 100, id="100-clusters-of-5"),
        pytest.param(list(range(1, 20)) * 2, id="38-clusters-of-1-to-19"),
    ],
)
def test_equal_releases_pass_a_clustered_gate(sizes: list[int]) -> None:
    """At most 5 % are blocked; the same data without clusters would block twice as many."""
    rng = np.random.default_rng(420)
    runs, blocked, naive = 2000, 0, 0
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    for _ in range(runs):
        chance = rng.beta(0.17, 0.17, len(sizes))[clusters]
        differs = rng.random(len(clusters)) < 0.15
        lost = differs & (rng.random(len(clusters)) < chance)
        values = np.where(lost, -1.0, differs.astype(float))
        result = clustered_difference(values.tolist(), clusters.tolist())
        blocked += result.verdict(alpha=0.05) is Verdict.FAILED
        naive += mcnemar(lost=int(lost.sum()), won=int((differs & ~lost).sum())) <= 0.05

    assert blocked / runs <= 0.05 + noise(0.05, runs)
    assert naive > 1.5 * blocked


def test_stopping_early_is_safe_and_saves_calls() -> None:
    """False stops at most 5 % within 1,000 samples; a ten-point drop stops before 150."""
    rng = np.random.default_rng(430)
    runs, cap = 600, 1000
    stopped = {0.0: 0, 0.1: 0}
    samples = []
    for drop, discordance in ((0.0, 0.14), (0.1, 0.175)):
        for _ in range(runs):
            outcome = rng.random(cap)
            state = SequentialPairs(cap=cap)
            for value in outcome.tolist():
                if value >= discordance:
                    state = state.add(tied=1)
                    continue
                is_lost = value < (discordance + drop) / 2
                state = state.add(lost=int(is_lost), won=int(not is_lost))
                if state.verdict(0.05) is Verdict.FAILED:
                    stopped[drop] += 1
                    break
            if drop:
                samples.append(state.samples)

    assert stopped[0.0] / runs <= 0.05 + noise(0.05, runs)
    assert stopped[0.1] == runs
    assert np.mean(samples) < 120
