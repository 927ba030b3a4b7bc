"""Tables from files, a chunk at a time: Parquet, Arrow IPC, CSV and JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aegis.monitor.columns import Chunk, Problems, Stored
from aegis.operations.tables.lines import csv_chunks, json_chunks


class TableError(ValueError):
    """A file that cannot be read at all, in words for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the reader of a table asks for."""

    stored: Mapping[str, Stored] = field(default_factory=dict)  # how columns were held before
    together: Sequence[tuple[str, str]] = ()  # columns that are compared row by row
    rows: int | None = None  # of one chunk, at most; None: whatever reads fastest


@dataclass(slots=True)
class Table:
    """One file. `problems` and `unread` fill up while it is read."""

    path: Path
    wanted: Wanted
    problems: Problems = field(default_factory=Problems)
    unread: dict[str, str] = field(default_factory=dict)

    def chunks(self) -> Iterator[Chunk]:
        """The rows, in order.

        Raises:
            TableError: the file is no table, or is broken where no row can be told from the next.
        """
        suffix = _suffix(self.path)
        if suffix not in _READERS:
            raise TableError(
                f"{self.path}: cannot tell what it holds from `{suffix}`; "
                f"known are {', '.join(sorted(_READERS))}, the last three also with .gz"
            )
        if not self.path.is_file():
            raise TableError(f"{self.path}: there is no such file")
        yield from _READERS[suffix](self)


def _suffix(path: Path) -> str:
    return Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()


def _lines(
    reader: Callable[..., Iterator[Chunk]], **options: str
) -> Callable[[Table], Iterator[Chunk]]:
    def read(table: Table) -> Iterator[Chunk]:
        yield from reader(
            table.path, stored=table.wanted.stored, rows=table.wanted.rows,
            problems=table.problems, unread=table.unread, **options,
        )  # fmt: skip

    return read


def _arrow(table: Table) -> Iterator[Chunk]:
    try:
        from aegis.operations.tables import arrow  # noqa: PLC0415  # pyarrow is an extra
    except ModuleNotFoundError:
        raise TableError(
            f"{table.path}: Parquet and Arrow files need pyarrow; install `aegis-deploy[drift]`, or "
            "give CSV or JSON lines"
        ) from None
    try:
        yield from arrow.arrow_chunks(
            table.path, together=table.wanted.together, rows=table.wanted.rows, unread=table.unread
        )
    except arrow.BROKEN as error:
        raise TableError(f"{table.path}: cannot be read: {str(error).splitlines()[0]}") from None


_READERS: Mapping[str, Callable[[Table], Iterator[Chunk]]] = {
    ".parquet": _arrow,
    ".pq": _arrow,
    ".arrow": _arrow,
    ".feather": _arrow,
    ".ipc": _arrow,
    ".csv": _lines(csv_chunks, delimiter=","),
    ".tsv": _lines(csv_chunks, delimiter="\t"),
    ".jsonl": _lines(json_chunks),
    ".ndjson": _lines(json_chunks),
}
