"""A file that others append to, and that may be rotated away while it is read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Consecutive lines of one file; `first` is the number of the first one."""

    first: int
    texts: tuple[str, ...]


class Growing:
    """Reads on where it stopped. A line is read when its end is there, or when nothing follows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._number = 1

    def fresh(self, *, at_most: int, to_the_end: bool = False) -> Lines:
        """The next lines; `to_the_end` also takes a last one that has no end yet.

        A file that was renamed is read to its end before the new one of its name is opened; one
        that was cut short is read from its beginning.
        """
        replaced = self._is_replaced()
        found = self._take(at_most, to_the_end=to_the_end or replaced)
        if found.texts or not replaced:
            return found
        self.close()
        return self._take(at_most, to_the_end=to_the_end)

    def close(self) -> None:
        """Close the file; reading begins anew."""
        if self._file is not None:
            self._file.close()
        self._file, self._number = None, 1

    def _is_replaced(self) -> bool:
        """Whether the path now names another file."""
        if self._file is None:
            return False
        held = os.fstat(self._file.fileno())
        if held.st_size < self._file.tell():
            self.close()
            return False
        try:
            return not os.path.samestat(held, self._path.stat())
        except FileNotFoundError:
            return False

    def _take(self, at_most: int, *, to_the_end: bool) -> Lines:
        if self._file is None:
            try:
                self._file = self._path.open("rb")
            except FileNotFoundError:
                return Lines(first=1, texts=())
        texts: list[str] = []
        while len(texts) < at_most:
            start = self._file.tell()
            raw = self._file.readline()
            if not raw or not (raw.endswith(b"\n") or to_the_end):
                self._file.seek(start)
                break
            texts.append(raw.decode("utf-8", "replace"))
        first = self._number
        self._number += len(texts)
        return Lines(first=first, texts=tuple(texts))
