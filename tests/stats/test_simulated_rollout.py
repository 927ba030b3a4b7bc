"""Error rates and delays of the rollout judges, simulated with fixed seeds."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from aegis.stats.buckets import BucketLook
from aegis.stats.detectability import looks_to_detect, looks_to_promote
from aegis.stats.family import average
from aegis.stats.label import ROLLBACK, LabelTest, gains, promotion
from aegis.stats.ladder import no_ladder
from aegis.stats.ratio import RatioEvidence
from aegis.stats.slowdown import no_slowdown

pytestmark = pytest.mark.slow

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
NEVER = 10**9
LEVEL = math.log(20)


def log_paths(
    canary_bad: IntArray, stable_bad: IntArray, share: FloatArray, test: LabelTest
) -> FloatArray:
    """Log evidence by run and look."""
    by_look = [gains(test, float(q)) for q in share]
    total = np.full(canary_bad.shape, -np.inf)
    for index, weight in enumerate(test.weights):
        on_canary = np.array([look[index].on_canary for look in by_look])
        on_stable = np.array([look[index].on_stable for look in by_look])
        path = np.cumsum(canary_bad * on_canary + stable_bad * on_stable, axis=1)
        total = np.logaddexp(total, path + math.log(weight))
    return total


def first_look(paths: FloatArray) -> IntArray:
    crossed = paths >= LEVEL
    return np.where(crossed.any(axis=1), crossed.argmax(axis=1) + 1, NEVER)


def simulate(
    *,
    seed: int,
    runs: int,
    canary: IntArray,
    stable: IntArray,
    base: FloatArray,
    ratio: float,
    test: LabelTest = ROLLBACK,
) -> IntArray:
    rng = np.random.default_rng(seed)
    shape = (runs, len(base))
    bad = rng.binomial(canary, np.minimum(base * ratio, 1), shape)
    return first_look(
        log_paths(bad, rng.binomial(stable, base, shape), canary / (canary + stable), test)
    )


@pytest.mark.parametrize("kind", ["steady", "ramp-days-and-incidents"])
def test_healthy_canaries_survive_5000_looks(kind: str) -> None:
    """False rollbacks stay below alpha = 5 % whatever the traffic and the base rate do."""
    looks, runs = 5000, 400
    minute = np.arange(looks)
    if kind == "steady":
        canary, base = np.full(looks, 50), np.full(looks, 0.02)
    else:
        canary = np.repeat([10, 50, 250, 500], [15, 15, 15, looks - 45])
        base = 0.025 + 0.015 * np.sin(2 * np.pi * minute / 1440)
        base = np.where(minute % 500 < 10, base * 5, base)
    stable = np.full(looks, 450) if kind == "steady" else 1000 - canary

    false = 0
    for part in range(4):
        found = simulate(
            seed=300 + part,
            runs=runs // 4,
            canary=canary,
            stable=stable,
            base=base,
            ratio=1.0,
        )
        false += int((found < NEVER).sum())

    assert false <= 0.05 * runs


@pytest.mark.parametrize(
    ("base", "stable"),
    [
        pytest.param(0.02, 450, id="2-percent-all-stable"),
        pytest.param(0.02, 50, id="2-percent-equal-baseline"),
        pytest.param(0.01, 450, id="1-percent-all-stable"),
        pytest.param(0.05, 450, id="5-percent-all-stable"),
    ],
)
def test_the_plan_says_how_long_detection_takes(base: float, stable: int) -> None:
    """The printed median is within a quarter (and one look) of the simulated one."""
    found = simulate(
        seed=310,
        runs=3000,
        canary=np.full(200, 50),
        stable=np.full(200, stable),
        base=np.full(200, base),
        ratio=2.0,
    )
    expected = looks_to_detect(
        base_rate=base,
        factor=2,
        requests_per_look=50 + stable,
        canary_share=50 / (50 + stable),
        alpha=0.05,
    )

    median, mean = float(np.median(found)), float(found[found < NEVER].mean())
    assert abs(expected.median - median) <= 0.25 * median + 1
    assert mean >= expected.floor


@pytest.mark.parametrize("margin", [1.5, 2.0, 3.0])
def test_promotion_at_the_margin_is_rare_and_takes_what_was_planned(margin: float) -> None:
    """A canary exactly at the margin is promoted in at most 5 %; an equal one in time."""
    shape = {
        "canary": np.full(200, 50),
        "stable": np.full(200, 450),
        "base": np.full(200, 0.02),
    }
    test = promotion(margin)
    false = simulate(seed=320, runs=2000, ratio=margin, test=test, **shape)
    true = simulate(seed=321, runs=2000, ratio=1.0, test=test, **shape)
    expected = looks_to_promote(
        base_rate=0.02, margin=margin, requests_per_look=500, canary_share=0.1, alpha=0.05
    )

    median = float(np.median(true))
    assert (false < NEVER).mean() <= 0.05
    assert abs(expected.median - median) <= 0.25 * median + 1


def test_bursts_must_be_counted_by_session() -> None:
    """Five correlated failures are one bad session; counted as five they roll back the healthy.

    This is why a plan has to name the unit that is routed.
    """
    rng = np.random.default_rng(330)
    runs, looks, share = 1000, 60, np.full(60, 0.1)
    sessions_c = rng.binomial(10, 0.02, (runs, looks))
    sessions_s = rng.binomial(90, 0.02, (runs, looks))

    by_session = first_look(log_paths(sessions_c, sessions_s, share, ROLLBACK))
    by_request = first_look(log_paths(5 * sessions_c, 5 * sessions_s, share, ROLLBACK))

    assert (by_session < NEVER).mean() <= 0.05
    assert (by_request < NEVER).mean() > 0.2


def test_six_metrics_share_one_alpha() -> None:
    """The average over six metrics rolls back at most 5 % of healthy releases."""
    rng = np.random.default_rng(340)
    runs, looks, share = 1500, 60, np.full(60, 0.1)
    paths = np.stack(
        [
            log_paths(
                rng.binomial(50, 0.02, (runs, looks)),
                rng.binomial(450, 0.02, (runs, looks)),
                share,
                ROLLBACK,
            )
            for _ in range(6)
        ]
    )
    together = np.logaddexp.reduce(paths, axis=0) - math.log(6)

    assert together[0, -1] == pytest.approx(average([float(path[0, -1]) for path in paths]))
    assert (first_look(together) < NEVER).mean() <= 0.05
    assert (first_look(paths.max(axis=0)) < NEVER).mean() > 0.05


def buckets(seconds: FloatArray, edges: tuple[float, ...]) -> tuple[int, ...]:
    counts = np.bincount(np.searchsorted(edges, seconds), minlength=len(edges) + 1)
    return tuple(int(count) for count in counts)


@pytest.mark.parametrize(
    ("factor", "at_most", "at_least"),
    [
        pytest.param(1.0, 0.05, 0.0, id="alike"),
        pytest.param(0.8, 0.02, 0.0, id="faster"),
        pytest.param(1.2, 1.0, 0.95, id="a-fifth-slower"),
    ],
)
def test_latency_is_judged_from_buckets(factor: float, at_most: float, at_least: float) -> None:
    """20 looks at lognormal latencies whose base drifts with the day, in both arms."""
    rng = np.random.default_rng(350)
    edges = (0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0)
    runs = 200
    found = np.zeros(2)
    for _ in range(runs):
        past = buckets(3 * np.exp(0.6 * rng.standard_normal(20_000)), edges)
        slow, ladder = no_slowdown(edges=edges, history=past), no_ladder(edges=(6, 7, 8, 9, 10))
        hits = np.zeros(2, bool)
        for look in range(20):
            median = 3 * (1 + 0.3 * math.sin(look))
            canary, stable = (
                median * np.exp(0.6 * rng.standard_normal(size)) for size in (50, 450)
            )
            seen = BucketLook(canary=buckets(canary * factor, edges), stable=buckets(stable, edges))
            slow, ladder = slow.add(seen), ladder.add(seen)
            hits |= [slow.rejects(0.05), ladder.rejects(0.05)]
        found += hits

    assert (found / runs <= at_most).all()
    assert (found / runs >= at_least).all()


def test_a_fair_router_is_rarely_accused_and_a_broken_one_always() -> None:
    """1,000 looks at alpha = 1 %; the broken router sends 11 % where 10 % was planned."""
    rng = np.random.default_rng(360)
    runs = 60
    accused = {0.10: 0, 0.11: 0}
    for share in accused:
        for _ in range(runs):
            state, hit = RatioEvidence(), False
            for canary in rng.binomial(500, share, 400).tolist():
                state = state.add(canary=canary, stable=500 - canary, planned_share=0.1)
                hit = hit or state.log_evidence >= math.log(100)
            accused[share] += hit

    assert accused[0.10] <= 0.05 * runs
    assert accused[0.11] == runs
