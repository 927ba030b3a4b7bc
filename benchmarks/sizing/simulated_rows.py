# ruff: noqa: S311  # seeded simulations, not secrets
"""Prints how well the uncalibrated simulation repeats published closed loops, beside the formula.

python benchmarks/sizing/simulated_rows.py --wheel FOLDER/aiconfigurator_core-0.12.0-….whl

Both use the shipped coefficients, which were fitted to these rows through the formula: the
comparison says what the simulation adds or loses, not how either carries over to a new model (for
that see RESULTS.md). Clients, lengths and limits are those of the rows.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fit import _cases, _most_sequences, data_of, predicted
from rows import HOW_TO_GET, Row, Sample, read_sample

from aegis.sizing.arrivals import ClosedLoop, Lengths
from aegis.sizing.coefficients import fitted
from aegis.sizing.layout import Floats, floats
from aegis.sizing.roofline import outside_s
from aegis.sizing.scheduler_state import Limits
from aegis.sizing.simulator import Setup, simulate
from aegis.sizing.simulator_steps import RooflineStepTime

AMPLE_BLOCKS = 10_000_000
REQUESTS_A_CLIENT = 10
MOST_REQUESTS = 6000
UNIFORM_CV = 0.2 / 12**0.5 / 0.9
"""Deviation over mean of lengths drawn evenly from 80 to 100 % of a label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratios:
    """Prediction over measurement of one row."""

    concurrency: float
    ttft: float
    tpot: float
    formula_ttft: float
    formula_tpot: float


def run(row: Row, sample: Sample) -> tuple[float, float]:
    """Mean time to first token and per later token of the simulated load generator, in seconds."""
    k, c = fitted(), _cases(row, sample)
    times = RooflineStepTime(c, k, outside_s=float(np.max(outside_s(c, k))))
    variation = 0.0 if row.is_nvidia_run else UNIFORM_CV
    limits = Limits(
        kv_blocks=AMPLE_BLOCKS,
        max_sequences=max(1, int(_most_sequences(row, sample))),
        step_tokens=int(min(row.step_tokens, 1e6)),
        steps_ahead=round(row.wait_steps) + (row.engine == "vllm"),
    )
    clients = int(row.concurrency)
    load = ClosedLoop(
        clients=clients,
        requests=min(REQUESTS_A_CLIENT * clients, MOST_REQUESTS),
        lengths=Lengths(
            prompt_tokens=max(1, round(row.input_tokens)),
            output_tokens=max(1, round(row.output_tokens)),
            prompt_cv=variation,
            output_cv=variation,
        ),
    )
    outcome = simulate(Setup(limits=limits), load, times, random.Random(1))
    return outcome.ttft().mean, outcome.tpot().mean


def compared(sample: Sample, engine: str) -> list[Ratios]:
    """Every row of the engine, by simulation and by formula."""
    formula = predicted(data_of(sample), fitted())
    found = []
    for index, row in enumerate(sample.rows):
        if row.engine == engine:
            ttft, tpot = run(row, sample)
            found.append(
                Ratios(
                    concurrency=row.concurrency,
                    ttft=ttft / row.ttft_s,
                    tpot=tpot / row.tpot_s,
                    formula_ttft=float(formula.ttft_s[index]) / row.ttft_s,
                    formula_tpot=float(formula.tpot_s[index]) / row.tpot_s,
                )
            )
    return found


def shown(ratios: list[float]) -> str:
    """Median error, 90th percentile of it and median ratio, in per cent."""
    values: Floats = floats(ratios)
    errors = np.abs(values - 1) * 100
    return f"{np.median(errors):5.1f} / {np.percentile(errors, 90):5.1f} ({np.median(values):.2f})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path)
    options = parser.parse_args()
    try:
        sample = read_sample(options.wheel)
    except (FileNotFoundError, ModuleNotFoundError):
        print(HOW_TO_GET, file=sys.stderr)
        return 1
    print("median / p90 error in per cent (median of prediction over measurement)")
    print(
        "| engine | clients | rows | simulated TTFT | formula TTFT | simulated TPOT | formula TPOT |"
    )
    print("|---|---|---|---|---|---|---|")
    for engine in ("vllm", "sglang", "tensorrt-llm"):
        start = time.process_time()
        rows = compared(sample, engine)
        took = time.process_time() - start
        for name, low, high in (("all", 0, 1e9), ("1–8", 0, 8), ("9–64", 8, 64), ("65–", 64, 1e9)):
            part = [r for r in rows if low < r.concurrency <= high]
            if part:
                cells = (
                    shown([r.ttft for r in part]), shown([r.formula_ttft for r in part]),
                    shown([r.tpot for r in part]), shown([r.formula_tpot for r in part]),
                )  # fmt: skip
                print(f"| {engine} | {name} | {len(part):,} | {' | '.join(cells)} |")
        print(f"| {engine}: {took:.0f} CPU s |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
