"""The memory model against eight measured splits of an H100."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

from aegis.catalog.loader import find_model
from aegis.sizing.architecture import Architecture, architecture_of
from aegis.sizing.layout import layout
from aegis.sizing.memory import GIB, EngineMemory, memory_split
from aegis.sizing.precision import PRECISIONS, precision_named

FILE = Path(__file__).parent / "data" / "memory_splits.csv"


def kv_errors() -> list[tuple[str, float]]:
    """Predicted minus measured cache of each split, in GiB."""
    found = []
    for row in csv.DictReader(FILE.read_text("utf-8").splitlines()):
        model = find_model(row["model_id"])
        arch = architecture_of(model) if model else None
        if not isinstance(arch, Architecture):
            raise TypeError(f"{row['model_id']} is not described in the catalog")
        if row["parameters_b"]:
            total = float(row["parameters_b"]) * 1e9
            arch = dataclasses.replace(arch, published_parameters=total)
        name = next(p for p in PRECISIONS if p == row["precision"])
        engine = EngineMemory(
            utilization=float(row["utilization"]), is_multimodal="multimodal" in row["note"]
        )
        split = memory_split(
            arch,
            precision_named(name),
            layout(tp=int(row["tp"])),
            memory_bytes=float(row["gpu_memory_gib"]) * GIB,
            engine=engine,
        )
        error = float(split.kv_cache) / GIB - float(row["kv_cache_gib"])
        found.append((f"{row['model']} ×{row['tp']}", error))
    return found
