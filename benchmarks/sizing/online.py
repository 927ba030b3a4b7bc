"""TensorRT-LLM's published online serving: open loop, 2024 release, never part of a fit."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fit import Mask
from throughput import GPUS, MODELS

from aegis.catalog.loader import accelerators, find_model
from aegis.sizing.architecture import Architecture, architecture_of
from aegis.sizing.cases import Cases, Setting, cases, stacked
from aegis.sizing.coefficients import Coefficients
from aegis.sizing.hardware import Device, device_of
from aegis.sizing.layout import Floats, floats, layout
from aegis.sizing.memory import EngineMemory, max_sequences, memory_split
from aegis.sizing.precision import precision_named
from aegis.sizing.roofline import outside_s
from aegis.sizing.serving import Prompts, busy, prompts

FILE = Path(__file__).parent / "data" / "published_online.csv"
RELEASED_YEARS = -1.15
"""Release 0.14.0 of November 2024, in years after 2026-01-01."""
HELD_SHARE = 0.9
"""A row counts as below saturation where that share of the offered rate was served."""
ROUNDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Online:
    """Logarithms of prediction over publication; TTFT only below saturation."""

    itl: Floats
    ttft: Floats
    requests: Floats
    below: Mask


def online(k: Coefficients) -> Online:
    """Every row predicted with coefficients that saw none of them."""
    rows = list(csv.DictReader(FILE.read_text("utf-8").splitlines()))
    devices = {a.id: device_of(a) for a in accelerators()}
    built = [_built(row, devices[GPUS[row["gpu"]]]) for row in rows]
    c = stacked([part for part, _ in built], [1] * len(built))
    most = floats([most for _, most in built])
    work = prompts([float(r["isl"]) for r in rows], [float(r["osl"]) for r in rows])
    rate = floats([math.inf if r["qps"] == "INF" else float(r["qps"]) for r in rows])
    itl, ttft, served = _predicted(c, k, work, rate, most)
    published = floats([float(r["requests_per_s"]) for r in rows])
    return Online(
        itl=floats(np.log(itl / floats([float(r["itl_ms"]) / 1e3 for r in rows]))),
        ttft=floats(np.log(ttft / floats([float(r["ttft_ms"]) / 1e3 for r in rows]))),
        requests=floats(np.log(served / published)),
        below=published >= HELD_SHARE * rate,
    )


def _built(row: dict[str, str], device: object) -> tuple[Cases, float]:
    model = find_model(MODELS[row["model"]])
    arch = architecture_of(model) if model else None
    if not isinstance(arch, Architecture) or not isinstance(device, Device):
        raise TypeError(f"{row['model']} or {row['gpu']} is not described in the catalog")
    precision, spread = precision_named("bf16"), layout(tp=int(row["tp"]))
    setting = Setting(engine="tensorrt-llm", years=RELEASED_YEARS)
    split = memory_split(
        arch, precision, spread, memory_bytes=device.memory_bytes, engine=EngineMemory()
    )
    context = int(row["isl"]) + int(row["osl"])
    most = float(max_sequences(arch, spread, split, context_tokens=context))
    return cases(arch, precision, [device], spread, setting), min(most, 2048.0)


def _predicted(
    c: Cases, k: Coefficients, work: Prompts, rate: Floats, most: Floats
) -> tuple[Floats, Floats, Floats]:
    """ITL, TTFT and served rate: Little's law below saturation, the largest batch above."""
    low, high = np.ones_like(most), most
    for _ in range(ROUNDS):
        middle = floats(np.sqrt(low * high))
        served = middle / (work.output_tokens * busy(c, k, work, middle).tpot_s)
        low, high = np.where(served < rate, middle, low), np.where(served < rate, high, middle)
    now = busy(c, k, work, floats(high))
    served = floats(np.minimum(rate, high / (work.output_tokens * now.tpot_s)))
    load = np.minimum(served * now.prompt_s, 0.99)
    wait = now.prompt_s * load / (2 * (1 - load))
    ttft = now.alone_s + k["wait_steps"] * now.step_s + wait + outside_s(c, k)
    return now.tpot_s, floats(ttft), served
