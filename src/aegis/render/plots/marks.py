"""What is drawn: a value with its interval, and how numbers are written on a plot."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A value with the bounds of its interval, all in one unit."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high or not math.isfinite(self.high - self.low):
            raise ValueError(f"{self.low} ≤ {self.value} ≤ {self.high} does not hold")


def exact(value: float) -> Span:
    """A value without an interval."""
    return Span(value=value, low=value, high=value)


def figure(value: float) -> str:
    """Three significant digits, thousands apart.

    >>> [figure(v) for v in (0.04271, 3.0, 61.23, 12345.0)]
    ['0.0427', '3', '61.2', '12,300']
    """
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    text = f"{round(value, digits):,.{max(digits, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: float, unit: str) -> str:
    """A figure and its unit.

    >>> quantity(1204.0, "USD a month"), quantity(0.5, "s")
    ('1,200 USD a month', '0.5 s')
    """
    return f"{figure(value)} {unit}".strip()


def with_bounds(span: Span, unit: str) -> str:
    """A quantity, and its interval in brackets where there is one.

    >>> with_bounds(Span(value=320, low=250, high=480), "ms")
    '320 ms [250–480]'
    """
    if span.low == span.high:
        return quantity(span.value, unit)
    return f"{quantity(span.value, unit)} [{figure(span.low)}–{figure(span.high)}]"
