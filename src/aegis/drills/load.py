"""Bounded load through a gateway, and what each caller got: whole, refused with a reason, or worse."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from aegis.drills.types import Phase
from aegis.gateway.app import CALLER_HEADER
from aegis.measure.load import prompt

if TYPE_CHECKING:
    import httpx

MOST_PER_S = 200.0
"""What one process sends; more than this needs load from elsewhere."""
CALLERS = 64
"""Callers the load comes from, so that the service's limits are met before one caller's."""

Result = Literal[
    "ok", "filtered", "refused", "shed", "error", "broken", "cut", "garbled", "late", "lost"
]
BAD: frozenset[Result] = frozenset({"shed", "error", "broken", "cut", "garbled", "late", "lost"})
"""What the availability objective counts as bad; a refusal by a guardrail is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How often and what is asked. `asks` names it for the log; `text` gives the n-th prompt."""

    per_s: float
    asks: str
    text: Callable[[int], str]
    max_tokens: int


@dataclass(slots=True, kw_only=True)
class Answer:
    """What one caller got. Times in seconds; texts are not kept.

    `told` says that a failure came with its reason and, where it is worth it, when to return.
    """

    phase: Phase
    sent_s: float
    stream: bool
    id: str = ""
    status: int = 0
    result: Result = "late"
    told: bool = False
    first_s: float | None = None
    done_s: float = 0.0
    tokens: int = 0
    leaked: bool = False

    @property
    def is_bad(self) -> bool:
        """Whether the availability objective counts it as bad."""
        return self.result in BAD


@dataclass(slots=True)
class Load:
    """Sends at an even pace and does not wait for answers, as users do not."""

    client: httpx.AsyncClient
    url: str
    model: str
    shape: Shape
    timeout_s: float
    canaries: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    phase: Phase = "steady"
    keeps: bool = False
    """Whether the texts of good answers are kept, in memory, for a judge of texts."""
    texts: dict[Phase, list[str]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    open: set[asyncio.Task[None]] = field(default_factory=set)
    _number: int = 0

    async def run(self) -> None:
        """Sends until it is cancelled."""
        due = time.monotonic()
        while True:
            task = asyncio.create_task(self._ask(self._number, self.phase, self.shape))
            self.open.add(task)
            task.add_done_callback(self.open.discard)
            self._number += 1
            due += 1 / self.shape.per_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def settle(self, patience_s: float) -> None:
        """Waits for answers under way; what does not come in time is counted as late."""
        if self.open:
            _, late = await asyncio.wait(set(self.open), timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _ask(self, number: int, phase: Phase, shape: Shape) -> None:
        import httpx  # noqa: PLC0415  # an extra

        answer = Answer(phase=phase, sent_s=time.monotonic(), stream=number % 2 == 0)
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": shape.text(number)}],
            "max_tokens": shape.max_tokens,
            "stream": answer.stream,
        }
        headers = {CALLER_HEADER.decode(): f"drill-{number % CALLERS}", **self.headers}
        try:
            async with self.client.stream(
                "POST", f"{self.url}/v1/chat/completions", json=body, headers=headers,
                timeout=self.timeout_s,
            ) as got:  # fmt: skip
                answer.id, answer.status = got.headers.get("x-request-id", ""), got.status_code
                await self._heard(got, answer)
        except httpx.TimeoutException:
            answer.result = "late"
        except httpx.ConnectError:
            answer.result = "lost"
        except httpx.HTTPError:
            answer.result = "cut"
        finally:
            answer.done_s = time.monotonic() - answer.sent_s
            self.answers.append(answer)

    async def _heard(self, got: httpx.Response, answer: Answer) -> None:
        if got.status_code >= 400:
            answer.result, answer.told = _refusal(got, await got.aread())
        elif answer.stream:
            await self._streamed(got, answer)
        else:
            raw = await got.aread()
            answer.first_s = time.monotonic() - answer.sent_s
            self._whole(raw, answer)

    def _whole(self, raw: bytes, answer: Answer) -> None:
        document = _document(raw)
        choice = _first(document)
        message = choice.get("message")
        text = message.get("content") if isinstance(message, dict) else None
        answer.tokens = _tokens(document)
        if not isinstance(text, str):
            answer.result = "garbled"
            return
        self._kept(answer, text, str(choice.get("finish_reason")))

    async def _streamed(self, got: httpx.Response, answer: Answer) -> None:
        text, reason, whole = "", "", False
        async for line in got.aiter_lines():
            payload = line[5:].strip() if line.startswith("data:") else ""
            if payload == "[DONE]":
                whole = True
            elif payload:
                document = _document(payload.encode())
                if "error" in document:
                    answer.result, answer.told = "broken", True
                    break
                choice = _first(document)
                delta = choice.get("delta")
                piece = delta.get("content") if isinstance(delta, dict) else None
                if isinstance(piece, str) and piece:
                    answer.first_s = answer.first_s or time.monotonic() - answer.sent_s
                    text += piece
                reason = str(choice.get("finish_reason") or reason)
                answer.tokens = _tokens(document) or answer.tokens
        if answer.result == "broken":
            answer.leaked = self._leaks(text)
        elif not whole:
            answer.result, answer.leaked = "cut", self._leaks(text)
        else:
            self._kept(answer, text, reason)

    def _kept(self, answer: Answer, text: str, reason: str) -> None:
        answer.leaked = self._leaks(text)
        if reason == "content_filter":
            answer.result, answer.told = "filtered", True
        else:
            answer.result = "ok" if text else "garbled"
            if self.keeps and text:
                self.texts.setdefault(answer.phase, []).append(text)

    def _leaks(self, text: str) -> bool:
        return any(canary in text for canary in self.canaries)


def plain(tokens: int, seed: int) -> Callable[[int], str]:
    """Prompts of about so many tokens of plain words, each different."""
    return lambda n: prompt(tokens, random.Random(f"{seed}:{n}"))  # noqa: S311  # no secret


def _refusal(got: httpx.Response, raw: bytes) -> tuple[Result, bool]:
    """What a refusal is, and whether it says why and, where that helps, when to come back."""
    error = _document(raw).get("error")
    reason = isinstance(error, dict) and bool(error.get("message"))
    if got.status_code == 429:
        return "shed", reason and "retry-after" in got.headers
    if got.status_code < 500:
        return "refused", reason
    return "error", reason and "retry-after" in got.headers


def _document(raw: bytes) -> dict[str, object]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _first(document: dict[str, object]) -> dict[str, object]:
    choices = document.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def _tokens(document: dict[str, object]) -> int:
    usage = document.get("usage")
    count = usage.get("completion_tokens") if isinstance(usage, dict) else 0
    return count if isinstance(count, int) else 0
