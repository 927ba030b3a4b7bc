"""Evaluation gates: false blocks with clustered samples, and model calls saved by stopping early.

Stable passes 80 % of the samples, and the releases' answers correlate as those of real models do
(0.56), so that they differ on 17.5 % of the samples when the candidate drops by ten points.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from benchmarks.evidence.report import Row, rate, rate_row
from benchmarks.evidence.traffic import IntArray

from aegis.base.verdict import Verdict
from aegis.stats.detectability import discordance
from aegis.stats.paired import clustered_difference, mcnemar
from aegis.stats.sequential_pairs import SequentialPairs, log_evidence, stopping_level

_STABLE, _CORRELATION, _ALPHA = 0.8, 0.56, 0.05
_DIFFERENT = discordance(stable_rate=_STABLE, drop=0.0, correlation=_CORRELATION)
_TILT = 0.17  # Beta(a, a) chance that a cluster's differing samples are lost: intracluster 0.13


def clustered_gates(seed: int, runs: int) -> Iterator[Row]:
    """Equal releases, several samples about each document."""
    rng = np.random.default_rng(seed)
    settings = {
        "20 clusters of 25": np.full(20, 25),
        "50 of 10": np.full(50, 10),
        "100 of 5": np.full(100, 5),
        "50 of 1 to 19": None,
    }
    for name, fixed in settings.items():
        blocked = np.zeros(3, np.int64)
        for _ in range(runs):
            sizes = rng.integers(1, 20, 50) if fixed is None else fixed
            blocked += _blocks(rng, sizes)
        ours, naive, lower = (int(x) for x in blocked)
        yield rate_row(
            f"evaluation: false block, {name}",
            ours,
            runs,
            limit=0.05,
            goal=0.05,
            peers=f"exact McNemar without clusters {rate(naive, runs)}; "
            f"«must not score lower» {rate(lower, runs)}",
        )


def _blocks(rng: np.random.Generator, sizes: IntArray) -> IntArray:
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    lost_chance = rng.beta(_TILT, _TILT, len(sizes))[clusters]
    differs = rng.random(len(clusters)) < _DIFFERENT
    lost = differs & (rng.random(len(clusters)) < lost_chance)
    difference = np.where(lost, -1.0, np.where(differs, 1.0, 0.0))
    compared = clustered_difference(difference.tolist(), clusters.tolist())
    ours = compared.verdict(alpha=_ALPHA) is Verdict.FAILED
    won = int(differs.sum() - lost.sum())
    naive = mcnemar(lost=int(lost.sum()), won=won) <= _ALPHA
    return np.array([ours, naive, lost.sum() > won], np.int64)


def early_stops(seed: int, runs: int, cap: int = 1000) -> Iterator[Row]:
    """Samples until the gate stops a regression, out of a data set of 1,000."""
    rng = np.random.default_rng(seed)
    for drop in (0.10, 0.05, 0.02):
        samples = np.array([_samples(rng, drop, cap) for _ in range(runs)])
        found = int((samples < cap).sum())
        mean = float(samples.mean())
        yield Row(
            figure=f"evaluation: share of model calls until a {100 * drop:.0f}-point drop stops",
            measured=(
                f"{cap / mean:.1f}x fewer by the mean ({mean:.0f} of {cap}), "
                f"{cap / float(np.median(samples)):.1f}x by the median; found {rate(found, runs)}"
            ),
            value=mean / cap,
            limit=1 / 8 if drop == 0.10 else math.inf,
            goal=1 / 10 if drop == 0.10 else math.inf,
            peers=f"no valid test at alpha {_ALPHA} averages below {_best(drop) * cap:.0f} samples"
            if drop == 0.10
            else "",
        )
    stopped = sum(_samples(rng, 0.0, cap) < cap for _ in range(runs))
    yield rate_row(
        "evaluation: false stop within 1,000 samples",
        stopped,
        runs,
        limit=0.05,
        goal=0.05,
    )


def _samples(rng: np.random.Generator, drop: float, cap: int) -> int:
    different = discordance(stable_rate=_STABLE, drop=drop, correlation=_CORRELATION)
    differs = np.flatnonzero(rng.random(cap) < different)
    is_lost = rng.random(len(differs)) < (different + drop) / 2 / different
    level, lost = stopping_level(cap, _ALPHA), np.cumsum(is_lost)
    for index, sample in enumerate(differs):
        if log_evidence(lost=int(lost[index]), won=index + 1 - int(lost[index])) >= level:
            state = SequentialPairs(cap=cap).add(
                lost=int(lost[index]), won=index + 1 - int(lost[index])
            )
            assert state.verdict(_ALPHA) == "failed"  # noqa: S101 - the figure is that of the gate
            return int(sample) + 1
    return cap


def _best(drop: float) -> float:
    """Wald's bound on the mean share of a data set of 1,000, for the drop known in advance."""
    different = discordance(stable_rate=_STABLE, drop=drop, correlation=_CORRELATION)
    lost = (different + drop) / 2 / different
    gain = lost * math.log(2 * lost) + (1 - lost) * math.log(2 - 2 * lost)
    return -math.log(_ALPHA) / gain / different / 1000
