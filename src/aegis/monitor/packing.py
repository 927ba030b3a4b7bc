"""A reference as a JSON file: what is compared in plain words, the counts packed."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from typing import Literal

import numpy as np
from pydantic import Field, ValidationError

from aegis.base.model import Frozen
from aegis.monitor.columns import Column
from aegis.monitor.gather import Kernel, Sketch, VectorSketch
from aegis.monitor.pairs import Pair
from aegis.monitor.reference import Reference
from aegis.stats.embedding import EmbeddingReference
from aegis.stats.grid import FloatArray
from aegis.stats.sketch import CategorySketch, NumericSketch, unpack_categories, unpack_numeric


class PackedSketch(Frozen):
    """The sketch of one feature."""

    kind: Literal["number", "category", "embedding"]
    packed: str = Field(description="base64 of compressed counts")
    kernel: Kernel | None = None
    rows: int = 0
    missing: int = 0
    checksum: int = Field(default=0, description="of the random features, which are drawn again")


class ReferenceFile(Frozen):
    """What `aegis drift fit` writes. No rows, no texts of rows."""

    format: Literal["aegis-drift-reference/1"] = "aegis-drift-reference/1"
    rows: int
    columns: tuple[Column, ...]
    pairs: tuple[Pair, ...] = ()
    left_out: dict[str, str] = Field(default={}, description="column → why it is not compared")
    sketches: dict[str, PackedSketch]


def pack(reference: Reference) -> str:
    """The file, the same text for the same reference."""
    file = ReferenceFile(
        rows=reference.rows,
        columns=reference.columns,
        pairs=reference.pairs,
        left_out=dict(reference.left_out),
        sketches={name: _pack(sketch) for name, sketch in sorted(reference.sketches.items())},
    )
    return json.dumps(file.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def digest(text: str) -> str:
    """The name of a reference: the digest of its file."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def unpack(text: str) -> Reference:
    """The reference that `pack` wrote.

    Raises:
        ValueError: the text is no reference, or its embeddings were fitted with random numbers
            that this numpy does not draw.
    """
    try:
        file = ReferenceFile.model_validate_json(text)
        sketches = {name: _unpack(name, packed) for name, packed in file.sketches.items()}
    except ValidationError as error:
        detail = error.errors()[0]
        place = ".".join(str(p) for p in detail["loc"]) or "the file"
        raise ValueError(f"no drift reference: {place}: {detail['msg']}") from None
    except (zlib.error, KeyError, ValueError) as error:
        raise ValueError(f"no drift reference: {error}") from None
    reference = Reference(
        rows=file.rows,
        columns=file.columns,
        pairs=file.pairs,
        sketches=sketches,
        left_out=file.left_out,
    )
    if lacking := [f.name for f in reference.features() if f.name not in sketches]:
        raise ValueError(f"no drift reference: `{lacking[0]}` has no sketch")
    return reference


def pack_numbers(numbers: FloatArray, *, dtype: str = "<f8") -> str:
    """Numbers as text; `<f4` halves the room.

    >>> unpack_numbers(pack_numbers(np.array([1.0, -np.inf]))).tolist()
    [1.0, -inf]
    """
    return base64.b64encode(zlib.compress(numbers.astype(dtype).tobytes(), 6)).decode()


def unpack_numbers(text: str, *, dtype: str = "<f8") -> FloatArray:
    """The numbers that `pack_numbers` wrote."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype).astype(np.float64)


def _pack(sketch: Sketch) -> PackedSketch:
    match sketch:
        case NumericSketch():
            return PackedSketch(kind="number", packed=base64.b64encode(sketch.pack()).decode())
        case CategorySketch():
            return PackedSketch(kind="category", packed=base64.b64encode(sketch.pack()).decode())
        case VectorSketch(kernel=kernel, held=held):
            return PackedSketch(
                kind="embedding",
                packed=pack_numbers(np.concatenate([held.mean, held.eigenvalues])),
                kernel=kernel,
                rows=held.rows,
                missing=sketch.missing,
                checksum=_checksum(kernel),
            )


def _unpack(name: str, packed: PackedSketch) -> Sketch:
    if packed.kind == "embedding":
        return _unpack_vectors(name, packed)
    raw = base64.b64decode(packed.packed)
    return unpack_numeric(raw) if packed.kind == "number" else unpack_categories(raw)


def _unpack_vectors(name: str, packed: PackedSketch) -> VectorSketch:
    if packed.kernel is None or _checksum(packed.kernel) != packed.checksum:
        raise ValueError(
            f"this numpy draws other random features for `{name}` than the one that fitted it; "
            "fit the reference again"
        )
    mean, eigenvalues = np.split(unpack_numbers(packed.packed), 2)
    return VectorSketch(
        kernel=packed.kernel,
        held=EmbeddingReference(mean, eigenvalues, packed.rows),
        missing=packed.missing,
    )


def _checksum(kernel: Kernel) -> int:
    return zlib.crc32(kernel.features().frequencies[:4].tobytes())
