"""Writes what a fit found into the package's data files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml
from fit import Floats, coefficients_of
from rows import Sample
from strata import Judged, bounds, detail

from aegis.sizing.coefficients import BOUNDS, ENGINE_SPREAD, FITTED_ENGINES

COMMAND = "python benchmarks/sizing/run.py --fit --wheel WHEEL"


def write(folder: Path, sample: Sample, judged: Judged, point: Floats, date: str) -> None:
    """`coefficients.yaml` with its provenance, `intervals.yaml` with its strata."""
    k = coefficients_of(point)
    everywhere = np.ones(len(judged.kinds), dtype=np.bool_)
    coefficients = {
        "provenance": {
            "data_set": "aiconfigurator-core 0.12.0, systems/silicon_sample.csv, aggregated rows",
            "rows": len(sample.rows),
            "rows_left_out": dict(sorted(sample.left_out.items())),
            "fitted": date,
            "command": COMMAND,
            "families": [str(name) for name in np.unique(judged.families)],
        },
        "values": {name: round(k[name], 5) for name in BOUNDS},
        "factors": {
            name: {
                engine: round(value, 5)
                for engine, value in zip(FITTED_ENGINES, k.factors[name], strict=False)
            }
            for name in ENGINE_SPREAD
        },
    }
    intervals = {
        "fitted": date,
        "strata": [part.model_dump(mode="json") for part in bounds(judged, everywhere)],
        "detail": [part.model_dump(mode="json") for part in detail(judged, everywhere)],
    }
    for name, content in (("coefficients", coefficients), ("intervals", intervals)):
        text = yaml.safe_dump(content, sort_keys=False, width=100)
        (folder / f"{name}.yaml").write_text(f"# Written by {COMMAND}\n{text}", "utf-8")
