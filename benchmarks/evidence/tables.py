"""What `aegis drift` costs on real files, and how it errs on whole tables: all through its operation.

`python -m benchmarks.evidence.tables check FILE` measures one check in a process of its own.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.evidence.cost import peak_mb
from benchmarks.evidence.drifts import ONE_THREAD
from benchmarks.evidence.report import Row

from aegis.base.verdict import Verdict
from aegis.monitor.columns import Chunk, Texts, Values
from aegis.monitor.history import Header, begin
from aegis.monitor.judge import judge
from aegis.monitor.reference import Declared, Fitter
from aegis.monitor.window import WindowReader
from aegis.operations.drifting import check_windows, fit_reference

_COLUMNS, _GROUP = 50, 100_000


def write_table(path: Path, groups: int, kind: str) -> None:
    """Rows of 50 columns of bell-shaped numbers, in row groups of 100,000."""
    rng = np.random.default_rng(1)
    writer = None
    for _ in range(groups):
        columns = {f"c{i}": rng.standard_normal(_GROUP).astype(kind) for i in range(_COLUMNS)}
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def check(path: Path) -> dict[str, float]:
    """CPU seconds of a check: the file, its sketches, the verdict; imports are not counted."""
    import aegis.operations.tables.arrow  # noqa: F401, PLC0415  # pyarrow is loaded once

    with tempfile.TemporaryDirectory() as folder:
        reference = Path(folder) / "reference.json"
        fit_reference([path], reference)
        spent = []
        for _ in range(3):
            start = time.process_time()
            check_windows(reference, [path])
            spent.append(time.process_time() - start)
        return {"cpu_s": sorted(spent)[1], "reference_kb": reference.stat().st_size / 1e3}


def costs(folder: Path, *, ten_million: bool) -> Iterator[Row]:
    """One file of a million rows of each width; ten million rows where there is room."""
    sizes = [("float32", 10, 1.0, 0.5), ("float64", 10, 1.0, 0.5)]
    if ten_million:
        sizes.append(("float32", 100, 10.0, 5.0))
    for kind, groups, limit, goal in sizes:
        path = folder / f"{kind}-{groups}.parquet"
        write_table(path, groups, kind)
        answer = subprocess.run(
            [sys.executable, "-m", "benchmarks.evidence.tables", "check", str(path)],
            check=True, capture_output=True, text=True, env={**os.environ, **ONE_THREAD},
        )  # fmt: skip
        path.unlink()
        found = json.loads(answer.stdout)
        yield Row(
            figure=f"drift check of {groups * _GROUP:,} rows x {_COLUMNS} {kind} columns with Parquet read, "
            "CPU s on one thread",
            measured=f"{found['cpu_s']:.2f} s, {found['anonymous_mb']:.0f} MB beside the mapped "
            f"file; reference {found['reference_kb']:.0f} kB",
            value=found["cpu_s"],
            limit=limit,
            goal=goal,
        )


_WORDS = [f"word{i}" for i in range(300)]
_CHANGE_AFTER = 10


def _texts(values: Sequence[str]) -> Texts:
    codes = {value: code for code, value in enumerate(dict.fromkeys(values))}
    return Texts(list(codes), np.array([codes[v] for v in values], np.int64))


def _mixed(rng: np.random.Generator, rows: int, change: str = "") -> Chunk:
    """Ten numbers, four categories (one of 400 values), a text, an embedding, a fed label."""
    columns: dict[str, Values] = {f"n{i}": rng.standard_normal(rows) for i in range(10)}
    for place, size in enumerate((2, 5, 30, 400)):
        shares = 1 / np.arange(1, size + 1)
        if change == "category" and size == 5:
            shares[1] *= 1.5
        drawn = rng.choice(size, rows, p=shares / shares.sum())
        columns[f"c{place}"] = Texts([f"value {i}" for i in range(size)], drawn)
    words = rng.integers(0, len(_WORDS), (rows, 12))
    if change == "topic":
        words[:, ::4] = rng.integers(0, 30, (rows, 3))
    columns["text"] = _texts([" ".join(_WORDS[i] for i in row) for row in words])
    vectors = rng.standard_normal((rows, 64), np.float32)
    columns["vector"] = vectors + np.float32(0.1 if change == "embedding" else 0)
    score = rng.random(rows)
    columns["score"] = score
    truth = rng.random(rows) < (0.8 * score + 0.2 if change == "label" else score)
    columns["label"] = truth.astype(float)
    return Chunk(rows=rows, columns=columns)


def _run(seed: int, windows: int, change: str = "") -> tuple[int | None, str, float]:
    """The first window that is called drift, the column it names, and the last evidence."""
    rng = np.random.default_rng(seed)
    fitter = Fitter(Declared(feeds=(("score", "label"),)))
    for _ in range(5):
        fitter.add(_mixed(rng, 10_000))
    reference = fitter.reference(left_out={})
    history = begin(reference, Header(reference="benchmark", budget=1000))
    for number in range(1, windows + 1):
        reader = WindowReader(reference)
        reader.add(_mixed(rng, 500, change if number > _CHANGE_AFTER else ""))
        step = judge(reference, history, reader.window(str(number), unread={}))
        history = step.history
        if step.judged.verdict is Verdict.FAILED:
            return number, step.judged.moved[0].column, history.evidence()
    return None, "", history.evidence()


def mixed_tables(seed: int, runs: int, windows: int) -> Iterator[Row]:
    """Numbers, categories, texts, embeddings, a prediction and its label in one table."""
    found = [_run(seed + run, windows) for run in range(runs)]
    alarms = sum(window is not None for window, _, _ in found)
    yield Row(
        figure="false drift alarms in 1,000 windows of 500 rows, mixed table of 18 columns",
        measured=f"{1000 * alarms / (runs * windows):.2f} ({alarms} in {runs * windows:,})",
        value=1000 * alarms / (runs * windows),
        limit=1,
        goal=1,
    )
    changes = {
        "category": ("c1", "a category from 22 to 30 %"),
        "topic": ("text", "a quarter of the words from a tenth of the vocabulary"),
        "embedding": ("vector", "0.1 sd in each of 64 directions"),
        "label": ("label", "labels 10 points more often true"),
    }
    for change, (column, words) in changes.items():
        found = [_run(seed + 1000 + run, 40, change) for run in range(max(runs, 10))]
        late = [math.inf if w is None else w - _CHANGE_AFTER for w, _, _ in found]
        named = sum(name == column or column in name for _, name, _ in found)
        yield Row(
            figure=f"windows of 500 until the alarm, mixed table, {words}",
            measured=f"median {np.median(late):.0f}, worst {max(late):.0f}; named first in "
            f"{named} of {len(found)}",
            value=float(np.median(late)),
            limit=math.inf,
            goal=math.inf,
        )


def anonymous_mb() -> float:
    """Memory that is not a file mapped from disk, at its end; the peak where nothing tells."""
    status = Path("/proc/self/status")
    if not status.exists():
        return peak_mb()
    line = next(x for x in status.read_text().splitlines() if x.startswith("RssAnon"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    figures = check(Path(sys.argv[2]))
    print(json.dumps({**figures, "anonymous_mb": anonymous_mb()}))
