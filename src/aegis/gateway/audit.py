"""Audit records as JSON lines; the folder's owner decides about encryption and erasure."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path


def audit_file(path: Path, *, now: Callable[[], str]) -> Callable[[dict[str, object]], None]:
    """A function that appends one line a request, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8"
    )
    lock = threading.Lock()

    def write(record: dict[str, object]) -> None:
        line = json.dumps({"time": now(), **record}, ensure_ascii=False)
        with lock:
            handle.write(line + "\n")
            handle.flush()

    return write
