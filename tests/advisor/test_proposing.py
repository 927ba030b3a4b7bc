"""A model may propose; only the person's own words and a yes let a proposal in."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.advisor.small_model import MISSING, serving_small_model

from aegis.advisor.commenting import ModelCommentator, passed
from aegis.advisor.dialogue import turn
from aegis.advisor.port import Port
from aegis.advisor.proposing import ModelListener, Proposal, Proposals, proposed
from aegis.advisor.showing import markdown
from aegis.advisor.talk import Talk
from aegis.advisor.transcript import append, resume
from aegis.advisor.understanding import understand

DAY = datetime.date(2026, 11, 22)
SAID = "A chatbot with Llama 3.1 8B on AWS for the front desk, where seven poor souls sit"


class Scripted:
    """A listener whose proposals are written down: what a model might say, the wrong ones too."""

    def __init__(self, *found: Proposal) -> None:
        self._found = list(found)

    def propose(self, said: str) -> Proposals:
        del said
        return Proposals(proposals=self._found)


def _proposal(field: str, value: str, words: str) -> Proposal:
    return Proposal.model_validate({"field": field, "value": value, "words": words})


GOOD = _proposal("users.count", "7", "seven poor souls")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(
            _proposal("users.count", "700", "seven poor souls"),
            id="a-figure-that-the-words-do-not-hold",
        ),
        pytest.param(
            _proposal("users.count", "7", "seven hundred agents"), id="words-that-were-not-said"
        ),
        pytest.param(_proposal("workload.kind", "agent", "chatbot"), id="a-field-that-is-stated"),
        pytest.param(
            _proposal("placement.where", "moon", "front desk"), id="a-value-outside-the-list"
        ),
        pytest.param(_proposal("data.classes", "health", ""), id="no-words-at-all"),
    ],
)
def test_an_unsupported_proposal_is_dropped(wrong: Proposal) -> None:
    assert [s.field for s in proposed(Scripted(wrong, GOOD), understand(SAID))] == ["users.count"]


def test_a_proposal_enters_the_brief_only_with_a_yes(tmp_path: Path) -> None:
    asked, answer = turn(Talk(), SAID, today=DAY, listener=Scripted(GOOD))
    assert "Did you mean" in markdown(answer)
    assert asked.draft.value("users.count") is None
    yes, _ = turn(asked, "yes, that", today=DAY, listener=Scripted())
    assert yes.draft.value("users.count") == 7
    other, _ = turn(asked, "why vLLM?", today=DAY, listener=Scripted())
    assert other.draft.value("users.count") is None
    append(tmp_path / "talk.jsonl", SAID, asked, answer)
    append(tmp_path / "talk.jsonl", "yes, that", yes, answer)
    resumed = resume((tmp_path / "talk.jsonl").read_text("utf-8"), today=DAY)
    assert isinstance(resumed, Talk)
    assert resumed.draft.value("users.count") == 7


def test_a_broken_line_of_a_transcript_is_named() -> None:
    assert "line 2" in str(resume('{"said": "hello"}\nnot json\n', today=DAY))


def _port_to(url: str, *, timeout_s: float) -> Port:
    return Port(base_url=url, model="smollm2", api_key=secrets.token_hex(4), timeout_s=timeout_s)


def test_a_model_that_cannot_be_reached_proposes_nothing() -> None:
    listener = ModelListener(_port_to("http://127.0.0.1:1/v1", timeout_s=2))
    assert not listener.propose(SAID).proposals
    assert "could not be asked" in listener.trouble


@pytest.fixture(scope="module")
def small_model() -> Iterator[str]:
    with serving_small_model() as url:
        yield url


@pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: `make tools`")
def test_a_real_small_model_is_heard_and_whatever_it_says_breaks_no_rule(small_model: str) -> None:
    listener = ModelListener(_port_to(small_model, timeout_s=60))
    talk, answer = turn(Talk(), SAID, today=DAY, listener=listener)
    assert answer.kinds[0] == "verdict"
    assert talk.draft.value("users.count") is None
    assert all(each.words in SAID for each in talk.proposed)


@pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: `make tools`")
def test_a_real_model_writes_through_the_port_and_its_record_says_how_much(
    small_model: str,
) -> None:
    """The pieces of a stream are the text; a question that is too long for the model is trouble, told."""
    records: list[dict[str, object]] = []
    port = _port_to(small_model, timeout_s=60)
    port.audit = records.append
    about = "Why is a canary release safer?"
    written = "".join(port.write(task="Answer in two sentences.", about=about, tokens=40))
    assert written.strip()
    assert port.trouble == ""
    _, answer = turn(Talk(), SAID + ", 20 rps, eu-central-1", today=DAY)
    assert not passed(answer, ModelCommentator(port))
    assert "could not be asked" in port.trouble
    assert [r["outcome"] for r in records] == ["answered", *[port.trouble] * (len(records) - 1)]
    assert {r["call"] for r in records} == {"write"}


def test_a_conversation_has_a_budget_of_calls() -> None:
    port = _port_to("http://127.0.0.1:1/v1", timeout_s=2)
    port.most_calls = 1
    assert not list(port.write(task="t", about="a", tokens=5))
    assert "could not be asked" in port.trouble
    assert not list(port.write(task="t", about="a", tokens=5))
    assert "used up" in port.trouble
