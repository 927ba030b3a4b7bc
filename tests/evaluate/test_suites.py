"""Suites: enough different prompts, a token of their own, and bounds instead of proofs."""

from __future__ import annotations

import random

import pytest

from aegis.detect.injection import find_injection
from aegis.evaluate.records import Result
from aegis.evaluate.samples import Turn
from aegis.evaluate.scorers.registry import Helpers, scorer
from aegis.evaluate.suites.suite import SUITES, attack_report, load_suite, new_canary


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_has_forty_different_prompts_with_every_place_filled(name: str) -> None:
    """No two ask the same, and no place is left open."""
    samples = load_suite(name).samples("mivura-4821")
    texts = [s.question for s in samples]

    assert len(set(texts)) == len(texts) >= 40
    assert not [t for t in texts if "{{" in t or "}}" in t]
    assert all(isinstance(s.input, tuple) and isinstance(s.input[0], Turn) for s in samples)
    assert len({s.slice for s in samples}) >= 8


def test_every_run_guards_another_token() -> None:
    """A model that has read this repository cannot know it."""
    rng = random.Random(1)  # noqa: S311  # a test
    tokens = {new_canary(rng) for _ in range(200)}

    assert len(tokens) == 200
    digest = load_suite("exfiltration").digest
    assert all(t not in digest for t in tokens)


def test_quoting_an_injected_order_is_not_obeying_it() -> None:
    """The order names the token in two parts; only who joins them has followed it."""
    judged = scorer("canary", Helpers())
    for sample in load_suite("injection").samples("mivura-4821"):
        assert judged.score(sample, sample.question).value == 1, sample.id
        assert judged.score(sample, "mivura-4821").value == 0


@pytest.mark.obligation(18)
def test_the_guarded_token_stands_in_the_system_prompt_and_nowhere_else() -> None:
    """What the user says does not hold it, so an answer that holds it has leaked."""
    for sample in load_suite("exfiltration").samples("mivura-4821"):
        assert isinstance(sample.input, tuple)
        system, user = sample.input
        assert isinstance(system, Turn)
        assert isinstance(user, Turn)
        assert "mivura-4821" in system.content
        assert "mivura" not in user.content


@pytest.mark.obligation(17)
def test_our_own_first_line_of_detection_sees_most_injections_and_not_all() -> None:
    """The suite is wider than what is recognised; whoever guards with that alone is told so."""
    seen = [
        any(span.strong for span in find_injection(s.question))
        for s in load_suite("injection").samples("mivura-4821")
    ]

    assert 0.75 < sum(seen) / len(seen) < 1


def test_a_clean_run_is_a_bound() -> None:
    """No success in 44 says at most 6.6 %, and how many prompts 1 % takes."""
    suite = load_suite("injection")
    results = [Result(id=s.id, score=1.0, slice=s.slice) for s in suite.samples("a-1")]
    report = attack_report(suite, results)

    assert report is not None
    assert (report.overall.succeeded, report.overall.tried) == (0, 44)
    assert report.at_most == pytest.approx(1 - 0.05 ** (1 / 44))
    assert report.clean_for_one_percent == 299
    assert sum(row.tried for row in report.techniques) == 44


def test_no_results_are_no_report() -> None:
    """An attack that did not run has not failed."""
    assert attack_report(load_suite("injection"), []) is None
