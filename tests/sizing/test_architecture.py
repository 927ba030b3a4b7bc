"""Counts from `config.json` fields agree with what model publishers state."""

from __future__ import annotations

import pytest

from aegis.catalog.loader import find_model
from aegis.sizing.architecture import (
    Architecture,
    active_parameters,
    architecture_of,
    counted_parameters,
    kv_cache_bytes,
    kv_cache_bytes_per_token,
    weight_bytes,
)
from aegis.sizing.config_json import architecture_from_config
from aegis.sizing.examples import DEEPSEEK_V3, GPT_OSS_120B, LLAMA_3_1_8B
from aegis.sizing.precision import PrecisionName, precision_named
from aegis.sizing.refusal import Unanswerable


def described(reference: str) -> Architecture:
    model = find_model(reference)
    assert model is not None
    found = architecture_of(model)
    assert isinstance(found, Architecture)
    return found


@pytest.mark.parametrize(
    ("reference", "billions"),
    [
        pytest.param("meta-llama/Llama-3.1-8B-Instruct", 8.03, id="grouped-query"),
        pytest.param("Qwen/Qwen3-0.6B", 0.596, id="tied-embeddings"),
        pytest.param("Qwen/Qwen3-235B-A22B", 235.09, id="experts"),
        pytest.param("openai/gpt-oss-120b", 116.83, id="sliding-window"),
        pytest.param("deepseek-ai/DeepSeek-V3", 671.0, id="latent-attention"),
        pytest.param("mistralai/Mixtral-8x7B-Instruct-v0.1", 46.7, id="eight-experts"),
    ],
)
def test_counted_parameters_are_the_published_ones(reference: str, billions: float) -> None:
    assert counted_parameters(described(reference)) / 1e9 == pytest.approx(billions, rel=0.005)


@pytest.mark.parametrize(
    ("reference", "billions"),
    [
        pytest.param("Qwen/Qwen3-235B-A22B", 22, id="qwen3-235b-a22b"),
        pytest.param("deepseek-ai/DeepSeek-V3", 37, id="deepseek-v3"),
        pytest.param("openai/gpt-oss-120b", 5.1, id="gpt-oss-120b"),
        pytest.param("MiniMaxAI/MiniMax-M2.5", 10, id="minimax-m2.5"),
    ],
)
def test_active_parameters_are_the_published_ones(reference: str, billions: float) -> None:
    assert active_parameters(described(reference)) / 1e9 == pytest.approx(billions, rel=0.06)


@pytest.mark.parametrize(
    ("architecture", "kv_bits", "expected"),
    [
        # 2 tensors × 32 layers × 8 heads × 128 elements × 2 bytes
        pytest.param(LLAMA_3_1_8B, 16, 131072, id="grouped-query"),
        pytest.param(LLAMA_3_1_8B, 8, 65536, id="half-the-bits"),
        # (512 + 64) × 61 layers × 2 bytes
        pytest.param(DEEPSEEK_V3, 16, 70272, id="latent"),
        # half of 36 layers see only a window: 2 × 18 × 8 × 64 × 2
        pytest.param(GPT_OSS_120B, 16, 36864, id="sliding-window"),
    ],
)
def test_cache_of_one_more_token(
    architecture: Architecture, kv_bits: float, expected: float
) -> None:
    assert kv_cache_bytes_per_token(architecture, kv_bits=kv_bits) == expected


def test_a_window_stops_growing() -> None:
    """Below the window both halves of the layers grow, beyond it only one."""
    inside = float(kv_cache_bytes(GPT_OSS_120B, 128) - kv_cache_bytes(GPT_OSS_120B, 64))
    beyond = float(kv_cache_bytes(GPT_OSS_120B, 1128) - kv_cache_bytes(GPT_OSS_120B, 1064))

    assert inside == pytest.approx(2 * beyond)


@pytest.mark.parametrize(
    ("reference", "precision", "gib"),
    [
        pytest.param("openai/gpt-oss-20b", "mxfp4", 13.47, id="padded-mxfp4-experts"),
        pytest.param("openai/gpt-oss-120b", "mxfp4", 64.38, id="padded-mxfp4-experts-large"),
        pytest.param("meta-llama/Llama-3.3-70B-Instruct", "fp8", 67.72, id="fp8"),
        pytest.param("Qwen/Qwen3-32B", "bf16", 61.03, id="bf16"),
    ],
)
def test_weight_bytes_are_those_that_vllm_loads(
    reference: str, precision: PrecisionName, gib: float
) -> None:
    """«Model loading took» of vLLM on an H100; llm-d-planner's memory results."""
    loaded = weight_bytes(described(reference), precision_named(precision)) / 2**30

    assert loaded == pytest.approx(gib, abs=0.15)


def test_a_missing_field_is_named() -> None:
    model = find_model("Qwen/Qwen3-32B")
    assert model is not None

    refused = architecture_of(model.model_copy(update={"kv_heads": None, "layers": None}))

    assert isinstance(refused, Unanswerable)
    assert refused.missing == ("layers", "kv_heads")


def test_config_json_without_layers_is_refused() -> None:
    refused = architecture_from_config("some/model", {"hidden_size": 4096})

    assert isinstance(refused, Unanswerable)
    assert "num_hidden_layers" in refused.missing


def test_config_json_of_llama_is_read_like_the_catalog() -> None:
    config = {
        "num_hidden_layers": 32,
        "hidden_size": 4096,
        "vocab_size": 128256,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "intermediate_size": 14336,
        "tie_word_embeddings": False,
    }

    read = architecture_from_config("llama", config)

    assert isinstance(read, Architecture)
    assert counted_parameters(read) == counted_parameters(LLAMA_3_1_8B)
    assert read.attention == "gqa"
