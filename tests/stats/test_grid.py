from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aegis.stats.grid import Grid

GRIDS = st.builds(Grid, st.floats(-1e6, 1e6), st.integers(-20, 20).map(lambda power: 2.0**power))


@given(grid=GRIDS, values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_cells_keep_the_order_of_values(grid: Grid, values: list[float]) -> None:
    """A larger value never falls into a lower cell, so that ranks mean something."""
    ordered = sorted(values)
    cells = [int(np.argmax(grid.counts(np.array([value])))) for value in ordered]

    assert cells == sorted(cells)


@given(grid=GRIDS, steps=st.lists(st.floats(-1000, 1000), min_size=1, max_size=20))
def test_a_value_lies_between_the_edges_of_its_cell(grid: Grid, steps: list[float]) -> None:
    """To the precision of a float32, in which cells are found."""
    edges = grid.edges()
    for step in steps:
        value = grid.centre + step * grid.scale
        cell = int(np.argmax(grid.counts(np.array([value]))))
        slack = 1e-6 * (abs(value - grid.centre) + grid.scale)
        assert edges[cell] - slack <= value <= edges[cell + 1] + slack
