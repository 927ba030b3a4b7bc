from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.stats.edetector import Bets, calibrate, detector

ONE = Bets(names=("x",), weights=(1.0,))


def test_without_change_the_sum_grows_like_the_number_of_windows() -> None:
    """Its mean is then at most the number of windows, which is the whole guarantee."""
    state = detector(ONE)
    for _ in range(7):
        state = state.add(np.array([0.0]))

    assert math.exp(state.log_evidence) == pytest.approx(7)
    assert state.verdict is Verdict.PASSED


@given(factors=st.lists(st.floats(0.1, 10), min_size=1, max_size=12))
def test_the_sum_is_over_all_moments_at_which_the_change_may_have_begun(
    factors: list[float],
) -> None:
    """The recursion equals the sum of products that it abbreviates."""
    state = detector(ONE)
    for factor in factors:
        state = state.add(np.log([factor]))

    expected = math.fsum(math.prod(factors[start:]) for start in range(len(factors)))
    assert math.exp(state.log_evidence) == pytest.approx(expected)


def test_no_window_is_inconclusive() -> None:
    """No data is never passed."""
    assert detector(ONE).verdict is Verdict.INCONCLUSIVE
    assert detector(ONE).suspects() == ()


def test_the_suspect_is_named_with_its_first_window() -> None:
    """Ten calm windows, then one of two columns moves."""
    state = detector(Bets(names=("age", "income"), weights=(0.5, 0.5)))
    for window in range(1, 15):
        state = state.add(np.array([-0.5, 3.0 if window > 10 else -0.5]))

    suspect = state.suspects()[0]
    assert state.verdict is Verdict.FAILED
    assert (suspect.name, suspect.since_window) == ("income", 11)
    assert suspect.share > 0.99


@pytest.mark.parametrize(
    ("names", "weights"),
    [
        pytest.param(("a",), (0.5, 0.5), id="unlike-lengths"),
        pytest.param(("a", "b"), (1.0, 1.0), id="two-stakes"),
    ],
)
def test_bets_are_one_stake(names: tuple[str, ...], weights: tuple[float, ...]) -> None:
    """More than one would break the budget."""
    with pytest.raises(ValueError, match="weight"):
        Bets(names=names, weights=weights)


def test_the_calibrator_is_fair() -> None:
    """Its mean over uniform p-values is one (midpoint rule on a logarithmic grid)."""
    edges = np.exp(np.linspace(-200, 0, 20_001))
    middles = (edges[1:] + edges[:-1]) / 2
    mean = sum(
        math.exp(calibrate(float(p))) * width
        for p, width in zip(middles, np.diff(edges), strict=True)
    )

    assert mean == pytest.approx(1, abs=0.01)


@given(low=st.floats(1e-12, 1), high=st.floats(1e-12, 1))
def test_smaller_p_values_are_more_evidence(low: float, high: float) -> None:
    """The calibrator falls."""
    low, high = min(low, high), max(low, high)

    assert calibrate(low) >= calibrate(high) - 1e-6
