"""Markup of a plan becomes nodes of a page: numbers get their value and their origin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from aegis.base import prose
from aegis.base.number import (
    Assumption,
    Estimate,
    Fact,
    Given,
    Measured,
    Number,
    Source,
    show,
    show_value,
)
from aegis.base.prose import Code, Link, Name, Text
from aegis.plan.types import ALL, Environment, Plan
from aegis.render.documents.tree import Bold, Inline, Inlines, NumberText, Origin, Ref

_FIRST_WORD = re.compile(r"[a-zà-ÿ]+(?=[\s,;:.'’–-]|$)")
_FINAL = ".!?:…"
_parse = lru_cache(maxsize=4096)(prose.parse)


def join(*parts: Inlines | str) -> Inlines:
    """Parts in a row; a string is markup without numbers.

    >>> join("run on ", named("L40S"))
    (Text(text='run on '), Name(text='L40S'))
    """
    found: list[Inline] = []
    for part in parts:
        if isinstance(part, str):
            found.extend(_plain_nodes(part))
        else:
            found.extend(part)
    return tuple(found)


def _plain_nodes(markup: str) -> Inlines:
    return tuple(_without_numbers(node) for node in _parse(markup))


def _without_numbers(node: prose.Inline) -> Inline:
    match node:
        case prose.Strong(inner):
            return Bold(tuple(_without_numbers(i) for i in inner))
        case prose.NumberRef(number_id, _):
            raise ValueError(f"{{{number_id}}} needs the plan: use Words.text")
        case _:
            return node


def named(text: str) -> Inlines:
    """A text that somebody else wrote, shown as it is."""
    return (Name(text),) if text else ()


def code(text: str) -> Inlines:
    return (Code(text),) if text else ()


def bold(*parts: Inlines | str) -> Inlines:
    return (Bold(join(*parts)),)


def separated(items: Iterable[Inlines], by: str = ", ") -> Inlines:
    """Items with a separator between them."""
    found: list[Inline] = []
    for i, item in enumerate(items):
        if i:
            found.append(Text(by))
        found.extend(item)
    return tuple(found)


def listed(items: Sequence[Inlines], last: str = "and") -> Inlines:
    """Items as a phrase: «a, b and c»."""
    if len(items) < 2:
        return separated(items)
    return join(separated(items[:-1]), f" {last} ", items[-1])


def capital(inlines: Inlines) -> Inlines:
    """With a capital letter at the start, unless the first word is a name such as «vLLM»."""
    if not inlines:
        return inlines
    first = inlines[0]
    if isinstance(first, Text) and _FIRST_WORD.match(first.text):
        return (Text(first.text[0].upper() + first.text[1:]), *inlines[1:])
    if isinstance(first, Bold):
        return (Bold(capital(first.inlines)), *inlines[1:])
    return inlines


def ended(inlines: Inlines) -> Inlines:
    """With a full stop, unless it ends with one."""
    text = flat(inlines).rstrip()
    if not text or text[-1] in _FINAL:
        return inlines
    return (*inlines, Text("."))


def flat(inlines: Inlines) -> str:
    """The text alone."""
    parts = []
    for node in inlines:
        match node:
            case Bold(inner) | Ref(inner, _, _):
                parts.append(flat(inner))
            case NumberText(text, _):
                parts.append(text)
            case Text(text) | Code(text) | Name(text) | Link(text, _):
                parts.append(text)
    return "".join(parts)


def slug(text: str) -> str:
    """The anchor that GitHub gives a heading.

    >>> slug("Trade-offs & Alternatives")
    'trade-offs--alternatives'
    """
    kept = "".join(c for c in text.lower() if c.isalnum() or c in " -_")
    return kept.strip().replace(" ", "-")


def environments(applies_to: Sequence[Environment]) -> str:
    """«development, staging, production», in this order.

    >>> environments(("production", "staging"))
    'staging, production'
    """
    return ", ".join(e for e in ALL if e in applies_to)


class Words:
    """Reads the markup of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.origins = {i: origin(i, n, plan.numbers) for i, n in plan.numbers.items()}

    def text(self, *markup: str) -> Inlines:
        """The nodes of markup, numbers resolved."""
        return tuple(self._node(node) for part in markup for node in _parse(part))

    def sentence(self, *markup: str) -> Inlines:
        """The same with a capital letter and a full stop."""
        return ended(capital(self.text(*markup)))

    def cell(self, *markup: str) -> Inlines:
        """The same with a capital letter, for a cell of a table."""
        return capital(self.text(*markup))

    def sentences(self, parts: Iterable[str]) -> Inlines:
        """Several sentences after one another."""
        return separated((self.sentence(part) for part in parts if part), " ")

    def number(self, number_id: str, form: str = "full") -> Inlines:
        """One number by its id: `full`, `plain` (no interval) or `value` (no unit either)."""
        number = self.plan.numbers[number_id]
        if form == "value":
            text = show_value(number.value)
        elif form == "plain":
            text = _counted(f"{show_value(number.value)} {number.unit}".strip())
        else:
            text = _counted(show(number)) + _in_days(number)
        return (NumberText(text, self.origins[number_id]),)

    def _node(self, node: prose.Inline) -> Inline:
        match node:
            case prose.Strong(inner):
                return Bold(tuple(self._node(i) for i in inner))
            case prose.NumberRef(number_id, form):
                return self.number(number_id, form)[0]
            case _:
                return node


_SINGLE = re.compile(r"(?<![\d.,])1 (points|devices|zones|replicas|instances|nodes|items)\b(?! \[)")
_DAYS = {1440: "a day", 2880: "two days", 4320: "three days", 10080: "a week", 20160: "two weeks"}


def _counted(text: str) -> str:
    """One of a thing is singular.

    >>> _counted("1 points"), _counted("21 devices")
    ('1 point', '21 devices')
    """
    return _SINGLE.sub(lambda m: f"1 {m[1][:-1]}", text)


def _in_days(number: Number) -> str:
    """Long holds in words beside their minutes, since nobody divides at night."""
    words = _DAYS.get(int(number.value), "") if number.unit == "min" else ""
    return f" ({words})" if words and number.value == int(number.value) else ""


def origin(number_id: str, number: Number, numbers: dict[str, Number]) -> Origin:
    """What a reader is told about a number."""
    match number:
        case Fact(source=Source() as source):
            sentence = f"{source.title}, {source.locator}, read {source.retrieved.isoformat()}."
            return Origin(id=number_id, kind="fact", sentence=sentence, url=_url(source.locator))
        case Fact(source=Given(path=path)):
            return Origin(id=number_id, kind="fact", sentence=f"Given by the brief at {path}.")
        case Fact(source=Measured(run=run, report=report)):
            return Origin(
                id=number_id, kind="fact", sentence=f"Measured in run {run}, report {report}."
            )
        case Estimate():
            return Origin(id=number_id, kind="estimate", sentence=_estimate(number, numbers))
        case Assumption(reason=reason, settled_by=settled):
            return Origin(
                id=number_id,
                kind="assumption",
                sentence=f"Assumed: {_stop(reason)} Settled by {_stop(settled)}",
            )
        case _:
            raise TypeError(number)


def _estimate(number: Estimate, numbers: dict[str, Number]) -> str:
    inputs = ", ".join(f"{i} = {show(numbers[i])}" if i in numbers else i for i in number.inputs)
    parts = [f"Estimate by {number.formula}" + (f" from {inputs}." if inputs else ".")]
    if number.low != number.high:
        meaning = number.basis or "four in five outcomes are expected inside it"
        parts.append(f"Interval: {_stop(meaning)}")
    elif number.basis:
        parts.append(_stop(number.basis[0].upper() + number.basis[1:]))
    if number.measure:
        parts.append(f"You will need to benchmark this in your environment: {number.measure}")
    return " ".join(parts)


def _stop(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _url(locator: str) -> str:
    found = re.match(r"https?://[^\s,;)>\"']+", locator)
    return found[0].rstrip(".") if found else ""
