"""Every figure of evidence in one run: `python -m benchmarks.evidence`, under fifteen minutes alone.

Everything is simulated with fixed seeds and judged by the functions of `aegis.stats`; peers see
the same counts. Mixtures were tuned on seeds below 100. `--quick` takes a tenth of the runs;
`--json FILE` also writes the rows; `--inspect PYTHON` names an interpreter that has inspect_ai (this
one, where it is installed).
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import itertools
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from benchmarks.evidence import (
    drifts,
    gates,
    latencies,
    machine,
    pages,
    rollouts,
    runner,
    tables,
)
from benchmarks.evidence.report import Row


def rows(scale: float, inspect: str = "") -> Iterator[Row]:
    """All rows, in the order of the table; `inspect` is an interpreter with the peer of the runner."""

    def runs(full: int) -> int:
        return max(100, round(full * scale / 100) * 100)

    return itertools.chain(
        rollouts.unlimited_looks(seed=1001, runs=runs(4000)),
        rollouts.doubled_errors(seed=1002, runs=runs(10_000), kayenta_runs=runs(2000)),
        rollouts.promotions(seed=1003, runs=runs(10_000)),
        rollouts.six_metrics(seed=1004, runs=runs(10_000), kayenta_runs=runs(1000)),
        latencies.slower_canary(seed=1005, runs=runs(1000), kayenta_runs=runs(500)),
        machine.machine_rows(seed=1300, runs=runs(500)),
        gates.clustered_gates(seed=1006, runs=runs(10_000)),
        gates.early_stops(seed=1007, runs=runs(10_000)),
        drifts.delays(seed=1100, runs=max(25, round(100 * scale))),
        drifts.false_alarms(seed=1200, runs=max(2, round(20 * scale))),
        drifts.costs(),
        tables.mixed_tables(seed=1300, runs=max(2, round(5 * scale)), windows=runs(1000)),
        tables.costs(Path(tempfile.gettempdir()), ten_million=scale >= 1),
        pages.within_the_slo(seed=1400, months=runs(240)),
        pages.outages(runs=runs(400)),
        runner.overhead(3000 if scale >= 1 else 500, inspect),
        runner.calls_saved(1200, runs(200)),
    )


def main() -> None:
    """Print a row as soon as it is measured, and say which goals were reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evidence", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    here = sys.executable if importlib.util.find_spec("inspect_ai") else ""
    parser.add_argument("--inspect", default=here, help="a Python interpreter that has inspect_ai")
    options = parser.parse_args()
    start, done = time.monotonic(), []
    print("| | figure | ours | asked | goal | peers in the same run |")
    print("|---|---|---|---|---|---|")
    for row in rows(0.1 if options.quick else 1.0, options.inspect):
        done.append(row)
        print(
            f"| {row.mark} | {row.figure} | {row.measured} | {_bound(row.limit)} "
            f"| {_bound(row.goal)} | {row.peers} |",
            flush=True,
        )
    print(
        f"\nnumpy {np.__version__}, Python {sys.version.split()[0]}, {_cpu_s():.0f} CPU s with its "
        f"processes, {time.monotonic() - start:.0f} s"
    )
    if options.json:
        text = json.dumps([dataclasses.asdict(row) for row in done], indent=1)
        options.json.write_text(text + "\n")
    sys.exit(any(row.mark == "MISSED" for row in done))


def _cpu_s() -> float:
    """CPU seconds of this process and of those that it started."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _bound(value: float) -> str:
    return "" if value == float("inf") else f"{value:.3g}"


if __name__ == "__main__":
    main()
