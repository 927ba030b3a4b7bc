"""YAML and JSON as nodes that know their line, safe against bombs.

Composed by libyaml, never constructed: no tag runs code, and an alias is a shared node that is
never copied. Texts that nest too deep or share too much are refused before parsing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from aegis.base.finding import Span
from aegis.base.yaml_text import LOADER
from aegis.review.documents.source import Source

_MAX_DEPTH = 100
_MAX_ALIASES = 400
_COMPACT_NESTING = re.compile(rf"(?:[-?] ){{{_MAX_DEPTH},}}")
_ALIAS = re.compile(r"[\s\[,]\*\w")
# Lines on which nothing but directives stood.
_ONLY_DIRECTIVES = re.compile(r"^[ \t]*TTTT[T \t]*$", re.MULTILINE)
_NOT_NEWLINE = re.compile(r"[^\n]")


class UnreadableError(Exception):
    """A document that cannot be parsed, or must not be; the message says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place; a missing value is a false node, so that paths can be followed."""

    source: Source
    raw: yaml.Node | None

    def __bool__(self) -> bool:
        return self.raw is not None

    @property
    def line(self) -> int:
        return self.raw.start_mark.line + 1 if self.raw is not None else 1

    @property
    def text(self) -> str:
        """The scalar as written, without quotes; empty for anything else."""
        return str(self.raw.value) if isinstance(self.raw, yaml.ScalarNode) else ""

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.raw, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.raw, yaml.SequenceNode)

    @property
    def is_true(self) -> bool:
        return self.text.lower() in {"true", "yes", "on"}

    @property
    def span(self) -> Span:
        if self.raw is None:
            return self.source.at(1)
        mark, end = self.raw.start_mark, self.raw.end_mark
        one_line = isinstance(self.raw, yaml.ScalarNode) and end.line == mark.line
        return self.source.at(mark.line + 1, mark.column + 1, end.column + 1 if one_line else None)

    def get(self, *path: str) -> Node:
        """The value below a path of keys; merge keys are followed."""
        raw = self.raw
        for name in path:
            raw = _value_of(raw, name)
            if raw is None:
                break
        return Node(self.source, raw)

    def key(self, name: str) -> Node:
        """The key itself, for its place."""
        return next((key for found, key, _ in self.items() if found == name), self._none)

    @property
    def _none(self) -> Node:
        return Node(self.source, None)

    def items(self) -> Iterator[tuple[str, Node, Node]]:
        """Name, key and value of each entry of a mapping; own keys before merged ones."""
        if not isinstance(self.raw, yaml.MappingNode):
            return
        merged: list[yaml.Node] = []
        for key, value in self.raw.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value == "<<":
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
            else:
                yield str(key.value), Node(self.source, key), Node(self.source, value)
        for node in merged:
            if node is not self.raw and isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                        yield str(key.value), Node(self.source, key), Node(self.source, value)

    def entries(self) -> Iterator[Node]:
        """The entries of a sequence; none for anything else."""
        if isinstance(self.raw, yaml.SequenceNode):
            for each in self.raw.value:
                yield Node(self.source, each)

    def words(self) -> list[Node]:
        """A command: the entries of a list, or the one scalar."""
        return list(self.entries()) or ([self] if self.text else [])

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Every scalar below, with its key, each shared node once."""
        seen: set[int] = set()
        pending: list[tuple[str, Node]] = [("", self)]
        while pending:
            name, node = pending.pop()
            if node.raw is None or id(node.raw) in seen:
                continue
            if isinstance(node.raw, yaml.ScalarNode):
                yield name, node
                continue
            seen.add(id(node.raw))
            below = [(each, value) for each, _, value in node.items()]
            below += [(name, value) for value in node.entries()]
            pending.extend(reversed(below))


def _value_of(raw: yaml.Node | None, name: str) -> yaml.Node | None:
    """The value under a key of a mapping, its own before merged ones."""
    if not isinstance(raw, yaml.MappingNode):
        return None
    merged: list[yaml.Node] = []
    for key, value in raw.value:
        if key.value == name and isinstance(key, yaml.ScalarNode):
            found: yaml.Node = value
            return found
        if key.value == "<<":
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
    for node in merged:
        if node is not raw and isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == name and isinstance(key, yaml.ScalarNode):
                    again: yaml.Node = value
                    return again
    return None


def read_yaml(source: Source, *, templated: bool = False) -> list[Node]:
    """The documents of a YAML or JSON text.

    With `templated`, template directives are blanked out first so that every place stays right.

    Raises:
        UnreadableError: the text is not YAML, or nests or shares more than it should.
    """
    text = _blank_directives(source.text) if templated else source.text
    _refuse_bombs(text)
    try:
        found = list(yaml.compose_all(text, Loader=LOADER))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UnreadableError(_short(error)) from error
    return [Node(source, raw) for raw in found]


def _short(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or type(error).__name__
    return f"not YAML: {problem}" + (f" in line {mark.line + 1}" if mark else "")


def _refuse_bombs(text: str) -> None:
    if _COMPACT_NESTING.search(text) or _flow_depth(text) > _MAX_DEPTH:
        raise UnreadableError(f"nests deeper than {_MAX_DEPTH}")
    if text.count("*") > _MAX_ALIASES and len(_ALIAS.findall(text)) > _MAX_ALIASES:
        raise UnreadableError(f"more than {_MAX_ALIASES} aliases")


def _flow_depth(text: str) -> int:
    """The deepest nesting of brackets, quotes ignored: an upper bound is enough."""
    if text.count("[") + text.count("{") <= _MAX_DEPTH:
        return 0
    depth = deepest = 0
    for character in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if character in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _blank_directives(text: str) -> str:
    """Directives as letters of the same length, and as spaces where nothing else is on the line."""
    parts: list[str] = []
    at = 0
    while (start := text.find("{{", at)) != -1 and (end := text.find("}}", start + 2)) != -1:
        parts += [text[at:start], _NOT_NEWLINE.sub("T", text[start : end + 2])]
        at = end + 2
    found = "".join([*parts, text[at:]])
    return _ONLY_DIRECTIVES.sub(lambda match: " " * len(match[0]), found)
