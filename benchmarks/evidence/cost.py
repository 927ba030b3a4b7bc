"""One measurement in one process: `python -m benchmarks.evidence.cost table|embeddings`.

`drifts.costs` starts it with one thread for linear algebra.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from aegis.stats.distance import kolmogorov_smirnov, population_stability, wasserstein
from aegis.stats.drift import numeric_bets, numeric_evidence
from aegis.stats.edetector import detector
from aegis.stats.embedding import random_features, two_sample_p_value
from aegis.stats.grid import fit_grid
from aegis.stats.sketch import sketch_numbers

_REPEATS = 3


def table() -> dict[str, float]:
    """Sketch 1 million rows of 50 float32 columns, measure distances, update the detector."""
    rng = np.random.default_rng(1)
    columns = rng.standard_normal((50, 1_000_000), np.float32)
    grids = [fit_grid(column[:5000]) for column in columns]
    held = [sketch_numbers(c[:100_000], grid) for c, grid in zip(columns, grids, strict=True)]
    state = detector(numeric_bets([str(index) for index in range(50)]))
    spent = []
    for _ in range(_REPEATS):
        start = time.process_time()
        now = [sketch_numbers(c, grid) for c, grid in zip(columns, grids, strict=True)]
        state.add(numeric_evidence(held, now))
        for old, new in zip(held, now, strict=True):
            kolmogorov_smirnov(old.counts, new.counts)
            population_stability(old.counts, new.counts)
            wasserstein(old, new)
        spent.append(time.process_time() - start)
    return {
        "cpu_s": sorted(spent)[_REPEATS // 2],
        "data_mb": columns.nbytes / 1e6,
        "reference_kb": sum(sketch.counts.nbytes for sketch in held) / 1e3,
    }


def embeddings() -> dict[str, float]:
    """A p-value for 5,000 embeddings against 5,000, fitting the features included."""
    rng = np.random.default_rng(1)
    old, new = (rng.standard_normal((5000, 384), np.float32) for _ in range(2))
    spent = []
    for _ in range(_REPEATS):
        start = time.process_time()
        two_sample_p_value(random_features(old, rng), old, new, rng)
        spent.append(time.process_time() - start)
    return {"cpu_s": sorted(spent)[_REPEATS // 2]}


def peak_mb() -> float:
    """Largest resident set of this process so far.

    Linux carries `ru_maxrss` over from the process that started this one; its status file does
    not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    figures = {"table": table, "embeddings": embeddings}[sys.argv[1]]()
    figures["peak_mb"] = peak_mb()
    print(json.dumps(figures))
