"""A thin proxy that hurts on demand: `python thin_proxy.py PORT UPSTREAM`.

POST /fault {"errors": 0.5, "delay_s": 0.2, "temperature": 3.0} sets the share of requests that it
answers with 500, what it adds to each, and the sampling temperature that it asks the model for.
Without a fault it passes everything through.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from typing import Any

import httpx
import uvicorn


class ThinProxy:
    """Plain ASGI; one upstream, one fault."""

    def __init__(self, upstream: str) -> None:
        self.upstream, self.fault = upstream, dict[str, float]()
        self.client = httpx.AsyncClient(timeout=30, trust_env=False)
        self.draw = random.Random(7)  # noqa: S311  # which requests fail

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, answer = await self._answer(scope["path"], body)
        await send({"type": "http.response.start", "status": status,
                    "headers": [(b"content-type", b"application/json")]})  # fmt: skip
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/fault":
            self.fault = json.loads(body)
            return 200, b"{}"
        await asyncio.sleep(self.fault.get("delay_s", 0.0))
        if self.draw.random() < self.fault.get("errors", 0.0):
            return 500, b'{"error": "injected"}'
        asked = json.loads(body)
        asked["temperature"] = self.fault.get("temperature", asked.get("temperature", 0))
        done = await self.client.post(self.upstream + path, json=asked)
        return done.status_code, done.content


if __name__ == "__main__":
    uvicorn.run(
        ThinProxy(sys.argv[2]), port=int(sys.argv[1]), log_level="error", lifespan="off",
        access_log=False,
    )  # fmt: skip
