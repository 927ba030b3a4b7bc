from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.stats.proportions import clean_trials_needed, clopper_pearson, upper_bound
from aegis.stats.special import binomial_upper_tail


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
