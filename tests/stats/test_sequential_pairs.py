from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.stats.sequential_pairs import (
    SequentialPairs,
    false_stop,
    log_evidence,
    stopping_level,
)

COUNTS = st.integers(0, 200)


@given(lost=COUNTS, won=COUNTS, tied=COUNTS)
def test_pairs_may_come_in_any_order(lost: int, won: int, tied: int) -> None:
    """Only the counts matter."""
    at_once = SequentialPairs(cap=1000).add(lost=lost, won=won, tied=tied)
    in_turn = SequentialPairs(cap=1000).add(tied=tied).add(won=won).add(lost=lost)

    assert at_once == in_turn


@pytest.mark.parametrize("cap", [50, 200, 1000])
@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_the_stopping_level_uses_the_whole_alpha_and_no_more(cap: int, alpha: float) -> None:
    """Exact, by following every path of fair coins."""
    level = stopping_level(cap, alpha)

    assert level <= -math.log(alpha)
    assert 0.7 * alpha < false_stop(cap=cap, level=level) <= alpha


def test_the_sequential_null_is_fair() -> None:
    """The mean evidence after ten fair coins is one."""
    mean = math.fsum(
        math.comb(10, lost) / 1024 * math.exp(log_evidence(lost=lost, won=10 - lost))
        for lost in range(11)
    )

    assert mean == pytest.approx(1)


def test_a_data_set_cannot_have_more_samples_than_it_has() -> None:
    """The level was made for the stated size."""
    with pytest.raises(ValueError, match="data set"):
        SequentialPairs(cap=10).add(tied=11).verdict(0.05)
