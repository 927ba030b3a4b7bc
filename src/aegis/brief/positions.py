"""YAML with places: every value keeps the line and column it was written at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from aegis.base.yaml_text import LOADER

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
Path: TypeAlias = tuple[str | int, ...]

MAX_BYTES = 1_000_000
MAX_DEPTH = 24
MAX_NODES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Line and column count from 1; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(slots=True)
class Problem:
    """Something wrong with the text itself."""

    message: str
    place: Place
    help: str = ""


@dataclass(slots=True)
class Located:
    """The plain data of a YAML text, and where each key and value stands."""

    data: Plain = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def nearest(self, path: Path) -> Place:
        """The place of a path, or of the closest ancestor that was written."""
        for end in range(len(path), -1, -1):
            if place := self.keys.get(path[:end]) or self.values.get(path[:end]):
                return place
        return Place(line=1, column=1, end_line=1, end_column=2)


class _TooMuch(Exception):  # noqa: N818  # never leaves this module
    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


def locate(text: str) -> Located:
    """Parse one YAML document. Problems are collected, never raised.

    Aliases are followed, but depth, size and the number of nodes are bounded, so that a small
    text cannot become a large value.
    """
    located = Located()
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        located.problems.append(
            Problem(f"the file is larger than {MAX_BYTES:,} bytes", _point(1, 1))
        )
        return located
    if found := _FORBIDDEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
        located.problems.append(
            Problem("a control character stands here", _point(line, column), "remove it")
        )
        return located
    node = _compose(text, located)
    if node is None:
        if not located.problems:
            located.problems.append(Problem("the file is empty", _point(1, 1)))
        return located
    try:
        located.data = _Builder(located).build(node, (), 0)
    except _TooMuch as stop:
        located.problems.append(Problem(stop.message, stop.place))
    return located


def _compose(text: str, located: Located) -> yaml.Node | None:
    """The root node; None when the text is empty or broken, and then a problem says why."""
    try:
        _refuse_depth(text)
        node: yaml.Node | None = yaml.compose(text, Loader=LOADER)
    except _TooMuch as stop:
        located.problems.append(Problem(stop.message, stop.place))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _point(mark.line + 1, mark.column + 1) if mark else _point(1, 1)
        tab = "cannot start any token" in str(error.problem)
        mend = "indent with spaces, not tabs; quote text that begins with a sign" if tab else ""
        located.problems.append(Problem(f"not YAML: {error.problem or error.context}", place, mend))
    except (yaml.YAMLError, RecursionError) as error:
        located.problems.append(Problem(f"not YAML: {str(error).splitlines()[0]}", _point(1, 1)))
    else:
        return node
    return None


def _refuse_depth(text: str) -> None:
    """Events come one after another; nodes are built by recursion in C, which a deep text overflows."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            mark = event.start_mark
            place = _point(mark.line + 1, mark.column + 1) if mark else _point(1, 1)
            raise _TooMuch("nested too deeply", place)


_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def _point(line: int, column: int) -> Place:
    return Place(line=line, column=column, end_line=line, end_column=column + 1)


def _place(node: yaml.Node) -> Place:
    start, end = node.start_mark, node.end_mark
    return Place(
        line=start.line + 1,
        column=start.column + 1,
        end_line=end.line + 1,
        end_column=end.column + 1,
    )


class _Builder:
    """Turns nodes into plain values and remembers places."""

    def __init__(self, located: Located) -> None:
        self.located = located
        self.constructor = yaml.SafeLoader("")
        self.nodes = 0

    def build(self, node: yaml.Node, path: Path, depth: int) -> Plain:
        place = _place(node)
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise _TooMuch("nested too deeply", place)
        if self.nodes > MAX_NODES:
            raise _TooMuch("too many values (do aliases multiply?)", place)
        self.located.values.setdefault(path, place)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, i), depth + 1) for i, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> Plain:
        result: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            place = _place(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.located.problems.append(Problem("a key must be a plain word", place))
                continue
            key = str(key_node.value)
            if key == "<<":
                self.located.problems.append(
                    Problem("merge keys are not supported", place, "write the fields out")
                )
                continue
            if key in result:
                self.located.problems.append(
                    Problem(f"`{key}` is given twice", place, "keep one of them")
                )
            self.located.keys[(*path, key)] = place
            result[key] = self.build(value_node, (*path, key), depth + 1)
        return result

    def _scalar(self, node: yaml.Node, place: Place) -> Plain:
        try:
            value = self.constructor.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError):
            self.located.problems.append(
                Problem("this value cannot be read", place, "put it in quotes if it is text")
            )
            return None
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if hasattr(value, "isoformat"):
            return str(value.isoformat())
        self.located.problems.append(
            Problem("this value cannot be read", place, "put it in quotes if it is text")
        )
        return None
