"""Prose with its numbers filled in, as plain text for a terminal or a message."""

from __future__ import annotations

from collections.abc import Mapping

from aegis.base.number import Number, show, show_value
from aegis.base.prose import Code, Inline, Link, Name, NumberRef, Strong, Text, parse


def say(markup: str, numbers: Mapping[str, Number], *, bold: str = "") -> str:
    """The sentence as a person reads it; code keeps its backticks, and `bold` marks strong words.

    >>> from aegis.base.number import Fact, Given
    >>> say("hold **p95** under {t}", {"t": Fact(value=500, unit="ms", source=Given(path="x"))})
    'hold p95 under 500 ms'
    """
    return "".join(_one(node, numbers, bold) for node in parse(markup))


def shown(node: NumberRef, numbers: Mapping[str, Number]) -> str:
    """One number in the form that the sentence asks for."""
    number = numbers[node.id]
    if node.form == "value":
        return show_value(number.value)
    if node.form == "plain":
        return f"{show_value(number.value)} {number.unit}".strip()
    return show(number)


def _one(node: Inline, numbers: Mapping[str, Number], bold: str) -> str:
    match node:
        case Text(text) | Name(text) | Link(text, _):
            return text
        case Code(text):
            return f"`{text}`"
        case Strong(inner):
            return bold + "".join(_one(part, numbers, bold) for part in inner) + bold
        case NumberRef():
            return shown(node, numbers)
