"""Reads a CEL expression into a tree.

Grammar: the language definition of google/cel-spec (`doc/langdef.md`), without message literals,
which schemas of custom resources cannot use, and with optional field selection (`a.?b`, `a[?0]`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_EXPRESSION = 100_000
MAX_NESTING = 40


class CelSyntaxError(ValueError):
    """The text is no CEL expression."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: null, bool, int, double, string or bytes."""

    value: object


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, for example `self`."""

    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """`operand.field`, or `operand.?field`."""

    operand: Node
    field: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A function, a method (`target` is set) or an operator such as `_&&_`."""

    function: str
    target: Node | None
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list literal."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A map literal."""

    entries: tuple[tuple[Node, Node], ...]


Node = Literal | Name | Select | Call | Items | Entries

_TOKEN = re.compile(
    r"""(?P<space>(?:\s+|//[^\n]*)+)
    |(?P<number>0[xX][0-9a-fA-F]+[uU]?|(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][+-]?[0-9]+)?|[0-9]+[uU]?)
    |(?P<string>[rRbB]{0,2}(?:\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<name>[_a-zA-Z][_a-zA-Z0-9]*)
    |(?P<operator>&&|\|\||==|!=|<=|>=|\.\?|\[\?|[-+*/%<>!?:.,()\[\]{}`])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL
)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_BINARY = (
    ("||",),
    ("&&",),
    ("<", "<=", ">", ">=", "==", "!=", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None}


def parse(text: str) -> Node:
    """The tree of an expression, or `CelSyntaxError`.

    >>> parse("!has(self.a)")
    Call(function='!_', target=None, args=(Call(function='has', target=None, \
args=(Select(operand=Name(name='self'), field='a', optional=False),)),))
    """
    if len(text) > MAX_EXPRESSION:
        raise CelSyntaxError("expression is too long")
    reader = _Reader(_tokens(text))
    node = reader.ternary()
    reader.end()
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise CelSyntaxError(f"cannot read `{text[position : position + 12]}`")
        kind = str(found.lastgroup)
        if kind != "space":
            tokens.append((kind, found.group()))
        position = found.end()
    return tokens


def unquote(token: str) -> str | bytes:
    """The value of a string token with its quotes."""
    start = len(token) - len(token.lstrip("rRbB"))
    prefix, quoted = token[:start].lower(), token[start:]
    width = 3 if quoted[:3] in {'"""', "'''"} else 1
    body = quoted[width:-width]
    if "r" not in prefix:
        body = _ESCAPE.sub(_unescape, body)
    return body.encode() if "b" in prefix else body


def _unescape(found: re.Match[str]) -> str:
    for group, base in ((1, 16), (2, 16), (3, 16), (4, 8)):
        if found.group(group):
            return chr(int(found.group(group), base))
    char: str = found.group(5)
    return _SIMPLE.get(char, char)


class _Reader:
    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.nesting = 0

    def peek(self) -> str:
        if self.at >= len(self.tokens):
            return ""
        kind, text = self.tokens[self.at]
        return text if kind in {"operator", "name"} else f"<{kind}>"

    def take(self, *wanted: str) -> str | None:
        if self.peek() in wanted:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def need(self, wanted: str) -> None:
        if self.take(wanted) is None:
            raise CelSyntaxError(f"`{wanted}` expected before `{self.peek() or 'the end'}`")

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise CelSyntaxError(f"`{self.peek()}` is left over")

    def ternary(self) -> Node:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise CelSyntaxError("expression is nested too deeply")
        node = self.binary(0)
        if self.take("?"):
            yes = self.binary(0)
            self.need(":")
            node = Call("_?_:_", None, (node, yes, self.ternary()))
        self.nesting -= 1
        return node

    def binary(self, level: int) -> Node:
        if level == len(_BINARY):
            return self.unary()
        node = self.binary(level + 1)
        while operator := self.take(*_BINARY[level]):
            node = Call(f"_{operator}_", None, (node, self.binary(level + 1)))
        return node

    def unary(self) -> Node:
        if operator := self.take("!", "-"):
            operand = self.unary()
            value = operand.value if isinstance(operand, Literal) else None
            if operator == "-" and isinstance(value, int | float) and not isinstance(value, bool):
                return Literal(-value)
            return Call(f"{operator}_", None, (operand,))
        return self.member(self.primary())

    def member(self, node: Node) -> Node:
        while step := self.take(".", ".?", "[", "[?"):
            if step in {"[", "[?"}:
                index = self.ternary()
                self.need("]")
                node = Call("_[_]" if step == "[" else "_[?_]", None, (node, index))
            else:
                node = self._selected(node, optional=step == ".?")
        return node

    def _selected(self, node: Node, *, optional: bool) -> Node:
        field = self._word()
        if not optional and self.take("("):
            return Call(field, node, self._list(")"))
        return Select(node, field, optional)

    def _word(self) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "name":
            self.at += 1
            return self.tokens[self.at - 1][1]
        raise CelSyntaxError(f"a name expected before `{self.peek() or 'the end'}`")

    def _list(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self.take(closing):
            items.append(self.ternary())
            if not self.take(","):
                self.need(closing)
                break
        return tuple(items)

    def primary(self) -> Node:
        if self.take("("):
            node = self.ternary()
            self.need(")")
            return node
        if self.take("["):
            return Items(self._list("]"))
        if self.take("{"):
            return self._entries()
        self.take(".")
        if self.at >= len(self.tokens):
            raise CelSyntaxError("the expression ends too early")
        kind, text = self.tokens[self.at]
        self.at += 1
        return self._atom(kind, text)

    def _atom(self, kind: str, text: str) -> Node:
        if kind == "number":
            return Literal(_number(text))
        if kind == "string":
            return Literal(unquote(text))
        if kind != "name":
            raise CelSyntaxError(f"`{text}` stands where a value should")
        if text in _CONSTANTS:
            return Literal(_CONSTANTS[text])
        if self.take("("):
            return Call(text, None, self._list(")"))
        return Name(text)

    def _entries(self) -> Node:
        entries: list[tuple[Node, Node]] = []
        while not self.take("}"):
            key = self.ternary()
            self.need(":")
            entries.append((key, self.ternary()))
            if not self.take(","):
                self.need("}")
                break
        return Entries(tuple(entries))


def _number(text: str) -> int | float:
    plain = text.rstrip("uU")
    if plain[:2].lower() == "0x":
        return int(plain, 16)
    return int(plain) if plain.isdigit() else float(plain)
