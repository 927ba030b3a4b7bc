"""A proxy on loopback between a gateway and its backend, which injects one fault at a time.

Plain ASGI: without a fault every byte passes as it came. The first part of the path names the
track (`/stable/v1/…`, `/canary/v1/…`), so that one proxy stands before both versions.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aegis.drills.faults import Fault, Track, garble_of
from aegis.gateway.asgi import Receive, Scope, Send, answer_json, respond, start
from aegis.gateway.guard import estimate_tokens
from aegis.gateway.texts import server_event, texts

if TYPE_CHECKING:
    import httpx

_EVENTS = b"text/event-stream"
_JSON = b"application/json"
_PIECE = 3  # characters of one event: no secret arrives in one piece
_HOP = {"host", "content-length", "connection", "transfer-encoding"}


@dataclass(slots=True, kw_only=True)
class Reached:
    """One request that reached the backend's side. Times in seconds of `time.monotonic`."""

    id: str
    at_s: float
    track: Track
    hit: bool = False
    lost: bool = False
    input_tokens: int = 0
    asked_tokens: int | None = None


@dataclass(slots=True)
class Proxy:
    """What stands between; `fault` may change at any time, requests under way keep theirs."""

    backend: str
    canary: str
    client: httpx.AsyncClient
    seed: int = 0
    fault: Fault | None = None
    reached: list[Reached] = field(default_factory=list)
    running: int = 0
    most_at_once: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: int = 0
    _hits: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        track, path = _split(scope["path"])
        if track is None:
            await answer_json(send, 404, {"error": "begin the path with /stable or /canary"})
            return
        body = await _read(receive)
        if scope["method"] != "POST":
            await self._passed(scope, track, path, body, send, None)
            return
        request, stream = self._noted(scope, track, body)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            await self._answered(scope, path, body, request, receive, send, stream=stream)
        finally:
            self.running -= 1

    def end(self) -> None:
        """The fault is taken back; what is stuck is let go."""
        self.fault = None
        self.over.set()

    def inject(self, fault: Fault) -> None:
        """From now on, a share of the requests meets this fault."""
        self.over = asyncio.Event()
        self._asked = self._hits = 0
        self.most_at_once = self.running
        self.fault = fault

    def _noted(self, scope: Scope, track: Track, body: bytes) -> tuple[Reached, bool]:
        document = _document(body)
        asked = document.get("max_tokens")
        request = Reached(
            id=_header(scope, b"x-request-id"),
            at_s=time.monotonic(),
            track=track,
            input_tokens=estimate_tokens("\n".join(texts(document))),
            asked_tokens=asked if isinstance(asked, int) else None,
        )
        fault = self.fault
        if fault is not None and track in fault.tracks:
            request.hit = fault.hits(self._asked, self.seed)
            self._asked += 1
            self._hits += request.hit
        self.reached.append(request)
        return request, bool(document.get("stream"))

    async def _answered(
        self,
        scope: Scope,
        path: str,
        body: bytes,
        request: Reached,
        receive: Receive,
        send: Send,
        *,
        stream: bool,
    ) -> None:
        fault = self.fault if request.hit else None
        match fault.kind if fault else "":
            case "error" if fault:
                await answer_json(send, fault.status, {"error": {"message": "injected"}})
            case "stuck":
                await self._stuck(receive)
            case "garbled":
                await _garbled(send, self._hits, stream=stream)
            case "say" if fault:
                await _said(send, fault, self._hits, stream=stream)
            case kind:
                if fault and kind == "slow":
                    await self._waited(fault.delay_s)
                await self._passed(
                    scope, request.track, path, body, send, request, cut=kind == "cut"
                )

    async def _waited(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)

    async def _stuck(self, receive: Receive) -> None:
        """Holds a request until the caller goes or the fault ends."""
        gone = asyncio.create_task(_disconnected(receive))
        over = asyncio.create_task(self.over.wait())
        _, waiting = await asyncio.wait({gone, over}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def _passed(
        self,
        scope: Scope,
        track: Track,
        path: str,
        body: bytes,
        send: Send,
        request: Reached | None,
        *,
        cut: bool = False,
    ) -> None:
        import httpx  # noqa: PLC0415  # an extra

        base = self.backend if track == "stable" else self.canary
        asked = self.client.build_request(
            scope["method"], base + path, content=body, headers=_onward(scope)
        )
        begun = False
        try:
            answer = await self.client.send(asked, stream=True)
            try:
                kind = answer.headers.get("content-type", "").encode()
                if cut:
                    await _half(send, answer.status_code, kind, await answer.aread())
                    return
                begun = True
                await start(send, answer.status_code, kind)
                async for part in answer.aiter_bytes():
                    await _more(send, part)
            finally:
                await answer.aclose()
        except httpx.HTTPError:
            if request is not None:
                request.lost = True
            if begun:
                return  # the connection is dropped, as the backend dropped it
            await answer_json(send, 502, {"error": {"message": "the backend does not answer"}})
            return
        await send({"type": "http.response.body", "body": b""})


async def _half(send: Send, status: int, kind: bytes, whole: bytes) -> None:
    """Half of an answer; the server then drops the connection, because the rest never comes."""
    headers = [(b"content-type", kind), (b"content-length", str(len(whole)).encode())]
    if kind.startswith(_EVENTS):
        headers.pop()
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await _more(send, whole[: len(whole) // 2])


async def _garbled(send: Send, number: int, *, stream: bool) -> None:
    body = {
        "not-json": b"<html>bad gateway</html>",
        "no-choices": b'{"detail": "ok"}',
        "empty": b"",
        "half": b'{"choices": [{"index": 0, "mess',
    }[garble_of(number)]
    if stream:
        body = (b"data: " + body + b"\n\n" if body else b"") + b"data: [DONE]\n\n"
    await respond(send, 200, body, _EVENTS if stream else _JSON)


async def _said(send: Send, fault: Fault, number: int, *, stream: bool) -> None:
    text = fault.texts[number % len(fault.texts)]
    tokens = fault.tokens or estimate_tokens(text)
    usage = {"prompt_tokens": 1, "completion_tokens": tokens}
    if not stream:
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        await answer_json(send, 200, {"id": "drill", "choices": [choice], "usage": usage})
        return
    await start(send, 200, _EVENTS)
    async for event in _events(text):
        await _more(send, event)
    last = {"id": "drill", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    await _more(send, server_event({**last, "usage": usage}) + b"data: [DONE]\n\n")
    await send({"type": "http.response.body", "body": b""})


async def _events(text: str) -> AsyncIterator[bytes]:
    for at in range(0, len(text), _PIECE):
        delta = {"index": 0, "delta": {"content": text[at : at + _PIECE]}}
        yield server_event({"id": "drill", "choices": [delta]})


async def _more(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})


async def _read(receive: Receive) -> bytes:
    raw: bytes = b""
    while True:
        message = await receive()
        raw += message.get("body", b"")
        if not message.get("more_body"):
            return raw


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _split(path: str) -> tuple[Track | None, str]:
    for track in ("stable", "canary"):
        if path == f"/{track}" or path.startswith(f"/{track}/"):
            return track, path[len(track) + 1 :]
    return None, path


def _document(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _header(scope: Scope, name: bytes) -> str:
    return next((v.decode("latin-1") for k, v in scope.get("headers") or () if k == name), "")


def _onward(scope: Scope) -> list[tuple[str, str]]:
    named = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope.get("headers") or ()]
    return [(k, v) for k, v in named if k not in _HOP]
