"""What fills a device, against measurements and as laws."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.catalog.loader import find_model
from aegis.sizing.architecture import Architecture, architecture_of
from aegis.sizing.examples import DEEPSEEK_V3, GPT_OSS_120B, H100_SXM, LLAMA_3_1_8B
from aegis.sizing.layout import layout
from aegis.sizing.memory import (
    GIB,
    EngineMemory,
    kv_cache_tokens,
    max_sequences,
    memory_split,
)
from aegis.sizing.precision import PRECISIONS, precision_named

SPLITS = Path(__file__).parents[2] / "benchmarks" / "sizing" / "data" / "memory_splits.csv"
MEASURED = list(csv.DictReader(SPLITS.read_text("utf-8").splitlines()))
ARCHITECTURES = st.sampled_from([LLAMA_3_1_8B, GPT_OSS_120B, DEEPSEEK_V3])


@pytest.mark.parametrize("row", MEASURED, ids=[f"{r['model']}-tp{r['tp']}" for r in MEASURED])
def test_cache_of_a_measured_split(row: dict[str, str]) -> None:
    """Eight splits that vLLM reported on an H100; 0.5 GiB is the goal, 1.5 the requirement."""
    model = find_model(row["model_id"])
    assert model is not None
    arch = architecture_of(model)
    assert isinstance(arch, Architecture)
    if row["parameters_b"]:
        arch = dataclasses.replace(arch, published_parameters=float(row["parameters_b"]) * 1e9)
    precision = next(p for p in PRECISIONS.values() if p.name == row["precision"])

    split = memory_split(
        arch,
        precision,
        layout(tp=int(row["tp"])),
        memory_bytes=float(row["gpu_memory_gib"]) * GIB,
        engine=EngineMemory(
            utilization=float(row["utilization"]), is_multimodal="multimodal" in row["note"]
        ),
    )

    assert float(split.kv_cache) / GIB == pytest.approx(float(row["kv_cache_gib"]), abs=0.5)
    assert float(split.weights) / GIB == pytest.approx(float(row["weights_gib"]), abs=0.15)


def test_parts_add_up_to_what_may_be_used() -> None:
    split = memory_split(
        LLAMA_3_1_8B, precision_named("bf16"), layout(tp=2), memory_bytes=H100_SXM.memory_bytes
    )

    parts = split.weights + split.activations + split.non_torch + split.kv_cache
    assert float(parts) == pytest.approx(0.9 * H100_SXM.memory_bytes)


@given(
    arch=ARCHITECTURES,
    tp=st.sampled_from([1, 2, 4, 8]),
    gib=st.floats(8, 300),
    more=st.floats(0, 100),
    context=st.integers(1, 100_000),
)
def test_more_memory_never_holds_fewer_sequences(
    arch: Architecture, tp: int, gib: float, more: float, context: int
) -> None:
    spread, precision = layout(tp=tp), precision_named("mxfp4")

    def held(memory_gib: float) -> float:
        split = memory_split(arch, precision, spread, memory_bytes=memory_gib * GIB)
        return float(max_sequences(arch, spread, split, context_tokens=context))

    assert held(gib + more) >= held(gib)


@given(arch=ARCHITECTURES, context=st.integers(1, 50_000), more=st.integers(0, 50_000))
def test_longer_sequences_never_fit_more_often(arch: Architecture, context: int, more: int) -> None:
    spread = layout(tp=8)
    split = memory_split(arch, precision_named("mxfp4"), spread, memory_bytes=180 * GIB)

    few = max_sequences(arch, spread, split, context_tokens=context + more)
    many = max_sequences(arch, spread, split, context_tokens=context)
    assert float(few) <= float(many)


def test_attention_data_parallelism_adds_whole_caches() -> None:
    """MLA repeats its cache on each tensor rank; data parallel ranks each hold their own."""
    precision = precision_named("fp8")
    held = []
    for spread in (layout(tp=8, ep=8), layout(tp=1, dp=8, ep=8)):
        split = memory_split(DEEPSEEK_V3, precision, spread, memory_bytes=180 * GIB)
        held.append(float(kv_cache_tokens(DEEPSEEK_V3, spread, split, context_tokens=4096)))

    assert held[1] > 4 * held[0]


def test_adapters_take_from_the_cache() -> None:
    bare = memory_split(LLAMA_3_1_8B, precision_named("bf16"), layout(), memory_bytes=80 * GIB)
    with_adapters = memory_split(
        LLAMA_3_1_8B,
        precision_named("bf16"),
        layout(),
        memory_bytes=80 * GIB,
        adapter_bytes=2 * GIB,
    )

    assert float(bare.kv_cache - with_adapters.kv_cache) == pytest.approx(2 * GIB)
