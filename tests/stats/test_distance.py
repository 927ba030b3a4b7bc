from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.stats.distance import (
    jensen_shannon,
    kolmogorov_smirnov,
    population_stability,
    wasserstein,
)
from aegis.stats.grid import fit_grid
from aegis.stats.sketch import (
    sketch_numbers,
)


@given(
    first=st.lists(st.integers(0, 20), min_size=4, max_size=4),
    second=st.lists(st.integers(0, 20), min_size=4, max_size=4),
)
def test_distances_are_symmetric_and_zero_only_between_likes(
    first: list[int], second: list[int]
) -> None:
    """All of them, on any two histograms."""
    old, new = np.array(first), np.array(second)
    for distance in (kolmogorov_smirnov, jensen_shannon):
        assert distance(old, new) == pytest.approx(distance(new, old))
        assert distance(old, old) == pytest.approx(0)
        assert 0 <= distance(old, new) <= 1 + 1e-9
    assert population_stability(old, new) >= 0


def test_the_distance_of_sketches_is_that_of_the_rows() -> None:
    """A shift by half a standard deviation, in the column's unit."""
    rng = np.random.default_rng(3)
    values = 100 + 10 * rng.standard_normal(50_000)
    grid = fit_grid(values)

    moved = wasserstein(sketch_numbers(values, grid), sketch_numbers(values + 5, grid))

    assert moved == pytest.approx(5, rel=0.01)
