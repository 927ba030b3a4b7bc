"""Releases that meet everybody at once: proof before the switch, and stable's past after it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.rollout.doubles import JumpingClock, Switch, TwoArms, policy
from tests.rollout.test_state import Gained, play, rate, shadowed

from aegis.base.verdict import Verdict
from aegis.rollout.forecast import forecast
from aegis.rollout.loop import Rollout
from aegis.rollout.policy import Policy
from aegis.rollout.service import judging_only
from aegis.rollout.state import Outcome, RolloutLook, judge, start, waits_for
from aegis.rollout.world import Past

STEPS = [{"weight_percent": 0, "hold_s": 120}, {"weight_percent": 100, "hold_s": 300}]
ERRORS = {"id": "errors", "kind": "rate", "margin": 2, "limit": 0.2, "minimum": 50}


def switched(**changes: Any) -> Policy:
    return policy(**{"strategy": "blue-green", "steps": STEPS, "metrics": [ERRORS], **changes})


SMOKE = {"errors": rate((0, 100), (18, 900))}
AFTER = {"errors": rate((20, 1000), (0, 0))}
THRICE = {"errors": rate((60, 1000), (0, 0))}
TWICE = {"errors": rate((40, 1000), (0, 0))}


@pytest.mark.parametrize(
    ("before", "after", "outcome", "says"),
    [
        pytest.param(SMOKE, AFTER, "promoted", "every margin proved", id="as-good-as-stable-was"),
        pytest.param(SMOKE, THRICE, "rolled-back", "worse than stable: errors (", id="three-times-worse"),
        pytest.param(
            {"errors": rate((60, 100), (18, 900))}, AFTER, "rolled-back", "above 20 %",
            id="over-its-limit-before",
        ),
    ],
)  # fmt: skip
def test_after_the_switch_it_is_held_against_stable_before_it(
    before: Gained, after: Gained, outcome: str, says: str
) -> None:
    """Below its limit of 20 %, three times stable's 2 % is found; an equal one is proved."""
    state, said = play(switched(), [before] * 4 + [after] * 60)

    assert state.outcome == outcome
    assert says in state.reason
    assert [a.weight_percent for _, a in said if a.kind == "set-weight"] in ([100], [])


def test_nobody_is_switched_without_proof_on_requests_sent_on_purpose() -> None:
    """Three requests a look exclude its limit some day, and not at the end of the hold."""
    few = {"errors": rate((0, 3), (18, 900))}
    rules = switched(metrics=[{**ERRORS, "minimum": 10}])
    waiting, _ = play(rules, [few] * 7)
    proved, _ = play(rules, [few] * 20)

    assert (waiting.step, proved.step) == (0, 1)
    assert waits_for(rules, waiting) == ("errors is not yet proved to be below its limit of 20 %",)


def test_the_forecast_says_how_many_requests_it_takes() -> None:
    """So many clean ones are proof, and one less is none."""
    first = forecast(switched(), Past())[0]
    needed = int(first.split()[1])

    def step(clean: int) -> int:
        rules = switched(metrics=[{**ERRORS, "minimum": 1}], warmup_s=0)
        looks = [{"errors": rate((0, 0), (18, 900))}] * 3 + [
            {"errors": rate((0, clean), (18, 900))}
        ]
        return play(rules, looks)[0].step

    assert (step(needed - 1), step(needed)) == (0, 1), first


def test_what_stays_unproved_after_the_switch_is_held() -> None:
    """The cap promotes nobody: twice as bad as stable was is neither worse for sure nor harmless."""
    twice = {"errors": rate((3, 100), (0, 0))}
    rules = switched(cap={"looks": 30, "seconds": 1e9})

    state, said = play(rules, [SMOKE] * 4 + [twice] * 40)

    assert state.outcome == "held"
    assert said[-1][1].weight_percent == 100


def test_mirrored_requests_prove_the_margin_before_the_switch() -> None:
    """Pairs that differ, as for a shadow; worse ones never reach a user."""
    rules = switched(before_switch="mirror", metrics=[{**ERRORS, "limit": None}], warmup_s=0)

    good, said = play(rules, [shadowed(2, 2, 40)] * 20 + [AFTER] * 20)
    bad, stayed = play(rules, [shadowed(6, 1, 40)] * 40)

    assert good.outcome == "promoted"
    assert bad.outcome == "rolled-back"
    assert [a.kind for _, a in said].count("set-weight") == 1
    assert "set-weight" not in [a.kind for _, a in stayed]


@pytest.mark.parametrize(
    ("metric", "before", "good", "bad"),
    [
        pytest.param(
            {"id": "m", "kind": "rate", "better": "higher", "margin": 1.5},
            rate((10, 50), (300, 1000)), rate((300, 1000), (0, 0)), rate((200, 1000), (0, 0)),
            id="good-events",
        ),
        pytest.param(
            {"id": "m", "kind": "score", "better": "higher", "margin": 1.5},
            {a: {"sum": 0.9 * n, "count": n} for a, n in (("canary", 50), ("stable", 1000))},
            {"canary": {"sum": 900.0, "count": 1000}, "stable": {"sum": 0.0, "count": 0}},
            {"canary": {"sum": 820.0, "count": 1000}, "stable": {"sum": 0.0, "count": 0}},
            id="scores",
        ),
        pytest.param(
            {"id": "m", "kind": "latency", "edges": [1, 2], "slow_edge": 1, "margin": 1.5},
            {a: {"1": 0.9 * n, "2": n, "+Inf": n} for a, n in (("canary", 50), ("stable", 1000))},
            {"canary": {"1": 900, "2": 1000, "+Inf": 1000}, "stable": {"1": 0, "2": 0, "+Inf": 0}},
            {"canary": {"1": 820, "2": 1000, "+Inf": 1000}, "stable": {"1": 0, "2": 0, "+Inf": 0}},
            id="slow-requests",
        ),
    ],
)  # fmt: skip
def test_every_kind_of_metric_is_held_against_its_past(
    metric: dict[str, Any], before: Any, good: Any, bad: Any
) -> None:
    rules = switched(
        metrics=[{**ERRORS, "limit": 0.9}, metric],
        steps=[{"weight_percent": 0, "hold_s": 1800}, {"weight_percent": 100, "hold_s": 300}],
    )
    looks = [{"errors": SMOKE["errors"], "m": before}] * 31

    fine, _ = play(rules, looks + [{**AFTER, "m": good}] * 40)
    worse, _ = play(rules, looks + [{**AFTER, "m": bad}] * 40)

    assert fine.outcome == "promoted"
    assert worse.outcome == "rolled-back"
    assert worse.reason.startswith("worse than stable: m (")


def test_a_switch_goes_back_by_the_switch_and_survives_a_kill(tmp_path: Any) -> None:
    """The record alone is enough: a second process makes the same decisions and ends it."""
    clock, switch, path = JumpingClock(), Switch(), tmp_path / "r.jsonl"

    class Busy(TwoArms):
        """Stable serves everybody, and fifty requests a minute are sent to the new version."""

        def _minute(self) -> None:
            draw = random.Random(self.at_s)  # noqa: S311  # a seeded simulation
            everybody = (self.switch.weight() or 0) == 100
            for arm, units, share in (
                ("canary", 1000 if everybody else 100, 0.08 if everybody else 0.01),
                ("stable", 0 if everybody else 1000, 0.02),
            ):
                bad = sum(draw.random() < share for _ in range(units))
                self._add("errors", arm, "events", bad)
                self._add("errors", arm, "total", units)

    arms = Busy(switch, rates={})

    def process() -> Rollout:
        return Rollout(switched(), "sha256:p", path=path, source=arms, router=switch, clock=clock)

    first = process()
    first.begin()
    first._route()  # noqa: SLF001  # a kill after the first weight
    for _ in range(3):
        clock.sleep(60)
        first.look()
    state = process().run()

    assert switch.weights == [0, 100, 0]
    assert state.outcome == "rolled-back"
    assert state.reason.startswith("worse than stable: errors (")


def test_the_web_metric_sees_the_switch_in_the_counts() -> None:
    """Whoever moves the traffic tells nobody; when stable is silent the new version has it all."""
    rules = judging_only(switched())
    state, said = start(rules, at_s=0.0, history={}), list[Verdict]()
    for number, gained in enumerate([SMOKE] * 6 + [TWICE] * 10):
        look = RolloutLook(from_s=60.0 * number, to_s=60.0 * (number + 1), gained=gained)
        state, verdict, _ = judge(rules, state, look)
        said.append(verdict)
        if state.outcome:
            break

    assert said[5] is Verdict.PASSED  # it may be switched
    assert said[6] is Verdict.INCONCLUSIVE  # and is not yet proved
    assert state.reason.startswith("worse than stable: errors (")


@pytest.mark.slow
@pytest.mark.parametrize(
    "factor", [pytest.param(1.0, id="healthy"), pytest.param(2.0, id="at-the-margin")]
)
def test_switches_err_in_at_most_alpha(factor: float) -> None:
    """A healthy one goes back, or one at the margin is promoted, in at most 5 % of 300 releases."""
    rules = switched(
        steps=[{"weight_percent": 0, "hold_s": 2400}, {"weight_percent": 100, "hold_s": 600}],
        cap={"looks": 120, "seconds": 1e9},
    )
    runs = 300
    ended: list[Outcome | None] = []
    for seed in range(runs):
        draw = random.Random(f"{seed} {factor}")  # noqa: S311  # a seeded simulation

        def look(canary: int, stable: int, share: float, draw: random.Random = draw) -> Gained:
            bad = [sum(draw.random() < s for _ in range(n))
                   for n, s in ((canary, share), (stable, 0.02))]  # fmt: skip
            return {"errors": rate((bad[0], canary), (bad[1], stable))}

        looks = [look(40, 400, 0.02) for _ in range(41)]
        looks += [look(400, 0, 0.02 * factor) for _ in range(100)]
        ended.append(play(rules, looks)[0].outcome)

    wrong: Outcome = "rolled-back" if factor == 1.0 else "promoted"
    right: Outcome = "promoted" if factor == 1.0 else "rolled-back"
    assert ended.count(wrong) <= 0.05 * runs
    assert ended.count(right) >= 0.8 * runs
