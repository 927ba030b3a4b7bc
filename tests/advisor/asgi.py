"""One request to the endpoint without a socket."""

from __future__ import annotations

import asyncio
import datetime
import json
from typing import Any

from aegis.advisor.surfaces.chat_api import ChatApi

SAID = "8B chatbot for 500 agents on AWS, 20 rps"


class Still:
    """A clock that stands."""

    def monotonic(self) -> float:
        return 0.0

    def today(self) -> datetime.date:
        return datetime.date(2026, 11, 22)


def call(api: ChatApi, body: object) -> tuple[int, bytes]:
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


def asked(*, stream: bool = False, model: str = "aegis") -> dict[str, object]:
    return {"model": model, "stream": stream, "messages": [{"role": "user", "content": SAID}]}
