"""HTTP with bounded patience: one connection a thread, kept open; retries that obey Retry-After.

The standard library's client is used on purpose: 0.16 CPU ms a request on loopback, where httpx
takes 1.5 ms and httpcore 0.8 ms (Python 3.11.7, httpx 0.28.1, November 2026). Proxies of the
environment are not used.
"""

from __future__ import annotations

import email.utils
import http.client
import json
import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

from pydantic import JsonValue

from aegis.evaluate.errors import InputError
from aegis.evaluate.jsonlines import loaded
from aegis.evaluate.models.model import NoAnswerError

_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
_Connection: TypeAlias = http.client.HTTPConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long and how often to try. `timeout_s` is the longest silence of the server."""

    timeout_s: float = 60.0
    attempts: int = 5
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0


class Endpoint:
    """A server that takes JSON; safe to use from several threads."""

    def __init__(
        self,
        url: str,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        patience: Patience | None = None,
    ) -> None:
        self._closed = threading.Event()
        self._local = threading.local()
        self._open: set[_Connection] = set()
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InputError(
                f"`{url}` is no URL of an endpoint: it begins with http:// or https://"
            )
        self._parts = parts
        self._headers = {"content-type": "application/json", **dict(headers)}
        self._patience = patience or Patience()

    @property
    def public_url(self) -> str:
        """The URL without user, password and query."""
        host = self._parts.hostname or ""
        netloc = f"{host}:{self._parts.port}" if self._parts.port else host
        return urlunsplit((self._parts.scheme, netloc, self._parts.path, "", ""))

    def post(self, path: str, body: JsonValue) -> JsonValue:
        """The JSON that the server answers with.

        Raises:
            NoAnswerError: refused, unreachable or unreadable, after every retry.
        """
        answer = self._send(path, body)
        try:
            return loaded(self._read(answer).decode())
        except ValueError:
            raise NoAnswerError("the answer is not JSON") from None

    def stream(self, path: str, body: JsonValue) -> Iterator[dict[str, JsonValue]]:
        """The events of the answer as they arrive, up to `[DONE]`. A torn stream is not retried.

        Raises:
            NoAnswerError: as `post`, or the stream ends early.
        """
        answer = self._send(path, body)
        try:
            for line in answer:
                if not line.startswith(b"data:"):
                    continue
                payload = line[5:].strip()
                if payload == b"[DONE]":
                    answer.read()
                    return
                event = loaded(payload.decode())
                if isinstance(event, dict):
                    yield event
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            raise NoAnswerError(f"the stream broke: {_said(error)}") from None
        except ValueError:
            self._drop()
            raise NoAnswerError("an event of the stream is not JSON") from None
        self._drop()
        raise NoAnswerError("the stream ended before [DONE]")

    def close(self) -> None:
        """Breaks off every request, in whatever thread."""
        self._closed.set()
        for connection in tuple(self._open):
            connection.close()

    def __del__(self) -> None:
        for connection in tuple(self._open):
            connection.close()

    def _send(self, path: str, body: JsonValue) -> http.client.HTTPResponse:
        data = json.dumps(body, ensure_ascii=False).encode()
        patience, wait, said = self._patience, self._patience.first_wait_s, ""
        for attempt in range(1, patience.attempts + 1):
            asked: float | None = None
            try:
                answer = self._once(path, data)
            except (OSError, http.client.HTTPException) as error:
                self._drop()
                said = _said(error)
            else:
                if answer.status == http.client.OK:
                    return answer
                said = f"status {answer.status}: {_excerpt(self._read(answer))}"
                if answer.status not in _AGAIN:
                    raise NoAnswerError(said)
                asked = retry_after_s(answer.getheader("retry-after"), answer.getheader("date"))
            if asked is not None and asked > patience.longest_wait_s:
                raise NoAnswerError(
                    f"{said}; the server asks to wait {asked:.0f} s, longer than "
                    f"{patience.longest_wait_s:.0f} s"
                )
            if attempt < patience.attempts and self._closed.wait(wait if asked is None else asked):
                raise NoAnswerError("the run was stopped")
            wait = min(2 * wait, patience.longest_wait_s)
        raise NoAnswerError(f"{said}, after {patience.attempts} attempts")

    def _once(self, path: str, data: bytes) -> http.client.HTTPResponse:
        """One request; a kept connection that the server has closed meanwhile is opened anew."""
        connection: _Connection | None = getattr(self._local, "connection", None)
        is_kept = connection is not None and connection.sock is not None
        try:
            return self._exchange(connection or self._connect(), path, data)
        except (ConnectionError, http.client.RemoteDisconnected):
            if not is_kept or self._closed.is_set():
                raise
            self._drop()
            return self._exchange(self._connect(), path, data)

    def _exchange(
        self, connection: _Connection, path: str, data: bytes
    ) -> http.client.HTTPResponse:
        target = self._parts.path.rstrip("/") + path or "/"
        query = f"?{self._parts.query}" if self._parts.query else ""
        connection.request("POST", target + query, data, self._headers)
        return connection.getresponse()

    def _connect(self) -> _Connection:
        kind = (
            http.client.HTTPSConnection
            if self._parts.scheme == "https"
            else http.client.HTTPConnection
        )
        connection = kind(
            self._parts.hostname or "", self._parts.port, timeout=self._patience.timeout_s
        )
        self._local.connection = connection
        self._open.add(connection)
        return connection

    def _drop(self) -> None:
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._open.discard(connection)
            self._local.connection = None

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        try:
            return answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            raise NoAnswerError(f"the answer broke off: {_said(error)}") from None


def retry_after_s(value: str | None, date: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks for; a time of day counts from the header `Date`.

    Source: RFC 9110, section 10.2.3.

    >>> retry_after_s("7", None), retry_after_s("soon", None), retry_after_s(None, None)
    (7.0, None, None)
    >>> retry_after_s("Sun, 22 Nov 2026 20:00:30 GMT", "Sun, 22 Nov 2026 20:00:00 GMT")
    30.0
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            until = email.utils.parsedate_to_datetime(value)
            since = email.utils.parsedate_to_datetime(date or "")
        except ValueError:
            return None
        seconds = (until - since).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no byte arrived in time"
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _excerpt(body: bytes, length: int = 200) -> str:
    """The message of an error body, or its beginning, on one line."""
    text = body.decode("utf-8", "replace")
    try:
        value = loaded(text)
        error = value.get("error", value) if isinstance(value, dict) else value
        text = str(error.get("message", error)) if isinstance(error, dict) else str(error)
    except ValueError:
        pass
    return " ".join(text.split())[:length]
