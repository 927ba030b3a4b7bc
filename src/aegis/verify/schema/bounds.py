"""What a schema says of a single value: enum, pattern, length, range, format."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

from pydantic import JsonValue

from aegis.verify.cel.regex import found
from aegis.verify.schema.compact import Node
from aegis.verify.schema.formats import NUMBER_LIMITS, TEXT_FORMATS, WHOLE_RANGES, quantity
from aegis.verify.schema.problem import shown

Bound = Callable[[JsonValue], str | None]
"""Says why a value is refused, or None."""


def bounds(node: Node) -> tuple[Bound, ...]:
    """Every check of a node that looks at the value alone."""
    makers = (_enum, _pattern, _length, _range, _format, _multiple, _counts)
    return tuple(bound for maker in makers if (bound := maker(node)) is not None)


def _enum(node: Node) -> Bound | None:
    allowed = node.get("e")
    if not isinstance(allowed, list):
        return None
    keys = frozenset(map(_key, allowed))
    words = ", ".join(shown(value) for value in allowed[:8]) + (" …" if len(allowed) > 8 else "")
    nullable = node.get("nul") is True

    def check(value: JsonValue) -> str | None:
        if _key(value) in keys or (nullable and value is None):
            return None
        return f"{shown(value)} is not one of {words}"

    return check


def _key(value: JsonValue) -> tuple[str, JsonValue]:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return type(value).__name__, value
    if isinstance(value, int | float):
        return "number", value
    return "json", json.dumps(value, sort_keys=True)


def _pattern(node: Node) -> Bound | None:
    pattern = node.get("re")
    if not isinstance(pattern, str):
        return None
    longest = node.get("xl")

    def check(value: JsonValue) -> str | None:
        if not isinstance(value, str) or (isinstance(longest, int) and len(value) > longest):
            return None
        if found(pattern, value) is False:
            return f"{shown(value)} does not match `{pattern[:120]}`"
        return None

    return check


def _length(node: Node) -> Bound | None:
    least, most = node.get("nl"), node.get("xl")
    if least is None and most is None:
        return None

    def check(value: JsonValue) -> str | None:
        if not isinstance(value, str):
            return None
        if isinstance(least, int) and len(value) < least:
            return f"is {len(value)} characters long; at least {least} are needed"
        if isinstance(most, int) and len(value) > most:
            return f"is {len(value):,} characters long; at most {most:,} are allowed"
        return None

    return check


def _range(node: Node) -> Bound | None:
    least, most = node.get("mn"), node.get("mx")
    if least is None and most is None:
        return None
    above, below = node.get("xmn") is True, node.get("xmx") is True

    def check(value: JsonValue) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if isinstance(least, int | float) and (value < least or (above and value == least)):
            return (
                f"{value} is too small; it must be {'more than' if above else 'at least'} {least}"
            )
        if isinstance(most, int | float) and (value > most or (below and value == most)):
            return f"{value} is too large; it must be {'less than' if below else 'at most'} {most}"
        return None

    return check


def _format(node: Node) -> Bound | None:
    name = node.get("f")
    if not isinstance(name, str):
        return None
    if name in WHOLE_RANGES:
        return _whole(name)
    if name == "quantity":
        return _quantity
    if name in NUMBER_LIMITS:
        limit = NUMBER_LIMITS[name]
        return lambda value: (
            f"{value} is too large for a {name}"
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > limit
            else None
        )
    test = TEXT_FORMATS.get(name)
    if test is None:
        return None

    def check(value: JsonValue) -> str | None:
        if isinstance(value, str) and not test(value):
            return f"{shown(value)} is no {name}"
        return None

    return check


def _whole(name: str) -> Bound:
    low, high = WHOLE_RANGES[name]

    def check(value: JsonValue) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return None if low <= value <= high else f"{value:.6g} does not fit into {name}"

    return check


def _quantity(value: JsonValue) -> str | None:
    if isinstance(value, str) and quantity(value) is None:
        return f"{shown(value)} is no quantity such as `500m`, `2` or `16Gi`"
    return None


def _multiple(node: Node) -> Bound | None:
    step = node.get("mul")
    if not isinstance(step, int | float) or isinstance(step, bool) or step <= 0:
        return None

    def check(value: JsonValue) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        parts = value / step
        return None if math.isclose(parts, round(parts)) else f"{value} is no multiple of {step}"

    return check


def _counts(node: Node) -> Bound | None:
    limits = [node.get(name) for name in ("ni", "xi", "np", "xp")]
    if all(limit is None for limit in limits):
        return None

    def check(value: JsonValue) -> str | None:
        if isinstance(value, list):
            least, most = limits[0], limits[1]
        elif isinstance(value, dict):
            least, most = limits[2], limits[3]
        else:
            return None
        if isinstance(least, int) and len(value) < least:
            return f"has {len(value)} entries; at least {least} are needed"
        if isinstance(most, int) and len(value) > most:
            return f"has {len(value):,} entries; at most {most:,} are allowed"
        return None

    return check
