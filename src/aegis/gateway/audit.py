"""Audit records as JSON lines: into a file, a folder that forgets on time, or standard output."""

from __future__ import annotations

import datetime
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from aegis.base.conventions import AUDIT_MARK

Write = Callable[[dict[str, object]], None]

STANDARD_OUTPUT = "-"


def audit_to(place: str, *, keep_days: float, now: Callable[[], str]) -> Write:
    """A function that keeps one record a request at a place.

    `-` is standard output, for a log collector; each record then carries `AUDIT_MARK`. A folder
    (one that exists, or a name that ends with `/`) gets a file a day, and days older than
    `keep_days` are erased. Anything else is a file to append to, and its end is its owner's affair.
    `now` gives the time in ISO 8601, UTC. A file is opened for each record, so that it may be
    moved away at any time.
    """
    if place == STANDARD_OUTPUT:
        return lambda record: _say(_line(now(), {AUDIT_MARK: True, **record}))
    lock = threading.Lock()
    path = Path(place)
    path_at = _day_file(path, keep_days) if _is_folder(place) else lambda _: path
    path_at(now()).parent.mkdir(parents=True, exist_ok=True)

    def write(record: dict[str, object]) -> None:
        with lock:
            at = now()
            _append(path_at(at), _line(at, record) + "\n")

    return write


def _is_folder(place: str) -> bool:
    return place.endswith("/") or Path(place).is_dir()


def _line(at: str, record: dict[str, object]) -> str:
    return json.dumps({"time": at, **record}, ensure_ascii=False)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _append(path: Path, line: str) -> None:
    """Readable by its owner only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def _day_file(folder: Path, keep_days: float) -> Callable[[str], Path]:
    """The file of the day of a time; the first time of each day erases those past their end."""
    day = ""

    def path_at(at: str) -> Path:
        nonlocal day
        if at[:10] != day:
            day = at[:10]
            _erase(folder, datetime.date.fromisoformat(day), keep_days)
        return folder / f"{day}.jsonl"

    return path_at


def _erase(folder: Path, today: datetime.date, keep_days: float) -> None:
    for file in folder.glob("????-??-??.jsonl"):
        try:
            age = today - datetime.date.fromisoformat(file.stem)
        except ValueError:
            continue  # not a day: not ours
        if age.days > keep_days:
            file.unlink(missing_ok=True)
