from __future__ import annotations

import math

import pytest

from aegis.base.verdict import Verdict
from aegis.stats.means import ArmSums, MeanDifference
from aegis.stats.proportions import Interval


def arm(values: list[float]) -> ArmSums:
    return ArmSums(
        units=len(values), total=math.fsum(values), squares=math.fsum(x * x for x in values)
    )


def test_a_ramp_with_a_drifting_base_shows_no_difference() -> None:
    """Simpson's paradox: pooled over looks the canary would look three times dearer."""
    state = MeanDifference()
    for base, canary_units in ((1.0, 20), (2.0, 200), (4.0, 2000)):
        spread = [base - 0.5, base + 0.5]
        state = state.add(canary=arm(spread * (canary_units // 2)), stable=arm(spread * 200))

    assert state.estimate == pytest.approx(0)
    assert 0.0 in state.interval(0.05)


@pytest.mark.parametrize(
    ("difference", "units", "verdict"),
    [
        pytest.param(0.5, 400, Verdict.FAILED, id="dearer"),
        pytest.param(-0.5, 400, Verdict.PASSED, id="cheaper"),
        pytest.param(0.0, 400, Verdict.INCONCLUSIVE, id="alike"),
        pytest.param(0.5, 20, Verdict.INCONCLUSIVE, id="too-few"),
    ],
)
def test_costs_are_compared(difference: float, units: int, verdict: Verdict) -> None:
    """Stable costs 0.5 or 1.5 a request; a tenth more is tolerated."""
    stable = [0.5, 1.5] * (units // 2)
    state = MeanDifference().add(
        canary=arm([value + difference for value in stable]), stable=arm(stable)
    )

    assert state.compare(alpha=0.05, tolerated=0.1) is verdict


def test_a_look_with_one_request_is_skipped_and_counted() -> None:
    """Its variance is unknown."""
    state = MeanDifference().add(canary=arm([1.0]), stable=arm([1.0, 2.0]))

    assert (state.skipped, state.weight) == (1, 0)
    assert state.interval(0.05) == Interval(-math.inf, math.inf)
