"""TensorRT-LLM's published maximum throughput, predicted with one kind of GPU held out."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fit import coefficients_of, minimise

from aegis.catalog.loader import accelerators, find_model
from aegis.sizing.architecture import Architecture, architecture_of
from aegis.sizing.cases import Cases, Setting, cases, chosen, stacked
from aegis.sizing.hardware import Device, device_of
from aegis.sizing.layout import Floats, floats, layout
from aegis.sizing.memory import GIB, sequence_bytes_per_device, weight_bytes_per_device
from aegis.sizing.precision import PrecisionName, precision_named
from aegis.sizing.serving import Prompts, busy, prompts

FILE = Path(__file__).parent / "data" / "published_max_throughput.csv"
MODELS = {
    "Llama-3.1-405B": "meta-llama/Llama-3.1-405B-Instruct",
    "Llama-3.1-70B": "meta-llama/Llama-3.1-70B-Instruct",
    "Llama-3.1-8B": "meta-llama/Llama-3.1-8B-Instruct",
    "Llama-3.3-70B": "meta-llama/Llama-3.3-70B-Instruct",
    "Llama-4-Maverick-17B-128E": "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
    "Mistral-7B": "mistralai/Mistral-7B-Instruct-v0.3",
    "Mixtral-8x22B": "mistralai/Mixtral-8x22B-Instruct-v0.1",
    "Mixtral-8x7B": "mistralai/Mixtral-8x7B-Instruct-v0.1",
}
GPUS = {
    "A100-SXM4-80GB": "nvidia-a100-sxm-80gb",
    "B200-SXM-180GB": "nvidia-b200-sxm",
    "GH200-480GB": "nvidia-gh200-96gb",
    "H100-SXM-80GB": "nvidia-h100-sxm",
    "H200-SXM-141GB": "nvidia-h200-sxm",
    "L40S": "nvidia-l40s",
}
PRECISIONS: dict[str, PrecisionName] = {"fp16": "bf16", "fp8": "fp8", "fp4": "nvfp4"}
RELEASED_YEARS = {"0.17": -0.95, "0.20": -0.55}
CACHE_SHARE = 0.95
WORKSPACE_BYTES = 2 * GIB
LARGEST_BATCH = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Rows as columns; `gpu` and `model` name the folds."""

    gpu: np.ndarray[tuple[int, ...], np.dtype[np.str_]]
    model: np.ndarray[tuple[int, ...], np.dtype[np.str_]]
    cases: Cases
    work: Prompts
    sequences: Floats
    tokens_per_s: Floats


def published() -> tuple[Published, int]:
    """The rows whose weights fit, and how many were left out because they do not."""
    devices = {a.id: device_of(a) for a in accelerators()}
    rows = list(csv.DictReader(FILE.read_text("utf-8").splitlines()))
    parts, batches, kept = [], [], []
    for row in rows:
        built = _built(row, devices[GPUS[row["gpu"]]])
        if built is not None:
            parts.append(built[0])
            batches.append(built[1])
            kept.append(row)
    return Published(
        gpu=np.array([row["gpu"] for row in kept]),
        model=np.array([row["model"] for row in kept]),
        cases=stacked(parts, [1] * len(parts)),
        work=prompts([float(r["isl"]) for r in kept], [float(r["osl"]) for r in kept]),
        sequences=floats(batches),
        tokens_per_s=floats([float(r["tokens_per_s"]) for r in kept]),
    ), len(rows) - len(kept)


def _built(row: dict[str, str], device: object) -> tuple[Cases, float] | None:
    model = find_model(MODELS[row["model"]])
    arch = architecture_of(model) if model else None
    if not isinstance(arch, Architecture) or not isinstance(device, Device):
        raise TypeError(f"{row['model']} or {row['gpu']} is not described in the catalog")
    precision = precision_named(PRECISIONS[row["precision"]])
    kv_bits = 16 if precision.name == "bf16" else 8
    spread = layout(tp=int(row["tp"]))
    weights = weight_bytes_per_device(arch, precision, spread)
    room = CACHE_SHARE * (device.memory_bytes - float(weights) - WORKSPACE_BYTES)
    if room <= 0:
        return None
    context = int(row["isl"]) + int(row["osl"])
    each = sequence_bytes_per_device(arch, spread, context_tokens=context, kv_bits=kv_bits)
    setting = Setting(engine="tensorrt-llm", kv_bits=kv_bits, years=RELEASED_YEARS[row["version"]])
    batch = min(max(float(np.floor(room / each)), 1.0), LARGEST_BATCH)
    return cases(arch, precision, [device], spread, setting), batch


def residual(
    rows: Published, point: Floats, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> Floats:
    """Logarithm of predicted over published tokens per second at the largest batch."""
    k = coefficients_of(point)
    c, sequences = chosen(rows.cases, mask), rows.sequences[mask]
    work = prompts(rows.work.input_tokens[mask], rows.work.output_tokens[mask])
    now = busy(c, k, work, sequences)
    return floats(np.log(sequences / now.tpot_s / rows.tokens_per_s[mask]))


def leave_one_gpu_out(rows: Published, start: Floats) -> Floats:
    """Residual of every row from a fit without its kind of GPU, starting from the main fit."""
    result = np.zeros(len(rows.gpu))
    for gpu in sorted(set(rows.gpu.tolist())):
        held = rows.gpu == gpu
        point = minimise(lambda p, m=~held: residual(rows, p, m), start, centre=start, rounds=12)
        result[held] = residual(rows, point, held)
    return floats(result)
