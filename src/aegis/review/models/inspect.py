"""A model file to a verdict, by its content first and its name second."""

from __future__ import annotations

import io
import zipfile

from aegis.review.models.archives import decompress, inspect_numpy, inspect_tar, inspect_zip
from aegis.review.models.headers import (
    inspect_gguf,
    inspect_keras,
    inspect_onnx,
    inspect_safetensors,
)
from aegis.review.models.pickle_gate import inspect_pickle
from aegis.review.models.verdict import Gate, Inspection, worst

PICKLE_NAMES = (".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".ckpt", ".bin", ".skops")


def inspect_model(name: str, data: bytes, size: int) -> Inspection:
    """The verdict on a file of `size` bytes, of which `data` are the first or all."""
    lower = name.lower()
    if data.startswith(b"version https://git-lfs"):
        found = Inspection("git-lfs", Gate.PASS)
    elif lower.endswith(".safetensors"):
        found = inspect_safetensors(data, size)
    elif data[:4] == b"GGUF" or lower.endswith(".gguf"):
        found = inspect_gguf(data)
    elif lower.endswith(".onnx"):
        found = inspect_onnx(data)
    elif data[:8] == b"\x89HDF\r\n\x1a\n":
        found = inspect_keras(data)
    elif size > len(data):
        found = Inspection("unread", Gate.REVIEW, (f"{size} bytes are more than is read",))
    else:
        found = _by_content(lower, data)
    return found


def _by_content(lower: str, data: bytes) -> Inspection:
    if data[:2] == b"PK":
        return _zip(lower, data)
    if data[:6] == b"7z\xbc\xaf\x27\x1c":
        return Inspection("7z", Gate.BLOCK, ("a 7z archive cannot be looked into",))
    if data[:6] == b"\x93NUMPY":
        return inspect_numpy(data)
    if data[257:262] == b"ustar":
        return inspect_tar(data)
    unpacked = decompress(data)
    if unpacked == b"":
        return Inspection("compressed", Gate.BLOCK, ("cannot be unpacked",))
    return _bare(lower, data) if unpacked is None else inspect_pickle(unpacked)


def _bare(lower: str, data: bytes) -> Inspection:
    """A file that is no archive: a pickle, or weights in a form of their own."""
    marked = data[:1] == b"\x80"
    if not marked and not lower.endswith(PICKLE_NAMES):
        return Inspection("unknown", Gate.PASS)
    if lower.endswith(".bin") and not marked and not _text_pickle(data):
        return Inspection("binary", Gate.PASS)
    return inspect_pickle(data)


def _text_pickle(data: bytes) -> bool:
    return data[:1] in {b"c", b"(", b"]", b"}"} and b"\n" in data[:200]


def _zip(lower: str, data: bytes) -> Inspection:
    found = inspect_zip(data)
    if lower.endswith(".keras"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                config = archive.open("config.json").read(10_000_000)
        except (zipfile.BadZipFile, KeyError, OSError, RuntimeError):
            return found
        return worst("keras", [found, inspect_keras(config)])
    return found
