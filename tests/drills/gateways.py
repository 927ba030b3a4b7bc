"""Gateways that run already: one that obeys another policy than it says, and one that protects nothing."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import httpx
import uvicorn

from aegis.gateway.app import Gateway
from aegis.gateway.asgi import Receive, Scope, Send
from aegis.gateway.policy import Policy


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Asking(Protocol):
    """An ASGI application that asks others."""

    client: httpx.AsyncClient

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


@contextmanager
def running(app: Asking) -> Iterator[str]:
    """An application in a thread of its own; its URL."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_level="critical", lifespan="off", access_log=False)
    )

    async def served() -> None:
        await server.serve()
        await app.client.aclose()

    thread = threading.Thread(target=lambda: asyncio.run(served()), daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def obeying(policy: Policy, *, says: str, upstream: str) -> Gateway:
    """A real gateway under a policy whose digest it does not tell: protection is switched off."""
    return Gateway(
        policy, policy_digest=says, upstreams={"stable": f"{upstream}/stable"},
        client=httpx.AsyncClient(timeout=2.0, trust_env=False),
    )  # fmt: skip


class Naive:
    """Passes everything on as it comes, and asks three times when it fails."""

    def __init__(self, *, says: str, upstream: str, tries: int = 1) -> None:
        self.says, self.upstream, self.tries = says, upstream, tries
        self.number = 0
        self.client = httpx.AsyncClient(timeout=2.0, trust_env=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/health":
            await _say(send, 200, json.dumps({"policy": self.says}).encode(), b"application/json")
            return
        body = (await receive())["body"]
        self.number += 1
        name = f"n{self.number}"
        for _ in range(self.tries):
            try:
                answer = await self.client.post(
                    f"{self.upstream}/stable{scope['path']}", content=body,
                    headers={"x-request-id": name},
                )  # fmt: skip
            except httpx.HTTPError:
                continue
            if answer.status_code < 400:
                break
        else:
            await _say(send, 500, b"Internal Server Error", b"text/plain", name)
            return
        kind = answer.headers.get("content-type", "").encode()
        await _say(send, answer.status_code, answer.content, kind, name)


async def _say(send: Send, status: int, body: bytes, kind: bytes, name: str = "") -> None:
    headers = [(b"content-type", kind), (b"x-request-id", name.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
