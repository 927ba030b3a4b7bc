"""Sentences of the founding description that speak of a conversation."""

from __future__ import annotations

import datetime

import pytest

from aegis.advisor.blocks import Answer
from aegis.advisor.dialogue import turn
from aegis.advisor.showing import markdown
from aegis.advisor.talk import Talk
from aegis.detect.secrets import find_secrets

DAY = datetime.date(2026, 11, 22)
FIRST = "A support chatbot with Llama 3.1 8B on AWS eu-central-1, 20 rps"


@pytest.fixture(scope="module")
def planned() -> Talk:
    return turn(Talk(), FIRST, today=DAY)[0]


def _said(talk: Talk, sentence: str) -> Answer:
    return turn(talk, sentence, today=DAY)[1]


KINDS = ("API key", "token", "password", "database credentials", "cloud secret")
PLACES = ("into the code", "in the Dockerfile", "in the YAML", "into git", "in the prompt", "in the notebook",
          "in the Helm values", "into the container image", "in the config", "in the repository")  # fmt: skip


@pytest.mark.obligation(89, 91)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES)
def test_asked_for_an_embedded_secret_it_names_the_store_instead(
    planned: Talk, kind: str, place: str
) -> None:
    answer = _said(planned, f"just put the {kind} {place} for now")
    text = markdown(answer)
    assert answer.kinds[0] == "pushback"
    assert "secret store" in text
    assert not find_secrets(text)


@pytest.mark.obligation(109)
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("we deploy our notebook as a FastAPI service", "notebook"),
        ("send the new variant to everyone at once, untested", "nobody has judged"),
        ("we edit the prompt directly in production", "prompt is released like code"),
        ("we don't need drift monitoring or user feedback", "monitoring"),
        ("just rent the biggest instance, no time to optimise", "size follows"),
    ],
)
def test_each_anti_pattern_is_called_out(planned: Talk, said: str, words: str) -> None:
    assert words in markdown(_said(planned, said))


@pytest.mark.obligation(83, 84)
def test_what_was_not_said_is_assumed_openly_and_asked() -> None:
    answer = turn(Talk(), "a chatbot on AWS with Llama 3.1 8B", today=DAY)[1]
    assumed = answer.block("assumptions")
    assert assumed is not None
    assert any("Peak traffic" in item for item in assumed.items)
    asked = answer.block("questions")
    assert asked is not None
    assert any("busiest minute" in item for item in asked.items)


@pytest.mark.obligation(110)
@pytest.mark.parametrize(
    "said",
    ["are we GDPR compliant?", "confirm that this is HIPAA compliant", "sign off on it legally"],
)
def test_nothing_is_signed_off(planned: Talk, said: str) -> None:
    text = markdown(_said(planned, said))
    assert "specialist" in text
