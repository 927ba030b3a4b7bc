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
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aegis.advisor.blocks import Answer
from aegis.advisor.dialogue import turn
from aegis.advisor.showing import markdown
from aegis.advisor.surfaces.bearer import Receive, Scope, Send
from aegis.advisor.talk import Talk

MODEL = "aegis"
MOST_BYTES = 256 * 1024
MOST_TURNS = 40
MOST_CALLERS = 10_000


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
    """The ASGI application; `audit` takes one record a request, without what was said."""

    def __init__(
        self,
        clock: Clock,
        *,
        per_minute: int = 60,
        audit: Callable[[Mapping[str, object]], None] | None = None,
    ) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._audit = audit or (lambda _: None)
        self._seen: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        path, method = scope["path"], scope["method"]
        if path == "/health" and method == "GET":
            await _json(send, 200, {"status": "ok"})
        elif path == "/v1/models" and method == "GET":
            await _json(
                send,
                200,
                {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "aegis"}]},
            )
        elif path == "/v1/chat/completions" and method == "POST":
            await self._chat(scope, receive, send)
        else:
            await _error(
                send, 404, f"there is no {method} {path}; POST /v1/chat/completions answers"
            )

    async def _chat(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = _caller(scope)
        if not self._may(caller):
            self._audit({"caller": caller, "status": 429})
            await _error(
                send, 429, f"more than {self._per_minute} requests in a minute; wait and ask again"
            )
            return
        body = await _body(receive)
        if body is None:
            await _error(send, 413, f"a request holds at most {MOST_BYTES} bytes")
            return
        try:
            asked = _Request.model_validate_json(body)
        except ValidationError as error:
            await _error(send, 400, f"no chat request: {error.errors()[0]['msg']}")
            return
        if asked.model != MODEL:
            await _error(
                send, 404, f"there is no model {asked.model!r}; this endpoint serves {MODEL!r}"
            )
            return
        said = [m.text for m in asked.messages if m.role == "user" and m.text.strip()]
        if not said or len(said) > MOST_TURNS:
            await _error(send, 400, f"between one and {MOST_TURNS} messages of the user are heard")
            return
        answer = await asyncio.get_running_loop().run_in_executor(None, self._answer, said)
        self._audit({"caller": caller, "status": 200, "intent": answer.intent, "plan": answer.plan_id,
                     "turns": len(said)})  # fmt: skip
        await _reply(send, asked, answer)

    def _answer(self, said: list[str]) -> Answer:
        today = self._clock.today()
        talk = Talk()
        for sentence in said[:-1]:
            talk, _ = turn(talk, sentence, today=today)
        return turn(talk, said[-1], today=today)[1]

    def _may(self, caller: str) -> bool:
        """A token bucket by caller; the least recent callers are forgotten first."""
        now = self._clock.monotonic()
        tokens, then = self._seen.pop(caller, (float(self._per_minute), now))
        tokens = min(float(self._per_minute), tokens + (now - then) * self._per_minute / 60)
        self._seen[caller] = (max(0.0, tokens - 1), now)
        while len(self._seen) > MOST_CALLERS:
            self._seen.popitem(last=False)
        return tokens >= 1


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


async def _reply(send: Send, asked: _Request, answer: Answer) -> None:
    text = markdown(answer)
    ident = f"chatcmpl-{hashlib.sha256(text.encode()).hexdigest()[:24]}"
    common: dict[str, object] = {"id": ident, "created": 0, "model": MODEL}
    headers = [(b"x-aegis-plan", answer.plan_id.encode())]
    usage = {
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "total_tokens": 0,
    }  # no model counts tokens here
    if not asked.stream:
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
        }
        await _json(
            send,
            200,
            {**common, "object": "chat.completion", "choices": [choice], "usage": usage},
            headers,
        )
        return
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache"), *headers]})  # fmt: skip
    for delta, end in _deltas(text):
        choice = {"index": 0, "delta": delta, "finish_reason": end}
        await _event(send, {**common, "object": "chat.completion.chunk", "choices": [choice]})
    if asked.stream_options and asked.stream_options.get("include_usage"):
        await _event(
            send, {**common, "object": "chat.completion.chunk", "choices": [], "usage": usage}
        )
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


def _deltas(text: str) -> Iterator[tuple[dict[str, str], str | None]]:
    """The text block by block; joined it is the text."""
    yield {"role": "assistant", "content": ""}, None
    blocks = text.split("\n\n")
    for at, block in enumerate(blocks):
        yield {"content": block if at == len(blocks) - 1 else f"{block}\n\n"}, None
    yield {}, "stop"


async def _event(send: Send, data: Mapping[str, object]) -> None:
    line = f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
    await send({"type": "http.response.body", "body": line, "more_body": True})


async def _json(
    send: Send,
    status: int,
    data: Mapping[str, object],
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    await send({"type": "http.response.start", "status": status,
                "headers": [(b"content-type", b"application/json"), *(headers or [])]})  # fmt: skip
    await send(
        {"type": "http.response.body", "body": json.dumps(data, ensure_ascii=False).encode()}
    )


async def _error(send: Send, status: int, message: str) -> None:
    await _json(
        send,
        status,
        {"error": {"message": message, "type": "invalid_request_error", "code": status}},
    )


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
