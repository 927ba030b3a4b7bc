"""Prints how well sizing predicts what others measured; `--fit` renews the committed numbers.

python benchmarks/sizing/run.py --wheel aiconfigurator_core-0.12.0-….whl [--fit --date DATE]
    [--aiconfigurator PYTHON] [--traces REPOSITORY]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import summary
from fit import Data, Floats, Mask, Residuals, coefficients_of, data_of, fit, residuals
from fitted_files import write
from hard import hardware_folds, held_out_cases, tight
from memory import kv_errors
from online import online
from peers import Peer, ask
from rows import HERE, Sample, read_sample
from simulator import SKIPPED, print_speed, print_traced, speeds, traced
from speed import candidates_per_cpu_second
from splits import check_splits
from strata import Judged, inside_interval, kind_of
from table import error, markdown
from throughput import leave_one_gpu_out, published

DATA = HERE.parents[1] / "src" / "aegis" / "sizing" / "data"


def main() -> int:
    options = _options()
    figures = summary.Figures(memory=print_memory())
    print_speed(speed := speeds())
    figures.simulated = speed
    if options.traces:
        figures.traces = traced(options.traces)
        print_traced(figures.traces)
    else:
        print(SKIPPED)
    try:
        sample = read_sample(options.wheel)
    except FileNotFoundError as missing:
        print(missing)
        return 0
    print_rows(sample)
    for line in check_splits(sample):
        print(line)
    against_measurements(sample, figures, options)
    print("\n" + markdown(summary.lines(figures)))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, help="the aiconfigurator-core wheel as a file")
    parser.add_argument("--fit", action="store_true", help="write the fitted files")
    parser.add_argument("--date", default="", help="date to write into the fitted files")
    parser.add_argument("--jobs", type=int, default=1, help="processes for the held-out fits")
    parser.add_argument(
        "--aiconfigurator", type=Path, metavar="PYTHON", help="interpreter that has it installed"
    )
    parser.add_argument("--peer-rows", type=int, default=700, help="rows to ask it, at most")
    parser.add_argument("--traces", type=Path, help="git directory of casys-kaist/LLMServingSim")
    return parser.parse_args()


def against_measurements(
    sample: Sample, figures: summary.Figures, options: argparse.Namespace
) -> None:
    """Fit, hold out, print, and collect what the table says."""
    bench = Bench(sample, data_of(sample), options.jobs)
    start = time.process_time()
    point = bench.point = fit(bench.data)
    print(f"\nfit of all rows: {time.process_time() - start:.1f} CPU s")
    print_line("seen rows (in-sample)", residuals(bench.data, coefficients_of(point)))
    families = np.array([row.family for row in sample.rows])
    judged = Judged(
        [kind_of(row, sample) for row in sample.rows],
        families,
        bench.held_out({str(name): families == name for name in np.unique(families)}),
    )
    figures.families = judged.residuals
    print_held_out(sample, judged)
    figures.nvidia_rows = np.array([row.is_nvidia_run for row in sample.rows])
    figures.nvidia = print_nvidia(bench, figures.nvidia_rows)
    figures.inside = inside_interval(judged)
    figures.kinds = judged.kinds
    print_intervals(judged, figures.inside)
    figures.maximum = print_throughput(point)
    print_hard(bench, judged.residuals)
    print_online(point)
    figures.candidates = candidates_per_cpu_second(point)
    print(f"\ncandidates per CPU second: {figures.candidates:,.0f}")
    figures.rows = (len(sample.rows), sum(sample.left_out.values()), sample.aggregated)
    if options.aiconfigurator:
        peer = ask(sample, options.aiconfigurator, most=options.peer_rows, limit_s=3600)
        figures.peer = peer
        print_peer(peer, judged.residuals, figures.nvidia, figures.nvidia_rows)
    if options.fit:
        write(DATA, sample, judged, point, options.date)


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


@dataclass(slots=True)
class Bench:
    """The rows with the fit from which every held-out fit starts."""

    sample: Sample
    data: Data
    jobs: int
    point: Floats | None = None

    def held_out(self, folds: Mapping[str, Mask]) -> Residuals:
        """Residuals of the rows of each fold from a fit that did not see them."""
        found = Residuals(*(np.full(len(self.data.tpot_s), np.nan) for _ in range(3)))
        with ProcessPoolExecutor(self.jobs) as pool:
            work = [(self.data, mask, self.point) for mask in folds.values()]
            for mask, part in zip(folds.values(), pool.map(_held_out_fit, work), strict=True):
                for whole, piece in zip(
                    (found.tpot, found.ttft, found.throughput),
                    (part.tpot, part.ttft, part.throughput),
                    strict=True,
                ):
                    whole[mask] = piece
        return found


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


def print_nvidia(bench: Bench, own: Mask) -> Residuals:
    deployments = np.array(["|".join(row.deployment) for row in bench.sample.rows])
    names = np.unique(deployments[own])
    r = bench.held_out({str(name): deployments == name for name in names})
    print("\nNVIDIA's own runs, (model, GPU, engine) held out")
    print_line("all", r, own)
    for name in names:
        print_line(f"  {name.split('/')[-1][:30]}", r, own & (deployments == name))
    return r


def print_intervals(judged: Judged, found: dict[str, Mask]) -> None:
    print("\n80 % interval contains the measurement (strata from the other families), %")
    columns = {
        "": [kind.engine for kind in judged.kinds],
        " models": [kind.kind for kind in judged.kinds],
        " load": [kind.load for kind in judged.kinds],
    }
    for metric, inside in found.items():
        print(f"  {metric:11s} {inside.mean() * 100:5.1f}", end="   ")
        for word, column in columns.items():
            for name in sorted(set(column)):
                rows = np.array([value == name for value in column])
                print(f"{name}{word} {inside[rows].mean() * 100:.0f}", end="  ")
        print()


def print_throughput(point: Floats) -> Floats:
    rows, left_out = published()
    r = leave_one_gpu_out(rows, point)
    print(f"\nTensorRT-LLM published maximum throughput, one GPU held out ({left_out} left out)")
    print(f"{'all':34s} {len(r):5d}   {error(r)}")
    for gpu in np.unique(rows.gpu):
        print(f"  {gpu:32s} {int((rows.gpu == gpu).sum()):5d}   {error(r[rows.gpu == gpu])}")
    for name, part in tight(rows, r):
        print(f"  {name:32s} {len(part):5d}   {error(part)}")
    return r


def print_hard(bench: Bench, families: Residuals) -> None:
    print("\nhard cases: generation or device held out, whatever the model")
    for name, mask in hardware_folds(bench.sample).items():
        print_line(f"  {name}", bench.held_out({name: mask}), mask)
    print("hard cases: model family held out")
    for name, r, mask in held_out_cases(bench.sample, bench.data, families):
        print_line(f"  {name}", r, mask)


def print_online(point: Floats) -> None:
    found = online(coefficients_of(point))
    below = found.below
    print("\nTensorRT-LLM 0.14 behind Triton, open loop, in no fit: median / p90 % (bias)")
    print(f"  ITL below saturation   {int(below.sum()):5d}   {error(found.itl[below])}")
    print(f"  TTFT below saturation  {int(below.sum()):5d}   {error(found.ttft[below])}")
    print(f"  requests/s when full   {int((~below).sum()):5d}   {error(found.requests[~below])}")


def print_peer(peer: Peer, families: Residuals, nvidia: Residuals, own: Mask) -> None:
    answered = int(peer.answered.sum())
    print(f"\nAIConfigurator answers {answered} of {peer.asked} rows, {peer.cpu_s:.0f} CPU s")
    for kind, count in peer.refusals.most_common():
        print(f"  refused with {kind}: {count}")
    print_line("AIConfigurator", peer.residuals, peer.answered)
    print_line("ours on these rows, family held out", families, peer.answered)
    print_line("AIConfigurator, NVIDIA's own runs", peer.residuals, peer.answered & own)
    print_line("ours on these, deployment held out", nvidia, peer.answered & own)


def print_memory() -> list[tuple[str, float]]:
    print("key-value cache of measured splits, error in GiB")
    found = kv_errors()
    for name, gib in found:
        print(f"  {name:32s} {gib:+.2f}")
    print()
    return found


if __name__ == "__main__":
    sys.exit(main())
