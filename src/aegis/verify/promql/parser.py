"""Reads PromQL: which series a query selects, what kind of value it gives, or what is wrong.

Grammar: Prometheus `promql/parser/{lex.go,generated_parser.y}` (3.x) and the querying documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aegis.verify.promql.functions import AGGREGATIONS, FUNCTIONS

MAX_LENGTH = 50_000
MAX_NESTING = 60


class PromqlError(ValueError):
    """The query is no PromQL; `at` counts characters from 0."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Matcher:
    """One label matcher, for example `le=~"1|2"`."""

    label: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Selector:
    """One series selector; `name` is empty when only labels select."""

    name: str
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a query reads and gives: `vector`, `matrix`, `scalar` or `string`."""

    kind: str
    selectors: tuple[Selector, ...]
    divides: bool = False
    has_default: bool = False

    @property
    def metrics(self) -> frozenset[str]:
        return frozenset(selector.name for selector in self.selectors if selector.name)


_DURATION = r"(?:[0-9]+(?:ms|[smhdwy]))+"
_TOKEN = re.compile(
    rf"""(?P<space>(?:\s+|\#[^\n]*)+)
    |(?P<duration>{_DURATION}(?![0-9a-zA-Z_]))
    |(?P<number>0[xX][0-9a-fA-F]+|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?i:inf|nan)(?![a-zA-Z0-9_:]))
    |(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`)
    |(?P<operator>==|!=|=~|!~|<=|>=|[-+*/%^<>=(){{}}\[\],:@])
    """,
    re.VERBOSE,
)
_LEVELS = {
    "or": 1, "and": 2, "unless": 2,
    "==": 3, "!=": 3, "<=": 3, "<": 3, ">=": 3, ">": 3,
    "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "atan2": 5, "^": 6,
}  # fmt: skip
_SETS = frozenset(("and", "or", "unless"))
_COMPARISONS = frozenset(("==", "!=", "<=", "<", ">=", ">"))
_KINDS = {"v": "vector", "m": "matrix", "s": "scalar", "t": "string"}
_RESERVED = frozenset((*_SETS, "atan2", "by", "without", "on", "ignoring", "offset", "bool",
                       "group_left", "group_right"))  # fmt: skip


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Parsed:
    """What a query reads and gives, or `PromqlError`.

    >>> parse('sum by (le) (rate(x_bucket{job="a"}[5m])) > 1').metrics
    frozenset({'x_bucket'})
    """
    if len(text) > MAX_LENGTH:
        raise PromqlError("the query is too long", 0)
    reader = _Reader(_tokens(text), len(text))
    kind = reader.expression(0)
    reader.end()
    return Parsed(kind, tuple(reader.selectors), reader.divides, reader.has_default)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, bracket = 0, False
    while at < len(text):
        if bracket and text[at] == ":":
            tokens.append(_Token("operator", ":", at))
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            raise PromqlError(f"cannot read `{text[at : at + 12]}`", at)
        if found.lastgroup != "space":
            tokens.append(_Token(str(found.lastgroup), found.group(), at))
            bracket = found.group() == "[" or (bracket and found.group() != "]")
        at = found.end()
    return tokens


@dataclass(slots=True)
class _Reader:
    tokens: list[_Token]
    length: int
    position: int = 0
    nesting: int = 0
    selectors: list[Selector] = field(default_factory=list)
    divides: bool = False
    has_default: bool = False

    def peek(self) -> _Token:
        if self.position < len(self.tokens):
            return self.tokens[self.position]
        return _Token("end", "", self.length)

    def next(self) -> _Token:
        token = self.peek()
        self.position += 1
        return token

    def take(self, *wanted: str) -> bool:
        token = self.peek()
        if token.kind in {"operator", "name"} and token.text.lower() in wanted:
            self.position += 1
            return True
        return False

    def need(self, wanted: str) -> None:
        token = self.peek()
        if not self.take(wanted):
            raise PromqlError(f"`{wanted}` expected before `{token.text or 'the end'}`", token.at)

    def end(self) -> None:
        token = self.peek()
        if token.kind != "end":
            raise PromqlError(f"`{token.text}` is left over", token.at)

    def expression(self, level: int) -> str:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise PromqlError("the query is nested too deeply", self.peek().at)
        kind = self.unary()
        while True:
            token = self.peek()
            operator = token.text.lower() if token.kind in {"operator", "name"} else ""
            strength = _LEVELS.get(operator, 0)
            if not strength or strength <= level:
                break
            self.position += 1
            returns_bool = self._modifiers(operator, token)
            right = self.expression(strength - 1 if operator == "^" else strength)
            kind = self._binary(operator, kind, right, token, returns_bool=returns_bool)
        self.nesting -= 1
        return kind

    def _modifiers(self, operator: str, token: _Token) -> bool:
        returns_bool = self.take("bool")
        if returns_bool and operator not in _COMPARISONS:
            raise PromqlError("`bool` belongs to a comparison", token.at)
        if self.take("on", "ignoring"):
            self._labels()
            if self.take("group_left", "group_right") and self.peek().text == "(":
                if operator in _SETS:
                    raise PromqlError("no grouping for set operators", token.at)
                self._labels()
        return returns_bool

    def _binary(
        self, operator: str, left: str, right: str, token: _Token, *, returns_bool: bool
    ) -> str:
        for side in (left, right):
            if side not in {"scalar", "vector"}:
                raise PromqlError(f"`{operator}` cannot take a {side}", token.at)
        both_scalar = left == right == "scalar"
        if operator in _SETS and "scalar" in {left, right}:
            raise PromqlError(f"`{operator}` needs vectors on both sides", token.at)
        if operator in _COMPARISONS and both_scalar and not returns_bool:
            raise PromqlError("a comparison of two scalars needs `bool`", token.at)
        self.divides = self.divides or operator == "/"
        return "scalar" if both_scalar else "vector"

    def unary(self) -> str:
        if self.take("-", "+"):
            kind = self.expression(5)
            if kind not in {"scalar", "vector"}:
                raise PromqlError(f"a sign cannot stand before a {kind}", self.peek().at)
            return kind
        return self._suffixes(self._primary())

    def _primary(self) -> str:
        token = self.next()
        if token.kind in {"number", "duration"}:
            return "scalar"
        if token.kind == "string":
            return "string"
        if token.text == "(":
            kind = self.expression(0)
            self.need(")")
            return kind
        if token.text == "{":
            self._selector("", token)
            return "vector"
        if token.kind == "name":
            return self._named(token)
        raise PromqlError(f"`{token.text or 'the end'}` stands where a value should", token.at)

    def _named(self, token: _Token) -> str:
        word = token.text.lower()
        after = self.peek().text.lower()
        if word in AGGREGATIONS and after in {"(", "by", "without"}:
            return self._aggregation(word, token)
        if after == "(":
            return self._function(token)
        if word in _RESERVED:
            raise PromqlError(f"`{token.text}` stands where a value should", token.at)
        if self.take("{"):
            self._selector(token.text, token)
        else:
            self.selectors.append(Selector(token.text, ()))
        return "vector"

    def _aggregation(self, word: str, token: _Token) -> str:
        grouped = self.take("by", "without")
        if grouped:
            self._labels()
        arguments = self._arguments()
        if not grouped and self.take("by", "without"):
            self._labels()
        wanted = AGGREGATIONS[word]
        if len(arguments) != len(wanted):
            raise PromqlError(f"{word}() takes {len(wanted)} arguments", token.at)
        self._fits(word, wanted, arguments)
        return "vector"

    def _function(self, token: _Token) -> str:
        known = FUNCTIONS.get(token.text)
        if known is None:
            raise PromqlError(f"there is no function `{token.text}`", token.at)
        wanted, answer = known
        arguments = self._arguments()
        least = len(wanted.replace("?", "").rstrip("*")) - wanted.count("?") - wanted.count("*")
        most = 1000 if "*" in wanted else len(wanted.replace("?", ""))
        if not least <= len(arguments) <= most:
            raise PromqlError(f"{token.text}() got {len(arguments)} arguments", token.at)
        plain = wanted.replace("?", "").replace("*", "")
        plain += plain[-1:] * (len(arguments) - len(plain))
        self._fits(token.text, plain[: len(arguments)], arguments)
        self.has_default = self.has_default or token.text in {"vector", "absent"}
        return _KINDS[answer]

    def _fits(self, word: str, wanted: str, arguments: list[tuple[str, int]]) -> None:
        for letter, (kind, at) in zip(wanted, arguments, strict=True):
            if kind != _KINDS[letter]:
                hint = "; add a range such as `[5m]`" if letter == "m" else ""
                raise PromqlError(f"{word}() needs a {_KINDS[letter]}, not a {kind}{hint}", at)

    def _arguments(self) -> list[tuple[str, int]]:
        self.need("(")
        found: list[tuple[str, int]] = []
        while not self.take(")"):
            at = self.peek().at
            found.append((self.expression(0), at))
            if not self.take(","):
                self.need(")")
                break
        return found

    def _labels(self) -> None:
        self.need("(")
        while not self.take(")"):
            token = self.next()
            if token.kind not in {"name", "string"} or ":" in token.text:
                raise PromqlError(f"`{token.text}` is no label", token.at)
            if not self.take(","):
                self.need(")")
                break

    def _selector(self, name: str, start: _Token) -> None:
        matchers: list[Matcher] = []
        while not self.take("}"):
            token = self.next()
            if token.kind == "string" and self.peek().text in {",", "}"} and not name:
                name = token.text[1:-1]
            else:
                matchers.append(self._matcher(token))
            if not self.take(","):
                self.need("}")
                break
        if not name and not any(_not_empty(matcher) for matcher in matchers):
            raise PromqlError("a selector needs a matcher that is not empty", start.at)
        named = next((m.value for m in matchers if m.label == "__name__" and m.operator == "="), "")
        self.selectors.append(Selector(name or named, tuple(matchers)))

    def _matcher(self, token: _Token) -> Matcher:
        if token.kind not in {"name", "string", "duration"} or ":" in token.text:
            raise PromqlError(f"`{token.text or 'the end'}` is no label", token.at)
        operator = self.next()
        if operator.text not in {"=", "!=", "=~", "!~"}:
            raise PromqlError(f"`{operator.text}` is no matcher", operator.at)
        value = self.next()
        if value.kind != "string":
            raise PromqlError("a label is matched with a text in quotes", value.at)
        return Matcher(token.text.strip("\"'`"), operator.text, value.text[1:-1])

    def _suffixes(self, kind: str) -> str:
        while True:
            token = self.peek()
            if self.take("["):
                kind = self._range(kind, token)
            elif self.take("offset"):
                self.take("-", "+")
                self._duration()
            elif self.take("@"):
                self._moment()
            else:
                return kind

    def _range(self, kind: str, token: _Token) -> str:
        if kind not in {"vector", "scalar"}:
            raise PromqlError(f"a range cannot stand after a {kind}", token.at)
        plain = self.position >= 2 and self.tokens[self.position - 2].text != ")"
        self._duration()
        if self.take(":"):
            if self.peek().text != "]":
                self._duration()
        elif not plain or kind == "scalar":
            raise PromqlError("a range needs a plain selector; write `[5m:]` for a subquery",
                              token.at)  # fmt: skip
        self.need("]")
        return "matrix"

    def _duration(self) -> None:
        token = self.next()
        if token.kind not in {"duration", "number"}:
            raise PromqlError(f"`{token.text or 'the end'}` is no duration", token.at)

    def _moment(self) -> None:
        if self.take("start", "end"):
            self.need("(")
            self.need(")")
            return
        self.take("-", "+")
        token = self.next()
        if token.kind != "number":
            raise PromqlError(f"`{token.text or 'the end'}` is no timestamp", token.at)


def _not_empty(matcher: Matcher) -> bool:
    if matcher.operator == "=":
        return bool(matcher.value)
    if matcher.operator == "=~":
        return matcher.value not in {"", ".*"}
    return matcher.operator == "!=" and not matcher.value
