"""Step times obey physics, and the committed fit its bounds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.sizing.architecture import Architecture, active_parameters
from aegis.sizing.cases import Cases, Setting, cases
from aegis.sizing.coefficients import (
    BOUNDS,
    ENGINE_SPREAD,
    ENGINES,
    Coefficients,
    EngineName,
    fitted,
    fitted_file,
    replaced,
)
from aegis.sizing.examples import DEEPSEEK_V3, GPT_OSS_120B, H100_SXM, LLAMA_3_1_8B
from aegis.sizing.layout import layout
from aegis.sizing.memory import weight_bytes_per_device
from aegis.sizing.precision import PrecisionName, precision_named
from aegis.sizing.roofline import (
    MEASURED_YEARS,
    coverage,
    decode_step_s,
    outside_s,
    prefill_s,
)
from aegis.sizing.serving import closed_loop, prompts

ARCHITECTURES = st.sampled_from([LLAMA_3_1_8B, GPT_OSS_120B, DEEPSEEK_V3])


def on_h100(arch: Architecture, tp: int = 1, precision: PrecisionName = "bf16") -> Cases:
    spread = layout(tp=tp)
    return cases(arch, precision_named(precision), [H100_SXM], spread, Setting())


def test_one_token_takes_at_least_the_time_to_read_the_weights() -> None:
    """Llama 3.1 8B in bf16 on one H100: 15 GB of layers and head at 3.35 TB/s are 4.5 ms."""
    step = float(decode_step_s(on_h100(LLAMA_3_1_8B), fitted(), 1, 100).item())

    assert 0.0045 < step < 0.010


def test_a_prompt_takes_at_least_its_operations() -> None:
    """8,000 tokens × 2 × 7.5e9 operations at 989 TFLOPS are 121 ms."""
    least = 2 * active_parameters(LLAMA_3_1_8B) * 8000 / H100_SXM.bf16_flops

    read = float(prefill_s(on_h100(LLAMA_3_1_8B), fitted(), 1, 8000).item())

    assert least < read < 3 * least


@given(
    arch=ARCHITECTURES,
    tp=st.sampled_from([1, 2, 4, 8]),
    batch=st.integers(1, 500),
    more=st.integers(0, 500),
    context=st.integers(1, 20_000),
    longer=st.integers(0, 20_000),
)
def test_more_work_never_takes_less_time(
    arch: Architecture, tp: int, batch: int, more: int, context: int, longer: int
) -> None:
    c, k = on_h100(arch, tp), fitted()

    assert np.all(decode_step_s(c, k, batch + more, context) >= decode_step_s(c, k, batch, context))
    assert np.all(
        decode_step_s(c, k, batch, context + longer) >= decode_step_s(c, k, batch, context)
    )


@given(arch=ARCHITECTURES, tp=st.sampled_from([1, 2, 4, 8]), batch=st.integers(1, 300))
def test_no_step_is_faster_than_the_memory(arch: Architecture, tp: int, batch: int) -> None:
    """What every token passes is read at least once, at the full bandwidth at best."""
    spread = layout(tp=tp)
    precision = precision_named("bf16")
    share = active_parameters(arch) * 2 / tp / H100_SXM.bandwidth_bytes_per_s
    held = float(weight_bytes_per_device(arch, precision, spread)) / H100_SXM.bandwidth_bytes_per_s

    step = float(decode_step_s(on_h100(arch, tp), fitted(), batch, 100).item())

    assert step > min(share, held) * 0.99


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        pytest.param(1, 8 / 256, id="one-token-hits-its-eight"),
        pytest.param(2, 1 - (1 - 8 / 256) ** 2, id="two-tokens-independently"),
        pytest.param(100_000, 1.0, id="many-hit-all"),
    ],
)
def test_coverage_of_experts(tokens: float, expected: float) -> None:
    assert float(coverage(tokens, 256, 8, 1.0)) == pytest.approx(expected)


def test_a_grid_is_the_same_as_its_cells() -> None:
    spread = layout(tp=[1, 2, 4, 8])
    many = cases(LLAMA_3_1_8B, precision_named("bf16"), [H100_SXM] * 4, spread, Setting())

    grid = decode_step_s(many, fitted(), 16, 1000)

    alone = [
        float(decode_step_s(on_h100(LLAMA_3_1_8B, tp), fitted(), 16, 1000).item())
        for tp in (1, 2, 4, 8)
    ]
    assert grid.tolist() == pytest.approx(alone)


@given(
    clients=st.integers(1, 512), tokens_in=st.integers(16, 8000), tokens_out=st.integers(2, 2000)
)
def test_a_closed_loop_keeps_its_clients(clients: int, tokens_in: int, tokens_out: int) -> None:
    """Little's law: clients = throughput × time in the system."""
    loop = closed_loop(
        on_h100(LLAMA_3_1_8B),
        fitted(),
        prompts(tokens_in, tokens_out),
        clients=float(clients),
        most_sequences=400.0,
    )

    whole = loop.ttft_s + (tokens_out - 1) * loop.tpot_s
    assert float((loop.requests_per_s * whole).item()) == pytest.approx(clients)


def test_more_clients_than_sequences_wait() -> None:
    def ttft(most: float) -> float:
        loop = closed_loop(
            on_h100(LLAMA_3_1_8B),
            fitted(),
            prompts(1000, 500),
            clients=64.0,
            most_sequences=most,
        )
        return float(loop.ttft_s.item())

    assert ttft(16) > ttft(64) + 1


@given(
    clients=st.integers(1, 400),
    more=st.integers(1, 400),
    in_step=st.booleans(),
    engine=st.sampled_from(["vllm", "sglang", "tensorrt-llm"]),
)
def test_more_clients_never_see_their_first_token_sooner(
    *, clients: int, more: int, in_step: bool, engine: EngineName
) -> None:
    """As long as the engine holds them all; the mean-value rounds may differ by half a per cent."""
    spread, precision = layout(), precision_named("bf16")
    c = cases(LLAMA_3_1_8B, precision, [H100_SXM], spread, Setting(engine=engine))

    def ttft(count: int) -> float:
        loop = closed_loop(
            c,
            fitted(),
            prompts(1000, 500),
            clients=float(count),
            most_sequences=1000.0,
            in_step=in_step,
        )
        return float(loop.ttft_s.item())

    assert ttft(clients + more) >= 0.995 * ttft(clients)


def test_one_client_waits_for_nobody() -> None:
    """Its first token takes the prompt, the running step, and the way in and out."""
    c, k = on_h100(LLAMA_3_1_8B), fitted()
    loop = closed_loop(c, k, prompts(1000, 500), clients=1.0, most_sequences=400.0)
    step = float(decode_step_s(c, k, 1, 1250).item())
    least = float(prefill_s(c, k, 1, 1000).item()) + float(outside_s(c, k).item())

    assert least < float(loop.ttft_s.item()) < least + 5 * step


@pytest.mark.parametrize(
    ("years", "as_measured_in"),
    [
        pytest.param(-1.5, MEASURED_YEARS[0], id="an-older-release-is-no-slower-than-the-oldest"),
        pytest.param(3.0, MEASURED_YEARS[1], id="a-newer-release-is-no-faster-than-the-newest"),
    ],
)
def test_no_trend_is_carried_beyond_the_measurements(years: float, as_measured_in: float) -> None:
    def outside(age: float) -> float:
        setting = Setting(years=age)
        c = cases(LLAMA_3_1_8B, precision_named("bf16"), [H100_SXM], layout(), setting)
        return float(outside_s(c, fitted()).item())

    assert outside(years) == pytest.approx(outside(as_measured_in))


def test_shared_experts_cost_kernels_of_their_own() -> None:
    """The same model without its shared expert, and the weights of it, takes less each step."""
    alone = dataclasses.replace(DEEPSEEK_V3, shared_experts=0.0)
    k = replaced(fitted(), shared_layer_us=20.0)
    bare = replaced(fitted(), shared_layer_us=0.0)

    def step(arch: Architecture, coefficients: Coefficients) -> float:
        return float(decode_step_s(on_h100(arch, 8, "fp8"), coefficients, 1, 100).item())

    assert step(DEEPSEEK_V3, k) - step(DEEPSEEK_V3, bare) > 0.5e-3
    assert step(alone, k) == step(alone, bare)


def test_the_committed_fit_respects_its_bounds() -> None:
    k = fitted()

    for name, bound in BOUNDS.items():
        assert bound.low * 0.999 <= k[name] <= bound.high * 1.001, name
    assert k["bandwidth"] <= 1
    assert 0.1 <= k["flops"] <= 0.9


def test_the_committed_fit_says_what_it_was_made_from() -> None:
    provenance = fitted_file().provenance

    assert provenance.rows + sum(provenance.rows_left_out.values()) == 3619
    assert provenance.fitted
    assert len(provenance.families) == 10
    assert all(len(fitted().factors[name]) == len(ENGINES) for name in ENGINE_SPREAD)
