"""Prometheus selectors as data: what they ask for, and a series that would answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"\s*(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)?\s*(\{(?P<body>.*)\})?\s*", re.DOTALL)
_MATCHER = re.compile(
    r"\s*(?P<label>[A-Za-z_][A-Za-z0-9_]*)\s*(?P<op>=~|!~|!=|=)\s*\"(?P<value>(?:[^\"\\]|\\.)*)\"\s*(,|$)"
)
_OTHER = "something-else"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label."""

    label: str
    op: str
    value: str

    def holds(self, value: str) -> bool:
        """Whether a label with this value (empty when it is missing) is asked for."""
        if self.op in {"=", "!="}:
            return (value == self.value) == (self.op == "=")
        return (re.fullmatch(self.value, value) is not None) == (self.op == "=~")

    def example(self) -> str:
        """A value that holds; the first branch of a pattern."""
        tries = (self.value, *self.value.split("|"), _OTHER)
        return next(v for v in tries if self.holds(v))


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric's name and the conditions on its labels."""

    name: str
    matchers: tuple[Matcher, ...]

    def holds(self, labels: dict[str, str]) -> bool:
        """Whether a series with these labels is asked for."""
        return all(m.holds(labels.get(m.label, "")) for m in self.matchers)

    def example(self) -> dict[str, str]:
        """Labels of a series that is asked for."""
        return {m.label: m.example() for m in self.matchers if m.op in {"=", "=~"}}

    def also(self, matcher: str) -> str:
        """The selector as text with one more condition."""
        parts = [f'{m.label}{m.op}"{m.value}"' for m in self.matchers]
        return f"{self.name}{{{','.join([*parts, matcher])}}}"


def parse_selector(text: str) -> Selector:
    """A selector from its text.

    >>> parse_selector('requests_total{track="canary",outcome=~"error|shed"}').example()
    {'track': 'canary', 'outcome': 'error'}

    Raises:
        ValueError: it is more, or less, than a name with label matchers.
    """
    found = _NAME.fullmatch(text)
    if found is None or not found["name"]:
        raise ValueError(f"`{text}` is no selector: a metric's name with label matchers")
    matchers, body, position = [], found["body"] or "", 0
    while position < len(body.rstrip()):
        one = _MATCHER.match(body, position)
        if one is None:
            raise ValueError(f"`{text}` is no selector: cannot read {body[position:]!r}")
        matchers.append(Matcher(one["label"], one["op"], one["value"]))
        position = one.end()
    return Selector(found["name"], tuple(matchers))


def example_series(events: Selector, units: Selector) -> tuple[dict[str, str], dict[str, str]]:
    """Labels of a series of events, and of one with the units that are no events.

    Where a series of events counts among the units too, the other one is told apart by a label.
    """
    event = events.example()
    rest = units.example()
    if events.name == units.name:
        for matcher in events.matchers:
            if matcher.op in {"=", "=~"} and not any(m.label == matcher.label and m.op == "="
                                                     for m in units.matchers):  # fmt: skip
                rest[matcher.label] = _OTHER
    if not events.holds(event) or not units.holds(rest):
        raise ValueError(f"no example for {events.name} and {units.name}")
    return event, rest
