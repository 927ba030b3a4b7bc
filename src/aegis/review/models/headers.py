"""Formats that hold data: their headers are checked, their templates read."""

from __future__ import annotations

import json
import struct
from typing import NoReturn

from aegis.review.models.verdict import Gate, Inspection

_MAX_HEADER = 100_000_000
_GGUF_TYPES = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
_TEMPLATE_DANGERS = (
    "__class__", "__globals__", "__builtins__", "__subclasses__", "__mro__", "__init__", "import os",
    "popen", "subprocess", "|attr(", "| attr(", "cycler", "joiner", "lipsum", "namespace.__",
)  # fmt: skip


def inspect_safetensors(data: bytes, size: int) -> Inspection:
    """Header length, JSON, and offsets that lie in the file without gaps or overlaps."""
    length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 0
    if len(data) < 8 or length > _MAX_HEADER or 8 + length > size:
        return _bad("the header claims to be longer than the file")
    if len(data) < 8 + length:
        return Inspection("safetensors", Gate.PASS, ())
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError):
        return _bad("the header is not JSON")
    spans = _tensor_spans(header)
    if spans is None:
        return _bad("a tensor has no offsets")
    hidden = _hidden(spans, size - 8 - length)
    return _bad(hidden) if hidden else Inspection("safetensors", Gate.PASS)


def _hidden(spans: list[tuple[int, int]], room: int) -> str:
    """Where data could hide between or behind the tensors; empty when nowhere."""
    at = 0
    for begin, end in spans:
        if begin != at or end < begin:
            return "tensors overlap or leave a gap, where data can hide"
        at = end
    return "the file is longer or shorter than its tensors" if spans and at != room else ""


def _tensor_spans(header: object) -> list[tuple[int, int]] | None:
    """Begin and end of each tensor in order; nothing when one of them has none."""
    if not isinstance(header, dict):
        return None
    spans: list[tuple[int, int]] = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
        if not isinstance(offsets, list) or len(offsets) != 2:
            return None
        begin, end = offsets
        if not isinstance(begin, int) or not isinstance(end, int):
            return None
        spans.append((begin, end))
    return sorted(spans)


def _bad(reason: str) -> Inspection:
    return Inspection("safetensors", Gate.BLOCK, (reason,))


def inspect_gguf(data: bytes) -> Inspection:
    """Metadata of a GGUF file; its chat template is code for the template engine."""
    if data[:4] != b"GGUF":
        return Inspection("gguf", Gate.BLOCK, ("the magic number is wrong",))
    try:
        fields, _ = gguf_fields(data)
    except (struct.error, IndexError, ValueError, UnicodeDecodeError):
        return Inspection("gguf", Gate.REVIEW, ("the metadata cannot be read to its end",))
    for name, text in fields.items():
        if "chat_template" not in name or not isinstance(text, str):
            continue
        danger = template_danger(text)
        if danger:
            return Inspection("gguf", Gate.BLOCK, (f"`{name}` reaches for `{danger}`",))
    return Inspection("gguf", Gate.PASS)


def template_danger(text: str) -> str:
    """What a chat template uses that no chat template needs; empty when nothing."""
    lower = text.lower()
    return next((each for each in _TEMPLATE_DANGERS if each in lower), "")


def gguf_fields(data: bytes) -> tuple[dict[str, str | int | float | bool], int]:
    """The metadata of a GGUF file without its lists, and where the tensors are described.

    Raises:
        ValueError: another version, a key twice, or a length that leads beyond `data`.
        struct.error: the same, where a number is cut off.
    """
    version, _, count = struct.unpack("<IQQ", data[4:24])
    if version not in {2, 3} or count > 100_000:
        raise ValueError(version)
    at = 24
    fields: dict[str, str | int | float | bool] = {}
    for _ in range(count):
        key, at = gguf_string(data, at)
        if key in fields:  # readers differ in which of the two they take
            raise ValueError(key)
        kind = struct.unpack("<I", data[at : at + 4])[0]
        at += 4
        if kind == 8:
            fields[key], at = gguf_string(data, at)
        elif kind == 9:
            at = _gguf_array(data, at)
        elif kind in _GGUF_TYPES:
            form = _GGUF_TYPES[kind]
            fields[key] = struct.unpack_from("<" + form, data, at)[0]
            at += struct.calcsize("<" + form)
        else:
            _unknown(kind)
    return fields, at


def _unknown(kind: int) -> NoReturn:
    raise ValueError(kind)


def gguf_string(data: bytes, at: int) -> tuple[str, int]:
    """The string at a place, and where it ends."""
    length = struct.unpack("<Q", data[at : at + 8])[0]
    end = at + 8 + length
    if end > len(data):
        raise ValueError(length)
    return data[at + 8 : end].decode("utf-8", "replace"), end


def _gguf_array(data: bytes, at: int) -> int:
    kind, count = (int(each) for each in struct.unpack("<IQ", data[at : at + 12]))
    at += 12
    if kind == 8:
        for _ in range(count):
            at += 8 + int(struct.unpack("<Q", data[at : at + 8])[0])
        return at
    if kind not in _GGUF_TYPES:
        _unknown(kind)
    return at + struct.calcsize(_GGUF_TYPES[kind]) * count


def inspect_onnx(data: bytes) -> Inspection:
    """External data outside the folder, and operators of a domain of somebody's own."""
    reasons = []
    if b"../" in data and b"location" in data:
        reasons.append("external data outside the model's folder")
    for domain in (b"com.microsoft.extensions", b"ai.onnx.contrib", b"PyOp", b"pyfunc"):
        if domain in data:
            reasons.append(f"custom operator `{domain.decode()}`")
            break
    gate = (
        Gate.BLOCK if reasons and "outside" in reasons[0] else Gate.REVIEW if reasons else Gate.PASS
    )
    return Inspection("onnx", gate, tuple(reasons))


def inspect_keras(data: bytes) -> Inspection:
    """Lambda layers, in the configuration that HDF5 and .keras files carry as text."""
    if b'"class_name": "Lambda"' in data or b'"class_name":"Lambda"' in data:
        return Inspection("keras", Gate.BLOCK, ("a Lambda layer is code",))
    return Inspection("keras", Gate.PASS)
