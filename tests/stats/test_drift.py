from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.stats.drift import (
    category_bets,
    category_evidence,
    numeric_bets,
    numeric_evidence,
)
from aegis.stats.edetector import Bets, calibrate, detector
from aegis.stats.embedding import (
    embedding_bets,
    embedding_reference,
    random_features,
    two_sample_p_value,
)
from aegis.stats.grid import fit_grid
from aegis.stats.sketch import NumericSketch, sketch_numbers, sketch_texts

ONE = Bets(names=("x",), weights=(1.0,))


def reference(seed: int = 1, rows: int = 50_000) -> NumericSketch:
    values = np.random.default_rng(seed).standard_normal(rows)
    return sketch_numbers(values, fit_grid(values))


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


@pytest.mark.parametrize(
    ("change", "moves"),
    [
        pytest.param(lambda x: x, False, id="nothing"),
        pytest.param(lambda x: x + 0.5, True, id="moves-up"),
        pytest.param(lambda x: x - 0.5, True, id="moves-down"),
        pytest.param(lambda x: x * 1.6, True, id="spreads"),
        pytest.param(lambda x: x * 0.6, True, id="shrinks"),
        pytest.param(lambda x: np.where(np.arange(500) < 50, np.nan, x), True, id="missing"),
        pytest.param(lambda x: np.sign(x) * 0.6745, True, id="two-points"),
        pytest.param(lambda x: x[:0], False, id="no-rows"),
    ],
)
def test_one_window_of_500_rows_shows_a_clear_change(change: object, *, moves: bool) -> None:
    """Location, spread, shape and missing values; evidence of 1,000 counts as clear."""
    assert callable(change)
    old = reference()
    rows = change(np.random.default_rng(2).standard_normal(500))

    evidence = numeric_evidence([old], [sketch_numbers(rows, old.grid)])

    assert bool(evidence.max() > math.log(1000)) is moves


@pytest.mark.parametrize(
    ("window", "moves"),
    [
        pytest.param(["de"] * 300 + ["fr"] * 200, False, id="as-before"),
        pytest.param(["de"] * 200 + ["fr"] * 300, True, id="shares-change"),
        pytest.param(["de"] * 285 + ["fr"] * 190 + ["xx"] * 25, True, id="new-category"),
        pytest.param(["de"] * 270 + ["fr"] * 180 + [None] * 50, True, id="missing"),
        pytest.param([], False, id="no-rows"),
    ],
)
def test_categories_that_move_are_noticed(window: list[str | None], *, moves: bool) -> None:
    """The reference has 60 % de and 40 % fr in 20,000 rows."""
    old = sketch_texts(["de"] * 12_000 + ["fr"] * 8_000)

    evidence = category_evidence(old, sketch_texts(window))

    assert bool(evidence.max() > math.log(1000)) is moves


def test_every_bet_has_its_evidence() -> None:
    """Weights and evidence come in the same number and order, and weights are one stake."""
    old, texts = reference(), sketch_texts(["a", "b"])
    window = sketch_numbers(np.zeros(3), old.grid)

    assert len(numeric_bets(["x", "y"]).names) == len(
        numeric_evidence([old, old], [window, window])
    )
    assert len(category_bets("c", texts).names) == len(category_evidence(texts, texts))
    with pytest.raises(ValueError, match="e-values"):
        detector(ONE).add(np.zeros(2))


def test_a_window_on_another_grid_is_refused() -> None:
    """Ranks would be meaningless."""
    other = sketch_numbers(np.arange(10.0), fit_grid(np.arange(10.0)))

    with pytest.raises(ValueError, match="grid"):
        numeric_evidence([reference()], [other])


def test_embeddings_that_move_are_found_and_the_same_ones_are_not() -> None:
    """Five percent of the rows move by half a standard deviation."""
    rng = np.random.default_rng(5)
    old, same, moved = (rng.standard_normal((3000, 96), np.float32) for _ in range(3))
    moved[::20] += np.float32(1.0)
    features = random_features(old, rng)

    assert two_sample_p_value(features, old, moved, rng) <= 0.01
    assert two_sample_p_value(features, old, same, rng) > 0.05


def test_windows_of_embeddings_feed_the_detector() -> None:
    """A shift of a tenth of a standard deviation in every direction, found within three windows."""
    rng = np.random.default_rng(6)
    rows = rng.standard_normal((10_000, 96), np.float32)
    features = random_features(rows, rng)
    old = embedding_reference(features, rows)
    state = detector(embedding_bets("embedding"))
    for window in range(1, 14):
        current = rng.standard_normal((500, 96), np.float32)
        if window > 10:
            current += np.float32(0.1)
        means = features.of(current).mean(axis=0).astype(np.float64)
        state = state.add(old.evidence(means, 500))
        if window == 10:
            assert state.verdict is Verdict.PASSED

    assert state.verdict is Verdict.FAILED
    assert state.suspects()[0].since_window in (9, 10, 11)
