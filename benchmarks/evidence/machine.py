"""The same figures through the rollout itself: `advance`, look by look, with its steps and warm-up.

`rollouts` and `latencies` measure the tests alone; here a policy, the family of metrics, the split
check and the state machine stand between the counts and the verdict. A «look» of a figure is 50
requests on the canary; the rollout reads each scrape, a quarter of that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from benchmarks.evidence import peers
from benchmarks.evidence.latencies import EDGES
from benchmarks.evidence.report import Row, median_p90, rate, rate_row, share_by
from benchmarks.evidence.traffic import FloatArray, IntArray, Traffic, ramp_then_days, steady

from aegis.rollout.policy import Policy, edge_name
from aegis.rollout.state import RolloutLook, advance, start

_SCRAPES = 4  # of a look of 50 canary requests
_LOOKS = 60
Counters = dict[str, dict[str, dict[str, float]]]


def machine_rows(seed: int, runs: int) -> Iterator[Row]:
    """False rollbacks, detection, buckets and a family of six; `runs` a row, fewer of the long one."""
    yield from _unlimited(seed, max(40, runs // 5))
    yield from _doubled(seed + 1, runs)
    yield from _family(seed + 2, runs)
    yield from _slower(seed + 3, runs)


def policy(ids: tuple[str, ...], *, look_s: float, warmup_s: float = 0.0) -> Policy:
    """Steps of 10 and 50 %, the first so long that only evidence ends it.

    The simulation sets the split, so it is not checked.
    """
    metrics = [
        {"id": i, "kind": "latency", "edges": list(EDGES)}
        if i == "latency"
        else {"id": i, "kind": "rate"}
        for i in ids
    ]
    return Policy.model_validate({
        "version": 1, "service": "simulated", "strategy": "canary", "look_s": look_s,
        "warmup_s": warmup_s, "steps": [{"weight_percent": w, "hold_s": 1e12} for w in (10, 50, 100)],
        "alpha": {"split": None}, "cap": {"looks": 10**9, "seconds": 1e12}, "metrics": metrics,
        "source": {"type": "file", "path": "none"}, "router": {"type": "none"},
    })  # fmt: skip


def first_rollback(rules: Policy, looks: Iterator[Counters]) -> int:
    """The look, from 1, at which the rollout goes back, or `NEVER`."""
    state = start(rules, at_s=0.0, history={})
    for number, gained in enumerate(looks):
        from_s = number * rules.look_s
        look = RolloutLook.model_construct(from_s=from_s, to_s=from_s + rules.look_s, gained=gained)
        state, _, _ = advance(rules, state, look)
        if state.outcome == "rolled-back":
            return number + 1
    return peers.NEVER


def _rates(
    rng: np.random.Generator, traffic: Traffic, ratios: dict[str, float]
) -> Iterator[Counters]:
    drawn = {
        name: (
            rng.binomial(traffic.canary, np.minimum(ratio * traffic.base, 1.0)).tolist(),
            rng.binomial(traffic.stable, traffic.base).tolist(),
        )
        for name, ratio in ratios.items()
    }
    totals = traffic.canary.tolist(), traffic.stable.tolist()
    for look in range(len(traffic.base)):
        yield {
            name: {
                arm: {"events": bad[i][look], "total": totals[i][look]}
                for i, arm in enumerate(("canary", "stable"))
            }
            for name, bad in drawn.items()
        }


def _by_scrape(traffic: Traffic) -> Traffic:
    """The same requests, read at every scrape."""

    def parts(requests: IntArray) -> IntArray:
        reached = np.linspace(0, requests.sum(), len(requests) * _SCRAPES + 1)
        return np.diff(np.rint(reached).astype(np.int64))

    return Traffic(
        canary=parts(traffic.canary),
        stable=parts(traffic.stable),
        base=np.repeat(traffic.base, _SCRAPES),
    )


def _in_looks(found: IntArray) -> FloatArray:
    """Scrapes as looks of 50 canary requests."""
    return np.where(found < peers.NEVER, found / _SCRAPES, math.inf)


def _spread(looks: FloatArray) -> str:
    return "/".join(f"{float(np.quantile(looks, p, method='higher')):.3g}" for p in (0.5, 0.9))


def _share(looks: FloatArray) -> str:
    return rate(int(np.isfinite(looks).sum()), len(looks))


def _runs(seed: int, runs: int, traffic: Traffic, ratios: dict[str, float]) -> IntArray:
    rng = np.random.default_rng(seed)
    rules = policy(tuple(ratios), look_s=60)
    return np.array([first_rollback(rules, _rates(rng, traffic, ratios)) for _ in range(runs)])


def _unlimited(seed: int, runs: int) -> Iterator[Row]:
    found = _runs(seed, runs, ramp_then_days(looks=5000), {"errors": 1.0})
    yield rate_row(
        "rollout: false rollback, 5,000 looks, ramp, daily cycle, incidents",
        int((found < peers.NEVER).sum()), runs, limit=0.05, goal=0.025,
    )  # fmt: skip


def _doubled(seed: int, runs: int) -> Iterator[Row]:
    whole = steady(looks=_LOOKS, canary=50, stable=450, base=0.02)
    traffic = _by_scrape(whole)
    healthy, doubled = (
        _in_looks(_runs(seed, runs, traffic, {"errors": ratio})) for ratio in (1.0, 2.0)
    )
    slowly = _runs(seed, runs, whole, {"errors": 2.0})
    yield Row(
        figure="rollout: looks to detect 2x of 2 %, 50 against 450",
        measured=f"{_spread(doubled)}, false {_share(healthy)}; looking only every 50 requests "
        f"{median_p90(slowly)}",
        value=float(np.median(doubled)), limit=12, goal=10,
    )  # fmt: skip


def _family(seed: int, runs: int) -> Iterator[Row]:
    whole = steady(looks=_LOOKS, canary=50, stable=450, base=0.02)
    traffic = _by_scrape(whole)
    names = [f"metric-{i}" for i in range(6)]
    found = _runs(seed, runs, traffic, dict.fromkeys(names, 1.0))
    slowly = _runs(seed, runs, whole, dict.fromkeys(names, 1.0))
    one = _runs(seed, runs, traffic, {**dict.fromkeys(names, 1.0), names[0]: 2.0})
    yield rate_row(
        "rollout: six metrics, family false rollback in 60 looks",
        int((found < peers.NEVER).sum()), runs, limit=0.05, goal=0.02,
        also=f"; {share_by(slowly, _LOOKS)} looking only every 50 requests; one of them doubled is found "
        f"in {_spread(_in_looks(one))} looks",
    )  # fmt: skip


def _slower(seed: int, runs: int) -> Iterator[Row]:
    """No history from before: stable's warm-up look, excluded in advance, is all that teaches."""
    for name, factor, main in (("alike", 1.0, False), ("p95 +20 %", 1.2, True)):
        rng, shown = np.random.default_rng(seed), _spread if main else _share
        warm, cold = (_slowed(rng, runs, factor, warmup_looks=w) for w in (1, 0))
        whole = _slowed(rng, runs, factor, warmup_looks=0, scrapes=1)
        yield Row(
            figure=f"rollout: {'looks to detect ' if main else 'false rollback in 60 looks, latency '}{name}",
            measured=(
                f"{shown(warm)} after one warm-up look; {shown(cold)} without one; "
                f"{shown(whole)} without one and looking only every 50 requests"
            ),
            value=float(np.median(warm)) if main else float(np.isfinite(warm).mean()),
            limit=6 if main else 0.05,
            goal=4 if main else 0.025,
        )  # fmt: skip


def _slowed(
    rng: np.random.Generator,
    runs: int,
    factor: float,
    *,
    warmup_looks: int,
    scrapes: int = _SCRAPES,
) -> FloatArray:
    """Looks of 50 canary requests, counted after the warm-up, until it goes back."""
    look_s = 60 / scrapes
    rules = policy(("latency",), look_s=look_s, warmup_s=60.0 * warmup_looks)
    found = []
    for _ in range(runs):
        looks = (_buckets(rng, factor, scrapes) for _ in range((_LOOKS + warmup_looks) * scrapes))
        number = first_rollback(rules, looks)
        found.append(number / scrapes - warmup_looks if number < peers.NEVER else math.inf)
    return np.array(found)


def _buckets(rng: np.random.Generator, factor: float, scrapes: int) -> Counters:
    """One scrape: cumulative counts by edge, with arrivals that are not evenly spread."""
    names = [*(edge_name(e) for e in EDGES), "+Inf"]
    arms = {}
    for arm, mean, slow in (("canary", 50, factor), ("stable", 450, 1.0)):
        requests = mean if scrapes == 1 else int(rng.poisson(mean / scrapes))
        seconds = 3 * slow * np.exp(0.6 * rng.standard_normal(requests))
        cells = np.bincount(np.searchsorted(EDGES, seconds), minlength=len(names)).cumsum()
        arms[arm] = dict(zip(names, cells.tolist(), strict=True))
    return {"latency": arms}
