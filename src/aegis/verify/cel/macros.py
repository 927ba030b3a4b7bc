"""`all`, `exists`, `exists_one`, `filter`, `map` and the macros of optional values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from aegis.verify.cel.syntax import Call, Name, Node
from aegis.verify.cel.values import NOTHING, CelError, Optional, truth, type_name

Scope = dict[str, object]
Code = Callable[[Scope], object]
Build = Callable[[Node], Code]
MAX_STEPS = 200_000
"""Turns of one comprehension; the server's cost limit ends such a rule much earlier."""


def _names(node: Call, count: int) -> tuple[str, ...] | None:
    if len(node.args) <= count:
        return None
    names = [arg.name for arg in node.args[:count] if isinstance(arg, Name)]
    return tuple(names) if len(names) == count else None


def _turns(value: object, names: tuple[str, ...], scope: Scope) -> Iterator[Scope]:
    """One scope a turn: an item or key, or two variables (index or key, and value)."""
    if not isinstance(value, list | dict):
        raise CelError(f"{type_name(value)} has no items")
    if len(value) > MAX_STEPS:
        raise CelError("too many items")
    inner = dict(scope)
    pairs = enumerate(value) if isinstance(value, list) else value.items()
    for key, item in pairs:
        if len(names) == 2:
            inner[names[0]], inner[names[1]] = key, item
        else:
            inner[names[0]] = item if isinstance(value, list) else key
        yield inner


def _loop(node: Call) -> tuple[tuple[str, ...], Node] | None:
    """Variables and body of a comprehension of one or two variables."""
    names = _names(node, len(node.args) - 1)
    if names is None or not 1 <= len(names) <= 2:
        return None
    return names, node.args[-1]


def _quantifier(node: Call, build: Build, *, stop: bool) -> Code | None:
    loop = _loop(node)
    if loop is None or node.target is None:
        return None
    names, target, body = loop[0], build(node.target), build(loop[1])

    def run(scope: Scope) -> object:
        failure: CelError | None = None
        for inner in _turns(target(scope), names, scope):
            try:
                if truth(body(inner)) is stop:
                    return stop
            except CelError as error:
                failure = error
        if failure is not None:
            raise failure
        return not stop

    return run


def _all(node: Call, build: Build) -> Code | None:
    return _quantifier(node, build, stop=False)


def _exists(node: Call, build: Build) -> Code | None:
    return _quantifier(node, build, stop=True)


def _one(node: Call, build: Build) -> Code | None:
    loop = _loop(node)
    if loop is None or node.target is None:
        return None
    names, target, body = loop[0], build(node.target), build(loop[1])
    return lambda scope: (
        sum(truth(body(inner)) for inner in _turns(target(scope), names, scope)) == 1
    )


def _filter(node: Call, build: Build) -> Code | None:
    names = _names(node, 1)
    if names is None or len(node.args) != 2 or node.target is None:
        return None
    target, body = build(node.target), build(node.args[1])
    return lambda scope: [
        inner[names[0]] for inner in _turns(target(scope), names, scope) if truth(body(inner))
    ]


def _map(node: Call, build: Build) -> Code | None:
    names = _names(node, 1)
    if names is None or len(node.args) not in {2, 3} or node.target is None:
        return None
    target, body = build(node.target), build(node.args[-1])
    condition = build(node.args[1]) if len(node.args) == 3 else None
    return lambda scope: [
        body(inner)
        for inner in _turns(target(scope), names, scope)
        if condition is None or truth(condition(inner))
    ]


def _opt_map(node: Call, build: Build) -> Code | None:
    names = _names(node, 1)
    if names is None or len(node.args) != 2 or node.target is None:
        return None
    target, body = build(node.target), build(node.args[1])
    flat = node.function == "optFlatMap"

    def run(scope: Scope) -> object:
        value = target(scope)
        if not isinstance(value, Optional) or not value.present:
            return NOTHING
        result = body({**scope, names[0]: value.value})
        return result if flat else Optional(present=True, value=result)

    return run


def _bind(node: Call, build: Build) -> Code | None:
    if not (isinstance(node.target, Name) and node.target.name == "cel" and len(node.args) == 3):
        return None
    names = _names(node, 1)
    if names is None:
        return None
    value, body = build(node.args[1]), build(node.args[2])
    return lambda scope: body({**scope, names[0]: value(scope)})


MACROS: Mapping[str, Callable[[Call, Build], Code | None]] = {
    "all": _all,
    "exists": _exists,
    "exists_one": _one,
    "existsOne": _one,
    "filter": _filter,
    "map": _map,
    "optMap": _opt_map,
    "optFlatMap": _opt_map,
    "bind": _bind,
}
