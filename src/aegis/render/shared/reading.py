"""Figures and sentences of a plan, as plain text and plain numbers."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.base.number import show
from aegis.base.prose import Code, Link, Name, NumberRef, Strong, Text, parse
from aegis.plan.types import Plan


def value(plan: Plan, number_id: str) -> float:
    """The figure of that id."""
    return plan.numbers[number_id].value


def number_or_none(plan: Plan, number_id: str) -> float | None:
    """The figure of that id, or nothing when the question did not arise."""
    number = plan.numbers.get(number_id)
    return number.value if number else None


def sentence(plan: Plan, prose: str) -> str:
    """Prose of the plan as plain text, with its figures and units."""
    parts: list[str] = []
    for node in parse(prose):
        match node:
            case Text(text) | Code(text) | Name(text) | Link(text, _):
                parts.append(text)
            case Strong(inner):
                parts += [_inline(plan, item) for item in inner]
            case NumberRef():
                parts.append(_inline(plan, node))
    return "".join(parts)


def _inline(plan: Plan, node: object) -> str:
    match node:
        case NumberRef(number_id, form):
            return show(plan.numbers[number_id]) if form != "value" else _bare(plan, number_id)
        case Text(text) | Code(text) | Name(text):
            return text
        case _:
            return ""


def _bare(plan: Plan, number_id: str) -> str:
    return f"{value(plan, number_id):g}"


def labels(plan: Plan, **more: str) -> dict[str, str]:
    """The labels that every object of the plan carries."""
    return {
        names.SERVICE_LABEL: plan.service,
        names.PART_OF_LABEL: plan.service,
        names.MANAGED_BY_LABEL: names.MANAGED_BY,
        names.PLAN_LABEL: plan.id,
        **more,
    }


def duration(seconds: float) -> str:
    """A duration as Prometheus writes it, exact to the second.

    >>> duration(3600), duration(300), duration(259200), duration(90), duration(2419200)
    ('1h', '5m', '3d', '90s', '4w')
    """
    whole = round(seconds)
    for unit, size in (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60)):
        if whole >= size and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def decimal(number: float) -> str:
    """A figure as configuration files write it: no exponent, at most nine decimals.

    >>> decimal(0.0134400001), decimal(5.0), decimal(1e-06)
    ('0.01344', '5', '0.000001')
    """
    text = f"{round(number, 8):.8f}".rstrip("0").rstrip(".")
    return text or "0"
