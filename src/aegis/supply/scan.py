"""What a model's folder could execute: the gate of `aegis review`, over every file, before anybody vouches.

A signature says who a file is from. It would say so of a pickle with a shell in it, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import JsonValue

from aegis.base.model import Frozen
from aegis.review.models.headers import template_danger
from aegis.review.models.inspect import inspect_model
from aegis.review.models.verdict import Gate, Inspection
from aegis.supply.folder import HashedFile

READ = 256_000_000
"""Bytes of a file that are judged, at most. Headers of safetensors and GGUF are in the first few."""
_CODE = (".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".exe", ".jar", ".sh", ".bat", ".ps1")


class Unsafe(Frozen):
    """A file that could run code where it is loaded, and why we think so."""

    name: str
    format: str
    gate: Gate
    reasons: tuple[str, ...]


def unsafe_files(root: Path, files: Sequence[HashedFile]) -> tuple[Unsafe, ...]:
    """Every file that is more than data, worst first."""
    base = root.parent if root.is_file() else root
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
    head = _head(path, lower)
    special = next((judge for ending, judge in _TEXTS if lower.endswith(ending)), None)
    if special is not None:
        return special(head.decode("utf-8", "replace"))
    seen = inspect_model(file.name, head, file.size)
    if seen.format == "unread":  # raw numbers are only numbers, however many follow
        start = inspect_model(file.name, head, len(head))
        return start if start.format == "unknown" else seen
    return seen


def _head(path: Path, lower: str) -> bytes:
    """As much of a file as its judge needs: all of a header, or all that is read of any file."""
    with path.open("rb") as opened:
        if not lower.endswith(".safetensors"):
            return opened.read(READ)
        begin = opened.read(8)
        return begin + opened.read(min(int.from_bytes(begin, "little"), READ))


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
