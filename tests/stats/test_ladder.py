from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.stats.buckets import BucketLook
from aegis.stats.label import no_evidence
from aegis.stats.ladder import no_ladder

COUNTS = st.tuples(*[st.integers(0, 40)] * 4)


@given(canary=COUNTS, stable=COUNTS)
def test_the_ladder_is_the_average_over_edges(
    canary: tuple[int, ...], stable: tuple[int, ...]
) -> None:
    """Each rung is the label process of «slower than this edge»."""
    look = BucketLook(canary=canary, stable=stable)

    rungs = [no_evidence().add(look.above(edge)).evidence for edge in (0, 1, 2)]

    ladder = no_ladder(edges=(0, 1, 2)).add(look)
    assert math.exp(ladder.log_evidence) == pytest.approx(sum(rungs) / 3)
