from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.stats.betting import BoundedMean, log_stake

SCORES = st.lists(st.floats(0, 1), max_size=30)


@given(first=SCORES, second=SCORES)
def test_intervals_are_nested_over_time(first: list[float], second: list[float]) -> None:
    """What one look excluded, a later look does not bring back."""
    early = BoundedMean().add(first)
    late = early.add(second)

    assert early.interval.low <= late.interval.low <= late.interval.high <= early.interval.high


@given(first=SCORES, second=SCORES)
def test_merging_scores_is_commutative_and_counts_all(
    first: list[float], second: list[float]
) -> None:
    """Two evaluators' scores give one state, whichever comes first."""
    one, two = BoundedMean().add(first), BoundedMean().add(second)

    assert one.merge(two) == two.merge(one)
    assert one.merge(two).scores == len(first) + len(second)


@given(mean=st.sampled_from([0.1, 0.25, 0.5, 0.9]))
def test_the_mean_stake_is_at_most_one_under_the_null(mean: float) -> None:
    """Enumerated: eight coins whose mean is exactly the tested one."""
    expected = math.fsum(
        mean ** sum(coins)
        * (1 - mean) ** (8 - sum(coins))
        * math.exp(log_stake(np.array(coins, float), np.ones(8), mean))
        for coins in product((0, 1), repeat=8)
    )

    assert expected == pytest.approx(1)


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        pytest.param([0.9] * 40, Verdict.PASSED, id="surely-above"),
        pytest.param([0.1] * 40, Verdict.FAILED, id="surely-below"),
        pytest.param([0.9] * 3, Verdict.INCONCLUSIVE, id="too-few"),
        pytest.param([], Verdict.INCONCLUSIVE, id="none"),
    ],
)
def test_scores_are_compared_with_a_threshold(scores: list[float], verdict: Verdict) -> None:
    """Three good scores prove nothing."""
    assert BoundedMean().add(scores).compare(0.5) is verdict


def test_a_score_outside_the_unit_interval_is_refused() -> None:
    """A judge that answers 7 of 10 must be rescaled first."""
    with pytest.raises(ValueError, match="outside"):
        BoundedMean().add([7.0])


def test_states_with_another_alpha_do_not_merge() -> None:
    """Their intervals mean different things."""
    with pytest.raises(ValueError, match="alpha"):
        BoundedMean().merge(BoundedMean(alpha=0.01))
