"""Tier 2: what a fleet's users see, how many replicas that asks for, and how sure it is."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.sizing.adapters import Adapters
from aegis.sizing.arrivals import ClosedLoop, Lengths, OpenLoop, Recorded, Request
from aegis.sizing.candidates import Candidate, Load, Objectives, Shape
from aegis.sizing.deployment import Deployment
from aegis.sizing.examples import H100_SXM, LLAMA_3_1_8B
from aegis.sizing.refusal import Unanswerable
from aegis.sizing.scheduler_state import Speculation
from aegis.sizing.search import Space, search
from aegis.sizing.shortlist import (
    Judged,
    Traffic,
    Ways,
    divided,
    few,
    judge,
    over_loads,
    with_highest,
)
from aegis.sizing.simulated import (
    MOST_REPLICAS,
    Bounds,
    Fleet,
    enough_replicas,
    holds,
    observed,
    part_of,
    run,
)

DEVICE = dataclasses.replace(H100_SXM, network_bytes_per_s=50e9)
SHAPE = Shape(device=DEVICE.name, engine="vllm", precision="bf16", tp=1, pp=1, ep=1, dp=1)
CHAT = Lengths(prompt_tokens=900, output_tokens=250, prompt_cv=1.0, output_cv=1.0)
QUICK = Objectives(ttft_s=0.5, tpot_s=0.04, tpot_percentile=95)
BOUNDS = Bounds(steps=(0.8, 1.25), ttft=(0.6, 1.5), basis="a test")
TRAFFIC = Traffic(load=Load(peak_rps=20, input_tokens=900, output_tokens=250))


def deployment(**changes: object) -> Deployment:
    base = Deployment(arch=LLAMA_3_1_8B, device=DEVICE, shape=SHAPE)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def fleet(replicas: int, **changes: object) -> Fleet:
    one = deployment(**changes)
    return Fleet(deployment=one, replicas=replicas, limits=one.limits(1150), request_s=5.0)


def poisson(rate: float) -> OpenLoop:
    return OpenLoop(rate_rps=rate, requests=1, lengths=CHAT)


def candidates(rate: float = 20) -> tuple[Candidate, ...]:
    load = Load(peak_rps=rate, input_tokens=900, output_tokens=250)
    return search(
        LLAMA_3_1_8B, load, QUICK, Space(devices=[DEVICE], engines=("vllm",), most_devices=1)
    ).candidates


def test_every_figure_has_bounds_around_it_and_percentiles_rise() -> None:
    seen = observed(fleet(1), poisson(15), QUICK, BOUNDS)

    for tail in (seen.ttft, seen.tpot, seen.itl, seen.e2e):
        for band in (tail.p50, tail.p95, tail.p99):
            assert band.low <= band.value <= band.high
            assert band.low < band.high
        assert tail.p50.value <= tail.p95.value <= tail.p99.value
    assert seen.share_held.low <= seen.share_held.value <= 1
    assert seen.offered_rps == pytest.approx(15, rel=0.15)
    assert seen.goodput_rps.value <= seen.offered_rps * (1 + 1e-9)


def test_little_s_law_holds_in_what_is_shown() -> None:
    seen = observed(fleet(2), poisson(30), QUICK, BOUNDS)
    outcome = run(fleet(2), poisson(30)).settled(0.3)

    mean = float(outcome.e2e_s.mean())
    assert seen.concurrent_per_replica == pytest.approx(seen.offered_rps * mean / 2, rel=0.01)


def test_a_slow_step_does_more_to_a_queue_than_to_itself() -> None:
    """A quarter more time a step is more than a quarter more time to first token, near the limit."""
    seen = observed(fleet(1), poisson(26), QUICK, dataclasses.replace(BOUNDS, ttft=(1.0, 1.0)))

    assert seen.ttft.p95.high > 1.25 * seen.ttft.p95.value


@settings(max_examples=5, deadline=None)
@given(rate=st.floats(5, 60), factor=st.floats(1.6, 3))
def test_more_load_never_needs_fewer_replicas(rate: float, factor: float) -> None:
    few_of_them = enough_replicas(fleet(max(1, round(rate / 25))), poisson(rate), QUICK)
    many = enough_replicas(fleet(max(1, round(rate * factor / 25))), poisson(rate * factor), QUICK)

    assert few_of_them is not None
    assert many is not None
    assert many.replicas >= few_of_them.replicas


def test_a_wider_objective_never_needs_more_replicas() -> None:
    tight = enough_replicas(fleet(3), poisson(60), QUICK)
    wide = enough_replicas(
        fleet(3), poisson(60), Objectives(ttft_s=2, tpot_s=0.1, tpot_percentile=95)
    )

    assert tight is not None
    assert wide is not None
    assert wide.replicas <= tight.replicas


def test_the_smallest_fleet_that_holds_is_found_from_either_side() -> None:
    found = {start: enough_replicas(fleet(start), poisson(60), QUICK) for start in (1, 3, 9)}

    counts = {f.replicas for f in found.values() if f is not None}
    assert len(counts) == 1
    count = counts.pop()
    assert holds(run(fleet(count), poisson(60)), QUICK)
    assert not holds(run(fleet(count - 1), poisson(60)), QUICK)


def test_a_large_fleet_is_simulated_as_a_part_with_its_share() -> None:
    load = [Request(0.1 * i, 100, 10) for i in range(1000)]

    replicas, part = part_of(fleet(10), poisson(50), 1.0)
    assert replicas == MOST_REPLICAS
    assert isinstance(part, OpenLoop)
    assert part.rate_rps == pytest.approx(50 * MOST_REPLICAS / 10)
    _, some = part_of(fleet(10), Recorded(requests=load), 1.0)
    assert isinstance(some, Recorded)
    assert len(some.requests) == 1000 * MOST_REPLICAS / 10
    _, clients = part_of(fleet(10), ClosedLoop(clients=40, requests=1, lengths=CHAT), 1.0)
    assert isinstance(clients, ClosedLoop)
    assert clients.clients == 8


def test_more_memory_never_holds_fewer_blocks_and_adapters_take_some() -> None:
    larger = dataclasses.replace(DEVICE, memory_bytes=DEVICE.memory_bytes * 1.5)
    plain = deployment().limits(1150).kv_blocks

    assert deployment(device=larger).limits(1150).kv_blocks > plain
    taken = deployment(adapters=Adapters(count=40, rank=64, resident=40)).limits(1150).kv_blocks
    assert taken < plain


def test_a_device_that_is_too_small_for_the_weights_has_next_to_no_cache() -> None:
    small = dataclasses.replace(DEVICE, memory_bytes=10e9)

    assert deployment(device=small).limits(1150).kv_blocks == 1


def test_speculation_shortens_the_time_per_token() -> None:
    drafted = deployment(speculation=Speculation(drafts=3, acceptance_length=2.5))
    plain = observed(fleet(1), poisson(2), QUICK, BOUNDS)
    faster = observed(
        dataclasses.replace(fleet(1), deployment=drafted, limits=drafted.limits(1150)),
        poisson(2), QUICK, BOUNDS,
    )  # fmt: skip

    assert faster.tpot.p50.value < 0.7 * plain.tpot.p50.value


def test_a_shared_prefix_shortens_the_time_to_first_token() -> None:
    shared = dataclasses.replace(TRAFFIC, shared_tokens=800)
    plain = judge_one(TRAFFIC, Ways())
    cached = judge_one(shared, Ways(prefix_cache=True))

    assert cached.simulated is not None
    assert plain.simulated is not None
    assert cached.simulated.ttft.p50.value < plain.simulated.ttft.p50.value


def judge_one(traffic: Traffic, ways: Ways) -> Judged:
    return judge(
        candidates()[0],
        arch=LLAMA_3_1_8B,
        devices={DEVICE.name: DEVICE},
        traffic=traffic,
        ways=ways,
        objectives=QUICK,
    )


def test_the_highest_rate_is_above_the_peak_and_names_what_gives_way() -> None:
    judged = with_highest(judge_one(TRAFFIC, Ways()), TRAFFIC, QUICK)

    assert judged.highest is not None
    assert 20 <= judged.highest.rate_rps < judged.highest.fails_at_rps
    assert "gives way first" in judged.breaks


def test_latency_rises_with_load() -> None:
    judged = judge_one(TRAFFIC, Ways())

    seen = over_loads(judged, TRAFFIC, QUICK, (5, 15, 25))

    assert [s.ttft.p95.value for s in seen] == sorted(s.ttft.p95.value for s in seen)


def test_readers_and_decoders_hold_what_one_fleet_holds() -> None:
    judged = judge_one(TRAFFIC, Ways())

    apart = divided(judged, TRAFFIC, QUICK, 0.0)

    assert apart is not None
    assert not isinstance(apart, Unanswerable)
    assert apart.fleet.apart is not None
    assert apart.fleet.apart.readers >= 1
    assert apart.holds
    assert judged.simulated is not None
    assert apart.itl.p99.value < judged.simulated.itl.p99.value


def test_without_a_network_rate_nothing_is_divided() -> None:
    poor = dataclasses.replace(DEVICE, network_bytes_per_s=0.0)
    judged = judge_one(TRAFFIC, Ways())
    one = dataclasses.replace(judged.deployment, device=poor)

    found = one.disaggregated(1, one.limits(1150), 0.0)

    assert isinstance(found, Unanswerable)
    assert "--transfer-gb-per-s" in found.mend


def test_lengths_that_break_the_objective_on_an_idle_fleet_are_said() -> None:
    judged = judge(
        candidates()[0],
        arch=LLAMA_3_1_8B,
        devices={DEVICE.name: DEVICE},
        traffic=dataclasses.replace(TRAFFIC, length_cv=3.0),
        ways=Ways(),
        objectives=dataclasses.replace(QUICK, ttft_s=0.05),
    )

    assert judged.simulated is None
    assert "ms to the first token" in judged.missed


def test_the_short_list_has_each_device_once_and_the_published_precision() -> None:
    found = candidates()
    cheap_fp8 = {c.shape: 1.0 if c.shape.precision == "fp8" else 2.0 for c in found}

    chosen = few(found, 3, lambda c: cheap_fp8[c.shape])

    assert [c.shape.precision for c in chosen] == ["fp8", "bf16"]


def test_without_objectives_a_queue_that_grows_does_not_hold() -> None:
    """One device serves about 29 such requests a second; 100 pile up without end."""
    nothing = Objectives()

    assert holds(run(fleet(1), poisson(15)), nothing)
    assert not holds(run(fleet(1), poisson(100)), nothing)


def test_bounds_are_wider_where_the_simulation_errs_more_than_the_formula() -> None:
    """Its own error on published runs is named, and widens the time to first token most."""
    one = candidates()[0]

    vllm, other = (Bounds.of(one.tpot, one.ttft, engine) for engine in ("vllm", "tensorrt-llm"))

    assert vllm.ttft[1] >= one.ttft.high / one.ttft.value
    assert other.ttft[1] > vllm.ttft[1]
    assert other.ttft[0] < vllm.ttft[0]
    assert "off mean TTFT" in vllm.basis
