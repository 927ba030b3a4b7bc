"""Drift alarms: how many are false, how late the true ones come, what a check costs.

The reference has 50,000 rows, a hundred windows, and is drawn anew for every run.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from benchmarks.evidence.report import Row, rate

from aegis.base.verdict import Verdict
from aegis.stats.distance import population_stability
from aegis.stats.drift import numeric_bets, numeric_evidence
from aegis.stats.edetector import detector
from aegis.stats.embedding import embedding_bets, embedding_reference, random_features
from aegis.stats.grid import Grid, fit_grid
from aegis.stats.sketch import NumericSketch, sketch_numbers
from aegis.stats.special import kolmogorov_upper_tail

Rows = npt.NDArray[np.float32]
_COLUMNS, _WINDOW, _REFERENCE, _CHANGE_AFTER = 20, 500, 50_000, 20
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_NAMES = [f"column {index}" for index in range(_COLUMNS)]


def false_alarms(seed: int, runs: int, windows: int = 1000) -> Iterator[Row]:
    """Windows of 500 rows of 20 columns without any change."""
    found = [_tabular(seed + run, windows, None)[0] for run in range(runs)]
    yield _false_row("20 columns", found, windows, _peers_at_rest(seed, 20))
    found = [_embedded(seed + run, windows // 2, 0.0)[0] for run in range(runs)]
    yield _false_row("embeddings of 384", found, windows // 2, "")


def _false_row(name: str, found: list[int | None], windows: int, peers: str) -> Row:
    alarms = sum(window is not None for window in found)
    watched = sum(windows if window is None else window for window in found)
    return Row(
        figure=f"false drift alarms in 1,000 windows, {name}",
        measured=f"{1000 * alarms / watched:.2f} ({alarms} in {watched:,})",
        value=1000 * alarms / watched,
        limit=1,
        goal=1,
        peers=peers,
    )


def delays(seed: int, runs: int) -> Iterator[Row]:
    """Windows from a change until the alarm."""
    changes: tuple[tuple[str, float, int, bool], ...] = (
        ("0.2 sd in 1 of 20 columns", 0.2, 1, True),
        ("0.1 sd in 5 of 20", 0.1, 5, False),
        ("0.5 sd in 1 of 20", 0.5, 1, False),
    )
    for name, shift, columns, is_main in changes:
        found = [_tabular(seed + run, 80, (shift, columns)) for run in range(runs)]
        named = sum(first == _NAMES[0] for _, first in found)
        late = [_late(window) for window, _ in found]
        yield Row(
            figure=f"windows of 500 until the alarm, {name}",
            measured=f"{_spread(late)}; a moved column named first "
            + (f"{rate(named, runs)}" if columns == 1 else "(not counted)"),
            value=float(np.median(late)),
            limit=3 if is_main else math.inf,
            goal=3 if is_main else math.inf,
        )
    late = [_late(_embedded(seed + run, 80, 0.05)[0]) for run in range(runs)]
    yield Row(
        figure="windows of 500 until the alarm, embeddings, 0.05 in each of 384 directions",
        measured=_spread(late),
        value=float(np.median(late)),
        limit=3,
        goal=3,
    )


def _late(window: int | None) -> float:
    return math.inf if window is None else window - _CHANGE_AFTER


def _spread(late: list[float]) -> str:
    ordered = sorted(late)
    p90 = ordered[math.ceil(0.9 * len(ordered)) - 1]
    return f"median {np.median(late):.0f}, p90 {p90:.0f}, worst {ordered[-1]:.0f}"


def _tabular(seed: int, windows: int, change: tuple[float, int] | None) -> tuple[int | None, str]:
    rng = np.random.default_rng(seed)
    reference = rng.standard_normal((_COLUMNS, _REFERENCE), np.float32)
    grids = [fit_grid(column[:5000]) for column in reference]
    held = _sketches(reference, grids)
    state = detector(numeric_bets(_NAMES))
    for window in range(1, windows + 1):
        rows = rng.standard_normal((_COLUMNS, _WINDOW), np.float32)
        if change is not None and window > _CHANGE_AFTER:
            rows[: change[1]] += np.float32(change[0])
        state = state.add(numeric_evidence(held, _sketches(rows, grids)))
        if state.verdict is Verdict.FAILED:
            return window, state.suspects()[0].name
    return None, ""


def _sketches(columns: Rows, grids: list[Grid]) -> list[NumericSketch]:
    return [sketch_numbers(column, grid) for column, grid in zip(columns, grids, strict=True)]


def _embedded(seed: int, windows: int, shift: float) -> tuple[int | None, str]:
    """Embeddings with 32 strong directions and some noise in all 384."""
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((32, 384), np.float32) / np.float32(math.sqrt(32))

    def draw(rows: int) -> Rows:
        noise = np.float32(0.3) * rng.standard_normal((rows, 384), np.float32)
        strong: Rows = rng.standard_normal((rows, 32), np.float32) @ directions
        return strong + noise

    reference = draw(20_000)
    features = random_features(reference, rng)
    held = embedding_reference(features, reference)
    state = detector(embedding_bets("embedding"))
    for window in range(1, windows + 1):
        rows = draw(_WINDOW)
        if window > _CHANGE_AFTER:
            rows += np.float32(shift)
        means = features.of(rows).mean(axis=0).astype(np.float64)
        state = state.add(held.evidence(means, _WINDOW))
        if state.verdict is Verdict.FAILED:
            return window, "embedding"
    return None, ""


def _peers_at_rest(seed: int, runs: int) -> str:
    """Share of 60-window runs without change in which common rules alarm."""
    alarms = np.zeros(2, np.int64)
    for run in range(runs):
        rng = np.random.default_rng(seed + run)
        reference = np.sort(rng.standard_normal((_COLUMNS, _REFERENCE), np.float32), axis=1)
        by_ks = by_psi = False
        for _ in range(60):
            rows = np.sort(rng.standard_normal((_COLUMNS, _WINDOW), np.float32), axis=1)
            by_ks |= _any(_ks_p_value, reference, rows, lambda p: p < 0.05 / _COLUMNS)
            by_psi |= _any(_psi, reference, rows, lambda psi: psi > 0.1)
        alarms += [by_ks, by_psi]
    return (
        f"runs of 60 windows with an alarm: KS with Bonferroni {rate(int(alarms[0]), runs)}, "
        f"PSI > 0.1 {rate(int(alarms[1]), runs)}"
    )


def _any(
    distance: Callable[[Rows, Rows], float],
    reference: Rows,
    rows: Rows,
    alarms: Callable[[float], bool],
) -> bool:
    return any(alarms(distance(old, new)) for old, new in zip(reference, rows, strict=True))


def _ks_p_value(old: Rows, new: Rows) -> float:
    below = np.searchsorted(old, new) / len(old)
    steps = np.arange(len(new) + 1) / len(new)
    apart = max(float((steps[1:] - below).max()), float((below - steps[:-1]).max()))
    return kolmogorov_upper_tail(apart * math.sqrt(len(new) * len(old) / (len(new) + len(old))))


def _psi(old: Rows, new: Rows) -> float:
    edges = old[len(old) // 10 :: len(old) // 10][:9]
    counts = [np.bincount(np.searchsorted(edges, x), minlength=10) for x in (old, new)]
    return population_stability(counts[0], counts[1])


def costs() -> Iterator[Row]:
    """CPU seconds and peak memory, each measured in a process of its own with one thread."""
    table = _measure("table")
    yield Row(
        figure="drift check of 1 million rows x 50 columns in memory, CPU s on one thread",
        measured=f"{table['cpu_s']:.2f} s, {table['peak_mb']:.0f} MB peak of which "
        f"{table['data_mb']:.0f} MB data; reference {table['reference_kb']:.0f} kB",
        value=table["cpu_s"],
        limit=1.0,
        goal=0.5,
    )
    embeddings = _measure("embeddings")
    yield Row(
        figure="embeddings 5,000 x 384 against 5,000, 999 permutations, CPU s",
        measured=f"{embeddings['cpu_s']:.2f} s, {embeddings['peak_mb']:.0f} MB peak",
        value=embeddings["cpu_s"],
        limit=0.5,
        goal=0.2,
    )
    yield Row(
        figure="embeddings 5,000 x 384, peak MB of the process",
        measured=f"{embeddings['peak_mb']:.0f} MB",
        value=embeddings["peak_mb"],
        limit=250,
        goal=250,
    )


def _measure(what: str) -> dict[str, float]:
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.evidence.cost", what],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **ONE_THREAD},
    )
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures
