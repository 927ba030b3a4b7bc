"""What the headers of weight files say: tensors, parameters, types. No tensor is read.

Sources: the format description of safetensors (its README, 0.4 and later); ggml's `gguf.md` and the
numbers of `enum ggml_type` in `ggml.h`, as of November 2026.
"""

from __future__ import annotations

import json
import math
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from aegis.review.models.headers import gguf_fields, gguf_string

ENDINGS = (
    ".safetensors", ".gguf", ".onnx", ".onnx_data", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".keras",
    ".msgpack", ".tflite", ".pte", ".mlmodel", ".mlpackage", ".engine", ".plan", ".pkl", ".pickle",
    ".joblib", ".skops", ".npz", ".npy", ".ubj", ".cbm", ".pb", ".llamafile", ".onnx.data",
)  # fmt: skip
HEADER = 64_000_000
"""Bytes in which the header of a file ends, at most; vocabularies of a quarter of a million words take 20."""
_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K",
    11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS",
    18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8",
    25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0",
    39: "MXFP4",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensors:
    """Elements by type over the weight files whose header could be read, and text fields of GGUF."""

    elements: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    """Files of weights whose format has no header that we read."""

    @property
    def parameters(self) -> int:
        """Elements of all tensors: for packed types of other libraries not the model's parameters."""
        return sum(self.elements.values())


def read_tensors(base: Path, names: list[str]) -> Tensors:
    """What the weight files below `base` say about themselves, added up."""
    elements: Counter[str] = Counter()
    fields: dict[str, str] = {}
    unread = []
    for name in names:
        reader = _READERS.get(name.rpartition(".")[2].lower())
        if reader is None:
            unread.append(name)
            continue
        try:
            found, said = reader(base / name)
        except (OSError, ValueError, struct.error, RecursionError):
            unread.append(name)
            continue
        elements.update(found)
        fields = {**said, **fields}
    return Tensors(elements=dict(sorted(elements.items())), fields=fields, unread=tuple(unread))


_Read = tuple[Counter[str], dict[str, str]]


def _safetensors(path: Path) -> _Read:
    with path.open("rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        if length > HEADER:
            raise ValueError(length)
        header: JsonValue = json.loads(file.read(length))
    elements: Counter[str] = Counter()
    if not isinstance(header, dict):
        raise ValueError(path)  # noqa: TRY004 - a file of another format
    for name, entry in header.items():
        if name != "__metadata__" and isinstance(entry, dict):
            elements[str(entry.get("dtype"))] += _count(entry.get("shape"))
    return elements, {}


def _count(shape: JsonValue) -> int:
    """Elements of a tensor of this shape.

    >>> _count([2, 3]), _count([]), _count(None)
    (6, 1, 0)
    """
    if not isinstance(shape, list):
        return 0
    return math.prod(side for side in shape if isinstance(side, int))


def _gguf(path: Path) -> _Read:
    with path.open("rb") as file:
        data = file.read(HEADER)
    if data[:4] != b"GGUF":
        raise ValueError(data[:4])
    tensors = struct.unpack_from("<Q", data, 8)[0]
    fields, at = gguf_fields(data)
    elements: Counter[str] = Counter()
    for _ in range(tensors):
        _, at = gguf_string(data, at)
        sides = struct.unpack_from("<I", data, at)[0]
        shape = struct.unpack_from(f"<{sides}Q", data, at + 4)
        kind = struct.unpack_from("<I", data, at + 4 + 8 * sides)[0]
        elements[_TYPES.get(kind, f"type {kind}")] += math.prod(shape)
        at += 4 + 8 * sides + 4 + 8
    texts = {key: value for key, value in fields.items() if isinstance(value, str)}
    return elements, texts


_READERS = {"safetensors": _safetensors, "gguf": _gguf}
