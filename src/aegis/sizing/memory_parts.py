"""What fills the memory of one device, in the order in which an engine takes it."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.sizing.memory import GIB, MemorySplit


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryParts:
    """GiB of one device; what is left of `total` the engine leaves free."""

    total: float
    weights: float
    workspace: float
    adapters: float
    kv_cache: float


def memory_parts(
    split: MemorySplit, memory_bytes: float, adapter_bytes: float = 0.0
) -> MemoryParts:
    """The fullest device of a replica; the workspace holds activations, graphs and contexts."""
    workspace = float((split.activations + split.non_torch).max()) + split.graphs
    return MemoryParts(
        total=memory_bytes / GIB,
        weights=float(split.weights.max()) / GIB,
        workspace=workspace / GIB,
        adapters=adapter_bytes / GIB,
        kv_cache=max(float(split.kv_cache.max()), 0.0) / GIB,
    )
