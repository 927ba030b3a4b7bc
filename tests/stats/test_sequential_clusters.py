from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.stats.sequential_clusters import SequentialClusters

SUMS = st.lists(st.floats(-30, 30), max_size=10)


def collect(sums: list[float]) -> SequentialClusters:
    state = SequentialClusters()
    for value in sums:
        state = state.add(value)
    return state


@given(sums=st.lists(st.floats(-30, 30), min_size=1, max_size=6))
def test_the_mean_over_all_sign_patterns_is_one(sums: list[float]) -> None:
    """Enumerated: the bet is fair whatever the sizes of the clusters."""
    values = [
        math.exp(collect([sign * x for sign, x in zip(signs, sums, strict=True)]).log_evidence)
        for signs in product((-1, 1), repeat=len(sums))
    ]

    assert math.fsum(values) / len(values) == pytest.approx(1)


@given(sums=SUMS.flatmap(lambda sums: st.tuples(st.just(sums), st.permutations(sums))))
def test_the_order_of_clusters_does_not_matter(sums: tuple[list[float], list[float]]) -> None:
    """Clusters that finish late change nothing but the moment."""
    assert collect(sums[0]).log_evidence == pytest.approx(collect(sums[1]).log_evidence, abs=1e-9)


@given(sums=SUMS, difference=st.floats(-30, 30), worse=st.floats(0, 10))
def test_a_worse_cluster_never_means_less_evidence(
    sums: list[float], difference: float, worse: float
) -> None:
    """More lost samples never speak for the candidate."""
    state = collect(sums)

    assert state.add(difference - worse).log_evidence >= state.add(difference).log_evidence - 1e-9


def test_no_cluster_is_inconclusive() -> None:
    """No data is never passed."""
    assert SequentialClusters().verdict(0.05) is Verdict.INCONCLUSIVE


@pytest.mark.slow
def test_equal_releases_are_rarely_stopped_and_a_drop_saves_clusters() -> None:
    """100 clusters of 5 with correlated outcomes; ten points stop in less than half of them."""
    rng = np.random.default_rng(600)
    runs = 500
    stopped, used = {0.0: 0, 0.1: 0}, []
    for drop in stopped:
        chance_lost = 0.5 if drop == 0 else (0.175 + 0.1) / 2 / 0.175
        for _ in range(runs):
            state = SequentialClusters()
            for _ in range(100):
                tilt = rng.beta(chance_lost * 0.8, (1 - chance_lost) * 0.8)
                differs = rng.binomial(5, 0.175)
                lost = rng.binomial(differs, tilt)
                state = state.add(float(differs - 2 * lost))
                if state.verdict(0.05) is Verdict.FAILED:
                    stopped[drop] += 1
                    break
            if drop:
                used.append(state.clusters)

    assert stopped[0.0] <= 0.05 * runs
    assert stopped[0.1] > 0.9 * runs
    assert np.mean(used) < 50
