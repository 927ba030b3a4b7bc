"""Error rates of whole rollouts: steps, family, two ways of proof, pairs, and broken counters."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from tests.rollout.doubles import policy

from aegis.base.verdict import Verdict
from aegis.rollout.counts import Gained, SeriesKey, gains
from aegis.rollout.policy import Policy
from aegis.rollout.service import judging_only
from aegis.rollout.state import RolloutLook, RolloutState, advance, judge, start, weight_of
from aegis.stats.counters import Reading

pytestmark = pytest.mark.slow

STEPS = [{"weight_percent": w, "hold_s": 600} for w in (5, 25, 50, 100)]
METRICS = [
    {"id": "errors", "kind": "rate", "margin": 2, "negligible": 0.004, "limit": 0.3},
    {"id": "orders", "kind": "rate", "better": "higher", "role": "business"},
    {"id": "answers", "kind": "score", "better": "higher", "margin": 1.5},
]


def rollout(rules: Policy, draw: Callable[[float, int], Gained]) -> RolloutState:
    """One rollout; `draw` gives the gains of a look at a share of the traffic."""
    state, number = start(rules, at_s=0.0, history={}), 0
    while state.outcome is None:
        share = weight_of(rules, state) / 100
        look = RolloutLook(from_s=60 * number, to_s=60 * (number + 1), gained=draw(share, number))
        state, _, _ = advance(rules, state, look)
        number += 1
    return state


def traffic(seed: int, *, ratio: float) -> Callable[[float, int], Gained]:
    """400 requests a look whose rates drift; the canary errs `ratio` times as often."""
    rng = random.Random(seed)

    def draw(share: float, number: int) -> Gained:
        canary = sum(rng.random() < share for _ in range(400))
        base = 0.02 * (1 + 2 * (number % 40 > 30)) + 0.0003 * number
        found: Gained = {"errors": {}, "orders": {}, "answers": {}}
        for arm, units, worse in (("canary", canary, ratio), ("stable", 400 - canary, 1.0)):
            bad = sum(rng.random() < min(base * worse, 1) for _ in range(units))
            orders = sum(rng.random() < 0.3 for _ in range(units))
            right = sum(1 - rng.random() ** 4 for _ in range(units))
            found["errors"][arm] = {"events": bad, "total": units}
            found["orders"][arm] = {"events": orders, "total": units}
            found["answers"][arm] = {"sum": right, "count": units}
        return found

    return draw


RULES = policy(metrics=METRICS, steps=STEPS, warmup_s=0, cap={"looks": 200, "seconds": 1e9})


def test_healthy_rollouts_go_back_in_at_most_alpha() -> None:
    """Three metrics, a ramp and a drifting base at once; the proof is found in most."""
    runs = 300
    ended = [rollout(RULES, traffic(seed, ratio=1.0)).outcome for seed in range(runs)]

    assert ended.count("rolled-back") <= 0.05 * runs
    assert ended.count("promoted") >= 0.6 * runs


def test_rollouts_at_the_margin_are_promoted_in_at_most_alpha() -> None:
    """Exactly twice the errors, which is not negligible: the two ways of proof share one alpha."""
    runs = 300
    ended = [rollout(RULES, traffic(1000 + seed, ratio=2.0)).outcome for seed in range(runs)]

    assert ended.count("promoted") <= 0.05 * runs
    assert ended.count("rolled-back") >= 0.8 * runs


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        pytest.param(1.0, Verdict.FAILED, id="equal"),
        pytest.param(1.5, Verdict.PASSED, id="at-the-margin"),
    ],
)
@pytest.mark.parametrize("as_pairs", [True, False])
def test_dependent_pairs_are_wrong_in_at_most_alpha(
    ratio: float, verdict: Verdict, *, as_pairs: bool
) -> None:
    """Hard requests are hard for both versions; the tests allow for it."""
    rules = judging_only(policy(
        strategy="shadow", steps=[{"weight_percent": 0, "hold_s": 1}], warmup_s=0,
        metrics=[{"id": "errors", "kind": "rate", "margin": 1.5}],
    ))  # fmt: skip
    wrong, runs = 0, 300
    for seed in range(runs):
        rng, state = random.Random(seed), start(rules, at_s=0, history={})
        for number in range(60):
            counts = {"lost": 0, "won": 0, "both": 0, "total": 60}
            for _ in range(60):
                hard = 0.5 if rng.random() < 0.1 else 0.01
                canary, stable = rng.random() < hard * ratio, rng.random() < hard
                counts["both"] += canary and stable
                counts["lost"] += canary and not stable
                counts["won"] += stable and not canary
            arms = {
                "canary": {"events": counts["lost"] + counts["both"], "total": 60},
                "stable": {"events": counts["won"] + counts["both"], "total": 60},
            }
            gained = {"errors": {"pairs": counts} if as_pairs else arms}
            look = RolloutLook(from_s=number, to_s=number + 1, gained=gained)
            state, said, _ = judge(rules, state, look)
            if said is verdict:
                wrong += 1
                break
            if state.outcome is not None:
                break

    assert wrong <= 0.05 * runs


def test_broken_counters_send_healthy_releases_back_in_at_most_alpha() -> None:
    """Replicas restart, scrapes are lost, come twice or an hour late, series vanish."""
    rules = judging_only(policy(warmup_s=0, metrics=[{"id": "errors", "kind": "rate"}]))
    runs = 200
    failed = sum(_broken(rules, seed) for seed in range(runs))

    assert failed <= 0.05 * runs


def _broken(rules: Policy, seed: int) -> bool:
    rng, state = random.Random(seed), start(rules, at_s=0, history={})
    totals: dict[SeriesKey, float] = {}
    last: dict[SeriesKey, Reading] = {}
    old: list[tuple[SeriesKey, Reading]] = []
    for number in range(80):
        for arm, share in (("canary", 50), ("stable", 450)):
            for pod in ("1", "2"):
                if rng.random() < 0.05:  # the process begins again, with both counters
                    for counter in ("events", "total"):
                        totals[SeriesKey("errors", arm, counter, f"{pod}|")] = 0.0
                units = share // 2
                bad = sum(rng.random() < 0.03 for _ in range(units))
                for counter, more in (("events", bad), ("total", units)):
                    key = SeriesKey("errors", arm, counter, f"{pod}|")
                    totals[key] = totals.get(key, 0.0) + more
        now = [(key, Reading(60.0 * number, total)) for key, total in totals.items()]
        sent = [
            one for one in now
            # A scrape is lost for a whole process, never for one counter of it.
            if random.Random(f"{seed} {number} {one[0].arm} {one[0].process}").random() > 0.1
        ]  # fmt: skip
        sent += rng.sample(old, min(len(old), 5))
        old += now
        fresh: dict[SeriesKey, tuple[Reading, ...]] = {}
        for key, reading in sent:
            fresh[key] = (*fresh.get(key, ()), reading)
        made = gains(last, fresh, since_s=60.0 * (number - 1))
        last = made.last
        look = RolloutLook(from_s=60 * number, to_s=60 * number + 60, gained=made.gained)
        state, verdict, _ = judge(rules, state, look)
        if verdict is Verdict.FAILED:
            return True
    return False
