from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.stats.betting import BoundedMean, log_stake
from aegis.stats.means import ArmSums, MeanDifference
from aegis.stats.proportions import Interval, clean_trials_needed, clopper_pearson, upper_bound
from aegis.stats.special import binomial_upper_tail

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


@given(successes=st.integers(0, 60), failures=st.integers(0, 60))
def test_clopper_pearson_ends_have_the_tails_they_promise(successes: int, failures: int) -> None:
    """At each end the outcome, or a more extreme one, has probability 2.5 %."""
    trials = successes + failures
    interval = clopper_pearson(successes, trials)

    if successes:
        assert binomial_upper_tail(successes, trials, interval.low) == pytest.approx(0.025)
    if failures:
        below = 1 - binomial_upper_tail(successes + 1, trials, interval.high)
        assert below == pytest.approx(0.025, abs=1e-9)


@given(failures=st.integers(0, 30), trials=st.integers(1, 500))
def test_more_failures_raise_the_bound(failures: int, trials: int) -> None:
    """Never less evidence of harm."""
    if failures < trials:
        assert upper_bound(failures, trials) < upper_bound(failures + 1, trials)


@given(bound=st.floats(0.0005, 0.5))
def test_clean_trials_prove_their_bound(bound: float) -> None:
    """With one trial fewer the claim would not hold."""
    needed = clean_trials_needed(bound)

    assert upper_bound(0, needed) <= bound * (1 + 1e-9)
    assert needed == 1 or upper_bound(0, needed - 1) > bound * (1 - 1e-9)


def arm(values: list[float]) -> ArmSums:
    return ArmSums(
        units=len(values), total=math.fsum(values), squares=math.fsum(x * x for x in values)
    )


def test_a_ramp_with_a_drifting_base_shows_no_difference() -> None:
    """Simpson's paradox: pooled over looks the canary would look three times dearer."""
    state = MeanDifference()
    for base, canary_units in ((1.0, 20), (2.0, 200), (4.0, 2000)):
        spread = [base - 0.5, base + 0.5]
        state = state.add(canary=arm(spread * (canary_units // 2)), stable=arm(spread * 200))

    assert state.estimate == pytest.approx(0)
    assert 0.0 in state.interval(0.05)


@pytest.mark.parametrize(
    ("difference", "units", "verdict"),
    [
        pytest.param(0.5, 400, Verdict.FAILED, id="dearer"),
        pytest.param(-0.5, 400, Verdict.PASSED, id="cheaper"),
        pytest.param(0.0, 400, Verdict.INCONCLUSIVE, id="alike"),
        pytest.param(0.5, 20, Verdict.INCONCLUSIVE, id="too-few"),
    ],
)
def test_costs_are_compared(difference: float, units: int, verdict: Verdict) -> None:
    """Stable costs 0.5 or 1.5 a request; a tenth more is tolerated."""
    stable = [0.5, 1.5] * (units // 2)
    state = MeanDifference().add(
        canary=arm([value + difference for value in stable]), stable=arm(stable)
    )

    assert state.compare(alpha=0.05, tolerated=0.1) is verdict


def test_a_look_with_one_request_is_skipped_and_counted() -> None:
    """Its variance is unknown."""
    state = MeanDifference().add(canary=arm([1.0]), stable=arm([1.0, 2.0]))

    assert (state.skipped, state.weight) == (1, 0)
    assert state.interval(0.05) == Interval(-math.inf, math.inf)
