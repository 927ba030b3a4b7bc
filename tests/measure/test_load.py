"""Load against a small streaming server on loopback.

The server stands in for an engine: no accelerator runs here. It keeps a known pace, so that what
`aegis bench` reports can be checked against it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aegis.measure.load import Plan, run
from aegis.measure.report import Load, RequestRow, spread, summarise

FIRST_S, GAP_S, TOKENS = 0.05, 0.01, 6


class PacedServer:
    """Answers every chat completion with a fixed number of tokens at a fixed pace."""

    def __init__(self, *, status: int = 200) -> None:
        self.status = status
        self.seen: list[dict[str, object]] = []
        self.port = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        self.seen.append(json.loads(await reader.readexactly(length)))
        writer.write(
            f"HTTP/1.1 {self.status} X\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".encode()
        )
        if self.status == 200:
            await asyncio.sleep(FIRST_S)
            for i in range(TOKENS):
                if i:
                    await asyncio.sleep(GAP_S)
                event = {"choices": [{"delta": {"content": f"t{i} "}}]}
                writer.write(b"data: " + json.dumps(event).encode() + b"\n\n")
                await writer.drain()
            usage = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": TOKENS}}
            writer.write(b"data: " + json.dumps(usage).encode() + b"\n\ndata: [DONE]\n\n")
        await writer.drain()
        writer.close()


@contextmanager
def serving(server: PacedServer) -> Iterator[str]:
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    stop = asyncio.Event()

    async def main() -> None:
        listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        ready.set()
        async with listening:
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield f"http://127.0.0.1:{server.port}/v1"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def _plan(url: str, **changes: object) -> Plan:
    values: dict[str, object] = {
        "url": url, "model": "m", "requests": 8, "input_tokens": 20, "output_tokens": TOKENS,
        "concurrency": 2, "timeout_s": 5.0,
    }  # fmt: skip
    values.update(changes)
    return Plan(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "loop",
    [
        pytest.param({"concurrency": 3}, id="closed-loop"),
        pytest.param({"concurrency": None, "rate_rps": 40.0}, id="open-loop"),
    ],
)
def test_every_request_is_measured_from_its_own_start(loop: dict[str, object]) -> None:
    """TTFT is at least the server's pause, gaps at least its pace, tokens are the server's count."""
    server = PacedServer()
    with serving(server) as url:
        rows = asyncio.run(run(_plan(url, **loop)))

    assert len(rows) == len(server.seen) == 8
    assert all(r.error == "" and r.output_tokens == TOKENS and r.input_tokens == 9 for r in rows)
    assert all(r.first_token_s is not None and r.first_token_s >= FIRST_S for r in rows)
    assert all(r.tpot_s is not None and r.tpot_s >= 0.8 * GAP_S for r in rows)


def test_a_refusal_is_a_row_and_never_a_retry() -> None:
    """Load that was not planned is not sent: each refused request appears once."""
    server = PacedServer(status=429)
    with serving(server) as url:
        rows = asyncio.run(run(_plan(url)))

    assert [r.error for r in rows] == ["status 429"] * 8
    assert len(server.seen) == 8


def test_an_endpoint_that_is_not_there_is_a_finding_not_a_crash() -> None:
    """Nobody listens on the port: every row says so."""
    rows = asyncio.run(run(_plan("http://127.0.0.1:9/v1", requests=2)))

    assert {r.error for r in rows} == {"ConnectError"}


def test_the_same_seed_sends_the_same_prompts() -> None:
    """A measurement can be repeated."""
    sent = []
    for _ in range(2):
        server = PacedServer()
        with serving(server) as url:
            asyncio.run(run(_plan(url, concurrency=1, requests=3, seed=7)))
        sent.append([s["messages"] for s in server.seen])

    assert sent[0] == sent[1]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"rate_rps": 1.0}, id="both-loops"),
        pytest.param({"concurrency": None}, id="no-loop"),
        pytest.param({"requests": 1_000_000}, id="unbounded-requests"),
        pytest.param({"seconds": 1e9}, id="unbounded-time"),
    ],
)
def test_load_without_bounds_is_refused(changes: dict[str, object]) -> None:
    """There is no way to ask for endless load."""
    with pytest.raises(ValueError, match=r"loop|bounded"):
        _plan("http://127.0.0.1:9/v1", **changes)


def test_warm_up_requests_do_not_count() -> None:
    """They are excluded in advance, not after looking."""
    rows = [RequestRow(sent_s=float(i), first_token_s=9.0 if i == 0 else 0.1, done_s=10.0 if i == 0 else 0.5,
                       output_tokens=5) for i in range(4)]  # fmt: skip
    load = Load(
        rate_rps=None,
        concurrency=1,
        requests=4,
        input_tokens=1,
        output_tokens=5,
        warmup_requests=1,
        seed=0,
    )

    report = summarise(
        rows, target="t", model="m", started="2026-11-22T00:00:00+00:00", duration_s=4, load=load
    )

    assert report.completed == 3
    assert report.ttft_ms.p99 == 100.0


def test_no_data_has_no_percentiles() -> None:
    """Nothing measured is nothing said."""
    assert spread([]).p95 is None
