"""Looks to detect a slower canary from the histogram buckets that vLLM exports.

Lognormal latencies with a median of 3 s and sigma 0.6, 50 requests a look on the canary against
450; the edges are those of vLLM's `vllm:e2e_request_latency_seconds`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from benchmarks.evidence import peers
from benchmarks.evidence.report import Row, median, median_p90, rate, share_by
from benchmarks.evidence.traffic import FloatArray, IntArray

from aegis.stats import family
from aegis.stats.buckets import BucketLook
from aegis.stats.ladder import no_ladder
from aegis.stats.slowdown import no_slowdown

EDGES = (0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0)
_LADDER = (6, 7, 8, 9, 10)  # 2.5 to 20 s
_LOOKS = 60
_LEVEL = math.log(20)


def slower_canary(seed: int, runs: int, kayenta_runs: int) -> Iterator[Row]:
    """A canary that is a fifth slower, half as slow again, or slow in one request of nine."""
    rng = np.random.default_rng(seed)
    past = _buckets(_latencies(rng, 1, 450 * 60))[0]
    stable = [_draw(rng, 450, "alike") for _ in range(runs)]
    healthy = [_draw(rng, 50, "alike") for _ in range(runs)]
    yield from _false(healthy, stable, past, kayenta_runs)
    for name, main in (("scale 1.2", True), ("scale 1.5", False), ("tail", False)):
        canary = [_draw(rng, 50, name) for _ in range(runs)]
        yield _detection(name, canary, stable, past, kayenta_runs, is_main=main)


def _detection(
    name: str,
    canary: list[IntArray],
    stable: list[IntArray],
    past: IntArray,
    kayenta_runs: int,
    *,
    is_main: bool,
) -> Row:
    taught, untaught, ladder = _judged(canary, stable, past)
    argo = _argo(canary, stable)
    kayenta = _kayenta(canary[:kayenta_runs], stable[:kayenta_runs])
    return Row(
        figure=f"looks to detect p95 +20 %, {name}" if name != "scale 1.5" else "looks, p95 +50 %",
        measured=(
            f"{median_p90(taught)} with stable's last hour as history, "
            f"{median_p90(untaught)} without (averaged with the ladder), "
            f"ladder alone {median_p90(ladder)}"
        ),
        value=median(taught),
        limit=6 if is_main else math.inf,
        goal=4 if is_main else math.inf,
        peers=f"Kayenta on p95 {median_p90(kayenta)}; Argo p95 <= 1.2x {median_p90(argo)}",
    )


def _false(
    canary: list[IntArray], stable: list[IntArray], past: IntArray, kayenta_runs: int
) -> Iterator[Row]:
    taught, untaught, ladder = _judged(canary, stable, past)
    hits = int((taught < peers.NEVER).sum())
    kayenta = _kayenta(canary[:kayenta_runs], stable[:kayenta_runs])
    yield Row(
        figure="latency alike, false rollback in 60 looks",
        measured=(
            f"{rate(hits, len(canary))}; without history {share_by(untaught, _LOOKS)}; "
            f"ladder {share_by(ladder, _LOOKS)}"
        ),
        value=hits / len(canary),
        limit=0.05,
        goal=0.025,
        peers=(
            f"Kayenta on p95 {share_by(kayenta, _LOOKS)}; "
            f"Argo p95 <= 1.2x {share_by(_argo(canary, stable), _LOOKS)}"
        ),
    )


def _latencies(rng: np.random.Generator, looks: int, requests: int) -> FloatArray:
    return 3 * np.exp(0.6 * rng.standard_normal((looks, requests)))


def _draw(rng: np.random.Generator, requests: int, kind: str) -> IntArray:
    """Bucket counts of one run, look by look."""
    seconds = _latencies(rng, _LOOKS, requests)
    if kind == "tail":  # so that the 95th percentile is a fifth higher
        seconds = np.where(rng.random(seconds.shape) < 0.114, 2 * seconds, seconds)
    elif kind != "alike":
        seconds *= float(kind.removeprefix("scale "))
    return _buckets(seconds)


def _buckets(seconds: FloatArray) -> IntArray:
    cells = np.searchsorted(EDGES, seconds)
    return np.stack([np.bincount(row, minlength=len(EDGES) + 1) for row in cells])


def _judged(
    canary: list[IntArray], stable: list[IntArray], past: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    found = [_run(c, s, past) for c, s in zip(canary, stable, strict=True)]
    taught, untaught, ladder = np.array(found).T
    return taught, untaught, ladder


def _run(canary: IntArray, stable: IntArray, past: IntArray) -> tuple[int, int, int]:
    taught = no_slowdown(edges=EDGES, history=tuple(int(x) for x in past))
    untaught = no_slowdown(edges=EDGES)
    ladder = no_ladder(edges=_LADDER)
    found = [peers.NEVER] * 3
    for number, (c, s) in enumerate(zip(canary.tolist(), stable.tolist(), strict=True), start=1):
        look = BucketLook(canary=tuple(c), stable=tuple(s))
        taught, untaught, ladder = taught.add(look), untaught.add(look), ladder.add(look)
        both = family.average([untaught.log_evidence, ladder.log_evidence])
        logs = (taught.log_evidence, both, ladder.log_evidence)
        found = [min(f, number if log >= _LEVEL else f) for f, log in zip(found, logs, strict=True)]
        if max(found) < peers.NEVER:
            break
    return found[0], found[1], found[2]


def _p95(counts: IntArray) -> FloatArray:
    """What `histogram_quantile(0.95, …)` reads off the buckets, look by look."""
    edges = np.array([0.0, *EDGES])
    reached = counts.cumsum(axis=1)
    rank = 0.95 * reached[:, -1]
    bucket = np.minimum((reached < rank[:, None]).sum(axis=1), len(EDGES) - 1)
    rows = np.arange(len(counts))
    below = np.where(bucket > 0, reached[rows, bucket - 1], 0)
    inside = (rank - below) / np.maximum(counts[rows, bucket], 1)
    seconds: FloatArray = edges[bucket] + inside * (edges[bucket + 1] - edges[bucket])
    return seconds


def _kayenta(canary: list[IntArray], stable: list[IntArray]) -> IntArray:
    return peers.kayenta(
        np.stack([_p95(counts) for counts in canary]), np.stack([_p95(x) for x in stable])
    )


def _argo(canary: list[IntArray], stable: list[IntArray]) -> IntArray:
    slower = np.stack([_p95(c) > 1.2 * _p95(s) for c, s in zip(canary, stable, strict=True)])
    return peers.first_look(slower.cumsum(axis=1) > 3)
