from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.stats.family import adjusted, average

LOGS = st.floats(-20, 20)


@given(values=st.lists(LOGS, min_size=1, max_size=8))
def test_the_average_lies_between_the_extremes(values: list[float]) -> None:
    """A family never has more evidence than its strongest metric."""
    assert min(values) - 1e-9 <= average(values) <= max(values) + 1e-9


@given(values=st.dictionaries(st.text(max_size=3), LOGS, min_size=1, max_size=6))
def test_adjusted_evidence_is_the_smallest_average_over_all_companies(
    values: dict[str, float],
) -> None:
    """The fast form equals closed testing by enumeration."""
    for name, value in adjusted(values).items():
        others = [other for key, other in values.items() if key != name]
        averages = [
            average([values[name], *company])
            for size in range(len(others) + 1)
            for company in combinations(others, size)
        ]
        assert value == pytest.approx(min(averages), abs=1e-9)


@given(values=st.dictionaries(st.text(max_size=3), LOGS, min_size=1, max_size=6))
def test_adjusting_never_adds_evidence(values: dict[str, float]) -> None:
    """Having watched more metrics cannot make one of them more guilty."""
    assert all(value <= values[name] + 1e-9 for name, value in adjusted(values).items())


def test_weights_are_a_division_of_one_stake() -> None:
    """Three quarters on the first: 0.75 * 8 + 0.25 * 0 = 6."""
    assert average([math.log(8), -math.inf], [3, 1]) == pytest.approx(math.log(6))


@pytest.mark.parametrize(
    "weights", [pytest.param([1.0], id="too-few"), pytest.param([1.0, 0.0], id="zero")]
)
def test_a_metric_without_a_weight_is_refused(weights: list[float]) -> None:
    """Leaving a metric out must be done by leaving it out."""
    with pytest.raises(ValueError, match="positive weight"):
        average([0.0, 0.0], weights)
