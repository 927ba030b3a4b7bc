"""What a model's folder could execute: the gate of `aegis review`, over every file, before anybody vouches.

A signature says who a file is from. It would say so of a pickle with a shell in it, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from pydantic import JsonValue

from aegis.base.model import Frozen
from aegis.review.models.headers import inspect_keras, inspect_onnx, template_danger
from aegis.review.models.inspect import inspect_model
from aegis.review.models.verdict import Gate, Inspection, worst
from aegis.supply.folder import PIECE, HashedFile, base_of
from aegis.supply.inventory.weights import HEADER

READ = 256_000_000
"""Bytes of a file up to which it is judged whole; a longer archive or pickle is for a person."""
_SAMPLE, _OVERLAP, _HDF5 = 1_000_000, 4096, b"\x89HDF\r\n\x1a\n"
_CODE = (".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".exe", ".jar", ".sh", ".bat", ".ps1")


class Unsafe(Frozen):
    """A file that could run code where it is loaded, and why we think so."""

    name: str
    format: str
    gate: Gate
    reasons: tuple[str, ...]


def unsafe_files(root: Path, files: Sequence[HashedFile]) -> tuple[Unsafe, ...]:
    """Every file that is more than data, worst first."""
    base = base_of(root)
    judged = ((file, _judge(base / file.name, file)) for file in files)
    found = [
        Unsafe(name=file.name, format=seen.format, gate=seen.gate, reasons=seen.reasons)
        for file, seen in judged
        if seen.gate is not Gate.PASS
    ]
    return tuple(sorted(found, key=lambda each: (each.gate.rank, each.name)))


def _judge(path: Path, file: HashedFile) -> Inspection:
    lower = file.name.lower()
    if lower.endswith(_CODE):
        return Inspection("code", Gate.REVIEW, ("is code that a loader can run",))
    with path.open("rb") as opened:
        begin = opened.read(8)
        search = (
            inspect_keras if begin == _HDF5 else inspect_onnx if lower.endswith(".onnx") else None
        )
        if search is not None:
            return _searched(begin, opened, search)
        head = begin + opened.read(_enough(lower, begin, file.size))
    seen = inspect_model(file.name, head, file.size)
    if seen.format == "git-lfs":
        return Inspection(
            "git-lfs", Gate.REVIEW, ("is a pointer to a file, not the file: `git lfs pull`",)
        )
    if seen.format == "unread":  # raw numbers are only numbers, however many follow
        start = inspect_model(file.name, head, len(head))
        return start if start.gate is Gate.PASS else seen
    text = next((judge for ending, judge in _TEXTS if lower.endswith(ending)), None)
    if text is not None and seen.gate is Gate.PASS:
        return text(head.decode("utf-8", "replace"))
    return seen


def _enough(lower: str, begin: bytes, size: int) -> int:
    """Bytes after the first eight that a judge needs: a header, all of a file, or what its kind is."""
    if lower.endswith(".safetensors"):
        return min(int.from_bytes(begin, "little"), READ)
    if lower.endswith(".gguf"):
        return HEADER
    return READ if size <= READ else _SAMPLE


def _searched(begin: bytes, file: BinaryIO, search: Callable[[bytes], Inspection]) -> Inspection:
    """A judge that looks for words, over all of a file in pieces that overlap."""
    parts, piece = [], begin
    while more := file.read(PIECE):
        piece = piece[-_OVERLAP:] + more
        parts.append(search(piece))
    return worst(parts[0].format, parts) if parts else search(piece)


def _configuration(text: str) -> Inspection:
    """A JSON file that names code to run, or a template that reaches for more than messages."""
    try:
        config: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return Inspection("json", Gate.PASS)
    if not isinstance(config, dict):
        return Inspection("json", Gate.PASS)
    templates = config.get("chat_template")
    for template in templates if isinstance(templates, list) else [templates]:
        found = template.get("template") if isinstance(template, dict) else template
        judged = _template(found) if isinstance(found, str) else None
        if judged is not None and judged.gate is not Gate.PASS:
            return judged
    if "auto_map" in config:
        return Inspection(
            "json", Gate.REVIEW, ("`auto_map` names code that a loader fetches and runs",)
        )
    return Inspection("json", Gate.PASS)


def _template(text: str) -> Inspection:
    danger = template_danger(text)
    if danger:
        return Inspection("template", Gate.BLOCK, (f"the chat template reaches for `{danger}`",))
    return Inspection("template", Gate.PASS)


_TEXTS: tuple[tuple[str, Callable[[str], Inspection]], ...] = (
    (".json", _configuration),
    (".jinja", _template),
    (".jinja2", _template),
)
