"""Spare, zones, surge and cold start."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.sizing.adapters import Adapters, WithAdapters, adapter_parameters
from aegis.sizing.examples import DEEPSEEK_V3, H100_SXM, LLAMA_3_1_8B
from aegis.sizing.fleet import cold_start, load_rates, reserve, spare_replicas
from aegis.sizing.layout import layout
from aegis.sizing.simulator_steps import AffineStepTime


@given(serving=st.integers(1, 500), zones=st.integers(2, 9))
def test_losing_any_zone_leaves_what_the_peak_needs(serving: int, zones: int) -> None:
    """Spread evenly, the fullest zone holds the rounded-up share of the fleet."""
    whole = serving + spare_replicas(serving, zones)

    assert whole - math.ceil(whole / zones) >= serving


@given(serving=st.integers(1, 500), mean=st.floats(0.01, 1), zones=st.integers(1, 5))
def test_the_autoscaler_is_never_told_less_than_the_mean_with_a_spare(
    serving: int, mean: float, zones: int
) -> None:
    kept = reserve(serving, zones=zones, surge=2, peak_rps=10, mean_rps=10 * mean)

    assert serving * mean <= kept.least - 1 + 1e-6
    assert 2 <= kept.least <= kept.replicas < kept.most


def test_without_a_mean_the_fleet_never_shrinks() -> None:
    kept = reserve(4)

    assert (kept.least, kept.replicas, kept.most) == (5, 5, 6)


def test_every_load_rate_has_a_source() -> None:
    known = load_rates()

    assert all(one.source.locator.startswith("http") for one in known.loading)
    assert all(one.source.locator.startswith("http") for one in known.engine)


def test_a_rate_of_ones_own_narrows_the_cold_start() -> None:
    published, own = cold_start(16e9), cold_start(16e9, 2.0)

    assert published.low_s < own.low_s < own.high_s < published.high_s
    assert "the rate given" in own.basis


def test_a_larger_model_never_starts_faster() -> None:
    assert cold_start(140e9).low_s > cold_start(16e9).low_s


def test_adapters_take_more_time_and_never_less_with_more_of_them() -> None:
    plain = AffineStepTime(weights_s=0.005, token_s=2e-5)
    added = [
        WithAdapters.over(
            plain, Adapters(count=n, rank=16, resident=n), LLAMA_3_1_8B, H100_SXM, layout()
        ).decode(32, 1000, 0)
        for n in (1, 8, 64)
    ]

    times = [line.fixed_s for line in added]
    assert plain.decode(32, 1000, 0).fixed_s < times[0] < times[1] < times[2]


def test_routed_experts_have_no_adapters() -> None:
    """Attention of 61 layers and three dense feed-forward parts remain of DeepSeek-V3."""
    assert adapter_parameters(DEEPSEEK_V3, 16) < adapter_parameters(LLAMA_3_1_8B, 16) * 10


@pytest.mark.parametrize(("count", "rank", "resident"), [(4, 0, 2), (4, 8, 5), (4, 8, 0)])
def test_impossible_adapters_are_refused(count: int, rank: int, resident: int) -> None:
    with pytest.raises(ValueError, match="adapters"):
        Adapters(count=count, rank=rank, resident=resident)
