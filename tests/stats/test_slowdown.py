from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.stats.buckets import BucketLook, from_cumulative
from aegis.stats.ladder import no_ladder
from aegis.stats.slowdown import SLOWDOWNS, bucket_ratios, no_slowdown

EDGES = (1.0, 2.5, 5.0)


COUNTS = st.tuples(*[st.integers(0, 40)] * 4)


HISTORIES = st.tuples(*[st.integers(0, 5000)] * 4)


@given(history=HISTORIES)
def test_bets_rise_with_latency(history: tuple[int, ...]) -> None:
    """What makes the bets fair for every canary that is not slower, whatever the history."""
    for slowdown in SLOWDOWNS:
        ratios = bucket_ratios(EDGES, history, slowdown)
        assert (np.diff(ratios) >= 0).all()
        assert (ratios > 0).all()


def test_weights_of_the_slowdowns_are_one_stake() -> None:
    """Otherwise the evidence would not start at one."""
    assert math.fsum(slowdown.weight for slowdown in SLOWDOWNS) == pytest.approx(1)


@given(history=st.tuples(*[st.integers(1, 50)] * 3))
def test_the_mean_evidence_is_at_most_one_when_the_arms_are_alike(
    history: tuple[int, ...],
) -> None:
    """Enumerated: one canary and two stable requests, all three from one distribution."""
    chances = (0.5, 0.3, 0.2)
    state = no_slowdown(edges=(1.0, 2.0), history=history)

    mean = 0.0
    for places in product(range(3), repeat=3):
        canary, *stable = places
        look = BucketLook(
            canary=tuple(int(bucket == canary) for bucket in range(3)),
            stable=tuple(stable.count(bucket) for bucket in range(3)),
        )
        chance = math.prod(chances[bucket] for bucket in places)
        mean += chance * math.exp(state.add(look).log_evidence)

    assert mean <= 1 + 1e-12


@given(canary=COUNTS, stable=COUNTS, bucket=st.integers(0, 2))
def test_a_slower_canary_never_has_less_evidence(
    canary: tuple[int, ...], stable: tuple[int, ...], bucket: int
) -> None:
    """One canary request moves into the next slower bucket."""
    if not canary[bucket]:
        return
    moved = list(canary)
    moved[bucket] -= 1
    moved[bucket + 1] += 1
    start = no_slowdown(edges=EDGES, history=(400, 300, 200, 100))
    ladder = no_ladder(edges=(0, 1, 2))

    before = BucketLook(canary=canary, stable=stable)
    after = BucketLook(canary=tuple(moved), stable=stable)

    assert start.add(after).log_evidence >= start.add(before).log_evidence - 1e-9
    assert ladder.add(after).log_evidence >= ladder.add(before).log_evidence - 1e-9


def test_without_a_history_the_first_look_only_teaches() -> None:
    """Bets need something to be made from; stable's own past counters serve."""
    slow = BucketLook(canary=(0, 0, 50), stable=(300, 100, 50))

    untaught = no_slowdown(edges=(1.0, 2.0)).add(slow)
    taught = no_slowdown(edges=(1.0, 2.0), history=(300, 100, 50)).add(slow)

    assert untaught.log_evidence == pytest.approx(0)
    assert untaught.history == (300, 100, 50)
    assert taught.rejects(0.05)


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(BucketLook(canary=(0, 0, 0), stable=(5, 5, 5)), id="no-canary"),
        pytest.param(BucketLook(canary=(5, 5, 5), stable=(0, 0, 0)), id="no-stable"),
    ],
)
def test_one_arm_alone_is_no_evidence(look: BucketLook) -> None:
    """Nothing to compare with."""
    assert no_ladder(edges=(0, 1)).add(look).log_evidence == pytest.approx(0)
    state = no_slowdown(edges=(1.0, 2.0), history=(1, 1, 1)).add(look)
    assert state.log_evidence == pytest.approx(0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda: from_cumulative([3, 2]), "must not fall", id="falling"),
        pytest.param(lambda: BucketLook(canary=(1, 2), stable=(1,)), "same", id="unlike-buckets"),
        pytest.param(lambda: BucketLook(canary=(1, -2), stable=(1, 1)), "lose", id="negative"),
        pytest.param(lambda: no_slowdown(edges=(2.0, 1.0)), "rise", id="edges-fall"),
        pytest.param(
            lambda: no_slowdown(edges=(1.0,), history=(1, 2, 3)), "more than", id="history"
        ),
        pytest.param(lambda: no_ladder(edges=()), "at least one", id="no-edge"),
    ],
)
def test_what_is_no_histogram_is_refused(make: object, message: str) -> None:
    """With a reason."""
    assert callable(make)
    with pytest.raises(ValueError, match=message):
        make()
