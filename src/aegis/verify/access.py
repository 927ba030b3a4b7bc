"""Reads JSON values without knowing their shape."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

Map = dict[str, JsonValue]
Steps = tuple[str | int, ...]


def mapping(value: JsonValue) -> Map:
    """The map, or an empty one."""
    return value if isinstance(value, dict) else {}


def listing(value: JsonValue) -> list[JsonValue]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: JsonValue) -> str:
    """The text, or an empty one."""
    return value if isinstance(value, str) else ""


def whole(value: JsonValue) -> int | None:
    """The whole number, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def dig(value: JsonValue, *steps: str | int) -> JsonValue:
    """The value at a path, or None.

    >>> dig({"a": [{"b": 1}]}, "a", 0, "b"), dig({"a": 1}, "b", "c")
    (1, None)
    """
    for step in steps:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        elif isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def maps(value: JsonValue, *steps: str | int) -> Iterator[tuple[Steps, Map]]:
    """The maps in a list at a path, each with its full path."""
    for index, item in enumerate(listing(dig(value, *steps))):
        if isinstance(item, dict):
            yield (*steps, index), item


def walk(value: JsonValue, path: Steps = ()) -> Iterator[tuple[Steps, JsonValue]]:
    """Every value inside, the outer ones first, in the order of the text."""
    stack: list[tuple[Steps, JsonValue]] = [(path, value)]
    while stack:
        here, item = stack.pop()
        yield here, item
        if isinstance(item, dict):
            stack.extend(((*here, key), inner) for key, inner in reversed(item.items()))
        elif isinstance(item, list):
            last = len(item) - 1
            stack.extend(((*here, last - back), inner) for back, inner in enumerate(item[::-1]))


def texts(value: JsonValue) -> list[str]:
    """Every text inside, keys left out; quicker than `walk` where no path is needed."""
    found: list[str] = []
    stack = [value]
    while stack:
        item = stack.pop()
        if type(item) is dict:
            stack.extend(item.values())
        elif type(item) is list:
            stack.extend(item)
        elif type(item) is str:
            found.append(item)
    return found


def has_key(value: JsonValue, key: str) -> bool:
    """Whether a map inside has a key."""
    stack = [value]
    while stack:
        item = stack.pop()
        if type(item) is dict:
            if key in item:
                return True
            stack.extend(item.values())
        elif type(item) is list:
            stack.extend(item)
    return False
