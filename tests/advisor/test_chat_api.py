"""The endpoint without a socket: limits, records, and commentary in a stream."""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest

from aegis.advisor.surfaces.chat_api import ChatApi

SAID = "8B chatbot for 500 agents on AWS, 20 rps"
GOOD = "Keep the evaluation gate, because it is what keeps a smaller model honest."


class Still:
    """A clock that stands."""

    def monotonic(self) -> float:
        return 0.0

    def today(self) -> datetime.date:
        return datetime.date(2026, 11, 22)


class Scripted:
    """A model that writes what it is told."""

    def comment(self, answer: str, *, again: bool) -> Iterator[str]:
        del answer, again
        yield from (GOOD[:20], GOOD[20:] + " It costs $4.")


def _call(api: ChatApi, body: object) -> tuple[int, bytes]:
    """One request, and what is sent back."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(body).encode()}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/v1/chat/completions", "method": "POST", "headers": [],
             "client": ("127.0.0.1", 1)}  # fmt: skip
    asyncio.run(api(scope, receive, send))
    return sent[0]["status"], b"".join(m.get("body", b"") for m in sent[1:])


def _asked(*, stream: bool = False, model: str = "aegis") -> dict[str, object]:
    return {"model": model, "stream": stream, "messages": [{"role": "user", "content": SAID}]}


def test_a_comment_is_the_same_in_a_stream() -> None:
    api = ChatApi(Still(), commentator=Scripted())
    whole = json.loads(_call(api, _asked())[1])["choices"][0]["message"]["content"]
    lines = _call(api, _asked(stream=True))[1].decode().split("\n\n")
    events = [json.loads(x[6:]) for x in lines if x.startswith("data: {")]
    joined = "".join(e["choices"][0]["delta"].get("content", "") for e in events)
    assert joined == whole
    assert whole.endswith(f"- {GOOD}\n")
    assert "$4" not in whole


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        pytest.param(_asked(), 200, "answered", id="answered"),
        pytest.param(_asked(model="gpt"), 404, "refused", id="another-model"),
        pytest.param({"messages": []}, 400, "refused", id="nobody-spoke"),
    ],
)
def test_each_request_leaves_one_record_without_its_words(
    body: dict[str, object], status: int, outcome: str
) -> None:
    records: list[dict[str, object]] = []
    assert _call(ChatApi(Still(), audit=records.append), body)[0] == status
    assert [r["outcome"] for r in records] == [outcome]
    assert {"request-id", "caller-id", "model"} <= records[0].keys()
    assert "chatbot" not in json.dumps(records)


def test_a_caller_who_asks_too_often_is_told_when_to_come_back() -> None:
    records: list[dict[str, object]] = []
    api = ChatApi(Still(), per_minute=12, audit=records.append)
    assert _call(api, {"messages": []})[0] == 400
    assert _call(api, _asked())[0] == 429
    assert records[-1]["outcome"] == "limited"
