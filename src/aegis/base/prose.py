"""Prose that cannot print a bare figure.

Every sentence of a plan is written in a small markup and parsed here before anything shows it:

``**bold**``      a key concept, a metric, a decision criterion
```code```        a command, key, label, path or identifier
``{number.id}``   a number of the plan, with unit and interval; ``{number.id:value}`` without either
``[[name]]``      a proper name or a quotation that may contain digits (a model, an article, a date)

Plain text may not contain digits. So a figure without origin is not a mistake that somebody must
notice: `parse` refuses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias


class BareFigureError(ValueError):
    """A digit stands in plain text: it needs a number of the plan, a name or a code span."""


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Name:
    text: str


@dataclass(frozen=True, slots=True)
class NumberRef:
    id: str
    form: Literal["full", "value", "plain"] = "full"  # plain: with unit, without interval


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    target: str


Inline: TypeAlias = Text | Strong | Code | Name | NumberRef | Link

# Words of the field that carry a digit and are no figures.
TERMS = (
    "p50",
    "p90",
    "p95",
    "p99",
    "k8s",
    "S3",
    "OAuth2",
    "HTTP/2",
    "HTTP/3",
    "SHA-256",
    "Ed25519",
    "AES-256",
    "F1",
    "INT8",
    "INT4",
    "FP8",
    "FP4",
    "NVFP4",
    "MXFP4",
    "FP16",
    "BF16",
    "FP32",
    "W8A8",
    "W4A16",
    "N+1",
    "3 a.m.",
    "A/B",
    "UTF-8",
    "OWASP LLM01",
    "Level 3",
)
_TERM = re.compile(
    r"(?<![\w.])(?:"
    + "|".join(re.escape(t) for t in sorted(TERMS, key=len, reverse=True))
    + r")(?!\w)"
)
_TOKEN = re.compile(
    r"\*\*(?P<strong>.+?)\*\*"
    r"|`(?P<code>[^`]+)`"
    r"|\{(?P<number>[a-z][a-z0-9_.-]*)(?::(?P<form>value|plain))?\}"
    r"|\[\[(?P<name>.+?)\]\]"
    r"|\[(?P<text>[^\]\[]+)\]\((?P<target>[^)\s]+)\)",
    re.DOTALL,
)


def parse(markup: str) -> tuple[Inline, ...]:
    """The inline nodes of one sentence or paragraph.

    >>> parse("hold **p95** under {slo.ttft} on [[NVIDIA L40S]]")  # doctest: +ELLIPSIS
    (Text(text='hold '), Strong(inlines=(Text(text='p95'),)), ..., Name(text='NVIDIA L40S'))
    >>> parse("costs 12 dollars")
    Traceback (most recent call last):
    ...
    aegis.base.prose.BareFigureError: bare figure in «costs 12 dollars»
    """
    nodes: list[Inline] = []
    position = 0
    for token in _TOKEN.finditer(markup):
        nodes += _text(markup[position : token.start()], markup)
        nodes.append(_node(token, markup))
        position = token.end()
    nodes += _text(markup[position:], markup)
    return tuple(nodes)


def _node(token: re.Match[str], markup: str) -> Inline:
    if token["strong"] is not None:
        return Strong(parse(token["strong"]))
    if token["code"] is not None:
        return Code(token["code"])
    if token["name"] is not None:
        return Name(token["name"])
    if token["target"] is not None:
        _refuse_digits(token["text"], markup)
        return Link(token["text"], token["target"])
    form: Literal["full", "value", "plain"] = "full"
    if token["form"] in {"value", "plain"}:
        form = "value" if token["form"] == "value" else "plain"
    return NumberRef(token["number"], form)


def _text(text: str, markup: str) -> list[Inline]:
    if not text:
        return []
    _refuse_digits(text, markup)
    return [Text(text)]


_MAY_COUNT = re.compile(r"[0-9]|[^\x00-\x7f]")
"""Without such a character a text has no digit of any script; most texts end here."""


def _refuse_digits(text: str, markup: str) -> None:
    if not _MAY_COUNT.search(text):
        return
    if any(character.isdigit() or character.isnumeric() for character in _TERM.sub("", text)):
        raise BareFigureError(f"bare figure in «{markup}»")


def name(text: str) -> str:
    """Markup for a proper name or a quotation; brackets inside are softened."""
    return f"[[{text.replace('[[', '[').replace(']]', ']')}]]"


def plain(inlines: tuple[Inline, ...]) -> str:
    """The text without markup; numbers stay as their ids."""
    parts = []
    for node in inlines:
        match node:
            case Text(text) | Code(text) | Name(text) | Link(text, _):
                parts.append(text)
            case Strong(inner):
                parts.append(plain(inner))
            case NumberRef(id_, _):
                parts.append(f"{{{id_}}}")
    return "".join(parts)


def numbers_used(markup: str) -> tuple[str, ...]:
    """Ids of the numbers that a sentence refers to, in order.

    >>> numbers_used("from {a} to **{b.c:value}**")
    ('a', 'b.c')
    """
    found: list[str] = []
    for node in parse(markup):
        if isinstance(node, NumberRef):
            found.append(node.id)
        elif isinstance(node, Strong):
            found += [inner.id for inner in node.inlines if isinstance(inner, NumberRef)]
    return tuple(found)
