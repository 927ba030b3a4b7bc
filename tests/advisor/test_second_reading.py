"""What passed the gate is read again before it is shown; the model here is a double on loopback."""

from __future__ import annotations

import contextlib
import datetime
import json
import secrets
import time
import typing
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.advisor.asgi import SAID, Still, asked, call
from tests.advisor.messages_double import Script, messages_server
from tests.evaluate.endpoint import Reply, Served, serving

from aegis.advisor.blocks import Answer
from aegis.advisor.commenting import ModelCommentator, commented, passed, streamed
from aegis.advisor.dialogue import turn
from aegis.advisor.port import Port
from aegis.advisor.second_reading import (
    Fault,
    SecondReading,
    Verdict,
    Verdicts,
    instruction,
    judged,
    numbered,
    read_again,
)
from aegis.advisor.showing import markdown
from aegis.advisor.surfaces.chat_api import ChatApi
from aegis.advisor.surfaces.told import told
from aegis.advisor.talk import Talk
from aegis.advisor.verifying import faults
from aegis.cli.main import cli

pytest.importorskip("pydantic_ai", reason="needs the extra `model`")

DAY = datetime.date(2026, 11, 22)
WRITTEN = (
    "Keep the evaluation gate, because it is what keeps a smaller model honest.",
    "The queue is where overload becomes visible.",
    "Ask who owns the alert before the first night, because an alert without an owner wakes nobody.",
)
COSTS = "It costs $400 a month."
FAULTS = typing.get_args(Fault)
COMMENT = ["ask", "--comment", "--model", "Qwen2.5-72B-Instruct"]


@pytest.fixture(scope="module")
def answer() -> Answer:
    return turn(Talk(), SAID, today=DAY)[1]


_USAGE = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}


def _completion(text: str) -> Reply:
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": text},
    }
    return Reply(
        {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": _USAGE}
    )  # fmt: skip


def _stream(text: str) -> Reply:
    common = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    said = {**common, "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}]}
    end = {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return Reply(events=(said, end, {**common, "choices": [], "usage": _USAGE}))


@contextlib.contextmanager
def _model(read: Callable[[], str | Reply], written: Sequence[str] = WRITTEN) -> Iterator[Served]:
    """A model that streams a commentary, and answers with `read` what it is given in a form."""

    def answered(_: str, body: dict[str, object]) -> Reply:
        if body.get("stream"):
            return _stream(" ".join(written))
        said = read()
        return said if isinstance(said, Reply) else _completion(said)

    with serving(answered) as served:
        yield served


def _verdicts(*found: str) -> str:
    return json.dumps(
        {"verdicts": [{"number": n, "fault": fault} for n, fault in enumerate(found, 1)]}
    )


def _port(served: Served) -> Port:
    return Port(base_url=served.url + "/v1", model="m", api_key=secrets.token_hex(4), timeout_s=5)


def _text(url: str, *options: str) -> str:
    result = CliRunner().invoke(cli, [*COMMENT, "--model-url", f"{url}/v1", *options, SAID])
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def _endpoint(url: str, *, stream: bool) -> str:
    api = ChatApi(Still(), commentator=lambda: ModelCommentator(_port(Served(url))))
    body = call(api, asked(stream=stream))[1].decode()
    if not stream:
        return str(json.loads(body)["choices"][0]["message"]["content"])
    events = [json.loads(x[6:]) for x in body.split("\n\n") if x.startswith("data: {")]
    return "".join(e["choices"][0]["delta"].get("content", "") for e in events)


def _answered(url: str) -> Answer:
    return commented(turn(Talk(), SAID, today=DAY)[1], ModelCommentator(_port(Served(url))))


SURFACES: dict[str, Callable[[str], str]] = {
    "text": _text,
    "json": lambda url: _text(url, "--format", "json"),
    "markdown": lambda url: markdown(_answered(url)),
    "told-to-a-program": lambda url: told(_answered(url)).model_dump_json(),
    "endpoint": lambda url: _endpoint(url, stream=False),
    "endpoint-streamed": lambda url: _endpoint(url, stream=True),
}


@pytest.mark.parametrize("surface", SURFACES)
def test_a_struck_sentence_is_on_no_surface_and_its_fault_is_told(surface: str) -> None:
    """The sentences beside it stay where they are."""
    with _model(lambda: _verdicts("none", "reassurance", "none")) as served:
        shown = SURFACES[surface](served.url)
    assert WRITTEN[0] in shown
    assert WRITTEN[1] not in shown
    assert WRITTEN[2] in shown
    assert "withheld part of it: reassurance" in shown


def test_a_stream_is_held_back_and_has_the_bytes_of_the_whole() -> None:
    """No sentence leaves before the reading is done."""
    seen: list[int] = []

    def read() -> str:
        seen.append(len(pieces))
        return _verdicts("promise", "none", "settled_law")

    pieces: list[str] = []
    with _model(read) as served:
        answer = turn(Talk(), SAID, today=DAY)[1]
        commentator = ModelCommentator(_port(served))
        for piece in streamed(answer, commentator):
            pieces.append(piece)  # noqa: PERF402  # counted while it grows
        assert "".join(pieces) == markdown(commented(answer, commentator))
        assert _endpoint(served.url, stream=True) == _endpoint(served.url, stream=False)
    assert seen[0] == 1, "only the answer of ours was out"
    assert pieces[0] == markdown(answer)


def test_a_tool_of_a_coding_assistant_has_no_commentary_at_all() -> None:
    """The host of an MCP server is a model itself; no other one is asked for it."""
    pytest.importorskip("mcp")
    from aegis.advisor.surfaces.mcp_server import Tools  # noqa: PLC0415  # the extra

    assert "commentary" not in Tools(lambda: DAY, local=False).advise([SAID]).blocks


def test_the_reader_sees_the_sentences_and_the_instruction_and_nothing_else(answer: Answer) -> None:
    """Not the answer, not the person, not what was written and withheld."""
    written = (*WRITTEN, COSTS)
    with _model(lambda: _verdicts("none", "none", "none"), written) as served:
        commented(answer, ModelCommentator(_port(served), reader="another"))
    write, read = (body for _, body in served.asked)
    assert (write["model"], read["model"]) == ("m", "another")
    messages = typing.cast("list[dict[str, str]]", read["messages"])
    assert [(m["role"], m["content"]) for m in messages] == [
        ("system", instruction()),
        ("user", numbered(WRITTEN)),
    ]
    assert json.loads(numbered(WRITTEN))[1] == {"number": 2, "sentence": WRITTEN[1]}


@pytest.mark.parametrize(
    ("model", "script"),
    [
        pytest.param("claude-opus-4-5", Script(text=_verdicts("none", "praise")), id="by-form"),
        pytest.param("claude-of-a-proxy", Script(tool=json.loads(_verdicts("none", "praise"))), id="by-tool"),
    ],
)  # fmt: skip
def test_a_reader_behind_the_other_interface_fills_the_same_form(
    model: str, script: Script
) -> None:
    with messages_server(script) as served:
        key = secrets.token_hex(4)
        port = Port(base_url=served.url, model=model, api_key=key, speaks="anthropic")
        reading = read_again(WRITTEN[:2], port)
    assert reading == SecondReading(stands=WRITTEN[:1], struck=("praise",))


def test_a_reader_that_strikes_nothing_changes_nothing(answer: Answer) -> None:
    with _model(lambda: _verdicts("none", "none", "none")) as served:
        block = commented(answer, ModelCommentator(_port(served))).block("commentary")
    assert block is not None
    assert block.items == tuple(f"[[{each}]]" for each in WRITTEN)
    assert "second reading" not in block.lead


def test_when_all_is_struck_the_faults_stand_alone(answer: Answer) -> None:
    with _model(lambda: _verdicts("order", "softened_control", "order")) as served:
        block = commented(answer, ModelCommentator(_port(served))).block("commentary")
    assert block is not None
    assert not block.items
    assert block.lead.endswith("withheld all of it: order, softened control.")
    assert [body.get("stream", False) for _, body in served.asked] == [True, False], "asked once"


def _late() -> str:
    time.sleep(1.5)
    return _verdicts("none", "none", "none")


@pytest.mark.parametrize(
    ("read", "why"),
    [
        pytest.param(lambda: "They are fine.", "another form", id="prose"),
        pytest.param(lambda: '{"verdicts": [', "another form", id="half-an-answer"),
        pytest.param(lambda: _verdicts("none", "fine", "none"), "another form",
                     id="a-fault-outside-the-list"),
        pytest.param(lambda: '{"verdicts": [], "all": "none"}', "another form", id="a-field-of-its-own"),
        pytest.param(_verdicts, "do not fit", id="silence"),
        pytest.param(lambda: _verdicts("none", "none"), "do not fit", id="one-left-out"),
        pytest.param(lambda: _verdicts("none", "none", "none", "none"), "do not fit", id="one-too-many"),
        pytest.param(
            lambda: json.dumps({"verdicts": [{"number": n, "fault": "none"} for n in (1, 2, 2, 3)]}),
            "do not fit", id="one-judged-twice",
        ),
        pytest.param(
            lambda: json.dumps({"verdicts": [{"number": n, "fault": "none"} for n in (0, 1, 2)]}),
            "do not fit", id="a-number-that-does-not-exist",
        ),
        pytest.param(lambda: Reply(status=400), "could not be asked", id="refused-by-its-server"),
        pytest.param(_late, "could not be asked", id="too-late"),
    ],
)  # fmt: skip
def test_without_a_whole_reading_nothing_is_shown_and_the_reason_is(
    answer: Answer, read: Callable[[], str | Reply], why: str
) -> None:
    with _model(read) as served:
        port = _port(served)
        port.timeout_s = 1.0
        shown = commented(answer, ModelCommentator(port))
    block = shown.block("commentary")
    assert block is not None
    assert not block.items
    assert not any(each in markdown(shown) for each in WRITTEN)
    assert "nothing of it is shown" in block.lead
    assert why in block.lead


def test_the_second_reading_is_paid_from_the_budget_of_the_conversation(answer: Answer) -> None:
    """One call is left: it writes, and what it wrote is not shown. Both calls are in the audit."""
    records: list[dict[str, object]] = []
    with _model(lambda: _verdicts("none", "none", "none")) as served:
        port = _port(served)
        port.most_calls, port.audit = 1, records.append
        shown = commented(answer, ModelCommentator(port, reader="another"))
    assert len(served.asked) == 1
    assert not any(each in markdown(shown) for each in WRITTEN)
    assert "are used up" in markdown(shown)
    assert [(r["call"], r["model"]) for r in records] == [("write", "m"), ("fill", "another")]


def test_a_server_has_the_whole_budget_for_each_conversation() -> None:
    """What one caller used up is not missing to the next."""
    with _model(lambda: _verdicts("none", "none", "none")) as served:
        port = _port(served)
        port.most_calls = 2
        api = ChatApi(Still(), commentator=ModelCommentator(port).afresh)
        shown = [call(api, asked())[1].decode() for _ in range(3)]
    assert all(WRITTEN[2] in each for each in shown)
    assert len(served.asked) == 6


def test_a_reader_is_named_only_for_comments_and_is_no_small_model() -> None:
    url = ["--model-url", "http://127.0.0.1:1/v1"]
    alone = CliRunner().invoke(cli, ["ask", *url, "--reader-model", "large", SAID])
    small = CliRunner().invoke(cli, [*COMMENT, *url, "--reader-model", "Llama-3.1-8B", SAID])
    assert (alone.exit_code, small.exit_code) == (2, 2)
    assert "--comment" in alone.output
    assert "too small" in small.output


class Wilful:
    """A commentator whose second reading says whatever it likes."""

    def __init__(self, written: Sequence[str], reading: SecondReading) -> None:
        self._written, self._reading = written, reading

    def comment(self, answer: str, *, again: bool) -> Iterator[str]:
        del answer, again
        yield " ".join(self._written)

    def reread(self, said: Sequence[str]) -> SecondReading:
        del said
        return self._reading


SENTENCES = st.sampled_from([*WRITTEN, COSTS, "Everybody gets it tonight.", "Skip the review."])
READINGS = st.builds(
    SecondReading,
    stands=st.lists(SENTENCES | st.text(max_size=20)).map(tuple),
    struck=st.lists(st.sampled_from(FAULTS)).map(tuple),
    trouble=st.sampled_from(["", "its verdicts do not fit the sentences"]),
)


@settings(max_examples=40)
@given(written=st.lists(SENTENCES, max_size=5), reading=READINGS)
def test_what_is_shown_passed_the_gate_whatever_the_reader_says(
    written: list[str], reading: SecondReading
) -> None:
    answer = turn(Talk(), SAID, today=DAY)[1]
    commentator = Wilful(written, reading)
    through = passed(answer, commentator)
    block = commented(answer, commentator).block("commentary")
    shown = {item[2:-2] for item in block.items} if block else set()
    assert shown <= set(through) & set(reading.stands)
    assert not (reading.trouble and shown)


@given(
    found=st.lists(st.tuples(st.integers(-1, 5), st.sampled_from(["none", *FAULTS])), max_size=5),
    said=st.lists(st.text(min_size=1, max_size=9), unique=True, max_size=4),
)
def test_a_sentence_stands_only_with_a_verdict_of_its_own(
    found: list[tuple[int, typing.Any]], said: list[str]
) -> None:
    verdicts = [Verdict(number=number, fault=fault) for number, fault in found]
    reading = judged(said, Verdicts(verdicts=verdicts))
    if sorted(number for number, _ in found) == list(range(1, len(said) + 1)):
        assert reading.stands == tuple(s for n, s in enumerate(said, 1) if (n, "none") in found)
        assert len(reading.stands) + len(reading.struck) == len(said)
    else:
        assert reading.stands == ()
        assert reading.trouble


@given(said=st.lists(st.text(max_size=30), max_size=6))
def test_no_sentence_can_end_the_list_that_it_stands_in(said: list[str]) -> None:
    assert [row["sentence"] for row in json.loads(numbered(said))] == said


def test_the_instruction_explains_every_fault_with_examples_of_its_own() -> None:
    """They are told in the form of the answer, and stand in no corpus that judges or teaches."""
    text = instruction()
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert [line[2:].partition(":")[0] for line in lines[: len(FAULTS)]] == list(FAULTS)
    root = Path(__file__).parents[2] / "benchmarks" / "advisor"
    corpora = list(root.rglob("*.jsonl"))
    assert corpora
    told = "\n".join(path.read_text("utf-8") for path in corpora).lower()
    examples = [line.partition("Struck: ")[2] or line[2:] for line in lines]
    sentences = [s.strip(" .").lower() for each in examples for s in each.split(". ")]
    assert len(sentences) >= 2 * len(FAULTS) + 6
    assert not [sentence for sentence in sentences if sentence in told]


@pytest.mark.parametrize("reading", [
    pytest.param(SecondReading(stands=WRITTEN[:1], struck=FAULTS), id="part"),
    pytest.param(SecondReading(struck=FAULTS), id="all"),
    pytest.param(SecondReading(trouble="the calls of this conversation are used up"), id="no-reading"),
])  # fmt: skip
def test_the_lines_about_a_reading_hold_to_the_rules_of_every_answer(
    answer: Answer, reading: SecondReading
) -> None:
    shown = commented(answer, Wilful(WRITTEN, reading))
    assert not any(faults(shown, SAID))
