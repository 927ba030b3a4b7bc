"""The model entries agree with themselves: a count computed from the fields is the count printed."""

from __future__ import annotations

import datetime
from collections import Counter
from importlib.resources.abc import Traversable

import pytest

from aegis.catalog.loader import data_folder, files, find_model, model_id, models
from aegis.catalog.types import Model, Num

MODELS = models()
READ_ON = datetime.date(2026, 11, 22)

NOT_COUNTED = {
    "google--gemma-3-4b-it": "the printed count includes the vision encoder",
    "google--gemma-3-12b-it": "the printed count includes the vision encoder",
    "qwen--qwen3.5-9b": "linear attention layers and a vision encoder",
    "qwen--qwen3.5-27b": "linear attention layers and a vision encoder",
    "qwen--qwen3.5-122b-a10b": "linear attention, a vision encoder and multi-token prediction",
    "nvidia--nvidia-nemotron-3-nano-30b-a3b-bf16": "layers of Mamba-2 and experts without a gate",
}
"""Decoders whose count the plain formula cannot give, and why."""


def _value(field: Num) -> float:
    return 0.0 if field is None else field.value


def attention_parameters(model: Model) -> float:
    """Weights of one attention layer: queries, keys, values and output."""
    hidden, heads = _value(model.hidden_size), _value(model.attention_heads)
    width = heads * _value(model.head_dim)
    if model.attention is not None and model.attention.value == "mla":
        rank, rope = _value(model.kv_lora_rank), _value(model.qk_rope_head_dim)
        query_rank = 3 * rank  # as in DeepSeek-V3 and Kimi K2; the catalog does not hold it
        queries = query_rank * (hidden + width + heads * rope)
        return queries + hidden * (rank + rope) + 2 * rank * width + width * hidden
    return hidden * (2 * width + 2 * _value(model.kv_heads) * _value(model.head_dim))


def expert_layer_parameters(model: Model) -> float:
    """Weights of one layer of experts: routed, shared and the router; gated MLP."""
    hidden, experts = _value(model.hidden_size), _value(model.experts)
    one = 3 * hidden * _value(model.moe_intermediate_size)
    return (experts + _value(model.shared_experts)) * one + hidden * experts


def decoder_parameters_b(model: Model) -> float:
    """Parameters of a decoder in 10^9 from its architecture alone, without norms and biases."""
    hidden, layers = _value(model.hidden_size), _value(model.layers)
    dense_mlp = 3 * hidden * _value(model.intermediate_size)
    dense = layers if model.experts is None else _value(model.dense_layers)
    mlp = dense * dense_mlp + (layers - dense) * expert_layer_parameters(model)
    tied = model.tied_embeddings is not None and model.tied_embeddings.value
    embeddings = _value(model.vocab_size) * hidden * (1 if tied else 2)
    return (layers * attention_parameters(model) + mlp + embeddings) / 1e9


def _is_counted_decoder(model: Model) -> bool:
    is_decoder = model.tied_embeddings is not None and model.task != "speech-to-text"
    return is_decoder and model.parameters_b is not None and model.vocab_size is not None


DECODERS = [model for model in MODELS if _is_counted_decoder(model)]


def _relative_error(model: Model) -> float:
    printed = _value(model.parameters_b)
    return abs(decoder_parameters_b(model) - printed) / printed


@pytest.mark.parametrize(
    "model", [m for m in DECODERS if m.id not in NOT_COUNTED], ids=lambda m: m.id
)
def test_printed_parameter_count_follows_from_the_architecture(model: Model) -> None:
    """Two sources that do not know each other, the config and the count, agree within 3 %."""
    assert _relative_error(model) < 0.03


@pytest.mark.parametrize("model_id_", sorted(NOT_COUNTED))
def test_every_exception_is_still_one(model_id_: str) -> None:
    """An entry that the formula describes after all must leave the list."""
    model = next(m for m in DECODERS if m.id == model_id_)

    assert _relative_error(model) >= 0.03


def test_counts_enough_decoders_to_mean_something() -> None:
    assert len(DECODERS) - len(NOT_COUNTED) >= 30


def active_parameters_b(model: Model) -> float:
    """Parameters in 10^9 that one token meets: all but the experts it does not visit."""
    moe_layers = _value(model.layers) - _value(model.dense_layers)
    idle = _value(model.experts) - _value(model.experts_per_token)
    expert = 3 * _value(model.hidden_size) * _value(model.moe_intermediate_size)
    return decoder_parameters_b(model) - moe_layers * idle * expert / 1e9


@pytest.mark.parametrize(
    "model",
    [m for m in DECODERS if m.experts and m.active_parameters_b and m.id not in NOT_COUNTED],
    ids=lambda m: m.id,
)
def test_printed_active_count_follows_from_the_experts(model: Model) -> None:
    """Publishers round, and differ on whether a look-up in the embedding is active; 7 % covers it."""
    printed = _value(model.active_parameters_b)
    active = active_parameters_b(model)
    look_up = _value(model.vocab_size) * _value(model.hidden_size) / 1e9
    assert min(abs(active - printed), abs(active - look_up - printed)) / printed < 0.07


@pytest.mark.parametrize("model", [m for m in MODELS if m.experts], ids=lambda m: m.id)
def test_fewer_parameters_are_active_than_there_are(model: Model) -> None:
    """A token visits some of the experts, so the active share is a true share."""
    assert 0 < _value(model.experts_per_token) < _value(model.experts)
    if model.active_parameters_b is not None and model.parameters_b is not None:
        assert 0 < model.active_parameters_b.value < model.parameters_b.value


@pytest.mark.parametrize("model", [m for m in MODELS if m.kv_heads], ids=lambda m: m.id)
def test_attention_heads_share_key_value_heads_evenly(model: Model) -> None:
    """The kind of attention says how many query heads share one key-value head."""
    heads, kv_heads = _value(model.attention_heads), _value(model.kv_heads)
    assert heads % kv_heads == 0
    assert model.attention is not None
    kind = "mha" if heads == kv_heads else "mqa" if kv_heads == 1 else "gqa"
    assert model.attention.value in {kind, "mla", "hybrid"}


@pytest.mark.parametrize("model", [m for m in MODELS if m.head_dim], ids=lambda m: m.id)
def test_head_width_is_near_the_hidden_size(model: Model) -> None:
    """Heads times their width is the hidden size up to the factor of three that models use."""
    width = _value(model.attention_heads) * _value(model.head_dim)
    assert 1 / 3 <= width / _value(model.hidden_size) <= 3


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.id)
def test_special_layers_are_among_the_layers(model: Model) -> None:
    layers = _value(model.layers)
    assert _value(model.sliding_window_layers) <= layers
    assert _value(model.linear_attention_layers) <= layers
    assert _value(model.dense_layers) <= layers
    assert (model.sliding_window_layers is None) == (model.sliding_window_tokens is None)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.id)
def test_latent_attention_names_what_its_cache_holds(model: Model) -> None:
    """The cache of MLA is sized from two fields that no other attention has."""
    is_latent = model.attention is not None and model.attention.value == "mla"
    assert (model.kv_lora_rank is not None) is is_latent
    assert (model.qk_rope_head_dim is not None) is is_latent


@pytest.mark.parametrize("file", list(files("models")), ids=lambda f: f.name)
def test_file_is_named_for_the_model(file: Traversable) -> None:
    """A reference leads to its file without reading any other."""
    model = next(m for m in MODELS if f"{m.id}.yaml" == file.name)
    assert model_id(model.name) == model.id
    assert find_model(model.name) == model


def test_no_reference_leads_to_two_models() -> None:
    names = Counter(
        reference.lower() for model in MODELS for reference in {model.name, *model.aliases}
    )
    assert [name for name, uses in names.items() if uses > 1] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.id)
def test_every_source_was_read_by_the_day_of_the_catalog(model: Model) -> None:
    assert all(source.retrieved <= READ_ON for source in model.sources.values())
    assert all("://" not in source.locator for source in model.sources.values())


@pytest.mark.parametrize(
    ("task", "least"),
    [
        pytest.param("chat", 30, id="chat"),
        pytest.param("embedding", 5, id="embedding"),
        pytest.param("reranking", 1, id="reranking"),
        pytest.param("speech-to-text", 5, id="speech-to-text"),
        pytest.param("vision", 5, id="vision"),
        pytest.param("vision-language", 2, id="vision-language"),
    ],
)
def test_every_kind_of_workload_has_models(task: str, least: int) -> None:
    assert sum(model.task == task for model in MODELS) >= least


def test_catalog_holds_the_models_people_deploy() -> None:
    assert data_folder().joinpath("models").is_dir()
    assert len(MODELS) >= 45
