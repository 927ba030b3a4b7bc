"""The register asks for decisions that an owner can take, and asks the owner who can take them."""

from __future__ import annotations

import importlib

import pytest
from tests.plan.parts.test_modes import EXAMPLES, planned

from aegis.plan.parts.modes import MODES
from aegis.plan.parts.risk_words import ANSWERS
from aegis.plan.parts.voice import VOICES, Voice

OWNER = {
    "privacy-leak": "data",
    "injection": "security",
    "card-in-free-text": "security",
    "prompt-release": "model",
    "late-labels": "data",
    "vendor-limits": "business",
}


def _voice(name: str) -> Voice:
    found: Voice = importlib.import_module(f"aegis.plan.parts.words.{name.replace('-', '_')}").VOICE
    return found


def test_every_failure_mode_has_an_owner_and_a_decision() -> None:
    assert [m.id for m in MODES if not ANSWERS[m.id].decision] == []


@pytest.mark.parametrize("name", VOICES)
def test_what_only_a_kind_has_asks_in_its_own_words(name: str) -> None:
    """A mode of one voice has its owner in the table and its decision beside it."""
    voice = _voice(name)

    assert [m.id for m in voice.own_modes if m.id not in ANSWERS or not voice.asked.get(m.id)] == []


def test_nobody_is_asked_about_a_mode_that_does_not_exist() -> None:
    known = {m.id for m in MODES} | {m.id for v in VOICES for m in _voice(v).own_modes}

    assert set(ANSWERS) == known


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_risk_is_owned_by_its_topic_and_asks_no_steps_of_on_call(name: str) -> None:
    """The steps of a runbook are no decision for somebody who signs."""
    plan = planned(name)
    manual = {m.manual for m in plan.failure_modes}

    for risk in plan.risks:
        expected = OWNER.get(risk.id.removeprefix("risk-"), risk.owner)
        assert risk.owner == expected, risk.id
        assert risk.decision_asked not in manual, risk.id
        assert not risk.decision_asked.startswith("accept what is left after this"), risk.id
