"""A token in front of an ASGI application; without one the application is for loopback only."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from aegis.gateway.asgi import Receive, Scope, Send, problem

App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


def token_from(path: str | None) -> str | None:
    """The token that a file holds; None when no file is named.

    Raises:
        ValueError: the file is empty.
    """
    if path is None:
        return None
    token = Path(path).read_text("utf-8").strip()
    if not token:
        raise ValueError(f"{path} holds no token")
    return token


class Bearer:
    """Lets a request through when it carries the token, compared in constant time."""

    def __init__(self, app: App, token: str | None) -> None:
        self._app = app
        self._wanted = None if token is None else f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._wanted is None:
            await self._app(scope, receive, send)
            return
        sent = next((v for k, v in scope["headers"] if k.lower() == b"authorization"), b"")
        if hmac.compare_digest(sent, self._wanted):
            await self._app(scope, receive, send)
            return
        await problem(send, 401, "a token is asked: Authorization: Bearer ...")
