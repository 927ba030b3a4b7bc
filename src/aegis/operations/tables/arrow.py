"""Parquet and Arrow IPC files through pyarrow, on one thread and with bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.ipc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from aegis.monitor.columns import Chunk, Numbers, Texts, Values

BROKEN = (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError)
_AT_ONCE = 4  # columns of a row group that are in memory together
_SLICE = 131_072  # rows of an IPC batch, at most


def arrow_chunks(
    path: Path, *, together: Sequence[tuple[str, str]], rows: int | None, unread: dict[str, str]
) -> Iterator[Chunk]:
    """The chunks of a file; nested and time columns go into `unread` with the reason.

    A row group is read a few columns at a time, mapped from disk. With `rows`, whole rows come in
    slices of that many.
    """
    with _reused_memory():
        yield from _chunks(path, together=together, rows=rows, unread=unread)


@contextmanager
def _reused_memory() -> Iterator[None]:
    """Columns of one size follow each other: the system's allocator keeps their memory.

    Arrow's own hands every large one back, and half of the time then goes into fresh pages.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def _chunks(
    path: Path, *, together: Sequence[tuple[str, str]], rows: int | None, unread: dict[str, str]
) -> Iterator[Chunk]:
    if path.suffix.lower() in {".parquet", ".pq"}:
        with pq.ParquetFile(path, memory_map=True) as file:
            if rows is not None:
                for batch in file.iter_batches(batch_size=rows, use_threads=False):
                    yield _chunk(batch, unread, is_first=True)
                return
            groups = _column_groups(file.schema_arrow, together, unread)
            for index in range(file.num_row_groups):
                for place, names in enumerate(groups):
                    found = file.read_row_group(index, columns=names, use_threads=False)
                    yield _chunk(found, unread, is_first=place == 0)
        return
    with pa.memory_map(str(path)) as source:
        for batch in _ipc_batches(source):
            for start in range(0, batch.num_rows, rows or _SLICE):
                yield _chunk(batch.slice(start, rows or _SLICE), unread, is_first=True)


def _ipc_batches(source: pa.MemoryMappedFile) -> Iterator[pa.RecordBatch]:
    """The batches of an IPC file, or of a stream."""
    try:
        file = pa.ipc.open_file(source)
    except pa.ArrowInvalid:
        source.seek(0)
        yield from pa.ipc.open_stream(source)
        return
    for index in range(file.num_record_batches):
        yield file.get_batch(index)


def _column_groups(
    schema: pa.Schema, together: Sequence[tuple[str, str]], unread: dict[str, str]
) -> list[list[str]]:
    """Names of columns to read at once: those that belong together, then a few at a time."""
    known = [f.name for f in schema if not _why_not(f.type)]
    unread.update({f.name: why for f in schema if (why := _why_not(f.type))})
    first = [n for n in known if any(n in pair for pair in together)]
    others = [n for n in known if n not in first]
    rest = [others[i : i + _AT_ONCE] for i in range(0, len(others), _AT_ONCE)]
    return [first, *rest] if first or not rest else rest


def _why_not(kind: pa.DataType) -> str:
    """Why a column of this type is not compared; nothing when it is."""
    if pa.types.is_temporal(kind):
        return "is a time, which moves by itself"
    if pa.types.is_struct(kind) or pa.types.is_map(kind):
        return "is nested; flatten it"
    if pa.types.is_nested(kind) and not _is_vector(kind):
        return "is a list of something other than numbers"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return "is binary"
    return "holds nothing but nulls" if pa.types.is_null(kind) else ""


def _is_vector(kind: pa.DataType) -> bool:
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(is_list(kind) for is_list in lists) and (
        pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type)
    )


def _chunk(found: pa.Table | pa.RecordBatch, unread: dict[str, str], *, is_first: bool) -> Chunk:
    columns: dict[str, Values] = {}
    for field, column in zip(found.schema, found.columns, strict=True):
        why = _why_not(field.type)
        if why:
            unread[field.name] = why
            continue
        values = _values(_whole(column))
        if values is None:
            unread[field.name] = "holds vectors of different lengths"
        else:
            columns[field.name] = values
    return Chunk(rows=found.num_rows, columns=columns, first_columns=is_first)


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column in one piece; one that is already is not copied."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _values(column: pa.Array) -> Values | None:
    kind = column.type
    if pa.types.is_nested(kind):
        return _vectors(column)
    if pa.types.is_dictionary(kind) or not (
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    ):
        return _texts(column)
    if pa.types.is_decimal(kind) or pa.types.is_float16(kind):
        column = column.cast(pa.float64())
    numbers: Numbers = column.to_numpy(zero_copy_only=False)
    return numbers if numbers.dtype.kind == "f" else numbers.astype(np.float64)


def _texts(column: pa.Array) -> Texts:
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.large_string()).dictionary_encode()
    values = column.dictionary.cast(pa.string()).to_pylist()
    codes = pc.fill_null(column.indices, -1) if column.null_count else column.indices
    plain = codes.to_numpy(zero_copy_only=False).astype(np.int64)
    return Texts([value if value is not None else "" for value in values], plain)


def _vectors(column: pa.Array) -> Values | None:
    """Rows of one length as an array; a missing vector, or one of another length, is NaN."""
    known = column.drop_null()
    if not len(known):
        return np.full((len(column), 0), np.nan, np.float32)
    lengths = np.unique(pc.list_value_length(known).to_numpy(zero_copy_only=False))
    if len(lengths) != 1:
        return None
    flat = known.flatten().to_numpy(zero_copy_only=False).astype(np.float32, copy=False)
    found: Numbers = flat.reshape(len(known), int(lengths[0]))
    if not column.null_count:
        return found
    whole = np.full((len(column), found.shape[1]), np.nan, np.float32)
    whole[column.is_valid().to_numpy(zero_copy_only=False)] = found
    return whole
