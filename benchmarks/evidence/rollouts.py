"""False rollbacks and detection, from counts of failures."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from benchmarks.evidence import judges, peers
from benchmarks.evidence.report import Row, median, median_p90, rate, rate_row, share_by
from benchmarks.evidence.traffic import (
    Counts,
    IntArray,
    Traffic,
    draw,
    ramp,
    ramp_then_days,
    steady,
)

from aegis.stats.label import promotion

_BATCH = 100  # runs at a time, so that 5,000 looks fit into memory


def unlimited_looks(seed: int, runs: int) -> Iterator[Row]:
    """Healthy canaries under 5,000 looks."""
    settings = (
        ("5,000 looks, 2 %, 50 against 450", steady(looks=5000, canary=50, stable=450, base=0.02)),
        ("5,000 looks, ramp, daily cycle, incidents", ramp_then_days(looks=5000)),
        ("60 looks, ramp while the base rises 1 to 4 %", ramp(looks=60)),
    )
    for name, traffic in settings:
        ours, z, argo = _false_rollbacks(seed, runs, traffic)
        yield rate_row(
            f"false rollback, {name}",
            ours,
            runs,
            limit=0.05,
            goal=0.025,
            peers=f"z-test {rate(z, runs)}; Argo 95 % limit 3 {rate(argo, runs)}",
        )


def _false_rollbacks(seed: int, runs: int, traffic: Traffic) -> tuple[int, int, int]:
    rng = np.random.default_rng(seed)
    hits = np.zeros(3, np.int64)
    for _ in range(runs // _BATCH):
        counts = draw(rng, traffic, ratio=1.0, runs=_BATCH)
        found = (judges.rollback(counts), peers.z_test(counts), peers.argo_threshold(counts))
        hits += [int((looks < peers.NEVER).sum()) for looks in found]
    return int(hits[0]), int(hits[1]), int(hits[2])


def doubled_errors(seed: int, runs: int, kayenta_runs: int) -> Iterator[Row]:
    """Looks until a canary with twice the error rate is rolled back."""
    rng = np.random.default_rng(seed)
    settings = ((0.02, 450), (0.02, 50), (0.01, 450), (0.05, 450))
    for base, stable in settings:
        traffic = steady(looks=60, canary=50, stable=stable, base=base)
        healthy, doubled = (draw(rng, traffic, ratio=x, runs=runs) for x in (1.0, 2.0))
        some_healthy, some_doubled = (_first(counts, kayenta_runs) for counts in (healthy, doubled))
        found = judges.rollback(doubled)
        main = (base, stable) == (0.02, 450)
        yield Row(
            figure=f"looks to detect 2x of {base:.0%}, 50 against {stable}",
            measured=(
                f"{median_p90(found)}, false {share_by(judges.rollback(healthy), 60)}; at alpha 3 %: "
                f"{median_p90(judges.rollback(doubled, alpha=0.03))}, "
                f"false {share_by(judges.rollback(healthy, alpha=0.03), 60)}"
            ),
            value=median(found),
            limit=12 if main else math.inf,
            goal=10 if main else math.inf,
            peers=(
                f"Kayenta {median_p90(peers.kayenta_rates(some_doubled))}, "
                f"false {share_by(peers.kayenta_rates(some_healthy), 60)}; "
                f"Argo 2x over 5 looks {median_p90(peers.argo_relative(doubled))}, "
                f"false {share_by(peers.argo_relative(healthy), 60)}"
            ),
        )


def _first(counts: Counts, runs: int) -> Counts:
    return Counts(
        canary_bad=counts.canary_bad[:runs],
        stable_bad=counts.stable_bad[:runs],
        canary=counts.canary,
        stable=counts.stable,
    )


def six_metrics(seed: int, runs: int, kayenta_runs: int) -> Iterator[Row]:
    """Six independent metrics, each with a 2 % rate: none, then one of them doubled."""
    rng = np.random.default_rng(seed)
    traffic = steady(looks=60, canary=50, stable=450, base=0.02)
    healthy = [draw(rng, traffic, ratio=1.0, runs=runs) for _ in range(6)]
    doubled = [draw(rng, traffic, ratio=2.0, runs=runs), *healthy[1:]]
    alone = judges.rollback(doubled[0])
    false = int((_family(healthy) < peers.NEVER).sum())
    found = _family(doubled)
    kayenta = np.min([peers.kayenta_rates(_first(x, kayenta_runs)) for x in healthy], axis=0)
    yield rate_row(
        "six metrics, family false rollback in 60 looks",
        false,
        runs,
        limit=0.05,
        goal=0.02,
        peers=f"Kayenta {share_by(kayenta, 60)}",
    )
    yield Row(
        figure="six metrics, one doubled: looks against watching it alone",
        measured=f"{median_p90(found)} against {median_p90(alone)}",
        value=median(found) / median(alone),
        limit=1.6,
        goal=1.6,
    )


def _family(metrics: list[Counts]) -> IntArray:
    paths = [judges.log_evidence(counts) for counts in metrics]
    average = judges.log_sum(paths) - math.log(len(paths))
    return peers.first_look(average >= math.log(20))


def promotions(seed: int, runs: int) -> Iterator[Row]:
    """Certifying «less than twice stable's rate», and how often that is said of a doubled rate."""
    rng = np.random.default_rng(seed)
    traffic = steady(looks=60, canary=50, stable=450, base=0.02)
    equal, doubled = (draw(rng, traffic, ratio=x, runs=runs) for x in (1.0, 2.0))
    test = promotion(2.0)
    false = int((judges.rollback(doubled, test=test) < peers.NEVER).sum())
    yield rate_row(
        "false promotion at the margin 2, 60 looks",
        false,
        runs,
        limit=0.05,
        goal=0.05,
        also=f"; an equal canary in {median_p90(judges.rollback(equal, test=test))} looks",
    )
