"""Model, device, layout and engine as columns of numbers: one case, or a grid of a million."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aegis.sizing.architecture import (
    Architecture,
    attention_parameters,
    dense_bits,
    dense_ffn_parameters,
    expert_parameters,
    kv_elements_per_layer,
    linear_state_bytes,
    padded_expert_share,
)
from aegis.sizing.coefficients import ENGINES, EngineName
from aegis.sizing.hardware import Device, effective_compute
from aegis.sizing.layout import Floats, Layout, floats
from aegis.sizing.precision import Compute, Precision

_FORMATS: tuple[Compute, ...] = ("bf16", "fp8", "int8", "fp4")
UNBOUNDED = 1e12
"""A window or a top-k that limits nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Columns that broadcast against each other; bytes, operations per second, counts.

    `dense_format` and `expert_format` count 0 for bf16, 1 for 8 bits, 2 for 4 bits.
    """

    layers: Floats
    full_layers: Floats
    window_layers: Floats
    linear_layers: Floats
    moe_layers: Floats
    hidden: Floats
    heads: Floats
    prompt_width: Floats
    decode_width: Floats
    cache_bytes: Floats
    state_bytes: Floats
    window: Floats
    top_k: Floats
    is_mla: Floats
    is_sparse: Floats
    is_moe: Floats
    is_block_scaled: Floats
    has_shared_experts: Floats
    dense_parameters: Floats
    dense_bytes: Floats
    head_parameters: Floats
    expert_parameters: Floats
    expert_bytes: Floats
    experts: Floats
    per_token: Floats
    bandwidth: Floats
    bf16_flops: Floats
    dense_flops: Floats
    expert_flops: Floats
    dense_format: NDArray[np.intp]
    expert_format: NDArray[np.intp]
    expands: Floats
    link: Floats
    is_older: Floats
    tp: Floats
    pp: Floats
    ep: Floats
    dp: Floats
    shards: Floats
    engine: NDArray[np.intp]
    years: Floats

    @property
    def stage(self) -> Floats:
        """Devices of one pipeline stage."""
        return floats(self.tp * self.dp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What else decides the speed of a deployment.

    `years`: age of the engine's release counted from 2026-01-01, since launch overheads shrink
    with releases. `state_bits`: width of the state of linear attention.
    """

    engine: EngineName = "vllm"
    kv_bits: float = 16
    state_bits: float = 32
    block_scaled: bool = False
    years: float = 0.5


def cases(
    arch: Architecture,
    precision: Precision,
    devices: Sequence[Device],
    spread: Layout,
    setting: Setting,
) -> Cases:
    """The columns for one model; `devices` line up with the last axis of `spread`, or are one."""
    softmax_width = 2.0 * arch.head_dim
    is_mla = arch.attention == "mla"
    latent = float(2 * arch.kv_lora_rank + arch.rope_head_dim)
    prompt = float(arch.nope_head_dim + arch.rope_head_dim + arch.value_head_dim)
    dense = [_dense_compute(arch, device, precision) for device in devices]
    expert = [effective_compute(device, precision) for device in devices]
    heads = 1 if is_mla else max(arch.kv_heads, 1)
    return Cases(
        layers=floats(arch.layers),
        full_layers=floats(arch.full_layers),
        window_layers=floats(arch.window_layers),
        linear_layers=floats(arch.linear_layers),
        moe_layers=floats(arch.moe_layers),
        hidden=floats(arch.hidden),
        heads=floats(arch.heads),
        prompt_width=floats(prompt if is_mla else softmax_width),
        decode_width=floats(latent if is_mla else softmax_width),
        cache_bytes=floats(kv_elements_per_layer(arch) * setting.kv_bits / 8),
        state_bytes=floats(linear_state_bytes(arch) * setting.state_bits / 32),
        window=floats(arch.window_tokens or UNBOUNDED),
        top_k=floats(arch.sparse_top_k or UNBOUNDED),
        is_mla=floats(is_mla),
        is_sparse=floats(arch.sparse_top_k > 0),
        is_moe=floats(arch.is_moe),
        is_block_scaled=floats(setting.block_scaled),
        has_shared_experts=floats(arch.is_moe and arch.shared_experts > 0),
        dense_parameters=floats(attention_parameters(arch) + dense_ffn_parameters(arch)),
        dense_bytes=floats(dense_bits(arch, precision) / 8),
        head_parameters=floats(arch.vocab * arch.hidden),
        expert_parameters=floats(expert_parameters(arch)),
        expert_bytes=floats(precision.bits / 8 * padded_expert_share(arch, precision)),
        experts=floats(max(arch.experts, 1)),
        per_token=floats(arch.experts_per_token),
        bandwidth=floats([device.bandwidth_bytes_per_s for device in devices]),
        bf16_flops=floats([device.bf16_flops for device in devices]),
        dense_flops=floats([d.flops(c) for d, c in zip(devices, dense, strict=True)]),
        expert_flops=floats([d.flops(c) for d, c in zip(devices, expert, strict=True)]),
        dense_format=_formats(dense),
        expert_format=_formats(expert),
        expands=floats([_expands(device, precision) for device in devices]),
        link=floats([device.link_bytes_per_s for device in devices]),
        is_older=floats([device.generation != "blackwell" for device in devices]),
        tp=spread.tp,
        pp=spread.pp,
        ep=spread.ep,
        dp=spread.dp,
        shards=floats(np.minimum(spread.tp, heads)),
        engine=np.asarray(ENGINES.index(setting.engine), dtype=np.intp),
        years=floats(setting.years),
    )


def _dense_compute(arch: Architecture, device: Device, precision: Precision) -> Compute:
    if precision.experts_only and arch.is_moe:
        return "bf16"
    return effective_compute(device, precision)


def _expands(device: Device, precision: Precision) -> bool:
    return precision.bits < 8 and effective_compute(device, precision) == "bf16"


def _formats(computes: Sequence[Compute]) -> NDArray[np.intp]:
    order = {"bf16": 0, "fp8": 1, "int8": 1, "fp4": 2}
    return np.asarray([order[compute] for compute in computes], dtype=np.intp)


def stacked(parts: Sequence[Cases], lengths: Sequence[int]) -> Cases:
    """Several sets of cases as one, each column repeated to its length."""
    columns = {}
    for field in dataclasses.fields(Cases):
        filled = [
            np.broadcast_to(getattr(part, field.name), (length,))
            for part, length in zip(parts, lengths, strict=True)
        ]
        columns[field.name] = np.concatenate(filled)
    return Cases(**columns)


def chosen(columns: Cases, keep: ArrayLike) -> Cases:
    """The rows of a stacked set for which `keep` holds."""
    rows = np.asarray(keep)
    return Cases(**{f.name: getattr(columns, f.name)[rows] for f in dataclasses.fields(Cases)})
