"""The endpoint without a socket: limits, records, and commentary in a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest
from tests.advisor.asgi import Still, asked, call

from aegis.advisor.second_reading import SecondReading
from aegis.advisor.surfaces.chat_api import ChatApi

GOOD = "Keep the evaluation gate, because it is what keeps a smaller model honest."


class Scripted:
    """A model that writes what it is told, and strikes nothing."""

    def comment(self, answer: str, *, again: bool) -> Iterator[str]:
        del answer, again
        yield from (GOOD[:20], GOOD[20:] + " It costs $4.")

    def reread(self, said: Sequence[str]) -> SecondReading:
        return SecondReading(stands=tuple(said))


def test_a_comment_is_the_same_in_a_stream() -> None:
    api = ChatApi(Still(), commentator=Scripted)
    whole = json.loads(call(api, asked())[1])["choices"][0]["message"]["content"]
    lines = call(api, asked(stream=True))[1].decode().split("\n\n")
    events = [json.loads(x[6:]) for x in lines if x.startswith("data: {")]
    joined = "".join(e["choices"][0]["delta"].get("content", "") for e in events)
    assert joined == whole
    assert whole.endswith(f"- {GOOD}\n")
    assert "$4" not in whole


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        pytest.param(asked(), 200, "answered", id="answered"),
        pytest.param(asked(model="gpt"), 404, "refused", id="another-model"),
        pytest.param({"messages": []}, 400, "refused", id="nobody-spoke"),
    ],
)
def test_each_request_leaves_one_record_without_its_words(
    body: dict[str, object], status: int, outcome: str
) -> None:
    records: list[dict[str, object]] = []
    assert call(ChatApi(Still(), audit=records.append), body)[0] == status
    assert [r["outcome"] for r in records] == [outcome]
    assert {"request-id", "caller-id", "model"} <= records[0].keys()
    assert "chatbot" not in json.dumps(records)


def test_a_caller_who_asks_too_often_is_told_when_to_come_back() -> None:
    records: list[dict[str, object]] = []
    api = ChatApi(Still(), per_minute=12, audit=records.append)
    assert call(api, {"messages": []})[0] == 400
    assert call(api, asked())[0] == 429
    assert records[-1]["outcome"] == "limited"
