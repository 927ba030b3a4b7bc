from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.stats.detectability import pairs_needed
from aegis.stats.paired import (
    clustered_difference,
    mcnemar,
    mcnemar_power,
    smallest_significant,
)
from aegis.stats.ratio import RatioEvidence, mismatch_p_value
from aegis.stats.sequential_pairs import (
    SequentialPairs,
    false_stop,
    log_evidence,
    stopping_level,
)

COUNTS = st.integers(0, 200)


@given(lost=COUNTS, won=COUNTS)
def test_losing_more_never_looks_better(lost: int, won: int) -> None:
    """In both the fixed and the sequential comparison."""
    assert mcnemar(lost=lost + 1, won=won) <= mcnemar(lost=lost, won=won)
    assert log_evidence(lost=lost + 1, won=won) >= log_evidence(lost=lost, won=won)
    assert log_evidence(lost=lost, won=won + 1) <= log_evidence(lost=lost, won=won)


@given(discordant=st.integers(0, 300), alpha=st.sampled_from([0.001, 0.01, 0.05, 0.2]))
def test_the_smallest_significant_count_is_the_smallest(discordant: int, alpha: float) -> None:
    """One fewer would not be significant."""
    needed = smallest_significant(discordant, alpha)

    if needed <= discordant:
        assert mcnemar(lost=needed, won=discordant - needed) <= alpha
    if needed > 0:
        assert mcnemar(lost=needed - 1, won=discordant - needed + 1) > alpha


@pytest.mark.parametrize(
    ("drop", "discordance"),
    [
        pytest.param(0.10, 0.175, id="ten-points"),
        pytest.param(0.05, 0.156, id="five-points"),
        pytest.param(0.03, 0.149, id="three-points"),
    ],
)
def test_the_pairs_that_are_needed_give_the_power(drop: float, discordance: float) -> None:
    """The closed form against the exact sum: at least 80 %, and not much more."""
    needed = pairs_needed(drop=drop, discordance=discordance)

    assert 0.79 < mcnemar_power(pairs=needed, drop=drop, discordance=discordance) < 0.84


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


@given(sizes=st.lists(st.integers(1, 6), min_size=10, max_size=20), seed=st.integers(0, 10**6))
def test_the_jackknife_is_the_cluster_t_test_for_equal_sizes(sizes: list[int], seed: int) -> None:
    """The textbook formula on cluster means."""
    rng = np.random.default_rng(seed)
    size = sizes[0]
    values = rng.integers(-1, 2, (len(sizes), size)).astype(float)
    names = [cluster for cluster in range(len(sizes)) for _ in range(size)]

    result = clustered_difference(list(values.reshape(-1)), names)

    expected = values.mean(axis=1).std(ddof=1) / math.sqrt(len(sizes))
    assert result.standard_error == pytest.approx(float(expected), abs=1e-12)


@given(seed=st.integers(0, 10**6))
def test_copies_of_a_sample_add_no_certainty(seed: int) -> None:
    """Asking each question five times is not five times the evidence."""
    rng = np.random.default_rng(seed)
    values = [float(x) for x in rng.integers(-1, 2, 30)]

    once = clustered_difference(values, range(30))
    copied = clustered_difference(values * 5, list(range(30)) * 5)

    assert copied.standard_error == pytest.approx(once.standard_error)
    assert copied.mean == pytest.approx(once.mean)


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        pytest.param([-1.0, 0.0] * 20, Verdict.FAILED, id="worse"),
        pytest.param([0.0, 0.0, 0.0, 1.0] * 10, Verdict.PASSED, id="better"),
        pytest.param([1.0, -1.0] * 20, Verdict.INCONCLUSIVE, id="cannot-tell"),
        pytest.param([-1.0] * 5, Verdict.INCONCLUSIVE, id="too-few-clusters"),
        pytest.param([], Verdict.INCONCLUSIVE, id="no-data"),
    ],
)
def test_the_gate_fails_on_proof_and_passes_on_proof(
    differences: list[float], verdict: Verdict
) -> None:
    """Two points are tolerated."""
    result = clustered_difference(differences, range(len(differences)))

    assert result.verdict(alpha=0.05, tolerated_drop=0.02) is verdict


@given(
    looks=st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 300), st.floats(0.05, 0.95)), max_size=6
    )
)
def test_the_split_is_judged_the_same_in_any_order(
    looks: list[tuple[int, int, float]],
) -> None:
    """Looks of a ramp, forwards and backwards."""
    forwards, backwards = RatioEvidence(), RatioEvidence()
    for canary, stable, share in looks:
        forwards = forwards.add(canary=canary, stable=stable, planned_share=share)
    for canary, stable, share in reversed(looks):
        backwards = backwards.add(canary=canary, stable=stable, planned_share=share)

    assert forwards.log_evidence == pytest.approx(backwards.log_evidence, abs=1e-9)


def test_a_planned_ramp_is_no_mismatch() -> None:
    """Each step is judged against its own share; pooled it would look like a broken router."""
    state = RatioEvidence()
    for share in (0.01, 0.05, 0.25, 0.5):
        canary = round(10_000 * share)
        state = state.add(canary=canary, stable=10_000 - canary, planned_share=share)

    assert state.verdict(0.001) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("counts", "shares", "p_value"),
    [
        pytest.param([821, 730], [1, 1], 0.020845, id="two-arms"),
        pytest.param([100, 200, 300], [1, 2, 3], 1.0, id="three-arms-exactly"),
        pytest.param([0, 0], [1, 1], 1.0, id="no-units"),
    ],
)
def test_the_split_at_the_end(counts: list[int], shares: list[float], p_value: float) -> None:
    """Pearson's chi-squared against values computed by hand."""
    assert mismatch_p_value(counts, shares) == pytest.approx(p_value, abs=5e-5)
