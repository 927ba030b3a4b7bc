"""How CEL compares, adds and names values. JSON values stand for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


class CelError(Exception):
    """An expression has no value: no such key, no such overload, division by zero and the like."""


@dataclass(frozen=True, slots=True)
class Optional:
    """The value of `a.?b`: there or not."""

    present: bool
    value: object = None


NOTHING = Optional(present=False)

_TYPE_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "bool"),
    (int, "int"),
    (float, "double"),
    (str, "string"),
    (bytes, "bytes"),
    (list, "list"),
    (dict, "map"),
    (timedelta, "duration"),
    (datetime, "timestamp"),
    (Optional, "optional"),
)


def type_name(value: object) -> str:
    """What CEL calls the type of a value."""
    if value is None:
        return "null_type"
    return next((name for kind, name in _TYPE_NAMES if isinstance(value, kind)), "unknown")


def equal(left: object, right: object) -> bool:
    """CEL's `==`: numbers by value, never a bool with a number, lists and maps in depth."""
    if isinstance(left, str):
        return isinstance(right, str) and left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[k], right[k]) for k in left)
    return left == right


def contains(value: object, container: object) -> bool:
    """CEL's `in`."""
    if isinstance(container, dict):
        return isinstance(value, str | int | float) and value in container
    if isinstance(container, list):
        return any(equal(value, item) for item in container)
    raise CelError(f"no such overload: in {type_name(container)}")


def less(left: object, right: object) -> bool:
    """CEL's `<`, for two numbers, two strings, bools, bytes, durations or timestamps."""
    if _is_number(left) and _is_number(right):
        return bool(left < right)  # type: ignore[operator]  # both are numbers
    if type(left) is type(right) and isinstance(left, str | bool | bytes | timedelta | datetime):
        return bool(left < right)  # type: ignore[operator]  # one type, checked
    raise CelError(f"no such overload: {type_name(left)} < {type_name(right)}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def add(left: object, right: object) -> object:
    """CEL's `+`."""
    if _is_number(left) and type(left) is type(right):
        return checked(left + right)  # type: ignore[operator]  # two numbers of one type
    for kind in (str, list, bytes):
        if isinstance(left, kind) and isinstance(right, kind):
            return left + right  # type: ignore[operator]  # one type, checked
    if isinstance(right, timedelta) and isinstance(left, timedelta | datetime):
        return left + right
    raise CelError(f"no such overload: {type_name(left)} + {type_name(right)}")


def subtract(left: object, right: object) -> object:
    """CEL's binary `-`."""
    if _is_number(left) and type(left) is type(right):
        return checked(left - right)  # type: ignore[operator]  # two numbers of one type
    if isinstance(left, datetime) and isinstance(right, datetime):
        return left - right
    if isinstance(left, timedelta | datetime) and isinstance(right, timedelta):
        return left - right
    raise CelError(f"no such overload: {type_name(left)} - {type_name(right)}")


def multiply(left: object, right: object) -> object:
    """CEL's `*`, for two numbers of one type."""
    if _is_number(left) and type(left) is type(right):
        return checked(left * right)  # type: ignore[operator]  # two numbers of one type
    raise CelError(f"no such overload: {type_name(left)} * {type_name(right)}")


def divide(left: object, right: object) -> object:
    """CEL's `/`: integers truncate towards zero."""
    if isinstance(left, float) and isinstance(right, float):
        return left / right if right else float("nan" if not left else "inf")
    whole, other = _integers(left, right, "/")
    quotient = abs(whole) // abs(other)
    return quotient if (whole < 0) == (other < 0) else -quotient


def remainder(left: object, right: object) -> object:
    """CEL's `%`: the sign follows the left side."""
    whole, other = _integers(left, right, "%")
    rest = abs(whole) % abs(other)
    return rest if whole >= 0 else -rest


def _integers(left: object, right: object, operator: str) -> tuple[int, int]:
    if isinstance(left, bool) or isinstance(right, bool):
        raise CelError(f"no such overload: {operator} on a bool")
    if isinstance(left, int) and isinstance(right, int):
        if right == 0:
            raise CelError("division by zero")
        return left, right
    raise CelError(f"no such overload: {type_name(left)} {operator} {type_name(right)}")


def checked(value: object) -> object:
    """An integer must fit into 64 bits."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise CelError("integer overflow")
    return value


def truth(value: object) -> bool:
    """A condition must be a bool."""
    if value is True:
        return True
    if value is False:
        return False
    raise CelError(f"a bool is needed, not {type_name(value)}")
