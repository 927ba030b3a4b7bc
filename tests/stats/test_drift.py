from __future__ import annotations

import math

import numpy as np
import pytest

from aegis.stats.drift import (
    category_bets,
    category_evidence,
    numeric_bets,
    numeric_evidence,
)
from aegis.stats.edetector import Bets, detector
from aegis.stats.grid import fit_grid
from aegis.stats.sketch import NumericSketch, sketch_numbers, sketch_texts

ONE = Bets(names=("x",), weights=(1.0,))


def reference(seed: int = 1, rows: int = 50_000) -> NumericSketch:
    values = np.random.default_rng(seed).standard_normal(rows)
    return sketch_numbers(values, fit_grid(values))


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
