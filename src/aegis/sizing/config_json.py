"""Reads the `config.json` of a model that the catalog does not have."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from aegis.sizing.architecture import Architecture, Attention
from aegis.sizing.refusal import Unanswerable

Config = Mapping[str, JsonValue]

_EXPERTS = ("n_routed_experts", "num_experts", "num_local_experts")
_PER_TOKEN = ("num_experts_per_tok", "experts_per_token", "moe_topk", "moe_top_k")
_SHARED_WIDTH = (
    "shared_expert_intermediate_size",
    "moe_shared_expert_intermediate_size",
    "share_expert_dim",
    "shared_intermediate_size",
)
_EXPERT_IS_INTERMEDIATE = {"mixtral", "gpt_oss", "minimax_m2"}
"""Families whose `intermediate_size` is that of one expert."""


def architecture_from_config(name: str, config: Config) -> Architecture | Unanswerable:
    """The figures of a `config.json`, or which of its fields are missing."""
    text = config.get("text_config")
    fields: Config = text if isinstance(text, Mapping) else config
    needed = ("num_hidden_layers", "hidden_size", "vocab_size", "num_attention_heads")
    missing = tuple(field for field in needed if not _whole(fields, field))
    if missing:
        return Unanswerable(
            reason=f"the config.json of {name} lacks {', '.join(missing)}",
            mend="add the fields, or write a catalog entry for the model",
            missing=missing,
        )
    return _read(name, fields)


def _whole(fields: Config, *names: str) -> int:
    """The first of the fields that is a number above zero, else 0."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return int(value)
    return 0


def _read(name: str, fields: Config) -> Architecture:
    layers = _whole(fields, "num_hidden_layers")
    hidden = _whole(fields, "hidden_size")
    heads = _whole(fields, "num_attention_heads")
    head_dim = _whole(fields, "head_dim") or hidden // heads
    experts = _whole(fields, *_EXPERTS)
    linear, window = _linear_layers(fields, layers), _window_layers(fields, layers)
    width = _expert_width(fields) if experts else 0
    keys = _whole(fields, "linear_num_key_heads") * _whole(fields, "linear_key_head_dim")
    values = _whole(fields, "linear_num_value_heads") * _whole(fields, "linear_value_head_dim")
    return Architecture(
        name=name,
        layers=layers,
        hidden=hidden,
        vocab=_whole(fields, "vocab_size"),
        attention=_attention(fields, heads, linear),
        heads=heads,
        kv_heads=_whole(fields, "num_key_value_heads") or heads,
        head_dim=head_dim,
        intermediate=_whole(fields, "intermediate_size"),
        tied_embeddings=fields.get("tie_word_embeddings") is True,
        max_context_tokens=_whole(fields, "max_position_embeddings"),
        window_tokens=_whole(fields, "sliding_window") if window else 0,
        window_layers=window,
        linear_layers=linear,
        linear_state_elements=values * _whole(fields, "linear_key_head_dim"),
        # Inputs q, k, v and gate, and the output projection of a gated delta layer.
        linear_parameters=hidden * (2 * keys + 3 * values) if linear else 0,
        kv_lora_rank=_whole(fields, "kv_lora_rank"),
        rope_head_dim=_whole(fields, "qk_rope_head_dim"),
        q_lora_rank=_whole(fields, "q_lora_rank"),
        nope_head_dim=_whole(fields, "qk_nope_head_dim"),
        value_head_dim=_whole(fields, "v_head_dim") or head_dim,
        sparse_top_k=_whole(fields, "index_topk"),
        experts=experts,
        experts_per_token=_whole(fields, *_PER_TOKEN),
        shared_experts=_shared(fields, width) if experts else 0.0,
        moe_intermediate=width,
        dense_layers=_whole(fields, "first_k_dense_replace") if experts else layers,
    )


def _attention(fields: Config, heads: int, linear: int) -> Attention:
    if _whole(fields, "kv_lora_rank"):
        return "mla"
    if linear:
        return "hybrid"
    kv_heads = _whole(fields, "num_key_value_heads") or heads
    return "mha" if kv_heads == heads else "mqa" if kv_heads == 1 else "gqa"


def _layer_types(fields: Config) -> list[str]:
    types = fields.get("layer_types")
    return [kind for kind in types if isinstance(kind, str)] if isinstance(types, list) else []


def _linear_layers(fields: Config, layers: int) -> int:
    if types := _layer_types(fields):
        return sum("linear" in kind or "mamba" in kind for kind in types)
    interval = _whole(fields, "full_attention_interval")
    return layers - layers // interval if interval else 0


def _window_layers(fields: Config, layers: int) -> int:
    if types := _layer_types(fields):
        return sum("sliding" in kind for kind in types)
    everywhere = _whole(fields, "sliding_window") and fields.get("use_sliding_window") is not False
    return layers if everywhere else 0


def _expert_width(fields: Config) -> int:
    if fields.get("model_type") in _EXPERT_IS_INTERMEDIATE:
        return _whole(fields, "intermediate_size")
    return _whole(fields, "moe_intermediate_size", "expert_ffn_hidden_size", "intermediate_size")


def _shared(fields: Config, width: int) -> float:
    if explicit := _whole(fields, "n_shared_experts"):
        return float(explicit)
    return _whole(fields, *_SHARED_WIDTH) / width if width else 0.0
