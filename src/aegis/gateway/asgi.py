"""Answers in ASGI messages, and the life of the server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


async def lifespan(
    receive: Receive, send: Send, work: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Starts and ends with the server; `work` goes on meanwhile."""
    await receive()
    task = asyncio.create_task(work())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await send({"type": "lifespan.shutdown.complete"})


async def start(
    send: Send, status: int, kind: bytes, request_id: str = "", retry_after_s: int = 0
) -> None:
    headers = [(b"content-type", kind)]
    if request_id:
        headers.append((b"x-request-id", request_id.encode()))
    if retry_after_s:
        headers.append((b"retry-after", str(retry_after_s).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def respond(send: Send, status: int, body: bytes, kind: bytes) -> None:
    await start(send, status, kind)
    await send({"type": "http.response.body", "body": body})


async def answer_json(send: Send, status: int, document: object, request_id: str = "") -> None:
    await start(send, status, b"application/json", request_id)
    await send(
        {"type": "http.response.body", "body": json.dumps(document, ensure_ascii=False).encode()}
    )


async def problem(
    send: Send, status: int, message: str, *, retry_after_s: int = 0, request_id: str = ""
) -> None:
    await start(send, status, b"application/json", request_id, retry_after_s)
    document = {"error": {"message": message, "type": "aegis_gateway", "code": status}}
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})
