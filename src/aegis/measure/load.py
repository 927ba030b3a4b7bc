"""Bounded load against an OpenAI-compatible endpoint, streaming, open or closed loop."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from aegis.measure.report import RequestRow

if TYPE_CHECKING:
    import httpx

MAX_REQUESTS = 10_000
MAX_SECONDS = 3600
_VOCABULARY = (
    "release canary budget queue token model cache replica latency gate metric drift prompt answer "
    "passage review alert window sample signal route limit owner record shadow stable trace"
)
_WORDS = tuple(_VOCABULARY.split())
Send: TypeAlias = Callable[[int, str], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to send. Exactly one of `rate_rps` (open loop) and `concurrency` (closed loop)."""

    url: str
    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    rate_rps: float | None = None
    concurrency: int | None = None
    seconds: float = 300.0
    timeout_s: float = 120.0
    seed: int = 0
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if (self.rate_rps is None) == (self.concurrency is None):
            raise ValueError("give either a rate (open loop) or a concurrency (closed loop)")
        if not 1 <= self.requests <= MAX_REQUESTS or not 0 < self.seconds <= MAX_SECONDS:
            raise ValueError(
                f"load is bounded: at most {MAX_REQUESTS:,} requests and {MAX_SECONDS:,} s"
            )


def prompt(tokens: int, rng: random.Random) -> str:
    """About so many tokens of plain words, different each time so that no cache answers."""
    return " ".join(rng.choice(_WORDS) for _ in range(max(1, round(tokens * 0.9))))


async def run(plan: Plan, progress: Callable[[int, int], None] | None = None) -> list[RequestRow]:
    """Sends the load and returns one row a request, in the order of sending.

    Open loop: Poisson arrivals that do not wait for answers, as users do not. A request that fails
    is a row with its error; nothing is retried, because a retry would be load that was not planned.
    """
    import httpx  # noqa: PLC0415  # an extra; imported with its first use

    rng = random.Random(plan.seed)  # noqa: S311  # arrivals, not secrets
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=256)
    rows: list[RequestRow | None] = [None] * plan.requests
    done = 0
    async with httpx.AsyncClient(
        limits=limits, timeout=plan.timeout_s, headers=dict(plan.headers)
    ) as client:
        start = time.perf_counter()

        async def one(index: int, text: str) -> None:
            nonlocal done
            rows[index] = await _request(client, plan, text, start)
            done += 1
            if progress is not None:
                progress(done, plan.requests)

        texts = [prompt(plan.input_tokens, rng) for _ in range(plan.requests)]
        if plan.rate_rps is not None:
            await _open_loop(plan, plan.rate_rps, rng, one, texts, start)
        else:
            await _closed_loop(plan, plan.concurrency or 1, one, texts, start)
    return [r for r in rows if r is not None]


async def _open_loop(
    plan: Plan, rate: float, rng: random.Random, one: Send, texts: list[str], start: float
) -> None:
    tasks = []
    due = start
    for index, text in enumerate(texts):
        due += rng.expovariate(rate)
        if due - start > plan.seconds:
            break
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(index, text)))
    await asyncio.gather(*tasks)


async def _closed_loop(
    plan: Plan, concurrency: int, one: Send, texts: list[str], start: float
) -> None:
    queue = list(enumerate(texts))[::-1]

    async def client() -> None:
        while queue and time.perf_counter() - start < plan.seconds:
            index, text = queue.pop()
            await one(index, text)

    await asyncio.gather(*(client() for _ in range(concurrency)))


async def _request(client: httpx.AsyncClient, plan: Plan, text: str, start: float) -> RequestRow:
    import httpx  # noqa: PLC0415  # an extra

    body = {
        "model": plan.model,
        "messages": [{"role": "user", "content": text}],
        "max_tokens": plan.output_tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    sent = time.perf_counter()
    first: float | None = None
    stamps: list[float] = []
    usage: dict[str, int] = {}
    try:
        async with client.stream(
            "POST", f"{plan.url.rstrip('/')}/chat/completions", json=body
        ) as answer:
            if answer.status_code != httpx.codes.OK:
                await answer.aread()
                return RequestRow(sent_s=sent - start, error=f"status {answer.status_code}")
            async for line in answer.aiter_lines():
                event = _event(line)
                if event is None:
                    continue
                usage = event.get("usage") or usage
                if _has_text(event):
                    now = time.perf_counter()
                    first = first if first is not None else now - sent
                    stamps.append(now)
    except httpx.HTTPError as error:
        return RequestRow(sent_s=sent - start, error=type(error).__name__)
    done = time.perf_counter() - sent
    if first is None:
        return RequestRow(sent_s=sent - start, done_s=done, error="no token arrived")
    return RequestRow(
        sent_s=sent - start,
        first_token_s=first,
        done_s=done,
        input_tokens=usage.get("prompt_tokens"),
        output_tokens=usage.get("completion_tokens") or len(stamps),
        gaps_s=tuple(b - a for a, b in pairwise(stamps)),
    )


def _event(line: str) -> dict[str, Any] | None:
    """The JSON of one server-sent event; None for comments, blanks and the end mark."""
    if not line.startswith("data:"):
        return None
    payload = line[5:].strip()
    if not payload or payload == "[DONE]":
        return None
    try:
        event = json.loads(payload)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _has_text(event: dict[str, Any]) -> bool:
    for choice in event.get("choices") or ():
        delta = choice.get("delta") or {}
        if delta.get("content") or delta.get("reasoning_content") or delta.get("tool_calls"):
            return True
    return False
