"""Pressure is heard in other words, other languages and in disguise, and facts beside it are kept."""

from __future__ import annotations

import base64
import codecs
import datetime

import pytest

from aegis.advisor.blocks import Answer
from aegis.advisor.concepts import folded
from aegis.advisor.dialogue import turn
from aegis.advisor.pressure import Shortcut, all_shortcuts, pressure, shortcuts, what_stays
from aegis.advisor.reading import read
from aegis.advisor.showing import markdown
from aegis.advisor.talk import Talk
from aegis.advisor.understanding import understand
from aegis.advisor.verifying import faults

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


@pytest.mark.parametrize("shortcut", all_shortcuts(), ids=lambda shortcut: shortcut.id)
def test_what_stays_reads_as_information(shortcut: Shortcut) -> None:
    block = what_stays([shortcut])
    assert block is not None
    answer = Answer(intent="help", blocks=(block,))
    text = markdown(answer)
    assert shortcut.stays in text
    assert "You can choose" in text
    assert "I would not" not in text
    assert not any(faults(answer, ""))


NEUTRAL = (
    FIRST, "p95 under 2 s", "what if we have 2,000 agents?", "why not Kubernetes?", "what does it cost?",
    "how do we roll back?", "what do we monitor?", "cheaper", "We have 800 agents now.", "compare vLLM with SGLang",
    "how do we run the security review?", "which rules may apply?", "what are the risks?", "what next?", "undo",
    "Our budget is 5,000 USD a month.", "what do you assume?", "show the architecture", "thank you, that helps",
)  # fmt: skip
IN_GERMAN = (
    "Wir wollen einen Chatbot mit 8B für 500 Leute auf AWS in Frankfurt betreiben, 20 Anfragen pro Sekunde",
    "Was wäre, wenn wir 2.000 Nutzer haben?", "Warum nicht Kubernetes?", "Was kostet das?", "Was überwachen wir?",
)  # fmt: skip
IN_SPANISH = (
    "Queremos un chatbot de 8B para 500 agentes en AWS, 20 peticiones por segundo",
    "¿Y si tenemos 2.000 agentes?", "¿Por qué no Kubernetes?", "¿Cuánto cuesta?", "¿Qué monitorizamos?",
)  # fmt: skip


@pytest.mark.parametrize("said", [NEUTRAL, IN_GERMAN, IN_SPANISH], ids=["en", "de", "es"])
def test_everyday_talk_is_neither_declined_nor_told_what_stays(said: tuple[str, ...]) -> None:
    talk = Talk()
    for each in said:
        talk, answer = turn(talk, each, today=DAY)
        assert not {"pushback", "what_stays"} & set(answer.kinds), each


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("Our CTO says the review can wait until spring.", id="en"),
        pytest.param("Ein Admin-Konto für alle reicht uns doch.", id="de"),
        pytest.param("El cliente quiere ver una cifra, pon la que sea.", id="es"),
    ],
)
def test_a_veiled_wish_is_declined_or_told_what_stays(said: str) -> None:
    talk, _ = turn(Talk(), FIRST, today=DAY)
    talk, answer = turn(talk, said, today=DAY)
    assert {"pushback", "what_stays"} & set(answer.kinds)
    assert talk.told


def test_what_was_said_to_stay_is_said_again_in_fewer_words() -> None:
    shortcut = all_shortcuts()[0]
    first, again = what_stays([shortcut]), what_stays([shortcut], told={shortcut.id})
    assert first is not None
    assert again is not None
    assert shortcut.why in first.items[0]
    assert shortcut.why not in again.items[0]
