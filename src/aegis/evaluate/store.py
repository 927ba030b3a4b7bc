"""The file of results: written line by line, taken up again after a kill."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from aegis.evaluate.errors import InputError
from aegis.evaluate.jsonlines import lines_of
from aegis.evaluate.records import (
    Failure,
    Records,
    Result,
    Run,
    header_line,
    read_records,
    result_line,
)

_HEAD = b'{"run":'
"""How a file of a run begins, and a torn one too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """An open file of results; each row is on disk before the next one is taken."""

    file: TextIO
    earlier: Records

    def keep(self, row: Result | Failure) -> None:
        """Append one row."""
        self.file.write(result_line(row))
        self.file.flush()

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def open_store(path: Path, run: Run) -> Store:
    """The file of this run, new or continued.

    A last line that a kill tore is cut off. A file of another run is refused.

    Raises:
        InputError: it holds results of something else.
    """
    data = path.read_bytes() if path.is_file() else b""
    whole = data[: data.rfind(b"\n") + 1]
    earlier = read_records(lines_of(whole.decode("utf-8", "replace")), path=str(path))
    if whole.strip() or not _HEAD.startswith(data[: len(_HEAD)]):
        _refuse_other(path, earlier, run)
    path.parent.mkdir(parents=True, exist_ok=True)
    if len(whole) < len(data):
        os.truncate(path, len(whole))
    file = path.open("a", encoding="utf-8")
    if not whole.strip():
        file.write(header_line(run))
        file.flush()
    return Store(file=file, earlier=earlier)


def _refuse_other(path: Path, earlier: Records, run: Run) -> None:
    old = earlier.run
    if old is None:
        raise InputError(
            f"{path} was not written by `aegis evaluate run`; choose another file for the results"
        )
    for what, before, now in (
        ("data set", old.dataset_digest, run.dataset_digest),
        ("release", old.release.digest, run.release.digest),
        ("scorers", ", ".join(old.scorers), ", ".join(run.scorers)),
        ("order", str(old.seed), str(run.seed)),
    ):
        if before != now:
            raise InputError(
                f"{path} holds a run with another {what}: {before[:71]}, now {now[:71]}; "
                "choose another file for the results, or delete this one"
            )
