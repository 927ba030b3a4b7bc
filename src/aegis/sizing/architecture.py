"""The figures of a model that decide its bytes and its work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aegis.catalog.types import Model, Num
from aegis.sizing.precision import Precision
from aegis.sizing.refusal import Unanswerable

Attention = Literal["mha", "gqa", "mqa", "mla", "hybrid", "none"]
Floats = NDArray[np.float64]

EXPERT_PADDING = 256
"""vLLM pads the intermediate size of mxfp4 experts to a multiple of this (measured weights of
gpt-oss-20b and -120b, 13.47 and 64.38 GiB, agree within 0.2 GiB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """Plain figures of one decoder; names follow `config.json`, counts are of the whole model.

    Layers with full attention are `layers - window_layers - linear_layers`. A model without
    experts has ``experts == 0``. `other_parameters` are stored but not read at each token (a
    vision tower, heads for multi-token prediction).
    """

    name: str
    layers: int
    hidden: int
    vocab: int
    attention: Attention
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    tied_embeddings: bool = False
    ffn_matrices: int = 3
    max_context_tokens: int = 0
    window_tokens: int = 0
    window_layers: int = 0
    linear_layers: int = 0
    linear_state_elements: int = 0
    linear_parameters: int = 0
    kv_lora_rank: int = 0
    rope_head_dim: int = 0
    q_lora_rank: int = 0
    nope_head_dim: int = 0
    value_head_dim: int = 0
    sparse_top_k: int = 0
    experts: int = 0
    experts_per_token: int = 0
    shared_experts: float = 0.0
    moe_intermediate: int = 0
    dense_layers: int = 0
    published_parameters: float = 0.0
    weight_bits: float = 16.0

    @property
    def is_moe(self) -> bool:
        return self.experts > 0

    @property
    def moe_layers(self) -> int:
        """Layers whose feed-forward part is a mixture of experts."""
        return self.layers - self.dense_layers if self.is_moe else 0

    @property
    def full_layers(self) -> int:
        """Layers whose attention sees the whole context."""
        if self.attention == "none":
            return 0
        return self.layers - self.window_layers - self.linear_layers


def embedding_parameters(arch: Architecture) -> int:
    """Weights of the token embedding and the output head.

    >>> from aegis.sizing.examples import LLAMA_3_1_8B
    >>> embedding_parameters(LLAMA_3_1_8B)
    1050673152
    """
    return arch.vocab * arch.hidden * (1 if arch.tied_embeddings else 2)


def attention_parameters(arch: Architecture) -> int:
    """Weights of the attention projections of all layers, linear attention included."""
    softmax_layers = arch.layers - arch.linear_layers
    if arch.attention == "none":
        return 0
    linear = arch.linear_layers * (arch.linear_parameters or 7 * arch.hidden**2)
    if arch.attention == "mla":
        return softmax_layers * _mla_parameters(arch) + linear
    queries = arch.hidden * arch.heads * arch.head_dim
    keys_values = 2 * arch.hidden * arch.kv_heads * arch.head_dim
    return softmax_layers * (2 * queries + keys_values) + linear


def _mla_parameters(arch: Architecture) -> int:
    """One layer of multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, section 2.1)."""
    query_width = arch.heads * (arch.nope_head_dim + arch.rope_head_dim)
    query = (
        arch.q_lora_rank * (arch.hidden + query_width)
        if arch.q_lora_rank
        else arch.hidden * query_width
    )
    down = arch.hidden * (arch.kv_lora_rank + arch.rope_head_dim)
    up = arch.kv_lora_rank * arch.heads * (arch.nope_head_dim + arch.value_head_dim)
    out = arch.heads * arch.value_head_dim * arch.hidden
    return query + down + up + out


def expert_parameters(arch: Architecture) -> int:
    """Weights of all routed experts.

    >>> from aegis.sizing.examples import GPT_OSS_120B
    >>> expert_parameters(GPT_OSS_120B)
    114661785600
    """
    each = arch.ffn_matrices * arch.hidden * arch.moe_intermediate
    return each * arch.experts * arch.moe_layers


def dense_ffn_parameters(arch: Architecture) -> int:
    """Weights of the feed-forward parts that every token passes: dense layers, shared experts,
    routers.
    """  # noqa: D205
    dense_layers = arch.layers - arch.moe_layers
    dense = arch.ffn_matrices * arch.hidden * arch.intermediate * dense_layers
    shared = arch.ffn_matrices * arch.hidden * arch.moe_intermediate * arch.shared_experts
    router = arch.hidden * arch.experts
    return dense + int((shared + router) * arch.moe_layers)


def counted_parameters(arch: Architecture) -> int:
    """Total from the fields alone; norms and biases (below 0.1 %) are left out.

    >>> from aegis.sizing.examples import LLAMA_3_1_8B
    >>> round(counted_parameters(LLAMA_3_1_8B) / 1e9, 2)
    8.03
    """
    return (
        embedding_parameters(arch)
        + attention_parameters(arch)
        + dense_ffn_parameters(arch)
        + expert_parameters(arch)
    )


def total_parameters(arch: Architecture) -> float:
    """The counted total, or the published one where it shows that the fields miss something.

    A published total that is more than 1 % larger counts parts of which the decoder's fields do
    not tell, such as a vision tower; one more than 3 % smaller means that not all layers are
    alike. In between it is rounding («70 B»).
    """
    counted = float(counted_parameters(arch))
    published = arch.published_parameters or counted
    return published if not 0.97 <= published / counted <= 1.01 else counted


def active_parameters(arch: Architecture) -> float:
    """Weights that one token passes: all but the experts it is not routed to, and the lookup of
    its embedding.

    >>> from aegis.sizing.examples import GPT_OSS_120B
    >>> round(active_parameters(GPT_OSS_120B) / 1e9, 1)
    5.1
    """  # noqa: D205
    share = arch.experts_per_token / arch.experts if arch.is_moe else 0.0
    head = arch.vocab * arch.hidden
    return (
        head
        + attention_parameters(arch)
        + dense_ffn_parameters(arch)
        + expert_parameters(arch) * share
    )


def dense_bits(arch: Architecture, precision: Precision) -> float:
    """Stored bits of a weight outside embeddings and routed experts."""
    return 16.0 if precision.experts_only and arch.is_moe else precision.bits


def padded_expert_share(arch: Architecture, precision: Precision) -> float:
    """How much larger the stored experts are than their parameters, 1 where nothing is padded.

    >>> from aegis.sizing.examples import GPT_OSS_120B
    >>> from aegis.sizing.precision import precision_named
    >>> round(padded_expert_share(GPT_OSS_120B, precision_named("mxfp4")), 4)
    1.0667
    """
    if precision.name != "mxfp4" or not arch.is_moe:
        return 1.0
    padded = -(-arch.moe_intermediate // EXPERT_PADDING) * EXPERT_PADDING
    return padded / arch.moe_intermediate


def weight_bytes(arch: Architecture, precision: Precision) -> float:
    """Bytes of all weights; embeddings and head stay at 16 bits.

    >>> from aegis.sizing.examples import LLAMA_3_1_8B
    >>> from aegis.sizing.precision import precision_named
    >>> round(weight_bytes(LLAMA_3_1_8B, precision_named("bf16")) / 2**30, 1)
    15.0
    """
    embedding = embedding_parameters(arch)
    experts = expert_parameters(arch)
    rest = max(total_parameters(arch) - embedding - experts, 0.0)
    return (
        embedding * 2
        + rest * dense_bits(arch, precision) / 8
        + experts * precision.bits / 8 * padded_expert_share(arch, precision)
    )


def kv_cache_bytes_per_token(arch: Architecture, *, kv_bits: float = 16) -> float:
    """Cache that one more token of a long context occupies, in bytes, over all devices.

    Two tensors of ``kv_heads * head_dim`` in each layer with full attention; one of
    ``kv_lora_rank + rope_head_dim`` with MLA. Layers with a window or linear attention do not
    grow. A device of a tensor-parallel group holds its share only where heads can be divided.

    >>> from aegis.sizing.examples import DEEPSEEK_V3, LLAMA_3_1_8B
    >>> kv_cache_bytes_per_token(LLAMA_3_1_8B), kv_cache_bytes_per_token(DEEPSEEK_V3)
    (131072.0, 70272.0)
    """
    return arch.full_layers * kv_elements_per_layer(arch) * kv_bits / 8


def kv_elements_per_layer(arch: Architecture) -> int:
    """Cached elements of one token in one softmax-attention layer."""
    if arch.attention == "mla":
        return arch.kv_lora_rank + arch.rope_head_dim
    return 2 * arch.kv_heads * arch.head_dim


def kv_cache_bytes(
    arch: Architecture, context_tokens: float | Floats, *, kv_bits: float = 16
) -> Floats:
    """Cache of one sequence of that length in bytes: grown layers, windows and constant states.

    >>> from aegis.sizing.examples import GPT_OSS_120B
    >>> [float(kv_cache_bytes(GPT_OSS_120B, n)) for n in (128, 1128)]
    [9437184.0, 46301184.0]
    """
    context = np.asarray(context_tokens, dtype=np.float64)
    per_layer = kv_elements_per_layer(arch) * kv_bits / 8
    window = np.minimum(context, arch.window_tokens or np.inf)
    grown = per_layer * (arch.full_layers * context + arch.window_layers * window)
    return np.asarray(grown + linear_state_bytes(arch), dtype=np.float64)


def linear_state_bytes(arch: Architecture) -> float:
    """Constant state of one sequence in layers with linear attention, in bytes, kept in fp32.

    Without the exact size: ``2 * hidden`` channels of 128 elements, which Mamba-2 and gated
    delta networks of the Qwen3 and Nemotron families both have.
    """
    elements = arch.linear_state_elements or 2 * arch.hidden * 128
    return 4.0 * arch.linear_layers * elements


_NEEDED = ("layers", "hidden_size", "vocab_size", "attention")
_ATTENTION_NEEDS = {
    "mla": ("attention_heads", "kv_lora_rank", "qk_rope_head_dim"),
    "none": (),
}
_EXPERTS_NEED = ("experts_per_token", "moe_intermediate_size")


def architecture_of(model: Model) -> Architecture | Unanswerable:
    """The figures of a catalog entry, or which fields it would have to have."""
    if model.task not in {"chat", "completion", "embedding", "reranking", "vision-language"}:
        return Unanswerable(
            reason=f"{model.name} is a {model.task} model, not a transformer that reads tokens",
            mend="size it from a measured service time",
        )
    missing = missing_fields(model)
    if missing:
        return Unanswerable(
            reason=f"{model.name} lacks {', '.join(missing)}",
            mend="add these fields of its config.json to the model's catalog entry",
            missing=missing,
        )
    return _built(model)


def missing_fields(model: Model) -> tuple[str, ...]:
    """Fields without which the model's bytes and work cannot be counted."""
    kind = model.attention.value if model.attention else ""
    needed = [*_NEEDED, *_ATTENTION_NEEDS.get(kind, ("attention_heads", "kv_heads"))]
    if model.experts is not None:
        needed += _EXPERTS_NEED
    else:
        needed.append("intermediate_size")
    if model.sliding_window_layers is not None and model.sliding_window_layers.value:
        needed.append("sliding_window_tokens")
    return tuple(field for field in needed if getattr(model, field) is None)


def _whole(number: Num, default: int = 0) -> int:
    return default if number is None else int(number.value)


def _built(model: Model) -> Architecture:
    hidden = _whole(model.hidden_size)
    heads = _whole(model.attention_heads)
    kind: Attention = model.attention.value if model.attention else "none"
    head_dim = _whole(model.head_dim, hidden // heads if heads else 0)
    is_mla = kind == "mla"
    experts = _whole(model.experts)
    return Architecture(
        name=model.id,
        layers=_whole(model.layers),
        hidden=hidden,
        vocab=_whole(model.vocab_size),
        attention=kind,
        heads=heads,
        kv_heads=_whole(model.kv_heads, heads),
        head_dim=head_dim,
        intermediate=_whole(model.intermediate_size),
        tied_embeddings=bool(model.tied_embeddings and model.tied_embeddings.value),
        max_context_tokens=_whole(model.max_context_tokens),
        window_tokens=_whole(model.sliding_window_tokens),
        window_layers=_whole(model.sliding_window_layers),
        linear_layers=_whole(model.linear_attention_layers),
        kv_lora_rank=_whole(model.kv_lora_rank),
        rope_head_dim=_whole(model.qk_rope_head_dim),
        # The geometry of DeepSeek-V2 and V3, which the entries do not carry.
        q_lora_rank=1536 if is_mla else 0,
        nope_head_dim=128 if is_mla else 0,
        value_head_dim=128 if is_mla else 0,
        experts=experts,
        experts_per_token=_whole(model.experts_per_token),
        shared_experts=model.shared_experts.value if model.shared_experts else 0.0,
        moe_intermediate=_whole(model.moe_intermediate_size),
        dense_layers=_whole(model.dense_layers) if experts else _whole(model.layers),
        published_parameters=model.parameters_b.value * 1e9 if model.parameters_b else 0.0,
        weight_bits=model.weight_bits.value if model.weight_bits else 16.0,
    )
