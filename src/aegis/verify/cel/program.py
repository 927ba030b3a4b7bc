"""Turns a CEL tree into a function of its variables."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from aegis.verify.cel.library import GLOBAL, METHODS, NAMESPACED
from aegis.verify.cel.macros import MACROS, Code, Scope
from aegis.verify.cel.syntax import (
    Call,
    CelSyntaxError,
    Entries,
    Items,
    Literal,
    Name,
    Node,
    Select,
    parse,
)
from aegis.verify.cel.values import (
    NOTHING,
    CelError,
    Optional,
    add,
    checked,
    contains,
    divide,
    equal,
    less,
    multiply,
    remainder,
    subtract,
    truth,
    type_name,
)

_ESCAPED = {"__dot__": ".", "__dash__": "-", "__slash__": "/", "__underscores__": "__"}
_KEYWORDS = frozenset({
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function",
    "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
})  # fmt: skip
_TYPES = frozenset({"int", "uint", "double", "bool", "string", "bytes", "list", "map"})


class UnsupportedRuleError(ValueError):
    """The rule uses a function that is not known here; it was not checked."""


@functools.lru_cache(maxsize=8192)
def program(text: str) -> Code:
    """The expression as a function of a scope; raises `UnsupportedRuleError` for what it lacks.

    >>> program("self.a.all(x, x < 3)")({"self": {"a": [1, 2]}})
    True
    """
    try:
        return build(parse(text))
    except CelSyntaxError as error:
        raise UnsupportedRuleError(str(error)) from error


@functools.lru_cache(maxsize=8192)
def uses(text: str, name: str) -> bool:
    """Whether an expression reads a variable."""
    try:
        return _mentions(parse(text), name)
    except CelSyntaxError:
        return False


def _mentions(node: Node, name: str) -> bool:
    if isinstance(node, Name):
        return node.name == name
    return any(_mentions(inner, name) for inner in _children(node))


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Select):
        return (node.operand,)
    if isinstance(node, Call):
        return (*node.args, node.target) if node.target is not None else node.args
    if isinstance(node, Items):
        return node.items
    if isinstance(node, Entries):
        return tuple(part for entry in node.entries for part in entry)
    return ()


def build(node: Node) -> Code:
    """The function of one tree."""
    if isinstance(node, Literal):
        value = node.value
        return lambda _: value
    if isinstance(node, Name):
        return _variable(node.name)
    if isinstance(node, Select):
        return _select(node)
    if isinstance(node, Items):
        items = tuple(build(item) for item in node.items)
        return lambda scope: [item(scope) for item in items]
    if isinstance(node, Entries):
        entries = tuple((build(key), build(value)) for key, value in node.entries)
        return lambda scope: {key(scope): value(scope) for key, value in entries}
    return _call(node)


def _variable(name: str) -> Code:
    if name in _TYPES:
        return lambda scope: scope.get(name, name)

    def read(scope: Scope) -> object:
        try:
            return scope[name]
        except KeyError:
            raise CelError(f"no such variable: {name}") from None

    return read


def unescape(name: str) -> str:
    """The property that an escaped field name stands for.

    >>> unescape("a__dash__b"), unescape("__namespace__"), unescape("__x")
    ('a-b', 'namespace', '__x')
    """
    if "__" not in name:
        return name
    if name.startswith("__") and name.endswith("__") and name[2:-2] in _KEYWORDS:
        return name[2:-2]
    for written, char in _ESCAPED.items():
        name = name.replace(written, char)
    return name


def _select(node: Select) -> Code:
    operand, field = build(node.operand), node.field
    real = unescape(field)
    optional = node.optional

    def read(scope: Scope) -> object:
        value = operand(scope)
        chained = isinstance(value, Optional)
        if isinstance(value, Optional):
            if not value.present:
                return NOTHING
            value = value.value
        if not isinstance(value, dict):
            raise CelError(f"`.{field}` on {type_name(value)}")
        if real in value:
            found = value[real]
        elif field in value:
            found = value[field]
        elif optional or chained:
            return NOTHING
        else:
            raise CelError(f"no such key: {real}")
        return Optional(present=True, value=found) if optional or chained else found

    return read


def _call(node: Call) -> Code:
    if node.function in _LAZY:
        return _LAZY[node.function](*(build(arg) for arg in node.args))
    if node.function in _OPERATORS and node.target is None:
        return _applied(_OPERATORS[node.function], [build(arg) for arg in node.args])
    if node.function == "has" and node.target is None and len(node.args) == 1:
        return _has(node.args[0])
    macro = MACROS.get(node.function)
    if macro is not None and node.target is not None:
        code = macro(node, build)
        if code is not None:
            return code
    return _function(node)


def _function(node: Call) -> Code:
    args = [build(arg) for arg in node.args]
    if isinstance(node.target, Name):
        spaced = NAMESPACED.get(f"{node.target.name}.{node.function}")
        if spaced is not None:
            return _applied(spaced, args)
    table = GLOBAL if node.target is None else METHODS
    if node.function not in table:
        raise UnsupportedRuleError(f"function `{node.function}` is not known here")
    if node.target is not None:
        args.insert(0, build(node.target))
    return _applied(table[node.function], args)


def _applied(function: Callable[..., object], args: list[Code]) -> Code:
    def run(scope: Scope) -> object:
        values = [arg(scope) for arg in args]
        try:
            return function(*values)
        except (TypeError, OverflowError) as error:
            raise CelError(str(error)) from error

    if len(args) == 1:
        only = args[0]
        return lambda scope: function(only(scope))
    if len(args) == 2:
        first, second = args

        def both(scope: Scope) -> object:
            left, right = first(scope), second(scope)
            try:
                return function(left, right)
            except (TypeError, OverflowError) as error:
                raise CelError(str(error)) from error

        return both
    return run


def _has(node: Node) -> Code:
    if not isinstance(node, Select):
        raise UnsupportedRuleError("has() needs a field")
    operand, field = build(node.operand), node.field
    real = unescape(field)

    def check(scope: Scope) -> object:
        value = operand(scope)
        if isinstance(value, Optional):
            value = value.value if value.present else {}
        if not isinstance(value, dict):
            raise CelError(f"has() on {type_name(value)}")
        return real in value or field in value

    return check


def _and(left: Code, right: Code) -> Code:
    def run(scope: Scope) -> object:
        try:
            if not truth(left(scope)):
                return False
        except CelError:
            if not truth(right(scope)):
                return False
            raise
        return truth(right(scope))

    return run


def _or(left: Code, right: Code) -> Code:
    def run(scope: Scope) -> object:
        try:
            if truth(left(scope)):
                return True
        except CelError:
            if truth(right(scope)):
                return True
            raise
        return truth(right(scope))

    return run


def _choose(condition: Code, yes: Code, no: Code) -> Code:
    return lambda scope: yes(scope) if truth(condition(scope)) else no(scope)


def index(value: object, key: object) -> object:
    """`value[key]`."""
    if isinstance(value, Optional):
        return optional_index(value.value, key) if value.present else NOTHING
    if isinstance(value, list) and isinstance(key, int) and not isinstance(key, bool):
        if 0 <= key < len(value):
            return value[key]
        raise CelError(f"index {key} is out of range")
    if isinstance(value, dict) and isinstance(key, str):
        if key in value:
            return value[key]
        raise CelError(f"no such key: {key}")
    raise CelError(f"no such overload: {type_name(value)}[{type_name(key)}]")


def optional_index(value: object, key: object) -> object:
    """`value[?key]`."""
    try:
        return Optional(present=True, value=index(value, key))
    except CelError:
        return NOTHING


def _negative(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return checked(-value)
    raise CelError(f"no such overload: -{type_name(value)}")


_LAZY: Mapping[str, Callable[..., Code]] = {"_&&_": _and, "_||_": _or, "_?_:_": _choose}
_OPERATORS: Mapping[str, Callable[..., object]] = {
    "_==_": equal,
    "_!=_": lambda left, right: not equal(left, right),
    "_<_": less,
    "_>_": lambda left, right: less(right, left),
    "_<=_": lambda left, right: less(left, right) or equal(left, right),
    "_>=_": lambda left, right: less(right, left) or equal(left, right),
    "_in_": contains,
    "_+_": add,
    "_-_": subtract,
    "_*_": multiply,
    "_/_": divide,
    "_%_": remainder,
    "_[_]": index,
    "_[?_]": optional_index,
    "!_": lambda value: not truth(value),
    "-_": _negative,
}
