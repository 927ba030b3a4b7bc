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
from aegis.stats.sequential_pairs import (
    log_evidence,
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
