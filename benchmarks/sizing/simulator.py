# ruff: noqa: S311  # seeded simulations, not secrets
"""Prints how fast the simulator is, and how well it repeats real vLLM runs after calibration.

python benchmarks/sizing/simulator.py [--traces REPOSITORY]

REPOSITORY is a git directory of the public repository casys-kaist/LLMServingSim (MIT), which
commits four runs of 300 requests of vLLM 0.19.0 with their times
(`bench/examples/*/*/vllm/requests.jsonl`, read at its newest commit). Nothing of it is kept here.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aegis.sizing.arrivals import Lengths, OpenLoop, Recorded, Request
from aegis.sizing.calibration import Observed, StepTimeFit, fit_step_time
from aegis.sizing.coefficients import fitted
from aegis.sizing.layout import Floats, floats
from aegis.sizing.scheduler_state import Limits
from aegis.sizing.simulator import Setup, simulate
from aegis.sizing.simulator_steps import AffineStepTime, Experts

CHAT = Lengths(prompt_tokens=900, output_tokens=250, prompt_cv=0.5, output_cv=0.5)
TIMES = AffineStepTime(
    weights_s=0.0055,
    fixed_s=0.001,
    token_s=2.2e-5,
    sequence_s=1e-5,
    context_s=5e-8,
    prompt_step_s=0.002,
)
AMPLE = 1_000_000
FOLDER = "bench/examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One published run; blocks where the run states them, otherwise more than it could use."""

    name: str
    path: str
    setup: Setup
    experts: Experts | None = None


def single(most: int, blocks: int = AMPLE) -> Setup:
    return Setup(
        limits=Limits(kv_blocks=blocks, max_sequences=most, step_tokens=2048, steps_ahead=1)
    )


RUNS = (
    Run(
        name="RTX 4090, Llama-3.1-8B",
        path="RTX4090/Llama-3.1-8B",
        setup=single(256, blocks=2588),
    ),
    Run(
        name="RTX PRO 6000, Llama-3.1-8B",
        path="RTXPRO6000/Llama-3.1-8B",
        setup=single(128),
    ),
    Run(
        name="RTX PRO 6000 ×2 (TP 2), Qwen3-32B",
        path="RTXPRO6000/Qwen3-32B",
        setup=single(128),
    ),
    Run(
        name="RTX PRO 6000 ×2 (DP 2, EP), Qwen3-30B-A3B",
        path="RTXPRO6000/Qwen3-30B-A3B-Instruct-2507",
        # Two ranks in lockstep are simulated as one engine with twice the limits.
        setup=Setup(
            limits=Limits(kv_blocks=AMPLE, max_sequences=256, step_tokens=4096, steps_ahead=1)
        ),
        # 8 of 128 experts; 29.0 of the 30.5 billion weights are experts (config.json).
        experts=Experts(routed_share=8 / 128, always_read=0.05, spread=fitted()["routing_spread"]),
    ),
)


def observed(repository: Path, run: Run) -> list[Observed]:
    """The requests of a run, their arrivals on the engine's clock.

    The client's clock differs by a constant: the least difference between a request's arrival
    at the engine and at the client.
    """
    shown = subprocess.run(
        ["git", "-C", str(repository), "show", f"HEAD:{FOLDER}/{run.path}/vllm/requests.jsonl"],
        check=True,
        capture_output=True,
        text=True,
    )
    rows = [json.loads(line) for line in shown.stdout.splitlines()]
    offset = min(row["queued_ts"] - row["arrival_time"] for row in rows)
    start = min(row["arrival_time"] for row in rows)
    out = []
    for row in rows:
        arrival = row["arrival_time"] - start
        zero = start + offset
        request = Request(arrival, int(row["input_toks"]), int(row["output_toks"]))
        first = row["first_token_ts"] - zero - arrival
        out.append(Observed(request, first, row["last_token_ts"] - zero - arrival))
    return sorted(out, key=lambda seen: seen.request.arrival_s)


def speeds() -> dict[tuple[int, int], float]:
    """Simulated requests per processor second by offered rate and cache blocks."""
    found = {}
    for rate in (2, 10, 20, 40):
        load = OpenLoop(rate_rps=rate, requests=5000, lengths=CHAT)
        for blocks in (25_000, 4_000):
            setup = Setup(limits=Limits(kv_blocks=blocks, max_sequences=256))
            start = time.process_time()
            simulate(setup, load, TIMES, random.Random(1))
            found[rate, blocks] = 5000 / (time.process_time() - start)
    return found


def print_speed(found: dict[tuple[int, int], float]) -> None:
    print("simulated requests per CPU second (5,000 requests of 900/250 tokens, one replica)")
    for (rate, blocks), each in found.items():
        print(f"  {rate:3d} requests/s, {blocks:6,d} blocks: {each:9,.0f}")


def mean(values: Floats) -> float:
    return float(np.nanmean(values))


def p95(values: Floats) -> float:
    return float(np.nanpercentile(values, 95))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Errors in per cent on the half that was not fitted, each as mean, p95 and per request."""

    run: str
    halves: str
    tpot: tuple[float, float, float]
    ttft: tuple[float, float, float]
    e2e: tuple[float, float, float]
    cpu_s: float
    fit: StepTimeFit


def errors(simulated: Floats, real: Floats) -> tuple[float, float, float]:
    """Of the mean, of the 95th percentile, and the median of the single requests' errors."""
    each = float(np.nanmedian(np.abs(simulated / real - 1)))
    of = [100 * (shape(simulated) / shape(real) - 1) for shape in (mean, p95)]
    return of[0], of[1], 100 * each


def judge(run: Run, rows: list[Observed], halves: str) -> Judged:
    """Fit on one half, errors on the other."""
    order = np.arange(len(rows))
    first = order < len(rows) / 2 if halves == "first → second" else order % 2 == 0
    start = time.process_time()
    fit = fit_step_time(rows, run.setup, counted=first.tolist(), experts=run.experts)
    took = time.process_time() - start
    load = Recorded(requests=[row.request for row in rows])
    outcome = simulate(run.setup, load, fit.step_time, random.Random(1))
    held = ~first
    return Judged(
        run=run.name,
        halves=halves,
        tpot=errors(outcome.tpot_s[held], floats([row.tpot_s for row in rows])[held]),
        ttft=errors(outcome.ttft_s[held], floats([row.ttft_s for row in rows])[held]),
        e2e=errors(outcome.e2e_s[held], floats([row.e2e_s for row in rows])[held]),
        cpu_s=took,
        fit=fit,
    )


def traced(repository: Path) -> list[Judged]:
    """Every run, split both ways."""
    return [
        judge(run, observed(repository, run), halves)
        for run in RUNS
        for halves in ("first → second", "even → odd")
    ]


def print_traced(found: list[Judged]) -> None:
    print("\nerrors in per cent on the half that was not fitted: of the mean, of the p95, and the")
    print("median of the single requests' absolute errors")
    print("| run | fitted → judged | TPOT | TTFT | end to end | CPU s |")
    print("|---|---|---|---|---|---|")
    for one in found:
        cells = " | ".join(
            f"{a:+6.1f} {b:+6.1f} {c:6.1f}" for a, b, c in (one.tpot, one.ttft, one.e2e)
        )
        print(f"| {one.run} | {one.halves} | {cells} | {one.cpu_s:.1f} |")
        print_fit(one.fit)


def print_fit(fit: StepTimeFit) -> None:
    stuck = f"; at a bound: {', '.join(fit.at_bound)}" if fit.at_bound else ""
    print(f"|   identified: {', '.join(fit.identified)}{stuck}; {fit.simulations} simulations |")


SKIPPED = """
SKIPPED: real traces. Clone the public repository casys-kaist/LLMServingSim and
name its git directory with --traces; without it nothing is compared with reality."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=Path, help="git directory of casys-kaist/LLMServingSim")
    options = parser.parse_args()
    print_speed(speeds())
    if options.traces is None or not options.traces.exists():
        print(SKIPPED)
        return
    print_traced(traced(options.traces))


if __name__ == "__main__":
    main()
