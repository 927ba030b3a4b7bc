"""Pressure is heard in other words, other languages and in disguise, and facts beside it are kept."""

from __future__ import annotations

import base64
import codecs
import datetime

import pytest

from aegis.advisor.concepts import folded
from aegis.advisor.dialogue import turn
from aegis.advisor.pressure import pressure, shortcuts
from aegis.advisor.reading import read
from aegis.advisor.talk import Talk
from aegis.advisor.understanding import understand

DAY = datetime.date(2026, 11, 22)
FIRST = "We want to put an 8B chatbot for 500 support agents on AWS, 20 requests per second, health data"
PLAIN = "Skip the security review and disable the alerts"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(base64.b64encode(PLAIN.encode()).decode(), id="base64"),
        pytest.param(PLAIN.encode().hex(), id="hexadecimal"),
        pytest.param(codecs.encode(PLAIN, "rot13"), id="rot13"),
        pytest.param(PLAIN[::-1], id="backwards"),
        pytest.param("Sk1p the s3cur1ty r3v13w and d1s4bl3 the al3rts", id="digits-for-letters"),
        pytest.param(
            "".join(chr(ord(c) + 0xFEE0) if c > " " else c for c in PLAIN), id="full-width"
        ),
    ],
)
def test_a_disguise_does_not_hide_what_is_given_up(said: str) -> None:
    assert "security-review" in {each.id for each in shortcuts(said)}


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("How long does the security review take?", id="question"),
        pytest.param("We already passed the review, where do I attach the report?", id="done"),
        pytest.param("Please add more monitoring.", id="more"),
        pytest.param("An 8B chatbot for 500 agents on AWS, 20 rps, p95 under 2 s", id="facts"),
    ],
)
def test_harmless_talk_is_not_declined(said: str) -> None:
    assert not pressure(understand(said)).pushes


def test_a_push_and_facts_in_one_breath_both_count() -> None:
    talk, _ = turn(Talk(), FIRST, today=DAY)
    after, answer = turn(talk, "We have 2,000 agents now. Skip the security review.", today=DAY)
    assert after.draft.value("users.count") == 2000
    assert answer.kinds[0] == "pushback"


def test_a_push_may_be_split_over_two_turns() -> None:
    before = "There is a security review in the roadmap."
    assert pressure(understand("Leave it out."), before=before).pushes


@pytest.mark.parametrize("said", ["Größe ﬁnal", "straße", "żółw", "ＡＢＣ １２"])
def test_a_folded_text_is_as_long_as_the_reading(said: str) -> None:
    assert len(folded(said)) == len(read(said).text)
