"""`allOf`, `anyOf`, `oneOf` and `not`: plain yes or no, never strict about unknown fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import JsonValue

from aegis.verify.schema.bounds import bounds
from aegis.verify.schema.compact import Node

Predicate = Callable[[JsonValue], bool]


def has_type(value: JsonValue, name: str) -> bool:
    """Whether a JSON value has an OpenAPI type; 1.0 is an integer, as in Go's validator."""
    kind = type(value)
    if name == "string":
        return kind is str
    if name == "object":
        return kind is dict
    if name == "integer":
        return kind is int or (isinstance(value, float) and value.is_integer())
    if name == "array":
        return kind is list
    if name == "boolean":
        return kind is bool
    return kind is int or kind is float if name == "number" else True


class Predicates:
    """Predicates of a node table, made when first asked for."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        self._made: dict[int, Predicate] = {}

    def get(self, number: int) -> Predicate:
        made = self._made.get(number)
        if made is None:
            made = self._made[number] = self._make(self._nodes[number])
        return made

    def _make(self, node: Node) -> Predicate:
        parts: list[Predicate] = []
        kind = node.get("t")
        nullable = node.get("nul") is True
        if isinstance(kind, str):
            parts.append(lambda value: has_type(value, kind) or (nullable and value is None))
        parts.extend(_without(bound) for bound in bounds(node))
        required = node.get("r")
        if isinstance(required, list):
            parts.append(
                lambda value: not isinstance(value, dict) or all(key in value for key in required)
            )
        parts.extend(self._inside(node))
        parts.extend(predicate for predicate, _ in self.junctors(node))
        return lambda value: all(part(value) for part in parts)

    def _inside(self, node: Node) -> list[Predicate]:
        parts: list[Predicate] = []
        properties = node.get("p")
        if isinstance(properties, dict):
            inner = {key: self.get(n) for key, n in properties.items() if isinstance(n, int)}
            parts.append(
                lambda value: (
                    not isinstance(value, dict)
                    or all(test(value[key]) for key, test in inner.items() if key in value)
                )
            )
        items = node.get("it")
        if isinstance(items, int):
            each = self.get(items)
            parts.append(lambda value: not isinstance(value, list) or all(map(each, value)))
        extra = node.get("ap")
        if isinstance(extra, int) and not isinstance(extra, bool):
            other = self.get(extra)
            parts.append(
                lambda value: not isinstance(value, dict) or all(map(other, value.values()))
            )
        return parts

    def junctors(self, node: Node) -> list[tuple[Predicate, str]]:
        """The junctors of a node, each with what to say when it fails."""
        found: list[tuple[Predicate, str]] = []
        for name, count, words in _COUNTS:
            numbers = node.get(name)
            if isinstance(numbers, list):
                tests = tuple(self.get(n) for n in numbers if isinstance(n, int))
                found.append((_counted(tests, count), words + self._hint(numbers)))
        refused = node.get("not")
        if isinstance(refused, int):
            test = self.get(refused)
            found.append((lambda value: not test(value), "fits a form that is excluded"))
        return found

    def _hint(self, numbers: Sequence[JsonValue]) -> str:
        """What alternatives ask for, when each is only a list of required fields."""
        groups: list[str] = []
        for number in numbers:
            required = self._nodes[number].get("r") if isinstance(number, int) else None
            if isinstance(required, list):
                groups.append(" and ".join(f"`{name}`" for name in required))
        return f" ({'; '.join(groups)})" if groups else ""


def _without(bound: Callable[[JsonValue], str | None]) -> Predicate:
    return lambda value: bound(value) is None


def _counted(tests: Sequence[Predicate], count: Callable[[int, int], bool]) -> Predicate:
    return lambda value: count(sum(test(value) for test in tests), len(tests))


_COUNTS: tuple[tuple[str, Callable[[int, int], bool], str], ...] = (
    ("allOf", lambda hits, total: hits == total, "does not fit every form it must fit"),
    ("anyOf", lambda hits, _: hits >= 1, "fits none of the allowed forms"),
    ("oneOf", lambda hits, _: hits == 1, "must fit exactly one of the allowed forms"),
)
