from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.stats.distance import (
    wasserstein,
)
from aegis.stats.grid import CELLS, Grid, fit_grid
from aegis.stats.sketch import (
    CategorySketch,
    NumericSketch,
    sketch_numbers,
    sketch_texts,
    unpack_categories,
    unpack_numeric,
)

VALUES = st.lists(st.floats(width=32), max_size=40)


TEXTS = st.lists(st.none() | st.text(max_size=4), max_size=40)


GRIDS = st.builds(Grid, st.floats(-1e6, 1e6), st.integers(-20, 20).map(lambda power: 2.0**power))


def sketch(values: list[float], grid: Grid) -> NumericSketch:
    return sketch_numbers(np.array(values, np.float64), grid)


@given(grid=GRIDS, parts=st.tuples(VALUES, VALUES, VALUES))
def test_merging_numbers_is_adding_rows(
    grid: Grid, parts: tuple[list[float], list[float], list[float]]
) -> None:
    """Associative, commutative, and equal to sketching all rows at once."""
    one, two, three = (sketch(part, grid) for part in parts)

    assert one.merge(two).merge(three) == one.merge(two.merge(three))
    assert one.merge(two) == two.merge(one)
    assert one.merge(two) == sketch(parts[0] + parts[1], grid)


@given(parts=st.tuples(TEXTS, TEXTS, TEXTS))
def test_merging_texts_is_adding_rows(
    parts: tuple[list[str | None], list[str | None], list[str | None]],
) -> None:
    """Associative, commutative, and equal to sketching all rows at once."""
    one, two, three = (sketch_texts(part) for part in parts)

    assert one.merge(two).merge(three) == one.merge(two.merge(three))
    assert one.merge(two) == two.merge(one)
    assert one.merge(two) == sketch_texts(parts[0] + parts[1])


@given(grid=GRIDS, values=VALUES, texts=TEXTS)
def test_a_packed_sketch_comes_back(
    grid: Grid, values: list[float], texts: list[str | None]
) -> None:
    """And equal sketches have equal bytes."""
    numbers, categories = sketch(values, grid), sketch_texts(texts)

    assert unpack_numeric(numbers.pack()) == numbers
    assert unpack_categories(categories.pack()) == categories
    assert sketch(list(reversed(values)), grid).pack() == numbers.pack()


@pytest.mark.parametrize(
    "dtype", [np.float16, np.float32, np.float64, np.int32, np.int64, np.bool_, np.uint8]
)
def test_every_number_type_is_counted(dtype: type[np.generic]) -> None:
    """Whole numbers and truth values too; the grid is the same, and so are the counts."""
    values = np.array([0, 1, 1, 0, 1])

    assert sketch_numbers(values.astype(dtype), Grid(0.5, 0.25)) == sketch(
        [0, 1, 1, 0, 1], Grid(0.5, 0.25)
    )


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(lambda rng: rng.standard_normal(100_000), id="normal"),
        pytest.param(lambda rng: rng.lognormal(0, 2, 100_000), id="heavy-tail"),
        pytest.param(lambda rng: 1.7e9 + rng.uniform(0, 86_400, 100_000), id="timestamps"),
        pytest.param(
            lambda rng: np.where(rng.random(100_000) < 0.9, 0.0, rng.exponential(5, 100_000)),
            id="mostly-zero",
        ),
        pytest.param(lambda rng: rng.standard_cauchy(100_000), id="no-mean"),
    ],
)
def test_quantiles_come_within_a_percent_of_rank(column: object) -> None:
    """For every usual shape of a column, without choosing anything by hand."""
    assert callable(column)
    values = column(np.random.default_rng(20261122))
    held = sketch_numbers(values, fit_grid(values[:5000]))

    for probability in (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99):
        estimate = held.quantile(probability)
        below, at_most = (values < estimate).mean(), (values <= estimate).mean()
        tolerance = 0.012
        assert below - tolerance <= probability <= at_most + tolerance or estimate == pytest.approx(
            np.quantile(values, probability), rel=0.02, abs=0.02
        )


def test_fifty_columns_stay_under_a_megabyte() -> None:
    """In memory, and a good deal less when packed; no row is kept."""
    rng = np.random.default_rng(1)
    columns = [rng.standard_normal(20_000) for _ in range(50)]
    sketches = [sketch_numbers(column, fit_grid(column)) for column in columns]

    assert sum(held.counts.nbytes for held in sketches) < 1_000_000
    assert sum(len(held.pack()) for held in sketches) < 100_000


def test_infinities_are_counted_and_nan_is_missing() -> None:
    """The outermost cells take what lies beyond; nothing raises a warning."""
    held = sketch([np.inf, -np.inf, np.nan, 0.0], Grid(0.0, 1.0))

    assert (held.rows, held.missing) == (3, 1)
    assert (held.counts[0], held.counts[CELLS - 1]) == (1, 1)


def test_sketches_on_other_grids_do_not_merge() -> None:
    """Adding unlike cells would be silent nonsense."""
    with pytest.raises(ValueError, match="grid"):
        sketch([1.0], Grid(0.0, 1.0)).merge(sketch([1.0], Grid(0.0, 2.0)))
    with pytest.raises(ValueError, match="grid"):
        wasserstein(sketch([1.0], Grid(0.0, 1.0)), sketch([1.0], Grid(0.0, 2.0)))


def test_no_rows_have_no_quantile() -> None:
    """NaN, not zero."""
    assert np.isnan(sketch([], Grid(0.0, 1.0)).quantile(0.5))
    assert CategorySketch(np.zeros(1024, np.int64)).rows == 0
