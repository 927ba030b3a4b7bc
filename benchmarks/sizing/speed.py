"""How many deployments a search evaluates per second of processor time."""

from __future__ import annotations

import math
import time

from fit import Floats, coefficients_of

from aegis.catalog.loader import accelerators, find_model
from aegis.sizing.architecture import Architecture, architecture_of
from aegis.sizing.candidates import Load, Objectives
from aegis.sizing.hardware import Device, device_of
from aegis.sizing.search import Space, climb, groups

REPEATS = 5


def candidates_per_cpu_second(point: Floats) -> float:
    """Evaluated points (device × layout × precision × engine × batch) of the whole catalog."""
    model = find_model("Qwen/Qwen3-235B-A22B")
    arch = architecture_of(model) if model else None
    if not isinstance(arch, Architecture):
        raise TypeError("the model is not described in the catalog")
    devices = [d for d in map(device_of, accelerators()) if isinstance(d, Device)]
    load = Load(peak_rps=20, input_tokens=900, output_tokens=250)
    objectives = Objectives(ttft_s=math.inf, tpot_s=math.inf)
    k = coefficients_of(point)
    points = 0
    start = time.process_time()
    for _ in range(REPEATS):
        for group in groups(arch, Space(devices=devices)):
            points += climb(arch, load, objectives, group, k).tpot_s.size
    return points / (time.process_time() - start)
