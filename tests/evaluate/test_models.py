"""Endpoints: bounded retries, streams, classic protocols, recorded answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.evaluate.endpoint import Reply, Served, chat, serving, streamed

from aegis.evaluate.errors import InputError
from aegis.evaluate.models.chat import Chat
from aegis.evaluate.models.classic import KServe, PlainJson
from aegis.evaluate.models.http import Endpoint, Patience
from aegis.evaluate.models.model import NoAnswerError
from aegis.evaluate.models.onnx import open_onnx
from aegis.evaluate.models.replay import read_replay
from aegis.evaluate.prompts import Prompt
from aegis.evaluate.records import Result, result_line
from aegis.evaluate.samples import Sample, Turn

QUICK = Patience(timeout_s=2, attempts=3, first_wait_s=0.01, longest_wait_s=0.2)
SAMPLE = Sample(id="a", input="2+2?")


def model(served: Served, *, stream: bool = False) -> Chat:
    return Chat(endpoint=Endpoint(served.url + "/v1", patience=QUICK), model="m", stream=stream)


def test_a_chat_sends_prompt_and_parameters_and_reads_text_and_usage() -> None:
    """The request is that of OpenAI, with nothing that was not asked for."""
    with serving(lambda *_: chat("It is 4.")) as served:
        asked = Chat(
            endpoint=Endpoint(served.url + "/v1/"), model="m",
            prompt=Prompt(version="2", system="Be brief."), parameters=(("max_tokens", 5),),
        )  # fmt: skip
        answer = asked.answer(SAMPLE)
        asked.close()

    assert (answer.text, answer.input_tokens, answer.output_tokens) == ("It is 4.", 9, 3)
    assert served.asked == [
        (
            "/v1/chat/completions",
            {
                "model": "m",
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "2+2?"},
                ],
                "max_tokens": 5,
            },
        )
    ]


def test_a_stream_gives_the_same_text_and_the_time_of_its_first_token() -> None:
    """Parts are joined, usage comes with the last event."""
    with serving(lambda *_: streamed("It ", "is ", "4.")) as served:
        answer = model(served, stream=True).answer(SAMPLE)

    assert (answer.text, answer.output_tokens) == ("It is 4.", 3)
    assert answer.first_token_s is not None
    assert answer.latency_s is not None
    assert answer.first_token_s <= answer.latency_s


@pytest.mark.parametrize(
    ("replies", "calls", "text"),
    [
        pytest.param([Reply(status=500), chat("ok")], 2, "ok", id="once-500"),
        pytest.param([Reply(status=429, headers={"retry-after": "0.05"}), chat("ok")], 2, "ok",
                     id="asked-to-wait"),
        pytest.param([Reply(status=503)] * 5, 3, None, id="never"),
        pytest.param([Reply({"error": {"message": "no such model"}}, status=404)], 1, None,
                     id="not-found-is-final"),
        pytest.param([Reply(status=429, headers={"retry-after": "3600"})], 1, None,
                     id="asked-to-wait-too-long"),
        pytest.param([Reply({"object": "list"})], 1, None, id="no-chat-at-all"),
    ],
)  # fmt: skip
def test_retries_are_bounded(replies: list[Reply], calls: int, text: str | None) -> None:
    """What may pass is tried again, what cannot is not, and nobody is asked for ever."""
    left = list(replies)
    with serving(lambda *_: left.pop(0)) as served:
        if text is None:
            with pytest.raises(NoAnswerError):
                model(served).answer(SAMPLE)
        else:
            assert model(served).answer(SAMPLE).text == text

    assert len(served.asked) == calls


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(Reply({"error": {"message": "no such model"}}, status=404),
                     "status 404: no such model", id="message-of-the-server"),
        pytest.param(Reply(status=429, headers={"retry-after": "3600"}), "to wait 3600 s", id="wait"),
        pytest.param(Reply(status=500), "after 3 attempts", id="attempts"),
    ],
)  # fmt: skip
def test_an_error_says_what_the_server_said(reply: Reply, said: str) -> None:
    """The file of results must tell why a sample has no answer."""
    with serving(lambda *_: reply) as served, pytest.raises(NoAnswerError, match=said):
        model(served).answer(SAMPLE)


def test_a_kept_connection_that_the_server_closed_is_opened_again() -> None:
    """Nobody notices, and no attempt is spent."""
    with serving(lambda *_: Reply(chat("x").body, close=True)) as served:
        asked = Chat(endpoint=Endpoint(served.url, patience=Patience(attempts=1)), model="m")
        assert [asked.answer(SAMPLE).text for _ in range(3)] == ["x"] * 3


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_an_emoji_that_was_cut_in_half_reaches_the_file(*, stream: bool) -> None:
    """A token limit may split a surrogate pair; the answer is kept, with a mark for the half."""
    reply = streamed("fine \ud83d") if stream else chat("fine \ud83d")
    with serving(lambda *_: reply) as served:
        answer = model(served, stream=stream).answer(SAMPLE)

    assert answer.text == "fine ?"
    assert result_line(Result(id="a", score=1, answer=answer.text))


def test_a_torn_stream_is_no_answer() -> None:
    """Half an answer must not be scored as a whole one."""
    with serving(lambda *_: streamed("half", torn=True)) as served, pytest.raises(NoAnswerError):
        model(served, stream=True).answer(SAMPLE)


def test_nobody_listens() -> None:
    """The error names the cause after every attempt."""
    asked = Chat(endpoint=Endpoint("http://127.0.0.1:9", patience=QUICK), model="m")
    with pytest.raises(NoAnswerError, match=r"Connection.*after 3 attempts"):
        asked.answer(SAMPLE)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x/v1", "http://"])
def test_what_is_no_url_is_refused_before_anything_is_asked(url: str) -> None:
    """The message says how a URL begins."""
    with pytest.raises(InputError, match="http://"):
        Endpoint(url)


def test_the_url_of_a_release_shows_no_password() -> None:
    """Results travel; credentials must not."""
    endpoint = Endpoint("https://me:hidden@models.example:8443/v1?key=hidden")
    assert endpoint.public_url == "https://models.example:8443/v1"


@pytest.mark.parametrize(
    ("sample_input", "inputs"),
    [
        pytest.param((1.0, 2.0), [("input", [1, 2], "FP32")], id="row"),
        pytest.param({"age": 3, "text": "x"}, [("age", [1], "INT64"), ("text", [1], "BYTES")],
                     id="named"),
        pytest.param({"v": [1.5, 2]}, [("v", [1, 2], "FP32")], id="vector"),
    ],
)  # fmt: skip
def test_kserve_v2(sample_input: object, inputs: list[tuple[str, list[int], str]]) -> None:
    """Tensors carry name, shape and type; the largest probability names the class."""
    output = {"name": "p", "datatype": "FP32", "shape": [1, 2], "data": [0.2, 0.8]}
    with serving(lambda *_: Reply({"outputs": [output]})) as served:
        asked = KServe(endpoint=Endpoint(served.url), model="iris", classes=("no", "yes"))
        answer = asked.answer(Sample.model_validate({"id": "a", "input": sample_input}))

    path, body = served.asked[0]
    sent = body["inputs"]
    assert isinstance(sent, list)
    assert path == "/v2/models/iris/infer"
    assert [(t["name"], t["shape"], t["datatype"]) for t in sent] == inputs
    assert (answer.text, answer.confidence) == ("yes", 0.8)


def test_kserve_with_two_outputs_must_be_told_which() -> None:
    """A guess would be wrong in silence."""
    outputs = [{"name": n, "data": [1]} for n in ("label", "score")]
    with serving(lambda *_: Reply({"outputs": outputs})) as served:
        endpoint = Endpoint(served.url)
        with pytest.raises(NoAnswerError, match="`label`, `score`"):
            KServe(endpoint=endpoint, model="m").answer(SAMPLE)
        assert KServe(endpoint=endpoint, model="m", output="label").answer(SAMPLE).text == "1"


def test_plain_json() -> None:
    """Features go as they are, a text under `input`; the answer is at a path."""
    with serving(lambda *_: Reply({"predictions": [{"label": "dog"}]})) as served:
        asked = PlainJson(endpoint=Endpoint(served.url + "/predict"), output="predictions.0.label")
        texts = [
            asked.answer(Sample.model_validate({"id": "a", "input": value})).text
            for value in ({"w": 3}, "a text")
        ]

    assert texts == ["dog", "dog"]
    assert served.asked == [("/predict", {"w": 3}), ("/predict", {"input": "a text"})]


def test_a_conversation_is_no_input_of_a_classic_model() -> None:
    """It is said, not sent."""
    sample = Sample(id="a", input=(Turn(role="user", content="x"),))
    with pytest.raises(NoAnswerError, match="conversation"):
        KServe(endpoint=Endpoint("http://127.0.0.1:9"), model="m").answer(sample)


def test_recorded_answers_are_given_again_and_missing_ones_are_missing() -> None:
    """A file of results, failures and all, can be replayed."""
    lines = [
        '{"run": {"anything": 1}}',
        '{"id": "a", "score": 1, "answer": "4", "confidence": 0.9}',
        '{"id": "b", "error": "status 500"}',
        "nonsense",
    ]
    replay, problems = read_replay(lines, path="r.jsonl")

    answer = replay.answer(SAMPLE)
    assert (answer.text, answer.confidence) == ("4", 0.9)
    assert problems == ("r.jsonl:4: not JSON",)
    with pytest.raises(NoAnswerError, match=r"r\.jsonl has no answer"):
        replay.answer(Sample(id="b", input="?"))


def test_an_onnx_file_is_run_or_the_library_is_named(tmp_path: Path) -> None:
    """Without onnxruntime the message says how to get it."""
    path = tmp_path / "m.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(
        InputError, match=r"pip install onnxruntime|no model that onnxruntime reads"
    ):
        open_onnx(path)


def test_a_real_onnx_model_names_the_likeliest_class(tmp_path: Path) -> None:
    """Softmax over two classes, one sample a run."""
    pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    path = tmp_path / "m.onnx"
    values, helper = onnx.helper.make_tensor_value_info, onnx.helper
    weights = helper.make_tensor("w", onnx.TensorProto.FLOAT, [2, 2], [1, -1, 0, 0])
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["z"]),
         helper.make_node("Softmax", ["z"], ["p"], axis=1)],
        "g", [values("x", onnx.TensorProto.FLOAT, [None, 2])],
        [values("p", onnx.TensorProto.FLOAT, [None, 2])], [weights],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    made.ir_version = 8
    onnx.save(made, str(path))
    loaded = open_onnx(path, classes=("yes", "no"))
    answers = [loaded.answer(Sample(id="a", input=(x, 0.0))).text for x in (2.0, -2.0)]

    assert answers == ["yes", "no"]
    assert loaded.answer(Sample(id="a", input={"x": [2.0, 0.0]})).confidence == pytest.approx(
        0.982, abs=0.001
    )
    with pytest.raises(NoAnswerError, match="lacks the feature `x`"):
        loaded.answer(Sample(id="a", input={"y": 1}))


def test_the_digest_of_a_release_moves_with_what_changes_an_answer() -> None:
    """Model, prompt and parameters count; where it is served does not."""
    endpoint = Endpoint("http://a.example")
    base = Chat(endpoint=endpoint, model="m").release.digest
    same = Chat(endpoint=Endpoint("http://b.example"), model="m").release.digest
    others = {
        Chat(endpoint=endpoint, model="n").release.digest,
        Chat(endpoint=endpoint, model="m", prompt=Prompt(version="1", system="x")).release.digest,
        Chat(endpoint=endpoint, model="m", parameters=(("temperature", 1),)).release.digest,
    }

    assert same == base
    assert len(others | {base}) == 4
