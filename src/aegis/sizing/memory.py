"""What occupies an accelerator's memory, and how many sequences fit into the rest.

The order is the one in which vLLM fills a device: weights, then the peak of a trial run, then
everything that is left inside `utilization` becomes key-value cache. CUDA graphs are captured
afterwards, outside that budget. Checked against eight measured splits in `benchmarks/sizing`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from aegis.sizing.architecture import (
    Architecture,
    dense_bits,
    embedding_parameters,
    expert_parameters,
    kv_cache_bytes,
    linear_state_bytes,
    padded_expert_share,
    total_parameters,
)
from aegis.sizing.layout import Floats, Layout, floats, kv_shards
from aegis.sizing.precision import Precision

GIB = float(2**30)

SAMPLER_COPIES = 9.6
"""Copies of the fp32 logits alive at the peak of vLLM's trial sampling run. Solved from the
measured activation peaks of five models with three vocabularies (9.6 to 9.7 in each)."""

NON_TORCH_BYTES = 0.13 * GIB
"""CUDA context and libraries beside the allocator; measured 0.13 to 0.14 GiB on one H100."""

COLLECTIVE_BYTES = 0.42 * GIB
"""Buffers of the communication library; measured 0.55 GiB on two devices, the above included."""

GRAPH_BYTES = 1.0 * GIB
"""Room that CUDA graphs need beside the cache; measured -0.9 to +1.03 GiB."""

ENCODER_BYTES = 0.5 * GIB
"""Workspace of a vision encoder; the rest of one measured case (Mistral-Small-3.2-24B)."""

BLOCK_TOKENS = 16
"""Tokens of one cache block; on average half a block of each sequence stays empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineMemory:
    """How an engine divides a device; numbers, or one for each device.

    Defaults are those of vLLM 0.11 on devices of 70 GiB or more: 1,024 sequences, 8,192 tokens a
    step, 90 % of the device.
    """

    utilization: float = 0.9
    max_sequences: float | Floats = 1024.0
    max_step_tokens: float | Floats = 8192.0
    is_multimodal: bool = False


LARGE_DEVICE_BYTES = 70 * GIB


def usual_engine_memory(memory_bytes: ArrayLike) -> EngineMemory:
    """VLLM's server defaults by size of the device: smaller ones run 256 sequences.

    >>> usual_engine_memory([24 * GIB, 80 * GIB]).max_sequences
    array([ 256., 1024.])
    """
    is_large = floats(memory_bytes) >= LARGE_DEVICE_BYTES
    return EngineMemory(
        max_sequences=floats(np.where(is_large, 1024, 256)),
        max_step_tokens=floats(np.where(is_large, 8192, 2048)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySplit:
    """Bytes of one device by what they are for; `kv_cache` may be negative: it does not fit."""

    usable: Floats
    weights: Floats
    activations: Floats
    non_torch: Floats
    kv_cache: Floats
    graphs: float = GRAPH_BYTES

    @property
    def fits(self) -> Floats:
        """1 where weights and workspace leave room for any cache, else 0."""
        return floats(self.kv_cache > 0)


def weight_bytes_per_device(arch: Architecture, precision: Precision, spread: Layout) -> Floats:
    """Bytes of weights on the fullest device.

    Attention and dense parts are cut `tp` ways and repeated over `dp`; routed experts are cut
    over the whole stage; a pipeline stage holds embedding or head, not both.

    >>> from aegis.sizing.examples import LLAMA_3_1_8B
    >>> from aegis.sizing.layout import layout
    >>> from aegis.sizing.precision import precision_named
    >>> split = weight_bytes_per_device(LLAMA_3_1_8B, precision_named("bf16"), layout(tp=[1, 2]))
    >>> (split / GIB).round(1).tolist()
    [15.0, 7.5]
    """
    embedding = embedding_parameters(arch) * 2.0
    experts = expert_parameters(arch)
    rest = max(total_parameters(arch) - embedding / 2 - experts, 0.0)
    dense_bytes = rest * dense_bits(arch, precision) / 8
    expert_bytes = experts * precision.bits / 8 * padded_expert_share(arch, precision)
    ends = np.where(spread.pp == 1, 1.0, 0.5)
    return floats(
        embedding * ends / spread.tp
        + dense_bytes / (spread.tp * spread.pp)
        + expert_bytes / (spread.stage * spread.pp)
    )


def activation_bytes(arch: Architecture, spread: Layout, engine: EngineMemory) -> Floats:
    """Peak workspace of one step with the most tokens the engine admits.

    The larger of the feed-forward part (gate, up and product of all tokens) and the sampler
    (`SAMPLER_COPIES` fp32 logits of all sequences), on top of one hidden state per token. vLLM's
    trial run of multimodal models does not reach the sampler's peak (one measured case).
    """
    tokens = engine.max_step_tokens
    width = max(arch.intermediate, arch.moe_intermediate * max(arch.experts_per_token, 1))
    feed_forward = tokens * 3 * width * 2 / spread.tp
    if engine.is_multimodal:
        peak = floats(feed_forward + ENCODER_BYTES)
    else:
        peak = floats(np.maximum(feed_forward, sampler_bytes(arch, engine)))
    return floats(peak + tokens * arch.hidden * 2)


def sampler_bytes(arch: Architecture, engine: EngineMemory) -> Floats:
    """Peak of one sampling run over all sequences: copies of the fp32 logits."""
    return floats(SAMPLER_COPIES * engine.max_sequences * arch.vocab * 4)


def memory_split(
    arch: Architecture,
    precision: Precision,
    spread: Layout,
    *,
    memory_bytes: ArrayLike,
    engine: EngineMemory | None = None,
    adapter_bytes: float = 0.0,
) -> MemorySplit:
    """How one device's memory is divided; `memory_bytes` is what programs can see.

    `adapter_bytes` are low-rank adapters resident on the device, counted with the weights.
    """
    engine = engine or EngineMemory()
    usable = floats(memory_bytes) * engine.utilization
    weights = weight_bytes_per_device(arch, precision, spread) + adapter_bytes
    activations = activation_bytes(arch, spread, engine)
    non_torch = NON_TORCH_BYTES + np.where(spread.devices > 1, COLLECTIVE_BYTES, 0.0)
    return MemorySplit(
        usable=usable,
        weights=floats(weights),
        activations=activations,
        non_torch=floats(non_torch),
        kv_cache=floats(usable - weights - activations - non_torch),
    )


def sequence_bytes_per_device(
    arch: Architecture, spread: Layout, *, context_tokens: ArrayLike, kv_bits: float = 16
) -> Floats:
    """Cache of one sequence on one device, whole blocks counted."""
    blocks = np.ceil(floats(context_tokens) / BLOCK_TOKENS)
    whole = kv_cache_bytes(arch, floats(blocks * BLOCK_TOKENS), kv_bits=kv_bits)
    state = linear_state_bytes(arch)
    return floats((whole - state) / kv_shards(arch, spread) + state / (spread.tp * spread.pp))


def max_sequences(
    arch: Architecture,
    spread: Layout,
    split: MemorySplit,
    *,
    context_tokens: ArrayLike,
    kv_bits: float = 16,
) -> Floats:
    """Sequences of that length whose cache fits into one replica at the same time.

    >>> from aegis.sizing.examples import H100_SXM, LLAMA_3_1_8B
    >>> from aegis.sizing.layout import layout
    >>> from aegis.sizing.precision import precision_named
    >>> one = layout()
    >>> split = memory_split(LLAMA_3_1_8B, precision_named("bf16"), one,
    ...                      memory_bytes=H100_SXM.memory_bytes)
    >>> max_sequences(LLAMA_3_1_8B, one, split, context_tokens=[1024, 16384]).tolist()
    [411.0, 25.0]
    """
    each = sequence_bytes_per_device(arch, spread, context_tokens=context_tokens, kv_bits=kv_bits)
    room = np.maximum(split.kv_cache, 0.0)
    per_rank = np.floor(
        np.divide(room, each, out=np.full_like(room + each, np.inf), where=each > 0)
    )
    return floats(per_rank * spread.dp)


def kv_cache_tokens(
    arch: Architecture,
    spread: Layout,
    split: MemorySplit,
    *,
    context_tokens: ArrayLike,
    kv_bits: float = 16,
) -> Floats:
    """Tokens that the cache of one replica holds when sequences have that length."""
    fitting = max_sequences(arch, spread, split, context_tokens=context_tokens, kv_bits=kv_bits)
    return floats(fitting * floats(context_tokens))
