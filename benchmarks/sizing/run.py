"""Prints how well sizing predicts what others measured; `--fit` renews the committed numbers.

python benchmarks/sizing/run.py --wheel aiconfigurator_core-0.12.0-….whl [--fit] [--date DATE]
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import yaml
from fit import Data, Floats, Mask, Residuals, coefficients_of, data_of, fit, residuals
from memory import kv_errors
from rows import HERE, Sample, read_sample
from speed import candidates_per_cpu_second
from splits import check_splits
from strata import Judged, bounds, detail, inside_interval, kind_of
from throughput import leave_one_gpu_out, published

from aegis.sizing.coefficients import BOUNDS, ENGINE_SPREAD, FITTED_ENGINES

DATA = HERE.parents[1] / "src" / "aegis" / "sizing" / "data"
COMMAND = "python benchmarks/sizing/run.py --fit --wheel WHEEL"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, help="the aiconfigurator-core wheel as a file")
    parser.add_argument("--fit", action="store_true", help="write the fitted files")
    parser.add_argument("--date", default="", help="date to write into the fitted files")
    parser.add_argument("--jobs", type=int, default=1, help="processes for the held-out fits")
    options = parser.parse_args()
    print_memory()
    try:
        sample = read_sample(options.wheel)
    except FileNotFoundError as missing:
        print(missing)
        return 0
    print_rows(sample)
    for line in check_splits(sample):
        print(line)
    data = data_of(sample)
    start = time.process_time()
    point = fit(data)
    print(f"\nfit of all rows: {time.process_time() - start:.1f} CPU s")
    print_line("seen rows (in-sample)", residuals(data, coefficients_of(point)))
    judged = Judged(
        [kind_of(row, sample) for row in sample.rows],
        np.array([row.family for row in sample.rows]),
        held_out_families(sample, data, point, options.jobs),
    )
    print_held_out(sample, judged)
    print_nvidia(sample, data, point, options.jobs)
    print_intervals(judged)
    print_throughput(point)
    print(f"\ncandidates per CPU second: {candidates_per_cpu_second(point):,.0f}")
    if options.fit:
        write(sample, judged, point, options.date)
    return 0


def error(residual: Floats) -> str:
    """Median, 90 % quantile and bias in percent."""
    off = np.abs(np.expm1(residual)) * 100
    bias = np.expm1(np.median(residual)) * 100
    return f"{np.median(off):5.1f} / {np.quantile(off, 0.9):6.1f}  ({bias:+5.1f})"


def print_line(name: str, r: Residuals, mask: Mask | None = None) -> None:
    keep = np.ones(len(r.tpot), dtype=np.bool_) if mask is None else mask
    columns = "   ".join(error(part[keep]) for part in (r.tpot, r.ttft, r.throughput))
    print(f"{name:34s} {int(keep.sum()):5d}   {columns}")


def print_rows(sample: Sample) -> None:
    left = sum(sample.left_out.values())
    answered = (len(sample.rows) + left) / sample.aggregated * 100
    print(f"\naggregated rows {sample.aggregated}, predicted {len(sample.rows)}, left out {left}")
    for rule, count in sorted(sample.left_out.items()):
        print(f"  {rule}: {count}")
    print(f"answered, or refused with a reason: {answered:.1f} %")


def _held_out_fit(job: tuple[Data, Mask, Floats]) -> Residuals:
    data, held, start = job
    point = fit(data.keep(~held), start=start, rounds=25)
    return residuals(data.keep(held), coefficients_of(point))


def held_out(data: Data, masks: list[Mask], start: Floats, jobs: int) -> Residuals:
    """Residuals of the rows of each mask from a fit that did not see them."""
    found = Residuals(*(np.full(len(data.tpot_s), np.nan) for _ in range(3)))
    work = [(data, mask, start) for mask in masks]
    with ProcessPoolExecutor(jobs) as pool:
        for mask, part in zip(masks, pool.map(_held_out_fit, work), strict=True):
            for whole, piece in zip(
                (found.tpot, found.ttft, found.throughput),
                (part.tpot, part.ttft, part.throughput),
                strict=True,
            ):
                whole[mask] = piece
    return found


def held_out_families(sample: Sample, data: Data, point: Floats, jobs: int) -> Residuals:
    families = np.array([row.family for row in sample.rows])
    return held_out(data, [families == name for name in np.unique(families)], point, jobs)


def print_held_out(sample: Sample, judged: Judged) -> None:
    print("\nmodel family held out: median / p90 % (bias) of TPOT, TTFT, requests per second")
    r = judged.residuals
    print_line("all", r)
    for family in np.unique(judged.families):
        print_line(f"  {family}", r, judged.families == family)
    engines = np.array([row.engine for row in sample.rows])
    for engine in np.unique(engines):
        print_line(f"  {engine}", r, engines == engine)
    print_line("  each measurement once", r, ~_repeated(sample))


def _repeated(sample: Sample) -> Mask:
    """Rows whose measurement another row already gave (the table merges several exports)."""
    seen: set[tuple[object, ...]] = set()
    again = []
    for row in sample.rows:
        key = (row.family, row.system, row.backend, row.isl, row.osl, row.concurrency)
        value = (*key, row.precision.name, row.ttft_s, row.tpot_s)
        again.append(value in seen)
        seen.add(value)
    return np.array(again)


def print_nvidia(sample: Sample, data: Data, point: Floats, jobs: int) -> None:
    deployments = np.array(["|".join(row.deployment) for row in sample.rows])
    own = np.array([row.is_nvidia_run for row in sample.rows])
    masks = [deployments == name for name in np.unique(deployments[own])]
    r = held_out(data, masks, point, jobs)
    print("\nNVIDIA's own runs, (model, GPU, engine) held out")
    print_line("all", r, own)
    for mask, name in zip(masks, np.unique(deployments[own]), strict=True):
        print_line(f"  {name.split('/')[-1][:30]}", r, own & mask)


def print_intervals(judged: Judged) -> None:
    print("\n80 % interval contains the measurement (strata from the other families), %")
    for metric, inside in inside_interval(judged).items():
        print(f"  {metric:11s} {inside.mean() * 100:5.1f}", end="   ")
        for engine in sorted({kind.engine for kind in judged.kinds}):
            rows = np.array([kind.engine == engine for kind in judged.kinds])
            print(f"{engine} {inside[rows].mean() * 100:.0f}", end="  ")
        for name in ("dense", "moe"):
            rows = np.array([kind.kind == name for kind in judged.kinds])
            print(f"{name} {inside[rows].mean() * 100:.0f}", end="  ")
        for name in ("low", "high"):
            rows = np.array([kind.load == name for kind in judged.kinds])
            print(f"{name} load {inside[rows].mean() * 100:.0f}", end="  ")
        print()


def print_throughput(point: Floats) -> None:
    rows, left_out = published()
    r = leave_one_gpu_out(rows, point)
    print(f"\nTensorRT-LLM published maximum throughput, one GPU held out ({left_out} left out)")
    print(f"{'all':34s} {len(r):5d}   {error(r)}")
    for gpu in np.unique(rows.gpu):
        print(f"  {gpu:32s} {int((rows.gpu == gpu).sum()):5d}   {error(r[rows.gpu == gpu])}")


def print_memory() -> None:
    print("key-value cache of measured splits, error in GiB")
    for name, gib in kv_errors():
        print(f"  {name:32s} {gib:+.2f}")


def write(sample: Sample, judged: Judged, point: Floats, date: str) -> None:
    """The fitted files of the package."""
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
    DATA.mkdir(exist_ok=True)
    for name, content in (("coefficients", coefficients), ("intervals", intervals)):
        text = yaml.safe_dump(content, sort_keys=False, width=100)
        (DATA / f"{name}.yaml").write_text(f"# Written by {COMMAND}\n{text}")


if __name__ == "__main__":
    sys.exit(main())
