"""What the plots of `aegis size` and those of a dossier have in common."""

from __future__ import annotations

from aegis.render.plots import MemoryPart, MemoryPlot, draw_memory


def fleet_name(replicas: int, devices: int, accelerator: str, precision: str) -> str:
    """How a fleet is called beside its point: replicas × devices of each, device, precision."""
    return f"{replicas} × {devices} {accelerator}, {precision}"


def draw_device(
    accelerator: str,
    *,
    total: float,
    weights: float,
    workspace: float,
    adapters: float,
    kv_cache: float,
) -> str:
    """The memory of one device as SVG; all in GiB."""
    parts = (
        ("weights", weights),
        ("workspace and graphs", workspace),
        ("adapters", adapters),
        ("KV cache", kv_cache),
    )
    return draw_memory(
        MemoryPlot(
            device=accelerator,
            total_gib=total,
            parts=tuple(MemoryPart(name=name, gib=gib) for name, gib in parts if gib > 0),
        )
    )
