"""False alarms and delays of drift detection, simulated with fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest

from aegis.base.verdict import Verdict
from aegis.stats.drift import (
    category_bets,
    category_evidence,
    numeric_bets,
    numeric_evidence,
)
from aegis.stats.edetector import detector
from aegis.stats.embedding import (
    embedding_bets,
    embedding_reference,
    random_features,
    two_sample_p_value,
)
from aegis.stats.grid import fit_grid
from aegis.stats.sketch import sketch_numbers, sketch_texts

pytestmark = pytest.mark.slow

COLUMNS, WINDOW, REFERENCE = 20, 500, 20_000


def alarm_at(*, seed: int, windows: int, shift: float, after: int) -> int | None:
    """The window of the alarm, with half of the columns heavy-tailed and one of two values."""
    rng = np.random.default_rng(seed)

    def draw(rows: int, moved: float) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
        normal = rng.standard_normal((COLUMNS, rows))
        normal[0] += moved
        columns = [np.exp(2 * x) if index % 2 else x for index, x in enumerate(normal)]
        columns[2] = (columns[2] > 1).astype(float)
        return columns

    reference = draw(REFERENCE, 0.0)
    grids = [fit_grid(column[:5000]) for column in reference]
    held = [sketch_numbers(x, grid) for x, grid in zip(reference, grids, strict=True)]
    state = detector(numeric_bets([str(index) for index in range(COLUMNS)]))
    for window in range(1, windows + 1):
        rows = draw(WINDOW, shift if window > after else 0.0)
        now = [sketch_numbers(x, grid) for x, grid in zip(rows, grids, strict=True)]
        state = state.add(numeric_evidence(held, now))
        if state.verdict is Verdict.FAILED:
            assert not shift or state.suspects()[0].name == "0"
            return window
    return None


def test_a_thousand_windows_without_change_raise_no_alarm() -> None:
    """The budget is one in a thousand windows; the exact bets stay well below it."""
    assert alarm_at(seed=500, windows=1000, shift=0.0, after=0) is None


def test_a_fifth_of_a_deviation_in_one_of_20_columns_is_found_in_three_windows() -> None:
    """In the median of 15 runs, and in no run later than eight; the column is named."""
    found = [alarm_at(seed=510 + run, windows=30, shift=0.2, after=20) for run in range(15)]
    delays = [99 if window is None else window - 20 for window in found]

    assert min(delays) > 0
    assert np.median(delays) <= 3
    assert max(delays) <= 8


def test_categories_raise_no_alarm_until_they_change() -> None:
    """300 calm windows of a Zipf-like column, then its third category doubles."""
    rng = np.random.default_rng(520)
    names = [f"c{index}" for index in range(40)]
    weights = 1 / np.arange(1, 41)
    weights /= weights.sum()

    def draw(rows: int, chances: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[str]:
        return [names[index] for index in rng.choice(40, rows, p=chances)]

    reference = sketch_texts(draw(50_000, weights))
    state = detector(category_bets("country", reference))
    for _ in range(300):
        state = state.add(category_evidence(reference, sketch_texts(draw(500, weights))))
    assert state.verdict is Verdict.PASSED

    moved = weights.copy()
    moved[2] *= 2
    moved /= moved.sum()
    for _ in range(4):
        state = state.add(category_evidence(reference, sketch_texts(draw(500, moved))))

    assert state.verdict is Verdict.FAILED


def test_bets_are_fair_on_average() -> None:
    """The mean e-value of each bet over 3,000 windows of a fresh reference is at most one."""
    rng = np.random.default_rng(530)
    total, windows = np.zeros(18), 3000
    values = rng.standard_normal(200_000)
    grid = fit_grid(values[:5000])
    held = sketch_numbers(values, grid)
    for _ in range(windows):
        now = sketch_numbers(rng.standard_normal(300), grid)
        total += np.exp(numeric_evidence([held], [now]))

    assert (total / windows <= 1.1).all()


def test_p_values_of_embeddings_are_uniform_or_larger() -> None:
    """A tenth of 300 comparisons of equals, at most, falls below 0.1."""
    rng = np.random.default_rng(540)
    small = 0
    for _ in range(300):
        rows = rng.standard_normal((2000, 16), np.float32)
        features = random_features(rows, rng, frequencies=32)
        p_value = two_sample_p_value(features, rows[:1000], rows[1000:], rng, permutations=99)
        small += p_value <= 0.1

    assert small <= 300 * (0.1 + 2 * np.sqrt(0.09 / 300))


def test_embeddings_keep_the_budget_and_show_a_shift() -> None:
    """500 calm windows; then 0.1 in each of 64 directions is found within three."""
    rng = np.random.default_rng(550)
    rows = rng.standard_normal((20_000, 64), np.float32)
    features = random_features(rows, rng)
    held = embedding_reference(features, rows)
    state = detector(embedding_bets("embedding"))
    for _ in range(500):
        means = features.of(rng.standard_normal((500, 64), np.float32)).mean(axis=0)
        state = state.add(held.evidence(means.astype(np.float64), 500))
    assert state.verdict is Verdict.PASSED

    for _ in range(3):
        moved = rng.standard_normal((500, 64), np.float32) + np.float32(0.1)
        means = features.of(moved).mean(axis=0)
        state = state.add(held.evidence(means.astype(np.float64), 500))

    assert state.verdict is Verdict.FAILED
