from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.stats.label import (
    ROLLBACK,
    LabelEvidence,
    LabelTest,
    Look,
    judge,
    no_evidence,
    promotion,
)


@st.composite
def look_strategy(draw: st.DrawFn) -> Look:
    canary, stable = draw(st.integers(0, 200)), draw(st.integers(0, 500))
    return Look(
        canary_bad=draw(st.integers(0, canary)),
        canary_total=canary,
        stable_bad=draw(st.integers(0, stable)),
        stable_total=stable,
    )


LOOKS = st.lists(look_strategy(), max_size=8)
TESTS = st.sampled_from([ROLLBACK, promotion(1.5), promotion(2.0)])


def collect(test: LabelTest, looks: list[Look]) -> LabelEvidence:
    evidence = no_evidence(test)
    for look in looks:
        evidence = evidence.add(look)
    return evidence


@given(
    test=TESTS, looks=LOOKS.flatmap(lambda looks: st.tuples(st.just(looks), st.permutations(looks)))
)
def test_the_order_of_looks_does_not_matter(
    test: LabelTest, looks: tuple[list[Look], list[Look]]
) -> None:
    """Looks that arrive late change nothing but the moment."""
    in_order, shuffled = looks

    assert collect(test, shuffled).log_evidence == pytest.approx(
        collect(test, in_order).log_evidence, abs=1e-9
    )


@given(test=TESTS, first=LOOKS, second=LOOKS)
def test_evidence_of_disjoint_looks_merges(
    test: LabelTest, first: list[Look], second: list[Look]
) -> None:
    """Two judges that saw different looks reach together what one would have."""
    merged = collect(test, first).merge(collect(test, second))

    assert merged.log_evidence == pytest.approx(collect(test, first + second).log_evidence)
    assert merged.looks == len(first) + len(second)


@given(look=look_strategy(), test=TESTS)
def test_more_canary_failures_never_mean_less_evidence_of_harm(look: Look, test: LabelTest) -> None:
    """One more failed canary request raises rollback evidence and lowers promotion evidence."""
    if look.canary_bad == look.canary_total:
        return
    worse = Look(
        canary_bad=look.canary_bad + 1,
        canary_total=look.canary_total,
        stable_bad=look.stable_bad,
        stable_total=look.stable_total,
    )
    before = no_evidence(test).add(look).log_evidence
    after = no_evidence(test).add(worse).log_evidence

    if test is ROLLBACK:
        assert after >= before - 1e-12
    else:
        assert after <= before + 1e-12


@pytest.mark.parametrize(
    ("test", "ratio"),
    [
        pytest.param(ROLLBACK, 1.0, id="rollback-at-equal-rates"),
        pytest.param(ROLLBACK, 0.5, id="rollback-of-a-better-canary"),
        pytest.param(promotion(2.0), 2.0, id="promotion-at-the-margin"),
        pytest.param(promotion(2.0), 4.0, id="promotion-beyond-the-margin"),
    ],
)
def test_the_mean_evidence_is_at_most_one_under_the_null(test: LabelTest, ratio: float) -> None:
    """Enumerated: ten bad events, each on the canary with the chance that the ratio gives it."""
    share, bad = 0.2, 10
    chance = share * ratio / (share * ratio + 1 - share)

    mean = math.fsum(
        math.comb(bad, on_canary)
        * chance**on_canary
        * (1 - chance) ** (bad - on_canary)
        * no_evidence(test)
        .add(
            Look(
                canary_bad=on_canary,
                canary_total=20,
                stable_bad=bad - on_canary,
                stable_total=80,
            )
        )
        .evidence
        for on_canary in range(bad + 1)
    )

    assert mean <= 1 + 1e-12
    if ratio in (1.0, 2.0):  # at the edge of the null the bet is fair
        assert mean == pytest.approx(1)


def test_arm_sizes_that_are_fixed_make_the_evidence_conservative() -> None:
    """All ways to place three failures on two canary and four stable requests, equally likely."""
    requests = range(6)
    values = [
        no_evidence()
        .add(
            Look(
                canary_bad=len({0, 1} & set(failed)),
                canary_total=2,
                stable_bad=3 - len({0, 1} & set(failed)),
                stable_total=4,
            )
        )
        .evidence
        for failed in itertools.combinations(requests, 3)
    ]

    assert math.fsum(values) / len(values) < 1


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(
            Look(canary_bad=0, canary_total=0, stable_bad=9, stable_total=99), id="no-canary"
        ),
        pytest.param(
            Look(canary_bad=9, canary_total=99, stable_bad=0, stable_total=0), id="no-stable"
        ),
        pytest.param(
            Look(canary_bad=0, canary_total=0, stable_bad=0, stable_total=0), id="no-traffic"
        ),
        pytest.param(
            Look(canary_bad=0, canary_total=50, stable_bad=0, stable_total=450), id="no-failure"
        ),
    ],
)
def test_no_comparison_is_no_evidence(look: Look) -> None:
    """No data is inconclusive, never passed."""
    rollback, promote = no_evidence().add(look), no_evidence(promotion(2.0)).add(look)

    assert rollback.evidence == 1
    assert judge(rollback, promote, alpha_rollback=0.05, alpha_promote=0.05) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("canary_bad", "looks", "verdict"),
    [
        pytest.param(4, 1, Verdict.INCONCLUSIVE, id="one-bad-look"),
        pytest.param(3, 12, Verdict.FAILED, id="three-times-as-many"),
        pytest.param(1, 8, Verdict.INCONCLUSIVE, id="alike-too-early"),
        pytest.param(1, 20, Verdict.PASSED, id="alike-for-long"),
    ],
)
def test_the_judge_waits_for_proof(canary_bad: int, looks: int, verdict: Verdict) -> None:
    """50 canary and 450 stable requests a look, of which 9 stable ones fail."""
    look = Look(canary_bad=canary_bad, canary_total=50, stable_bad=9, stable_total=450)
    rollback = collect(ROLLBACK, [look] * looks)
    promote = collect(promotion(2.0), [look] * looks)

    assert judge(rollback, promote, alpha_rollback=0.05, alpha_promote=0.05) is verdict


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param((2, 1, 0, 0), id="more-bad-than-requests"),
        pytest.param((-1, 1, 0, 0), id="negative"),
    ],
)
def test_impossible_counts_are_refused(wrong: tuple[int, int, int, int]) -> None:
    """A counter that was reset must pass through `counters` first."""
    with pytest.raises(ValueError, match="bad events"):
        Look(
            canary_bad=wrong[0],
            canary_total=wrong[1],
            stable_bad=wrong[2],
            stable_total=wrong[3],
        )


@pytest.mark.parametrize(
    ("ratios", "weights"),
    [
        pytest.param((0.5, 2.0), (0.5, 0.5), id="both-sides"),
        pytest.param((1.0,), (1.0,), id="the-null-itself"),
        pytest.param((2.0,), (0.5,), id="weights-not-one"),
        pytest.param((2.0, 3.0), (1.0,), id="a-weight-missing"),
    ],
)
def test_a_test_without_a_direction_is_refused(
    ratios: tuple[float, ...], weights: tuple[float, ...]
) -> None:
    """A bet on both sides of the null would have no meaning."""
    with pytest.raises(ValueError, match=r"ratio|weight"):
        LabelTest(null_ratio=1.0, ratios=ratios, weights=weights)


def test_evidence_of_different_tests_is_not_added_up() -> None:
    """Rollback and promotion are two questions."""
    with pytest.raises(ValueError, match="different tests"):
        no_evidence().merge(no_evidence(promotion(2.0)))


def test_overwhelming_evidence_does_not_overflow() -> None:
    """A canary that fails always."""
    look = Look(canary_bad=10**6, canary_total=10**6, stable_bad=0, stable_total=10**6)

    assert math.isfinite(no_evidence().add(look).evidence)
