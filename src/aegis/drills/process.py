"""What a drill starts on this machine: its proxy in this process, and a gateway in one of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aegis.drills.types import DrillError

if TYPE_CHECKING:
    import httpx

_STARTS_S = 30.0
_LOOK_S = 0.05


@contextlib.asynccontextmanager
async def served(app: Any, host: str, port: int) -> AsyncIterator[int]:  # noqa: ANN401  # any ASGI application
    """An ASGI application on an address, in this process; the port that it got.

    Raises:
        DrillError: the address is taken.
    """
    import uvicorn  # noqa: PLC0415  # the extra

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # an interruption ends the drill, which then takes its fault back

    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise DrillError(f"the proxy cannot listen on {host}:{port}: {error.strerror}") from None
    config = uvicorn.Config(
        app, lifespan="off", log_level="critical", access_log=False, timeout_graceful_shutdown=1
    )
    server = Server(config)
    task = asyncio.create_task(server.serve([listening]))
    try:
        while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        await task
        listening.close()


@contextlib.asynccontextmanager
async def own_gateway(
    policy: Path, upstream: str, *, answer_s: float, client: httpx.AsyncClient
) -> AsyncIterator[str]:
    """`aegis gateway` in a process of its own on loopback, before an upstream; its URL.

    Raises:
        DrillError: it does not start; the message is its own.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aegis", "gateway", "--policy", str(policy),
        "--upstream", f"{upstream}/stable", "--canary-upstream", f"{upstream}/canary",
        "--answer-s", f"{answer_s:g}", "--listen", f"127.0.0.1:{port}",
        env=dict(os.environ), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said: list[bytes] = []
    heard = asyncio.create_task(_kept(process.stderr, said))
    try:
        if not await _healthy(url, client, process):
            raise DrillError(
                f"the gateway does not start: {b''.join(said).decode()[-500:].strip()}"
            )
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 2)
            except TimeoutError:
                process.kill()
                await process.wait()
        await heard


async def _kept(stream: asyncio.StreamReader | None, said: list[bytes]) -> None:
    """Reads what a process says, so that it never waits for a reader; keeps the last of it."""
    while stream is not None and (line := await stream.readline()):
        said.append(line)
        del said[:-20]


async def _healthy(
    url: str, client: httpx.AsyncClient, process: asyncio.subprocess.Process
) -> bool:
    import httpx  # noqa: PLC0415  # an extra

    for _ in range(round(_STARTS_S / _LOOK_S)):
        if process.returncode is not None:
            return False
        with contextlib.suppress(httpx.HTTPError):
            if (await client.get(f"{url}/health")).status_code == 200:
                return True
        await asyncio.sleep(_LOOK_S)
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
