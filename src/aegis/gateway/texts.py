"""Where the texts stand in what callers ask and models answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


def collected(mapping: Callable[[Callable[[str], str]], object]) -> list[str]:
    """Every text that a mapping would change, in order."""
    found: list[str] = []

    def keep(text: str) -> str:
        found.append(text)
        return text

    mapping(keep)
    return found


def texts(body: dict[str, Any]) -> list[str]:
    """Every text of a request that the model would read."""
    return collected(lambda keep: mapped(body, keep))


def mapped(body: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """The request with every text that the model would read changed."""
    changed = dict(body)
    if isinstance(body.get("prompt"), str):
        changed["prompt"] = change(body["prompt"])
    if isinstance(body.get("messages"), list):
        changed["messages"] = [_message(m, change) for m in body["messages"]]
    return changed


def _message(message: object, change: Callable[[str], str]) -> object:
    if not isinstance(message, dict):
        return message
    content = message.get("content")
    if isinstance(content, str):
        return {**message, "content": change(content)}
    if isinstance(content, list):
        return {**message, "content": [_part(p, change) for p in content]}
    return message


def _part(part: object, change: Callable[[str], str]) -> object:
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return {**part, "text": change(part["text"])}
    return part


class BrokenOffError(Exception):
    """A stream that ended before its answer did."""


async def documents(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The JSON documents of a stream of server-sent events, until its end mark.

    A server that dies closes its connection as one does that has finished: only the mark
    `data: [DONE]`, which the OpenAI interface ends every stream with, tells them apart.

    Raises:
        BrokenOffError: no end mark came, half a document did, or the server reported an error.
    """
    async for line in answer.aiter_lines():
        payload = line[5:].strip() if line.startswith("data:") else ""
        if payload == "[DONE]":
            return
        if payload:
            yield _document(payload)
    raise BrokenOffError("the stream has no end mark")


def _document(payload: str) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except ValueError:
        raise BrokenOffError("a part of the stream is not JSON") from None
    if not isinstance(document, dict) or document.get("error"):
        raise BrokenOffError("the server reported an error in the stream")
    return document


def whole(raw: bytes) -> dict[str, Any] | None:
    """An answer that was not streamed; None where it is none, whatever its status says."""
    try:
        document = json.loads(raw)
    except ValueError:
        return None
    return document if isinstance(document, dict) and document.get("choices") else None


def completion_tokens(document: dict[str, Any]) -> int:
    return int((document.get("usage") or {}).get("completion_tokens") or 0)


def content(choice: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    message = choice.get("message")
    if isinstance(message, dict) and isinstance(message.get("content"), str):
        return message, "content"
    if isinstance(choice.get("text"), str):
        return choice, "text"
    return None, ""


def delta(text: str) -> dict[str, Any]:
    return {"index": 0, "delta": {"content": text}, "finish_reason": None}


def server_event(document: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(document, ensure_ascii=False).encode() + b"\n\n"
