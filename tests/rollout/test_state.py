"""The decision, look by look: one judge for all four strategies."""

from __future__ import annotations

from typing import Any

import pytest
from tests.rollout.doubles import POLICY, policy

from aegis.base.verdict import Verdict
from aegis.rollout.policy import Policy
from aegis.rollout.state import Action, RolloutLook, RolloutState, advance, start, weight_of

Gained = dict[str, dict[str, dict[str, float]]]


def rate(canary: tuple[float, float], stable: tuple[float, float]) -> dict[str, dict[str, float]]:
    """Events and units of both arms."""
    return {
        arm: {"events": events, "total": total}
        for arm, (events, total) in (("canary", canary), ("stable", stable))
    }


def play(
    rules: Policy, looks: list[Gained], *, look_s: float = 60.0
) -> tuple[RolloutState, list[tuple[Verdict, Action]]]:
    """The state and all answers; stops when the rollout is over."""
    state, at_s, said = start(rules, at_s=0.0, history={}), 0.0, []
    for gained in looks:
        look = RolloutLook(from_s=at_s, to_s=at_s + look_s, gained=gained)
        state, verdict, action = advance(rules, state, look)
        said.append((verdict, action))
        at_s += look_s
        if state.outcome is not None:
            break
    return state, said


EQUAL = {"errors": rate((2, 100), (18, 900))}
ALONE = {"errors": rate((20, 1000), (0, 0))}
HALF = {"errors": rate((10, 500), (10, 500))}
WORSE = {"errors": rate((9, 100), (18, 900))}


def test_an_equal_canary_takes_every_step_and_is_promoted_on_proof() -> None:
    """Holds are kept, the margin is proved, and everybody is watched for a while at the end."""
    state, said = play(policy(), [EQUAL] * 6 + [HALF] * 5 + [ALONE] * 5)

    assert state.outcome == "promoted"
    weights = [a.weight_percent for _, a in said if a.kind == "set-weight"]
    assert weights == [50, 100]
    assert said[-1][0] is Verdict.PASSED
    assert [a.kind for _, a in said].index("set-weight") == 5  # one minute warm-up, then five held


def test_a_worse_canary_goes_back_and_the_metric_is_named() -> None:
    """At the first look at which the evidence suffices, whatever the hold says."""
    state, said = play(policy(), [EQUAL, WORSE, WORSE, WORSE])

    assert state.outcome == "rolled-back"
    assert "errors" in state.reason
    assert said[-1] == (
        Verdict.FAILED, Action(kind="roll-back", weight_percent=0, reason=state.reason),
    )  # fmt: skip


@pytest.mark.parametrize(
    "silence",
    [
        pytest.param({}, id="no-metric-at-all"),
        pytest.param({"errors": {}}, id="no-arm"),
        pytest.param({"errors": {"stable": {"events": 1.0, "total": 900.0}}}, id="only-stable"),
        pytest.param({"errors": {"canary": {"total": 100.0}}}, id="only-one-counter"),
        pytest.param({"errors": rate((0, 0), (18, 900))}, id="nothing-on-the-canary"),
        pytest.param({"errors": rate((120, 100), (18, 900))}, id="more-events-than-units"),
    ],
)
def test_no_data_is_inconclusive_and_moves_nothing(silence: Gained) -> None:
    """Never passed: the weight stays until the cap, and then the rollout holds."""
    rules = policy(cap={"looks": 50, "seconds": 1e6})

    state, said = play(rules, [silence] * 60)

    assert {verdict for verdict, _ in said} == {Verdict.INCONCLUSIVE}
    assert {action.weight_percent for _, action in said} == {10}
    assert (state.outcome, said[-1][1].kind) == ("held", "hold")


def test_a_look_without_data_does_not_move_what_earlier_looks_allowed() -> None:
    """Everything was proved, but who is blind now does not go on."""
    state, said = play(policy(), [EQUAL] * 5 + [{}] * 10)

    assert state.outcome is None
    assert all(action.kind == "stay" for _, action in said)


def test_the_cap_holds_and_can_go_back_but_never_promotes() -> None:
    """Nothing is wrong, and nothing is proved."""
    thin = {"errors": rate((0, 2), (0, 18))}
    for then, outcome in (("hold", "held"), ("roll-back", "rolled-back")):
        state, _ = play(policy(cap={"looks": 30, "seconds": 1e6, "then": then}), [thin] * 40)

        assert state.outcome == outcome
        assert "errors has" in state.reason


def test_warm_up_is_excluded_in_advance() -> None:
    """A cold start that is terrible for a minute counts for nothing; the next minute does."""
    terrible = {"errors": rate((60, 100), (18, 900))}

    assert play(policy(), [terrible, EQUAL, EQUAL])[0].outcome is None
    assert play(policy(warmup_s=0), [terrible])[0].outcome == "rolled-back"


def test_settling_and_delay_exclude_looks_after_a_change_of_weight() -> None:
    """What happened at the old share is not judged at the new one."""
    odd = {"errors": rate((60, 100), (18, 900))}
    rules = policy(settle_s=120, warmup_s=0)

    assert play(rules, [odd, odd])[0].outcome is None
    assert play(rules, [odd, odd, odd])[0].outcome == "rolled-back"

    late = policy(warmup_s=0, metrics=[{"id": "errors", "kind": "rate", "delay_s": 120}])
    assert play(late, [odd, odd])[0].outcome is None
    assert play(late, [odd, odd, odd])[0].outcome == "rolled-back"


def test_a_stable_that_never_fails_does_not_block_a_promotion_for_ever() -> None:
    """There is no ratio to prove without bad events; a negligible share is proof as well."""
    clean, half = {"errors": rate((0, 100), (0, 900))}, {"errors": rate((0, 500), (0, 500))}
    everybody = {"errors": rate((0, 1000), (0, 0))}
    looks = [clean] * 6 + [half] * 5 + [everybody] * 5
    ratio = {"id": "errors", "kind": "rate", "margin": 2}

    stuck, _ = play(policy(metrics=[ratio]), looks[:11] + [half] * 60)
    proved, _ = play(policy(metrics=[{**ratio, "negligible": 0.02}]), looks)

    assert stuck.step == 1
    assert proved.outcome == "promoted"


def shadowed(lost: float, won: float, both: float) -> Gained:
    """A hundred requests that both versions answered."""
    pairs = {"lost": lost, "won": won, "both": both, "total": 100.0}
    return {"errors": {"pairs": pairs}}


def test_shadow_is_judged_pair_by_pair() -> None:
    """What both versions get wrong says nothing; what only one gets wrong does."""
    rules = policy(
        strategy="shadow", steps=[{"weight_percent": 0, "hold_s": 600}], warmup_s=0,
        metrics=[{"id": "errors", "kind": "rate", "margin": 2}],
    )  # fmt: skip

    hard, _ = play(rules, [shadowed(2, 2, 40)] * 20)
    worse, _ = play(rules, [shadowed(6, 1, 40)] * 20)

    assert hard.outcome == "promoted"
    assert worse.outcome == "rolled-back"


def test_shadow_without_pairs_is_judged_by_both_arms_with_a_fair_coin() -> None:
    """Counted late on one arm or not, each request was answered twice."""
    rules = policy(
        strategy="shadow", steps=[{"weight_percent": 0, "hold_s": 600}], warmup_s=0,
        metrics=[{"id": "errors", "kind": "rate", "margin": 2}],
    )  # fmt: skip
    late = {"errors": rate((10, 80), (12, 100))}

    assert play(rules, [late] * 20)[0].outcome == "promoted"


def ab(**goal: Any) -> Policy:
    return policy(
        strategy="ab", warmup_s=0,
        steps=[{"weight_percent": 50, "hold_s": 600}],
        metrics=[
            {"id": "errors", "kind": "rate", "margin": 2},
            {"id": "sales", "kind": "rate", "better": "higher", "role": "goal", **goal},
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sales", "outcome"),
    [
        pytest.param((80, 500), "promoted", id="more-sales"),
        pytest.param((50, 500), "held", id="as-many-sales"),
        pytest.param((20, 500), "rolled-back", id="fewer-sales"),
    ],
)
def test_an_experiment_is_won_only_by_proof_of_gain(
    sales: tuple[float, float], outcome: str
) -> None:
    """No harm is not a gain: without proof it holds at its cap."""
    gained = {"errors": rate((10, 500), (10, 500)), "sales": rate(sales, (50, 500))}
    rules = ab().model_copy(update={"cap": policy(cap={"looks": 60, "seconds": 1e9}).cap})

    assert play(rules, [gained] * 80)[0].outcome == outcome


def test_a_split_that_is_not_the_planned_one_goes_back() -> None:
    """Everything rests on it; nothing is claimed about the model."""
    rules = policy(warmup_s=0)
    odd = {"errors": rate((4, 200), (16, 800))}

    state, _ = play(rules, [odd] * 5)

    assert state.outcome == "rolled-back"
    assert "split" in state.reason
    assert play(policy(warmup_s=0, alpha={"split": None}), [odd] * 5)[0].outcome is None


def test_bursts_count_once_when_the_policy_says_how_long_they_are() -> None:
    """Five failures of one session are one bad session."""
    burst = {"errors": rate((10, 100), (15, 900))}
    one = {"id": "errors", "kind": "rate"}

    alarmed, _ = play(policy(metrics=[one], warmup_s=0), [burst])
    calm, _ = play(policy(metrics=[{**one, "events_per_unit": 5}], warmup_s=0), [burst])

    assert alarmed.outcome == "rolled-back"
    assert calm.outcome is None


def test_scores_are_judged_by_what_is_missing_to_perfection() -> None:
    """Fractions of a point count as fractions of an event."""
    score = {"id": "answers", "kind": "score", "better": "higher", "margin": 2}
    rules = policy(metrics=[score], warmup_s=0)

    def answers(mean: float) -> Gained:
        arms = {"canary": (100 * mean, 100.0), "stable": (810.0, 900.0)}
        return {"answers": {arm: {"sum": s, "count": n} for arm, (s, n) in arms.items()}}

    assert play(rules, [answers(0.75)] * 10)[0].outcome == "rolled-back"
    assert play(rules, [answers(0.9)] * 10)[0].outcome is None


def test_a_slower_canary_goes_back_on_buckets_alone() -> None:
    """Cumulative counts by edge, as Prometheus has them."""
    metric = {"id": "ttft", "kind": "latency", "edges": [0.1, 0.5, 1.0]}
    rules = policy(metrics=[metric])

    def look(canary: list[float]) -> Gained:
        names = ("0.1", "0.5", "1", "+Inf")
        stable = [300.0, 800.0, 880.0, 900.0]
        arms = {"canary": canary, "stable": stable}
        return {"ttft": {a: dict(zip(names, v, strict=True)) for a, v in arms.items()}}

    slow, _ = play(rules, [look([10, 60, 80, 100])] * 8)
    same, _ = play(rules, [look([33, 89, 98, 100])] * 8)

    assert slow.outcome == "rolled-back"
    assert same.outcome is None


def test_what_fails_only_under_load_does_not_live_on_its_good_past() -> None:
    """After hours of health at 10 %, twice the errors at 50 % go back as if the past were short."""
    better = {"errors": rate((0, 100), (18, 900))}
    under_load = {"errors": rate((20, 500), (10, 500))}
    long = policy(steps=[{"weight_percent": 10, "hold_s": 60 * 300}, *POLICY["steps"][1:]])
    short = policy()

    after_long, _ = play(long, [better] * 301 + [under_load] * 20)
    after_short, _ = play(short, [better] * 6 + [under_load] * 20)

    assert after_long.outcome == after_short.outcome == "rolled-back"
    assert after_long.looks - 301 <= after_short.looks - 6 + 3


def test_a_rollout_that_is_over_takes_no_more_looks() -> None:
    """Evidence after the end changes nothing."""
    state, _ = play(policy(warmup_s=0), [WORSE] * 5)

    assert weight_of(policy(), state) == 0
    with pytest.raises(ValueError, match="over"):
        advance(policy(), state, RolloutLook(from_s=0, to_s=1))
