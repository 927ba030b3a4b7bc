"""Laws of the search, and what it says when there is no answer."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.catalog.loader import accelerators, find_model
from aegis.sizing.architecture import Architecture, architecture_of
from aegis.sizing.candidates import Candidate, Load, Objectives
from aegis.sizing.examples import DEEPSEEK_V3, H100_SXM, LLAMA_3_1_8B
from aegis.sizing.hardware import Device, device_of
from aegis.sizing.search import Space, search

CHAT = Load(peak_rps=20, input_tokens=900, output_tokens=250, mean_rps=6)
QUICK = Objectives(ttft_s=0.5, tpot_s=0.04)
LENGTHS = st.tuples(st.integers(1, 8000), st.integers(1, 2000))


def known_devices() -> list[Device]:
    return [d for d in map(device_of, accelerators()) if isinstance(d, Device)]


def by_shape(found: tuple[Candidate, ...]) -> dict[object, Candidate]:
    return {candidate.shape: candidate for candidate in found}


@settings(max_examples=40, deadline=None)
@given(rps=st.floats(0.1, 500), factor=st.floats(1, 10), lengths=LENGTHS)
def test_more_load_never_needs_fewer_replicas(
    rps: float, factor: float, lengths: tuple[int, int]
) -> None:
    space = Space(devices=[H100_SXM])

    def replicas(rate: float) -> dict[object, int]:
        load = Load(peak_rps=rate, input_tokens=lengths[0], output_tokens=lengths[1])
        found = search(LLAMA_3_1_8B, load, QUICK, space)
        return {shape: c.replicas for shape, c in by_shape(found.candidates).items()}

    few, many = replicas(rps), replicas(rps * factor)
    assert few.keys() == many.keys()
    assert all(many[shape] >= few[shape] for shape in few)


@settings(max_examples=40, deadline=None)
@given(
    ttft=st.floats(0.05, 5),
    tpot=st.floats(0.005, 0.2),
    wider=st.floats(1, 5),
    lengths=LENGTHS,
)
def test_a_wider_objective_never_costs_more(
    ttft: float, tpot: float, wider: float, lengths: tuple[int, int]
) -> None:
    space = Space(devices=[H100_SXM], prices={H100_SXM.name: 3.0})
    load = Load(peak_rps=30, input_tokens=lengths[0], output_tokens=lengths[1])

    tight = search(LLAMA_3_1_8B, load, Objectives(ttft_s=ttft, tpot_s=tpot), space)
    wide = search(LLAMA_3_1_8B, load, Objectives(ttft_s=ttft * wider, tpot_s=tpot * wider), space)

    after = by_shape(wide.candidates)
    for shape, candidate in by_shape(tight.candidates).items():
        cost = after[shape].cost_per_hour
        assert cost is not None
        assert candidate.cost_per_hour is not None
        assert cost <= candidate.cost_per_hour


def test_fp8_only_where_the_hardware_has_it() -> None:
    model = find_model("meta-llama/Llama-3.1-8B-Instruct")
    assert model is not None
    arch = architecture_of(model)
    assert isinstance(arch, Architecture)
    devices = known_devices()

    found = search(arch, CHAT, Objectives(), Space(devices=devices))

    has_fp8 = {device.name for device in devices if device.fp8_flops > 0}
    used = {c.shape.device for c in found.candidates if c.shape.precision == "fp8"}
    assert used
    assert used <= has_fp8


def test_a_candidate_holds_its_objectives_and_says_what_binds() -> None:
    found = search(LLAMA_3_1_8B, CHAT, QUICK, Space(devices=[H100_SXM]))

    best = found.candidates[0]
    assert best.ttft.value <= 0.5
    assert best.tpot.value <= 0.04
    assert best.ttft.low <= best.ttft.value <= best.ttft.high
    assert best.replicas_n_plus_1 == best.replicas + 1
    assert 0 < best.utilisation_peak <= 1
    assert best.utilisation_mean == pytest.approx(best.utilisation_peak * 6 / 20)
    assert best.binding.constraint in {"kv_cache", "tpot", "ttft", "engine_limit"}
    assert str(best.binding)[0].isalpha()
    assert best.max_batch <= best.max_sequences


def test_a_long_context_is_bound_by_the_cache() -> None:
    """51 GiB of cache hold 6 sequences of 60,500 tokens of 128 KiB each."""
    load = Load(peak_rps=0.1, input_tokens=60_000, output_tokens=500)

    found = search(LLAMA_3_1_8B, load, Objectives(), Space(devices=[H100_SXM], most_devices=1))

    alone = [c for c in found.candidates if c.shape.precision == "bf16"]
    assert alone
    assert alone[0].binding.constraint == "kv_cache"
    assert "KV cache runs out at 6 concurrent requests" in str(alone[0].binding)


@pytest.mark.parametrize(
    ("load", "says"),
    [
        pytest.param(
            Load(peak_rps=0, input_tokens=10, output_tokens=10), "peak rate", id="no-load"
        ),
        pytest.param(
            Load(peak_rps=math.inf, input_tokens=10, output_tokens=10), "peak rate", id="infinite"
        ),
        pytest.param(
            Load(peak_rps=1, input_tokens=10, output_tokens=0), "at least one token", id="no-output"
        ),
        pytest.param(
            Load(peak_rps=1, input_tokens=130_000, output_tokens=2000),
            "exceed the model's context of 131,072",
            id="longer-than-the-context",
        ),
    ],
)
def test_bad_input_gets_a_sentence_with_a_way_out(load: Load, says: str) -> None:
    found = search(LLAMA_3_1_8B, load, QUICK, Space(devices=[H100_SXM]))

    assert not found.candidates
    assert says in found.refusals[0].reason
    assert found.refusals[0].mend


def test_a_model_that_fits_nowhere_is_refused_with_the_reason() -> None:
    found = search(DEEPSEEK_V3, CHAT, QUICK, Space(devices=[H100_SXM], most_devices=1))

    assert not found.candidates
    assert "weights leave no cache" in found.refusals[0].reason


def test_without_prices_there_is_no_cost() -> None:
    found = search(LLAMA_3_1_8B, CHAT, QUICK, Space(devices=[H100_SXM]))

    assert found.candidates[0].cost_per_hour is None


def test_a_small_device_admits_as_many_as_the_engine_does() -> None:
    """VLLM's server runs 256 sequences at once on devices below 70 GiB."""
    small = dataclasses.replace(H100_SXM, name="nvidia-small", memory_bytes=60 * 2**30)
    load = Load(peak_rps=1, input_tokens=16, output_tokens=16)

    found = search(LLAMA_3_1_8B, load, Objectives(), Space(devices=[small], most_devices=1))

    assert max(candidate.max_batch for candidate in found.candidates) <= 256
    assert {candidate.binding.constraint for candidate in found.candidates} == {"engine_limit"}
