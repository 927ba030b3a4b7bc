from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.stats.ratio import RatioEvidence, mismatch_p_value


@given(
    looks=st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 300), st.floats(0.05, 0.95)), max_size=6
    )
)
def test_the_split_is_judged_the_same_in_any_order(
    looks: list[tuple[int, int, float]],
) -> None:
    """Looks of a ramp, forwards and backwards."""
    forwards, backwards = RatioEvidence(), RatioEvidence()
    for canary, stable, share in looks:
        forwards = forwards.add(canary=canary, stable=stable, planned_share=share)
    for canary, stable, share in reversed(looks):
        backwards = backwards.add(canary=canary, stable=stable, planned_share=share)

    assert forwards.log_evidence == pytest.approx(backwards.log_evidence, abs=1e-9)


def test_a_planned_ramp_is_no_mismatch() -> None:
    """Each step is judged against its own share; pooled it would look like a broken router."""
    state = RatioEvidence()
    for share in (0.01, 0.05, 0.25, 0.5):
        canary = round(10_000 * share)
        state = state.add(canary=canary, stable=10_000 - canary, planned_share=share)

    assert state.verdict(0.001) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("counts", "shares", "p_value"),
    [
        pytest.param([821, 730], [1, 1], 0.020845, id="two-arms"),
        pytest.param([100, 200, 300], [1, 2, 3], 1.0, id="three-arms-exactly"),
        pytest.param([0, 0], [1, 1], 1.0, id="no-units"),
    ],
)
def test_the_split_at_the_end(counts: list[int], shares: list[float], p_value: float) -> None:
    """Pearson's chi-squared against values computed by hand."""
    assert mismatch_p_value(counts, shares) == pytest.approx(p_value, abs=5e-5)
