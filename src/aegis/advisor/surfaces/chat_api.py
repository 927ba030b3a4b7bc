"""`/v1/chat/completions` with one model, `aegis`: the conversation behind any chat UI.

Plain ASGI. The messages of the user are heard again on every request, so the server keeps no
state; streamed and unstreamed answers hold the same bytes. Tool results and system messages are
not heard: they are not the user. Limits are per caller, and each request leaves an audit record
without its text.
"""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aegis.advisor.blocks import Answer
from aegis.advisor.commenting import Commentator, streamed
from aegis.advisor.dialogue import turn
from aegis.advisor.talk import Talk
from aegis.gateway.asgi import Receive, Scope, Send, answer_json, lifespan, problem
from aegis.gateway.limits import Limiter
from aegis.gateway.policy import Limits

MODEL = "aegis"
MOST_BYTES = 256 * 1024
MOST_TURNS = 40


class Clock(Protocol):
    """Seconds that only go forward, and the date."""

    def monotonic(self) -> float: ...
    def today(self) -> datetime.date: ...


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")
    role: str
    content: str | list[dict[str, object]] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        parts = (
            str(part.get("text", "")) for part in self.content or [] if part.get("type") == "text"
        )
        return "\n".join(parts)


class _Request(BaseModel):
    model_config = ConfigDict(extra="ignore")
    model: str = MODEL
    messages: list[_Message] = Field(min_length=1)
    stream: bool = False
    stream_options: dict[str, bool] | None = None


class ChatApi:
    """The ASGI application; `audit` takes one record a request, without what was said.

    With `commentator` the answer ends with what it may say. It is made for each request, which is a
    conversation heard again, with a budget of its own.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        per_minute: int = 120,
        audit: Callable[[dict[str, object]], None] | None = None,
        commentator: Callable[[], Commentator] | None = None,
    ) -> None:
        self._clock = clock
        limits = Limits(caller_requests_per_s=per_minute / 60)
        self._limiter = Limiter(limits=limits, clock=clock.monotonic)
        self._audit = audit or (lambda _: None)
        self._commentator = commentator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send, _nothing)
            return
        path, method = scope["path"], scope["method"]
        if path == "/health" and method == "GET":
            await answer_json(send, 200, {"status": "ok"})
        elif path == "/v1/models" and method == "GET":
            served = {"id": MODEL, "object": "model", "created": 0, "owned_by": "aegis"}
            await answer_json(send, 200, {"object": "list", "data": [served]})
        elif path == "/v1/chat/completions" and method == "POST":
            await self._chat(scope, receive, send)
        else:
            await problem(
                send, 404, f"there is no {method} {path}; POST /v1/chat/completions answers"
            )

    async def _chat(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: limits, body, conversation, answer; a record of each, however it ends."""
        record: dict[str, object] = {
            "request-id": uuid.uuid4().hex,
            "caller-id": _caller(scope),
            "model": MODEL,
        }
        grant = self._limiter.admit(str(record["caller-id"]), 0.0)
        if not grant.allowed:
            self._audit({**record, "outcome": "limited"})
            await problem(send, 429, f"too many {grant.reason}; ask again later",
                          retry_after_s=grant.retry_after_s)  # fmt: skip
            return
        try:
            asked, said = _asked(await _body(receive))
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(None, self._answer, said)
            record |= {
                "outcome": "answered",
                "intent": answer.intent,
                "plan": answer.plan_id,
                "turns": len(said),
            }
            pieces = streamed(answer, self._commentator() if self._commentator else None)
            await _reply(send, asked, answer, pieces, str(record["request-id"]))
        except _RefusedError as no:
            record["outcome"] = "refused"
            await problem(send, no.status, str(no), request_id=str(record["request-id"]))
        finally:
            self._limiter.release(str(record["caller-id"]), more_tokens=0.0)
            self._audit({"outcome": "failed", **record})

    def _answer(self, said: list[str]) -> Answer:
        today = self._clock.today()
        talk = Talk()
        for sentence in said[:-1]:
            talk, _ = turn(talk, sentence, today=today)
        return turn(talk, said[-1], today=today)[1]


class _RefusedError(Exception):
    """A request that is not answered, and the status that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def _nothing() -> None:
    """No work goes on between requests."""


def _asked(body: bytes | None) -> tuple[_Request, list[str]]:
    """The request and what its user said, oldest first.

    Raises:
        _RefusedError: it is too long, no chat request, for another model, or nobody spoke.
    """
    if body is None:
        raise _RefusedError(413, f"a request holds at most {MOST_BYTES} bytes")
    try:
        asked = _Request.model_validate_json(body)
    except ValidationError as error:
        raise _RefusedError(400, f"no chat request: {error.errors()[0]['msg']}") from None
    if asked.model != MODEL:
        raise _RefusedError(
            404, f"there is no model {asked.model!r}; this endpoint serves {MODEL!r}"
        )
    said = [m.text for m in asked.messages if m.role == "user" and m.text.strip()]
    if not said or len(said) > MOST_TURNS:
        raise _RefusedError(400, f"between one and {MOST_TURNS} messages of the user are heard")
    return asked, said


def _caller(scope: Scope) -> str:
    """Who asks, as a fingerprint: the token if there is one, else the address."""
    sent = next((v for k, v in scope["headers"] if k.lower() == b"authorization"), b"")
    who = sent or str((scope.get("client") or ("",))[0]).encode()
    return hashlib.sha256(who).hexdigest()[:12]


async def _body(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        part = event.get("body", b"")
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
        if not event.get("more_body"):
            return b"".join(parts)


_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}  # no model counts here


async def _reply(
    send: Send, asked: _Request, answer: Answer, pieces: Iterator[str], request_id: str
) -> None:
    common: dict[str, object] = {"id": f"chatcmpl-{request_id}", "created": 0, "model": MODEL}
    headers = [(b"x-aegis-plan", answer.plan_id.encode()), (b"x-request-id", request_id.encode())]
    if asked.stream:
        await _stream(send, asked, pieces, common, headers)
        return
    text = await asyncio.get_running_loop().run_in_executor(None, "".join, pieces)
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    whole = {**common, "object": "chat.completion", "choices": [choice], "usage": _USAGE}
    await _start(send, b"application/json", headers)
    body = json.dumps(whole, ensure_ascii=False).encode()
    await send({"type": "http.response.body", "body": body})


async def _stream(
    send: Send, asked: _Request, pieces: Iterator[str], common: Mapping[str, object],
    headers: list[tuple[bytes, bytes]],
) -> None:  # fmt: skip
    """The same text block by block, and the commentary when it is read."""
    await _start(send, b"text/event-stream", [(b"cache-control", b"no-cache"), *headers])

    async def say(delta: Mapping[str, str], end: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": end}
        await _event(send, {**common, "object": "chat.completion.chunk", "choices": [choice]})

    await say({"role": "assistant", "content": ""})
    loop = asyncio.get_running_loop()
    while (piece := await loop.run_in_executor(None, next, pieces, None)) is not None:
        for part in _blocks(piece):
            await say({"content": part})
    await say({}, "stop")
    if asked.stream_options and asked.stream_options.get("include_usage"):
        usage = {**common, "object": "chat.completion.chunk", "choices": [], "usage": _USAGE}
        await _event(send, usage)
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


def _blocks(text: str) -> Iterator[str]:
    """The text block by block; joined it is the text."""
    *before, last = text.split("\n\n")
    yield from (f"{block}\n\n" for block in before)
    yield last


async def _start(send: Send, kind: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", kind), *headers]})  # fmt: skip


async def _event(send: Send, data: Mapping[str, object]) -> None:
    line = f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
    await send({"type": "http.response.body", "body": line, "more_body": True})
