from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.stats import detectability
from aegis.stats.detectability import (
    looks_to_detect,
    looks_to_notice_slowdown,
    looks_to_promote,
    pairs_needed,
)
from aegis.stats.slowdown import Slowdown, no_slowdown

RATES = st.floats(0.0005, 0.2)
SHARES = st.floats(0.01, 0.5)
REQUESTS = st.floats(10, 100_000)


@given(rate=RATES, share=SHARES, requests=REQUESTS, factor=st.floats(1.2, 5))
def test_no_test_beats_the_floor(rate: float, share: float, requests: float, factor: float) -> None:
    """Half of all detections come no earlier than the expected median, and p90 no earlier still."""
    looks = looks_to_detect(
        base_rate=rate,
        factor=factor,
        requests_per_look=requests,
        canary_share=share,
        alpha=0.05,
    )

    assert 0 < looks.floor < math.inf
    assert 1 <= looks.median <= looks.p90


@given(rate=RATES, share=SHARES, requests=REQUESTS, factor=st.floats(1.2, 5))
def test_twice_the_traffic_needs_half_the_looks(
    rate: float, share: float, requests: float, factor: float
) -> None:
    """The floor is a number of requests, however they are cut into looks."""
    once, twice = (
        looks_to_detect(
            base_rate=rate,
            factor=factor,
            requests_per_look=requests * times,
            canary_share=share,
            alpha=0.05,
        )
        for times in (1, 2)
    )

    assert once.floor == pytest.approx(2 * twice.floor)


@given(rate=RATES, share=SHARES, low=st.floats(1.1, 3), step=st.floats(0.1, 3))
def test_larger_harm_is_seen_earlier(rate: float, share: float, low: float, step: float) -> None:
    """More failures never need more looks."""
    small, large = (
        looks_to_detect(
            base_rate=rate, factor=factor, requests_per_look=500, canary_share=share, alpha=0.05
        )
        for factor in (low, low + step)
    )

    assert large.floor <= small.floor
    assert large.median <= small.median


@pytest.mark.parametrize(
    ("base_rate", "stable", "median", "p90"),
    [  # medians and p90 of 10,000 simulated rollouts, `benchmarks.evidence`
        pytest.param(0.02, 450, 10, 26, id="2-percent-all-stable-traffic"),
        pytest.param(0.02, 50, 18, 45, id="2-percent-equal-baseline"),
        pytest.param(0.01, 450, 19, 49, id="1-percent-all-stable-traffic"),
    ],
)
def test_the_expectation_is_within_a_quarter_of_the_simulation(
    base_rate: float, stable: int, median: float, p90: float
) -> None:
    """What the plan prints before the rollout is what the rollout takes."""
    looks = looks_to_detect(
        base_rate=base_rate,
        factor=2,
        requests_per_look=50 + stable,
        canary_share=50 / (50 + stable),
        alpha=0.05,
    )

    assert looks.median == pytest.approx(median, rel=0.25)
    assert looks.p90 == pytest.approx(p90, rel=0.25)


@pytest.mark.parametrize(
    ("margin", "median"),
    [
        pytest.param(1.5, 31, id="margin-1.5"),
        pytest.param(2.0, 10, id="margin-2"),
        pytest.param(3.0, 4, id="margin-3"),
    ],
)
def test_promotion_takes_what_the_simulation_took(margin: float, median: float) -> None:
    """Certifying «no worse than the margin» at a 2 % error rate and a 10 % canary."""
    looks = looks_to_promote(
        base_rate=0.02, margin=margin, requests_per_look=500, canary_share=0.1, alpha=0.05
    )

    assert looks.median == pytest.approx(median, rel=0.26)


@pytest.mark.parametrize(
    ("looks", "verdict"),
    [
        pytest.param(7, Verdict.FAILED, id="below-the-floor"),
        pytest.param(12, Verdict.INCONCLUSIVE, id="may-decide"),
        pytest.param(40, Verdict.PASSED, id="nine-in-ten-decide"),
    ],
)
def test_a_trial_can_be_too_short(looks: int, verdict: Verdict) -> None:
    """A doubled 2 % error rate, 50 canary requests a look: floor 7.6, p90 about 28."""
    needed = looks_to_detect(
        base_rate=0.02, factor=2, requests_per_look=500, canary_share=0.1, alpha=0.05
    )

    assert needed.within(looks) is verdict


@pytest.mark.parametrize(
    "impossible",
    [
        pytest.param({"base_rate": 0.0}, id="nothing-fails"),
        pytest.param({"factor": 1.0}, id="nothing-changes"),
        pytest.param({"canary_share": 0.0}, id="no-canary"),
        pytest.param({"requests_per_look": 0.0}, id="no-traffic"),
    ],
)
def test_what_cannot_be_seen_takes_forever(impossible: dict[str, float]) -> None:
    """Infinity, not an error and not a number."""
    usual = {"base_rate": 0.01, "factor": 2.0, "requests_per_look": 500.0, "canary_share": 0.1}

    looks = looks_to_detect(**{**usual, **impossible}, alpha=0.05)

    assert not looks.is_reachable
    assert looks.median == math.inf
    assert looks.within(10**6) is Verdict.FAILED
    with pytest.raises(ValueError, match="no number of looks"):
        _ = looks.at_least


EDGES = (0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0)


def lognormal_history(requests: int) -> tuple[int, ...]:
    """Requests by bucket for a median of 3 s and sigma 0.6."""
    reached = [NormalDist(math.log(3), 0.6).cdf(math.log(edge)) for edge in EDGES]
    shares = [high - low for low, high in pairwise([0.0, *reached, 1.0])]
    return tuple(round(requests * share) for share in shares)


@pytest.mark.parametrize(
    ("slowdown", "median", "p90"),
    [  # 1,000 simulated rollouts, `benchmarks.evidence`
        pytest.param(Slowdown(1.2, 1.0, 1.0), 3, 7, id="a-fifth-slower"),
        pytest.param(Slowdown(1.5, 1.0, 1.0), 1, 2, id="half-as-slow-again"),
        pytest.param(Slowdown(2.0, 0.114, 1.0), 7, 19, id="one-in-nine-twice-as-slow"),
    ],
)
def test_a_slowdown_takes_what_the_simulation_took(
    slowdown: Slowdown, median: float, p90: float
) -> None:
    """To a look and a quarter, from the histogram that stable had."""
    looks = looks_to_notice_slowdown(
        no_slowdown(edges=EDGES, history=lognormal_history(27_000)),
        slowdown,
        requests_per_look=500,
        canary_share=0.1,
        alpha=0.05,
    )

    assert looks.floor < looks.median
    assert looks.median == pytest.approx(median, rel=0.25, abs=1)
    assert looks.p90 == pytest.approx(p90, rel=0.25, abs=1)


def test_a_slowdown_without_a_history_cannot_be_foreseen() -> None:
    """Stable's latencies decide how many looks it takes."""
    looks = looks_to_notice_slowdown(
        no_slowdown(edges=EDGES),
        Slowdown(1.2, 1.0, 1.0),
        requests_per_look=500,
        canary_share=0.1,
        alpha=0.05,
    )

    assert not looks.is_reachable


@given(drop=st.floats(0.01, 0.3), extra=st.floats(0, 0.5), power=st.floats(0.5, 0.95))
def test_a_smaller_drop_needs_more_pairs(drop: float, extra: float, power: float) -> None:
    """Fewer points, more disagreement or more power never need fewer samples."""
    needed = pairs_needed(drop=drop, discordance=drop + extra, power=power)

    assert pairs_needed(drop=drop / 2, discordance=drop + extra, power=power) >= needed
    assert pairs_needed(drop=drop, discordance=min(1, drop + extra + 0.1), power=power) >= needed
    assert pairs_needed(drop=drop, discordance=drop + extra, power=power + 0.04) >= needed


def test_a_drop_needs_disagreement() -> None:
    """Two releases that agree on 95 % of the samples cannot differ by ten points."""
    with pytest.raises(ValueError, match="disagreement"):
        pairs_needed(drop=0.1, discordance=0.05)


def test_identical_releases_never_disagree() -> None:
    """Correlation 1 and no drop: nothing to count."""
    assert detectability.discordance(stable_rate=0.7, drop=0, correlation=1) == pytest.approx(0)
