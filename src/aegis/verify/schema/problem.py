"""What a schema check found, before it becomes a finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from aegis.verify.cel.macros import Code

Path = tuple["Path", str | int] | None
"""A chain from a value to the root, cheap to make on every step."""

Problems = Literal[
    "unknown-field",
    "wrong-type",
    "missing-field",
    "value-refused",
    "duplicate-entry",
    "rule-violated",
    "bad-metadata",
    "bad-quantity",
]


def steps(path: Path) -> tuple[str | int, ...]:
    """The path from the root.

    >>> steps(((None, "spec"), 0))
    ('spec', 0)
    """
    found: list[str | int] = []
    while path is not None:
        path, step = path
        found.append(step)
    return tuple(reversed(found))


def dotted(path: tuple[str | int, ...]) -> str:
    """The path as Kubernetes writes it.

    >>> dotted(("spec", "ports", 0, "name")), dotted(("metadata", "labels", "a.b/c"))
    ('spec.ports[0].name', 'metadata.labels[a.b/c]')
    """
    text = ""
    for step in path:
        if isinstance(step, int) or "." in step or "/" in step:
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One place where an object does not fit its schema."""

    kind: Problems
    path: tuple[str | int, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled validation rule; `code` is None when it uses what is not known here."""

    text: str
    message: str
    code: Code | None
    lacking: str
    old_self: bool


@dataclass(slots=True)
class Sink:
    """Collects what one object gives."""

    problems: list[Problem] = field(default_factory=list)
    rules: list[tuple[tuple[Rule, ...], JsonValue, Path]] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def add(self, kind: Problems, path: Path, message: str) -> None:
        self.problems.append(Problem(kind, steps(path), message))


Check = Callable[[JsonValue, Path, Sink], JsonValue]
"""Judges a value and gives it back as the server would store it (nulls gone, defaults in)."""


def shown(value: JsonValue) -> str:
    """A value in a message: short, and never a long text that may be a secret."""
    if isinstance(value, str):
        return f"`{value}`" if len(value) <= 40 else f"a text of {len(value):,} characters"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else f"`{str(value).lower()[:40]}`"
