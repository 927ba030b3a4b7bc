"""Comparisons: clusters, weights and slices count; too few items are said; nothing is not a pass."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.evaluate.compare import Pair, Terms, compare, pairs_of
from aegis.evaluate.estimate import estimate
from aegis.evaluate.power import needed_after, needed_before
from aegis.evaluate.records import Result
from aegis.operations.evaluating.comparing import compare_files


def pairs(lost: int, won: int, tied: int, **changes: object) -> list[Pair]:
    outcomes = [(0.0, 1.0)] * lost + [(1.0, 0.0)] * won + [(1.0, 1.0)] * tied
    return [
        Pair(**{"id": str(i), "candidate": c, "stable": s, "cluster": str(i), **changes})  # type: ignore[arg-type]
        for i, (c, s) in enumerate(outcomes)
    ]


@pytest.mark.parametrize(
    ("found", "verdict", "said"),
    [
        pytest.param([], Verdict.INCONCLUSIVE, "no data", id="nothing"),
        pytest.param(pairs(0, 0, 10), Verdict.INCONCLUSIVE, "missing", id="ten-of-the-same"),
        pytest.param(pairs(0, 0, 100), Verdict.PASSED, "5 points", id="a-hundred-of-the-same"),
        pytest.param(pairs(30, 5, 65), Verdict.FAILED, "worse", id="clearly-worse"),
        pytest.param(pairs(8, 8, 84), Verdict.INCONCLUSIVE, "missing", id="equal-but-few"),
        pytest.param(pairs(50, 50, 1900), Verdict.PASSED, "5 points", id="equal-and-many"),
        pytest.param(pairs(1, 0, 9), Verdict.INCONCLUSIVE, "missing", id="one-lost-of-ten"),
    ],
)
def test_verdicts(found: list[Pair], verdict: Verdict, said: str) -> None:
    """Worse needs proof, not worse needs proof, and the rest says what is missing."""
    result = compare(found, Terms())

    assert result.verdict is verdict
    assert said in " ".join(result.reasons)


def test_one_slice_that_got_worse_fails_the_whole() -> None:
    """Better elsewhere is no excuse."""
    good = pairs(2, 40, 358, slice="chat")
    bad = [Pair(id=f"b{i}", candidate=float(i >= 12), stable=1.0, cluster=f"b{i}", slice="code")
           for i in range(40)]  # fmt: skip
    result = compare(good + bad, Terms())

    assert result.overall.verdict is not Verdict.FAILED
    assert [(s.name, s.verdict) for s in result.slices][1] == ("code", Verdict.FAILED)
    assert result.verdict is Verdict.FAILED


def test_ten_equal_slices_do_not_cry_wolf() -> None:
    """At alpha 5 % together, few of 60 comparisons of equal releases fail in any slice."""
    rng = random.Random(4)  # noqa: S311  # a seeded simulation
    failed = 0
    for _ in range(60):
        found = [
            Pair(id=str(i), candidate=float(rng.random() < 0.8), stable=float(rng.random() < 0.8),
                 cluster=str(i), slice=str(i % 10))
            for i in range(200)
        ]  # fmt: skip
        failed += compare(found, Terms()).verdict is Verdict.FAILED

    assert failed <= 8  # the 99 % point of Binomial(60, 0.05)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=40), st.randoms())
def test_the_order_of_pairs_does_not_matter(
    values: list[tuple[float, float]], rng: random.Random
) -> None:
    """A comparison is about sets."""
    found = [
        Pair(id=str(i), candidate=c, stable=s, cluster=str(i % 7), slice=str(i % 2))
        for i, (c, s) in enumerate(values)
    ]
    shuffled = list(found)
    rng.shuffle(shuffled)
    one, two = compare(found, Terms()), compare(shuffled, Terms())

    assert one.verdict is two.verdict
    assert one.overall.mean == pytest.approx(two.overall.mean)
    assert one.overall.low == pytest.approx(two.overall.low)


def test_weights_move_the_mean_and_equal_weights_do_not() -> None:
    """A sample that counts ten times counts ten times."""
    base = pairs(10, 0, 90)
    heavy = [Pair(id=p.id, candidate=p.candidate, stable=p.stable, cluster=p.cluster,
                  weight=10.0 if p.candidate < p.stable else 1.0) for p in base]  # fmt: skip
    same = [Pair(id=p.id, candidate=p.candidate, stable=p.stable, cluster=p.cluster, weight=3.0)
            for p in base]  # fmt: skip

    assert compare(base, Terms()).overall.mean == pytest.approx(-0.1)
    assert compare(same, Terms()).overall.mean == pytest.approx(-0.1)
    assert compare(heavy, Terms()).overall.mean == pytest.approx(-100 / 190)


def test_a_cluster_is_one_witness() -> None:
    """Twenty lost samples of one document prove less than twenty of as many."""
    together = [Pair(id=str(i), candidate=float(i >= 20), stable=1.0,
                     cluster="one" if i < 20 else str(i)) for i in range(120)]  # fmt: skip

    assert compare(together, Terms()).verdict is not Verdict.FAILED
    assert compare(pairs(20, 0, 100), Terms()).verdict is Verdict.FAILED


def test_only_samples_that_both_answered_are_compared() -> None:
    """The others are counted, and a named scorer is read where there is one."""
    stable = [Result(id="a", score=1, scores={"x": 0.5}), Result(id="b", score=1)]
    candidate = [Result(id="a", score=0, scores={"x": 0.7}), Result(id="c", score=1)]
    plain, unpaired = pairs_of(candidate, stable)
    named, _ = pairs_of(candidate, stable, scorer="x")

    assert [(p.candidate, p.stable) for p in plain] == [(0, 1)]
    assert [(p.candidate, p.stable) for p in named] == [(0.7, 0.5)]
    assert unpaired == 2


def test_more_items_are_never_worse() -> None:
    """What is missing falls as items come, for the same spread."""
    missing = [needed_before(items=n, clusters=n, stable_rate=0.8, tolerated_drop=0.05).missing
               for n in (10, 100, 300, 1000)]  # fmt: skip
    effect = needed_before(items=100, clusters=20, stable_rate=0.8, tolerated_drop=0.05)

    assert missing == sorted(missing, reverse=True)
    assert missing[-1] == 0
    assert (
        effect.needed
        > needed_before(items=100, clusters=100, stable_rate=0.8, tolerated_drop=0.05).needed
    )
    assert needed_after(items=100, standard_error=0.01, tolerated_drop=0.05).missing == 0


def test_files_over_different_data_or_scorers_never_pass(tmp_path: Path) -> None:
    """Ids that agree by accident are no comparison."""
    rows = [json.dumps({"id": str(i), "score": 1}) for i in range(200)]
    release = {"model": "m", "protocol": "openai", "endpoint": ""}
    files = []
    for name, digest in (("a", "x"), ("b", "x"), ("c", "y")):
        run = {"started": "", "dataset": "d", "dataset_digest": digest, "samples": 200,
               "release": release, "scorers": ["exact"]}  # fmt: skip
        files.append(tmp_path / name)
        files[-1].write_text("\n".join([json.dumps({"run": run}), *rows]))
    same, other = (compare_files(files[0], f, Terms()) for f in files[1:])

    assert same.verdict is Verdict.PASSED
    assert other.verdict is Verdict.INCONCLUSIVE
    assert "different data sets" in other.problems[0]


# --- means ---


def rows(scores: list[float], **changes: object) -> list[Result]:
    return [
        Result.model_validate({"id": str(i), "score": s, **changes}) for i, s in enumerate(scores)
    ]


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(rows([1.0] * 18 + [0.0] * 2), id="exact"),
        pytest.param(rows([0.25, 0.5, 0.75] * 10), id="betting"),
        pytest.param(rows([1.0, 0.0] * 20, cluster="one"), id="one-cluster"),
        pytest.param([r.model_copy(update={"cluster": str(i // 3)}) for i, r in
                      enumerate(rows([1.0, 1.0, 0.0] * 15 + [1.0] * 5))], id="clusters"),
        pytest.param([r.model_copy(update={"weight": 1.0 + i}) for i, r in
                      enumerate(rows([1.0, 0.0] * 15))], id="weights"),
        pytest.param([r.model_copy(update={"cluster": str(i // 2)}) for i, r in
                      enumerate(rows([1.0] * 40))], id="clusters-that-all-pass"),
    ],
)  # fmt: skip
def test_an_interval_holds_its_mean_and_stays_between_0_and_1(found: list[Result]) -> None:
    """Whatever the samples look like, and it is never a point."""
    mean = estimate([r.score for r in found], found)

    assert mean is not None
    assert 0 <= mean.low <= mean.mean <= mean.high <= 1
    assert mean.high - mean.low > 0.05


def test_samples_of_one_document_widen_the_interval() -> None:
    """Forty samples of ten documents that agree within are worth ten."""
    scores = [float(i // 4 % 2) for i in range(80)]
    alone = estimate(scores, rows(scores))
    grouped = [r.model_copy(update={"cluster": str(i // 4)}) for i, r in enumerate(rows(scores))]
    together = estimate(scores, grouped)

    assert alone is not None
    assert together is not None
    assert together.clusters == 20
    assert together.high - together.low > 1.8 * (alone.high - alone.low)


def test_no_results_have_no_mean() -> None:
    """Nothing measured is nothing said."""
    assert estimate([], []) is None
