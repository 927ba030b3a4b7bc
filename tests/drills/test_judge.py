"""Each measure on observations whose answer is known, good and bad; silence is never a pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.drills import stage

from aegis.base.verdict import Verdict
from aegis.drills.bounds import bounds_of
from aegis.drills.catalogue import DRILLS
from aegis.drills.faults import GARBLES, Fault, garble_of
from aegis.drills.judge import MEASURES, Judgement, Seen, judged, verdict_of
from aegis.drills.load import Answer, Result
from aegis.drills.proxy import Reached
from aegis.drills.types import Claim
from aegis.gateway.policy import Policy


def answer(name: str, result: Result = "ok", **more: object) -> Answer:
    given_: dict[str, object] = {
        "sent_s": 1.0,
        "stream": True,
        "first_s": 0.1,
        "done_s": 0.2,
        **more,
    }
    return Answer(phase="fault", id=name, result=result, **given_)  # type: ignore[arg-type]  # a table


def reached(name: str, *, hit: bool = True, **more: object) -> Reached:
    return Reached(id=name, at_s=1.01, track="stable", hit=hit, **more)  # type: ignore[arg-type]  # a table


def claim(measure: str, *, most: float | None = None, least: float | None = None) -> Claim:
    return Claim(measure=measure, says="so", at_most=most, at_least=least, source="a test")


OK, BAD, UNKNOWN = Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE
MANY = tuple(answer(f"a{n}") for n in range(20))


@pytest.mark.parametrize(
    ("stated", "seen", "verdict"),
    [
        pytest.param(
            claim("errors-share", most=0.05),
            Seen(answers=(*MANY[:19], answer("x", "cut"))),
            OK,
            id="errors-within",
        ),
        pytest.param(
            claim("errors-share", most=0.04),
            Seen(answers=(*MANY[:19], answer("x", "cut"))),
            BAD,
            id="errors-beyond",
        ),
        pytest.param(
            claim("errors-share", most=0.0),
            Seen(answers=(answer("x", "refused"), answer("y"))),
            OK,
            id="a-guardrail-is-no-error",
        ),
        pytest.param(claim("errors-share", most=0.5), Seen(), UNKNOWN, id="nobody-asked"),
        pytest.param(
            claim("ttft-p95", most=100), Seen(answers=MANY), OK, id="first-tokens-in-time"
        ),
        pytest.param(claim("ttft-p95", most=99), Seen(answers=MANY), BAD, id="first-tokens-late"),
        pytest.param(
            claim("ttft-p95", most=100),
            Seen(answers=(answer("x", "error"),)),
            UNKNOWN,
            id="no-first-token",
        ),
        pytest.param(claim("latency-p95", most=199), Seen(answers=MANY), BAD, id="answers-late"),
        pytest.param(
            claim("told-share", least=1),
            Seen(answers=(answer("x", "error", told=True),)),
            OK,
            id="told",
        ),
        pytest.param(
            claim("told-share", least=1),
            Seen(answers=(answer("x", "error"), answer("y", "shed", told=True))),
            BAD,
            id="one-untold",
        ),
        pytest.param(claim("told-share", least=1), Seen(), UNKNOWN, id="nobody-to-tell"),
        pytest.param(
            claim("deceived", most=0),
            Seen(answers=(answer("x", "broken"),), reached=(reached("x"),)),
            OK,
            id="broken-is-seen",
        ),
        pytest.param(
            claim("deceived", most=0),
            Seen(answers=(answer("x"),), reached=(reached("x"),)),
            BAD,
            id="broken-passes-as-whole",
        ),
        pytest.param(
            claim("deceived", most=0),
            Seen(answers=(answer("x"),), reached=(reached("x", hit=False),)),
            UNKNOWN,
            id="no-fault-met",
        ),
        pytest.param(
            claim("deceived", most=0),
            Seen(
                answers=(answer("x"), answer("y", "broken")),
                reached=(reached("x"), reached("x", hit=False), reached("y")),
            ),
            OK,
            id="asked-again-and-answered",
        ),
        pytest.param(
            claim("arrivals-per-request", most=1.1),
            Seen(reached=(reached("x"), reached("x"))),
            BAD,
            id="a-storm",
        ),
        pytest.param(
            claim("arrivals-per-request", most=1.1),
            Seen(reached=(reached("x"), reached("y"))),
            OK,
            id="no-storm",
        ),
        pytest.param(
            claim("failures-per-fault", most=1),
            Seen(
                answers=(answer("x", "error"), answer("y", "error")),
                reached=(reached("x"), reached("y", hit=False)),
            ),
            BAD,
            id="one-fault-two-failures",
        ),
        pytest.param(
            claim("turned-away", most=0),
            Seen(answers=(answer("x", "error"),)),
            BAD,
            id="turned-away",
        ),
        pytest.param(
            claim("turned-away", most=0),
            Seen(answers=(answer("x", "error"),), reached=(reached("x"),)),
            OK,
            id="failed-behind",
        ),
        pytest.param(
            claim("leaked", most=0),
            Seen(answers=(answer("x", leaked=True),), reached=(reached("x"),)),
            BAD,
            id="it-leaks",
        ),
        pytest.param(
            claim("leaked", most=0),
            Seen(answers=(answer("x", "filtered"),), reached=(reached("x"),)),
            OK,
            id="it-does-not",
        ),
        pytest.param(
            claim("leaked", most=0),
            Seen(answers=(answer("x"),)),
            UNKNOWN,
            id="the-backend-was-not-asked",
        ),
        pytest.param(
            claim("flagged-share", least=1),
            Seen(answers=MANY[:2], decisions={"flag": 1.0, "allow": 1.0}),
            BAD,
            id="one-unflagged",
        ),
        pytest.param(
            claim("flagged-share", least=1),
            Seen(answers=MANY[:2], decisions={"flag": 2.0}),
            OK,
            id="all-flagged",
        ),
        pytest.param(
            claim("flagged-share", least=1), Seen(answers=MANY[:2]), UNKNOWN, id="no-metrics"
        ),
        pytest.param(
            claim("longest-input", most=9),
            Seen(reached=(reached("x", input_tokens=10),)),
            BAD,
            id="too-long",
        ),
        pytest.param(
            claim("longest-asked", most=9),
            Seen(reached=(reached("x", asked_tokens=9),)),
            OK,
            id="bounded",
        ),
        pytest.param(
            claim("longest-asked", most=9), Seen(reached=(reached("x"),)), BAD, id="no-bound-at-all"
        ),
        pytest.param(
            claim("at-once", most=2), Seen(reached=(reached("x"),), at_once=3), BAD, id="a-crowd"
        ),
        pytest.param(claim("longest-wait", most=0.1), Seen(answers=MANY), BAD, id="a-long-wait"),
        pytest.param(
            claim("judge-right", least=1),
            Seen(judged=Judgement(right=True, said="back")),
            OK,
            id="the-judge-saw-it",
        ),
        pytest.param(
            claim("judge-right", least=1),
            Seen(judged=Judgement(right=False, said="on")),
            BAD,
            id="the-judge-did-not",
        ),
        pytest.param(claim("judge-right", least=1), Seen(), UNKNOWN, id="no-judge"),
        pytest.param(
            claim("own-failures", most=0),
            Seen(answers=(answer("x", "error"),), reached=(reached("x", hit=False),)),
            BAD,
            id="the-backend-itself",
        ),
        pytest.param(
            claim("own-failures", most=0),
            Seen(answers=(answer("x", "error"),), reached=(reached("x"),)),
            OK,
            id="only-the-fault",
        ),
        pytest.param(
            claim("gateway-lost", most=0),
            Seen(answers=(answer("", "lost"),)),
            BAD,
            id="the-gateway-is-gone",
        ),
    ],
)
def test_a_claim_is_held_failed_or_unknown(stated: Claim, seen: Seen, verdict: Verdict) -> None:
    """One observation more or less turns the verdict; without any it stays open."""
    (measured,) = judged((stated,), seen)

    assert measured.verdict is verdict, measured


FAILING = tuple(answer(f"f{n}", "error", sent_s=n / 10, told=True) for n in range(10))
BEHIND = tuple(reached(f"f{n}") for n in range(10))


@pytest.mark.parametrize(
    ("opened_at", "limit", "verdict"),
    [
        pytest.param(5, 5, OK, id="in-time"),
        pytest.param(6, 4, BAD, id="late"),
        pytest.param(10, 5, BAD, id="never"),
        pytest.param(10, 20, UNKNOWN, id="too-few-to-say"),
    ],
)
def test_a_breaker_opens_after_so_many_bad_answers(
    opened_at: int, limit: int, verdict: Verdict
) -> None:
    """Open is seen at the first refusal that did not reach the backend."""
    answers = tuple(replace(a, done_s=0.05) for a in FAILING)
    seen = Seen(answers=answers, reached=BEHIND[:opened_at])

    (measured,) = judged((claim("opened-after", most=limit),), seen)

    assert measured.verdict is verdict, measured


def test_while_open_only_probes_reach_the_backend() -> None:
    """What arrives after the first refusal is counted, what came before is not."""
    seen = Seen(answers=FAILING, reached=(*BEHIND[:5], reached("f8")))

    assert judged((claim("probes", most=1),), seen)[0].verdict is OK
    assert judged((claim("probes", most=0),), seen)[0].verdict is BAD


@pytest.mark.parametrize(("arrived", "verdict"), [(61, OK), (120, BAD)])
def test_a_rate_is_held_beyond_its_bucket(arrived: int, verdict: Verdict) -> None:
    """Ten a second with five seconds in the bucket: fifty at once, ten more in the second after."""
    answers = tuple(answer(f"n{n}", sent_s=0.0) for n in range(arrived))
    came = tuple(replace(reached(f"n{n}"), at_s=1.0) for n in range(arrived))

    (measured,) = judged((claim("admitted-per-s", most=10),), Seen(answers=answers, reached=came))

    assert measured.verdict is verdict, measured


def test_tokens_are_held_beyond_bucket_and_one_debt_each() -> None:
    """An answer at once may overdraw; the next may not."""
    one = (answer("x", tokens=600, sent_s=0.0),)
    two = (*one, answer("y", tokens=600, sent_s=0.0))
    came = tuple(replace(reached(n), at_s=1.0) for n in ("x", "y"))
    stated = (claim("tokens-per-s", most=100),)

    assert judged(stated, Seen(answers=one, reached=came[:1], at_once=1))[0].verdict is OK
    assert judged(stated, Seen(answers=two, reached=came, at_once=0))[0].verdict is BAD


def test_one_failure_fails_and_one_silence_is_no_pass() -> None:
    """The verdict over all claims."""
    good, bad, open_ = (
        judged((claim("at-once", most=2),), Seen(reached=(reached("x"),) * many, at_once=n))[0]
        for n, many in ((1, 1), (3, 1), (0, 0))
    )

    assert verdict_of((good, good)) is OK
    assert verdict_of((good, open_)) is UNKNOWN
    assert verdict_of((good, bad, open_)) is BAD
    assert verdict_of(()) is UNKNOWN


@given(st.integers(1, 100), st.integers(0, 10_000), st.integers(1, 20))
def test_a_share_of_faults_is_exact_and_the_same_for_a_seed(
    percent: int, seed: int, blocks: int
) -> None:
    """Of any number of twenties as many are hit as the share says, to less than one."""
    fault = Fault(kind="error", does="", share=percent / 100)
    hit = [fault.hits(n, seed) for n in range(20 * blocks)]

    assert abs(sum(hit) - 20 * blocks * percent / 100) < 1
    assert hit == [fault.hits(n, seed) for n in range(20 * blocks)]


@pytest.mark.parametrize("seed", range(5))
def test_a_quarter_hits_streams_and_plain_requests(seed: int) -> None:
    """Requests alternate between the two, and a fault does not follow the beat."""
    fault = Fault(kind="cut", does="", share=0.25)
    hit = {n % 2 for n in range(80) if fault.hits(n, seed)}

    assert hit == {0, 1}


def test_every_kind_of_nonsense_comes_in_turn() -> None:
    """Four requests, four kinds."""
    assert {garble_of(n) for n in range(4)} == set(GARBLES)


def test_every_claim_of_a_drill_can_be_measured() -> None:
    """No drill names a measure that is not there."""
    made = stage.plan()
    policy = {**stage.POLICY, "plan": made.id, **stage.SPARING}
    limits = {**stage.SPARING["limits"], **stage.FEW["limits"], "tokens_per_s": 4000.0}
    bounds = bounds_of(made, Policy.model_validate({**policy, "limits": limits}))
    stated = [c for d in DRILLS for c in (*d.hypothesis(bounds, 1.0), *d.stops)]

    assert not any(d.needs(bounds) for d in DRILLS)
    assert {c.measure for c in stated} <= set(MEASURES)
    assert all((c.at_most is None) != (c.at_least is None) for c in stated)
    assert all(c.source for c in stated)
