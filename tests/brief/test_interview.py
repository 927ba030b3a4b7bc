"""The interview asks little, says why, takes only what a brief may say, and can be gone on with."""

import random
import string
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot

from aegis.brief.interview import (
    Answers,
    Problem,
    answer,
    from_flags,
    next_question,
    questions_left,
    resume,
    to_yaml,
)
from aegis.brief.questions import QUESTIONS, Question
from aegis.brief.read import read_brief
from aegis.brief.schema import Brief

BY_FIELD = {question.field: question for question in QUESTIONS}
CHAT = {
    "name": "desk-helper",
    "purpose": "Helps our desk: answers #1 questions",
    "workload.kind": "chat",
    "model.reference": "Qwen/Qwen3-8B@b968826d9c46dd6066d109eabc6255188de91218",
    "workload.traffic.peak_rps": "1,200 req/s",
    "data.classes": "personal, Health",
    "impact.level": "low",
    "evaluation": "eval/golden set.jsonl, 120, exact match, 0.9",
    "placement.where": "",
    "placement.clouds": "aws eu-central-1, aws eu-west-1, gcp europe-west4",
    "placement.managed_api_allowed": "no",
    "team.orchestrator": "kubernetes",
    "team.on_call": "24x7",
    "jurisdictions": "eu us-ca",
}


def _answered(answers: Answers, question: Question, text: str) -> Answers:
    result = answer(answers, question, text)
    assert isinstance(result, Answers), result
    return result


def _held(script: Mapping[str, str]) -> tuple[Answers, list[str]]:
    """The answers after an interview by a script, and the fields that were asked."""
    answers, asked = Answers(), []
    while question := next_question(answers):
        asked.append(question.field)
        answers = _answered(answers, question, script.get(question.field, "-"))
    return answers, asked


def _brief(answers: Answers) -> Brief:
    read = read_brief(to_yaml(answers))
    assert read.findings == ()
    assert read.brief is not None
    return read.brief


def test_the_common_path_asks_fourteen_questions() -> None:
    """A chat in a cloud is asked fourteen things, each of them once, in the order of the list."""
    answers, asked = _held(CHAT)

    assert asked == list(CHAT)
    assert len(asked) <= 14
    assert _brief(answers).model_dump(mode="json", exclude_defaults=True) == snapshot(
        {
            "name": "desk-helper",
            "purpose": "Helps our desk: answers #1 questions",
            "workload": {"kind": "chat", "traffic": {"peak_rps": 1200.0}},
            "model": {
                "reference": "Qwen/Qwen3-8B",
                "revision": "b968826d9c46dd6066d109eabc6255188de91218",
            },
            "data": {"classes": ["personal", "health"]},
            "evaluation": [
                {
                    "name": "golden-set",
                    "path": "eval/golden set.jsonl",
                    "items": 120,
                    "metric": "exact match",
                    "threshold": 0.9,
                }
            ],
            "placement": {
                "where": "cloud",
                "clouds": [
                    {"provider": "aws", "regions": ["eu-central-1", "eu-west-1"]},
                    {"provider": "gcp", "regions": ["europe-west4"]},
                ],
                "managed_api_allowed": False,
            },
            "team": {"on_call": "24x7", "orchestrator": "kubernetes"},
            "impact": {"level": "low"},
            "jurisdictions": ["eu", "us-ca"],
        }
    )


@pytest.mark.parametrize("kind", BY_FIELD["workload.kind"].words)
def test_no_kind_is_asked_more_than_fifteen_questions(kind: str) -> None:
    """The longest path, an agent's, has one more than the common one; each ends in a brief."""
    script = CHAT | {
        "workload.kind": kind,
        "workload.batch.items": "5000",
        "workload.batch.deadline_hours": "4 h",
        "workload.device.device": "a phone",
    }
    answers, asked = _held(script)

    assert len(asked) <= 15
    assert _brief(answers).workload.kind == kind


def test_every_question_says_why_and_its_example_is_accepted() -> None:
    """What is shown as an example would be taken as an answer."""
    for question in QUESTIONS:
        assert question.asks.endswith((".", "?"))
        assert question.why
        example = (
            question.example.partition("   (")[0] or question.default or question.words[0]
            if question.example or question.default or question.words
            else "yes"
        )
        base = Answers(data={"workload": {"kind": "chat"}})
        _answered(base, question, example)


def test_questions_depend_on_earlier_answers() -> None:
    """A robot is asked for watts, not for requests a second; a low impact for no areas."""
    _, robot = _held({"workload.kind": "robotics", "name": "ab", "purpose": "p",
                      "workload.device.device": "arm"})  # fmt: skip
    _, high = _held(CHAT | {"impact.level": "high", "placement.where": "air-gapped"})

    assert "workload.device.power_w" in robot
    assert "workload.traffic.peak_rps" not in robot
    assert "impact.areas" in high
    assert "placement.clouds" not in high


def test_an_empty_answer_takes_the_default_or_leaves_open() -> None:
    """Without a default nothing is assumed: the plan will ask."""
    where = _answered(Answers(), BY_FIELD["placement.where"], "  ")
    level = _answered(Answers(), BY_FIELD["impact.level"], "")
    dash = _answered(Answers(), BY_FIELD["placement.where"], "-")

    assert where.value("placement.where") == "cloud"
    assert level.value("impact.level") is None
    assert level.left_open == {"impact.level"}
    assert dash.value("placement.where") is None


@pytest.mark.parametrize(
    ("field", "text", "message", "mend"),
    [
        pytest.param("name", "", "a brief cannot do without it", "it names", id="required"),
        pytest.param("name", "Desk Helper", "small letters", "for example: support", id="slug"),
        pytest.param("workload.kind", "chatt", "chatt is not one", "did you mean chat?", id="near"),
        pytest.param("workload.kind", "robot", "robot is not", "did you mean robotics?", id="begun"),
        pytest.param("team.on_call", "always", "always is not", "known here: none", id="unknown"),
        pytest.param(
            "workload.traffic.peak_rps", "a lot", "a lot is not a number", "write it as 20", id="word"
        ),
        pytest.param(
            "workload.traffic.peak_rps", "6 per minute", "the number is asked in req/s", "", id="unit"
        ),
        pytest.param("workload.traffic.peak_rps", "0", "Input should be greater", "", id="range"),
        pytest.param("workload.batch.items", "2.5", "Input should be a valid int", "", id="whole"),
        pytest.param("placement.clouds", "aws", "aws: a provider and a region", "", id="region"),
        pytest.param("placement.clouds", "amazon eu-west-1", "Input should be 'aws'", "", id="cloud"),
        pytest.param("evaluation", "golden.jsonl", "four parts", "write it as eval", id="parts"),
        pytest.param("evaluation", "g, many, F1, 0.9", "items must be", "", id="items"),
        pytest.param("workload.tools", "pay maybe", "maybe is not one", "known here: read", id="effect"),
        pytest.param("placement.managed_api_allowed", "perhaps", "perhaps is neither", "", id="yes-no"),
        pytest.param("model.reference", "m@sha256:12", "String should match", "", id="digest"),
    ],
)  # fmt: skip
def test_an_answer_that_a_brief_may_not_say_is_not_taken(
    field: str, text: str, message: str, mend: str
) -> None:
    """It is refused with what is wrong and what would be right; nothing is stored."""
    result = answer(Answers(), BY_FIELD[field], text)

    assert isinstance(result, Problem)
    assert result.message.startswith(message)
    assert mend in result.mend
    assert result.mend


def test_a_secret_is_neither_kept_nor_shown() -> None:
    """Pasted by mistake, it ends here."""
    secret = "gh" + "p_" + "".join(random.Random(3).choices(string.ascii_letters, k=36))  # noqa: S311
    typed = answer(Answers(), BY_FIELD["purpose"], f"use {secret}")
    flagged = from_flags({"purpose": secret, "name": "ab"})

    assert isinstance(typed, Problem)
    assert secret not in repr((typed, flagged))


def test_a_vendors_model_is_known_as_one() -> None:
    """A name from a price list of tokens is an API, weights from a hub are not."""
    api = _answered(Answers(), BY_FIELD["model.reference"], "claude-haiku-4-5@20251001")
    hub = _answered(Answers(), BY_FIELD["model.reference"], "openai/gpt-oss-120b")

    assert (api.value("model.source"), api.value("model.revision")) == ("managed-api", "20251001")
    assert hub.value("model.source") is None


def test_a_tool_that_cannot_be_undone_is_taken_with_its_approval() -> None:
    """Tools are read one by one, with their effect."""
    tools = _answered(
        Answers(), BY_FIELD["workload.tools"], "read-order read, refund irreversible approval"
    )

    assert tools.value("workload.tools.1") == {
        "name": "refund", "effect": "irreversible", "approval": True,
    }  # fmt: skip


def test_the_file_explains_itself() -> None:
    """Reasons stand above the fields, and what was left open where it would be written."""
    answers = Answers(
        data={"name": "ab", "workload": {"kind": "chat"}},
        left_open=frozenset({"workload.traffic.peak_rps", "evaluation"}),
    )

    assert to_yaml(answers) == snapshot("""\
# yaml-language-server: $schema=aegis-brief.schema.json
# Written by `aegis init`. Go on by hand: an editor explains every field of the schema.
version: 1
# it names every file, metric and alert; small letters, digits and dashes
name: ab
workload:
  # it decides which questions arise at all: engine, gateway, objectives, ways to fail
  kind: chat
  # traffic.peak_rps: not said yet; the plan says what it assumes (it decides the number of replicas, the cost, and how fast a release can be judged)
# evaluation: not said yet; the plan says what it assumes (without them production stays closed: up and fast is not the same as right)
""")  # noqa: E501


@given(st.integers(0, len(CHAT)), st.data())
@settings(max_examples=40, deadline=None)
def test_an_interview_can_be_stopped_and_gone_on_with(stop: int, data: st.DataObject) -> None:
    """After any number of answers the file holds them all, and the next question is the same."""
    answers = Answers()
    for _ in range(stop):
        question = next_question(answers)
        if question is None:
            break
        skip = not question.required and data.draw(st.booleans())
        answers = _answered(answers, question, "-" if skip else CHAT[question.field])
    again = resume(to_yaml(answers))

    assert isinstance(again, Answers)
    assert dict(again.data) == {"version": 1, **answers.data}
    still = [q.field for q in questions_left(answers)]
    assert [q.field for q in questions_left(again) if q.field not in answers.left_open] == still


def test_going_on_with_a_job_that_lacks_its_deadline() -> None:
    """A file that is not a brief yet, because its kind needs more, is gone on with."""
    again = resume("name: ab\nworkload:\n  kind: batch\n  batch: {items: 5}\n")

    assert isinstance(again, Answers)
    assert [q.field for q in questions_left(again)][:2] == ["purpose", "model.reference"]
    assert "workload.batch.deadline_hours" in {q.field for q in questions_left(again)}


def test_a_broken_file_is_not_gone_on_with() -> None:
    """What stands wrong in it is shown; what is merely missing is not."""
    found = resume("name: ab\nworkload: {kind: chatt}\n")

    assert not isinstance(found, Answers)
    assert [f.code for f in found] == ["AEG002"]
    assert isinstance(resume(""), Answers)


def test_flags_fill_a_brief() -> None:
    """Dotted paths, words with commas, members by index, YAML in brackets."""
    filled = from_flags(
        {
            "name": "price-score",
            "purpose": "Scores",
            "workload.kind": "prediction",
            "workload.traffic.peak_rps": "20",
            "data.classes": "personal,payment",
            "data.training_consent": "no",
            "placement.clouds.0.provider": "aws",
            "placement.clouds.0.regions": "eu-west-1,eu-central-1",
            "placement.managed_api_allowed": "false",
            "team.owners.service": "payments",
            "evaluation": "[{name: cases, path: p, items: 3, metric: m, threshold: 0.5}]",
        }
    )

    assert filled.problems == ()
    assert filled.brief is not None
    assert filled.brief == _brief(filled.answers)
    assert filled.brief.placement.clouds[0].regions == ("eu-west-1", "eu-central-1")
    assert filled.brief.data.training_consent == "no"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        pytest.param({"name": "ab"}, "`purpose` is missing", id="missing"),
        pytest.param({"nam": "ab"}, "unknown field `nam`", id="unknown-field"),
        pytest.param({"workload.kind": "chatt"}, "unknown word `chatt`", id="unknown-word"),
        pytest.param({"placement.clouds.3.provider": "aws"}, "`3` leads nowhere here", id="gap"),
        pytest.param({"name.first": "x"}, "`name`: input", id="not-a-mapping"),
        pytest.param({"name": "y", "name.first": "x"}, "`first` leads nowhere", id="below-a-word"),
        pytest.param({"evaluation": "[{"}, "not YAML", id="broken-yaml"),
        pytest.param({"": "x"}, "`` leads nowhere", id="empty-path"),
    ],
)
def test_a_wrong_flag_is_answered(flags: dict[str, str], message: str) -> None:
    """Flags that are no brief give problems in the words of reading a file."""
    filled = from_flags(flags)

    assert filled.brief is None
    assert any(problem.message.startswith(message) for problem in filled.problems)


@given(
    st.dictionaries(st.text("abdeiklmnoprstuw._0", max_size=20), st.text(max_size=12), max_size=4)
)
@settings(max_examples=100, deadline=None)
def test_no_flag_raises(flags: dict[str, str]) -> None:
    """Whatever is given, the answer is a brief or problems."""
    filled = from_flags(flags)

    assert (filled.brief is None) is bool(filled.problems)


@given(st.sampled_from(QUESTIONS), st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_no_answer_raises(question: Question, text: str) -> None:
    """Whatever is typed is taken or refused; what is taken can be written and read again."""
    result = answer(Answers(data={"workload": {"kind": "chat"}}), question, text)
    if isinstance(result, Answers):
        assert isinstance(resume(to_yaml(result)), Answers)
