"""Functions that a rule may call, by the value they are called on.

Sources: cel-spec `doc/langdef.md` (standard functions), Kubernetes
`apiserver/pkg/cel/library` (lists, regex, quantity, url, format) and cel-go `ext/strings.go`.
"""

from __future__ import annotations

import ipaddress
import itertools
import urllib.parse
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from aegis.verify.cel.regex import compiled, found
from aegis.verify.cel.values import (
    NOTHING,
    CelError,
    Optional,
    equal,
    less,
    type_name,
)
from aegis.verify.schema.formats import quantity, seconds

Function = Callable[..., object]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise CelError(f"a string is needed, not {type_name(value)}")


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise CelError(f"a list is needed, not {type_name(value)}")


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise CelError(f"an int is needed, not {type_name(value)}")


def size(value: object) -> int:
    """Characters, bytes, items or keys."""
    if isinstance(value, str | bytes | list | dict):
        return len(value)
    raise CelError(f"no such overload: size({type_name(value)})")


def matches(value: object, pattern: object) -> bool:
    answer = found(_text(pattern), _text(value))
    if answer is None:
        raise CelError("the pattern cannot be matched here")
    return answer


def to_int(value: object) -> int:
    try:
        if isinstance(value, str):
            return int(value, 10)
        if isinstance(value, int | float):
            return int(value)
    except (ValueError, OverflowError) as error:
        raise CelError(str(error)) from error
    if isinstance(value, datetime):
        return int(value.timestamp())
    raise CelError(f"no such overload: int({type_name(value)})")


def to_double(value: object) -> float:
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return float(value)
    except ValueError as error:
        raise CelError(str(error)) from error
    raise CelError(f"no such overload: double({type_name(value)})")


def to_string(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    raise CelError(f"no such overload: string({type_name(value)})")


def to_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "True": True, "TRUE": True, "t": True, "1": True,
             "false": False, "False": False, "FALSE": False, "f": False, "0": False}  # fmt: skip
    if isinstance(value, str) and value in known:
        return known[value]
    raise CelError(f"no such overload: bool({type_name(value)})")


def to_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    amount = seconds(_text(value))
    if amount is None:
        raise CelError(f"`{value}` is no duration")
    return timedelta(seconds=amount)


def to_timestamp(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError as error:
        raise CelError(str(error)) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def to_quantity(value: object) -> Decimal:
    number = quantity(_text(value))
    if number is None:
        raise CelError(f"`{value}` is no quantity")
    return number


def compare(left: object, right: object) -> int:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return (left > right) - (left < right)
    return -1 if less(left, right) else int(less(right, left))


def _split(value: object, separator: object, limit: object = -1) -> list[object]:
    text, by, most = _text(value), _text(separator), _whole(limit)
    if most == 0:
        return []
    if not by:
        return list(text) if most < 0 else [*text[: most - 1], text[most - 1 :]]
    return [*text.split(by, most - 1 if most > 0 else -1)]


def _replace(value: object, old: object, new: object, limit: object = -1) -> str:
    return _text(value).replace(_text(old), _text(new), _whole(limit))


def _substring(value: object, start: object, end: object = None) -> str:
    text, first = _text(value), _whole(start)
    last = len(text) if end is None else _whole(end)
    if not 0 <= first <= last <= len(text):
        raise CelError("substring is out of range")
    return text[first:last]


def _char_at(value: object, index: object) -> str:
    text, at = _text(value), _whole(index)
    if not 0 <= at <= len(text):
        raise CelError("index is out of range")
    return text[at : at + 1]


def _index_of(value: object, part: object) -> int:
    if isinstance(value, list):
        return next((at for at, item in enumerate(value) if equal(item, part)), -1)
    return _text(value).find(_text(part))


def _last_index_of(value: object, part: object) -> int:
    if isinstance(value, list):
        places = [at for at, item in enumerate(value) if equal(item, part)]
        return places[-1] if places else -1
    return _text(value).rfind(_text(part))


def _find(value: object, pattern: object) -> str:
    hits = _find_all(value, pattern)
    return str(hits[0]) if hits else ""


def _find_all(value: object, pattern: object) -> list[object]:
    try:
        return [hit.group() for hit in compiled(_text(pattern)).finditer(_text(value))]
    except ValueError as error:
        raise CelError(str(error)) from error


def _ordered(items: Sequence[object]) -> bool:
    return all(not less(b, a) for a, b in itertools.pairwise(items))


def _extreme(value: object, *, largest: bool) -> object:
    items = _list(value)
    if not items:
        raise CelError("the list is empty")
    best = items[0]
    for item in items[1:]:
        if less(best, item) if largest else less(item, best):
            best = item
    return best


def _sum(value: object) -> object:
    total: object = 0
    for item in _list(value):
        if not isinstance(item, int | float):
            raise CelError("sum() needs numbers")
        total = item + (total if isinstance(total, int | float) else 0)
    return total


def _is_url(value: object) -> bool:
    try:
        parts = urllib.parse.urlsplit(_text(value))
    except ValueError:
        return False
    return bool(parts.scheme) or _text(value).startswith("/")


def _is_ip(value: object, family: object = None) -> bool:
    try:
        address = ipaddress.ip_address(_text(value))
    except ValueError:
        return False
    return family is None or address.version == family


def _is_cidr(value: object) -> bool:
    try:
        ipaddress.ip_network(_text(value), strict=False)
    except ValueError:
        return False
    return "/" in _text(value)


def _or_value(value: object, other: object) -> object:
    if isinstance(value, Optional):
        return value.value if value.present else other
    raise CelError("orValue() needs an optional")


def _or(value: object, other: object) -> object:
    if isinstance(value, Optional):
        return value if value.present else other
    raise CelError("or() needs an optional")


def _has_value(value: object) -> bool:
    if isinstance(value, Optional):
        return value.present
    raise CelError("hasValue() needs an optional")


def _value(value: object) -> object:
    if isinstance(value, Optional) and value.present:
        return value.value
    raise CelError("optional.none() has no value")


GLOBAL: dict[str, Function] = {
    "size": size,
    "matches": matches,
    "int": to_int,
    "uint": to_int,
    "double": to_double,
    "string": to_string,
    "bool": to_bool,
    "bytes": lambda value: _text(value).encode(),
    "duration": to_duration,
    "timestamp": to_timestamp,
    "dyn": lambda value: value,
    "type": type_name,
    "quantity": to_quantity,
    "isQuantity": lambda value: quantity(_text(value)) is not None,
    "isURL": _is_url,
    "isIP": _is_ip,
    "isCIDR": _is_cidr,
}
METHODS: dict[str, Function] = {
    "size": size,
    "matches": matches,
    "contains": lambda value, part: _text(part) in _text(value),
    "startsWith": lambda value, part: _text(value).startswith(_text(part)),
    "endsWith": lambda value, part: _text(value).endswith(_text(part)),
    "lowerAscii": lambda value: _text(value).lower(),
    "upperAscii": lambda value: _text(value).upper(),
    "trim": lambda value: _text(value).strip(),
    "split": _split,
    "replace": _replace,
    "substring": _substring,
    "charAt": _char_at,
    "indexOf": _index_of,
    "lastIndexOf": _last_index_of,
    "join": lambda value, by="": _text(by).join(_text(item) for item in _list(value)),
    "find": _find,
    "findAll": _find_all,
    "isSorted": lambda value: _ordered(_list(value)),
    "min": lambda value: _extreme(value, largest=False),
    "max": lambda value: _extreme(value, largest=True),
    "sum": _sum,
    "reverse": lambda value: value[::-1] if isinstance(value, str) else _list(value)[::-1],
    "compareTo": compare,
    "isGreaterThan": lambda value, other: compare(value, other) > 0,
    "isLessThan": lambda value, other: compare(value, other) < 0,
    "getSeconds": lambda value: int(to_duration(value).total_seconds()),
    "getMinutes": lambda value: int(to_duration(value).total_seconds() // 60),
    "getHours": lambda value: int(to_duration(value).total_seconds() // 3600),
    "getMilliseconds": lambda value: int(to_duration(value).total_seconds() * 1000),
    "orValue": _or_value,
    "or": _or,
    "hasValue": _has_value,
    "value": _value,
}
NAMESPACED: dict[str, Function] = {
    "optional.of": lambda value: Optional(present=True, value=value),
    "optional.none": lambda: NOTHING,
}
