"""Scales with round ticks, linear or logarithmic, and the frame they make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aegis.render.plots.canvas import CHARACTER, WIDTH, Canvas, Point
from aegis.render.plots.marks import figure

LOGARITHMIC_FROM = 12.0
"""Largest over smallest value from which a scale is logarithmic."""

HEADROOM = 1.04
"""How far a linear scale goes beyond its largest value, so that no mark lies on the border."""

TOP = 40.0
RIGHT = WIDTH - 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Values from `low` to `high` on pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    is_logarithmic: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value; values outside lie on the border."""
        inside = min(max(value, self.low), self.high)
        if self.is_logarithmic:
            share = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            share = (inside - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def scale(values: Sequence[float], *, start: float, end: float, from_zero: bool = False) -> Scale:
    """A scale that holds the values and ends on ticks."""
    smallest, largest = min(values), max(values)
    if not from_zero and smallest > 0 and largest / smallest >= LOGARITHMIC_FROM:
        return _logarithmic(smallest, largest, start, end)
    low = 0.0 if from_zero or smallest > 0.35 * largest else smallest
    low = 0.0 if smallest >= 0 else low
    step = _step((largest - low) or abs(largest) or 1.0)
    first, last = math.floor(low / step), max(math.ceil(HEADROOM * largest / step), 1)
    ticks = tuple(i * step for i in range(first, last + 1))
    return Scale(low=ticks[0], high=ticks[-1], start=start, end=end, ticks=ticks)


def _step(span: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that gives three to six ticks.

    >>> [_step(span) for span in (1.0, 7.0, 430.0)]
    [0.2, 2.0, 100.0]
    """
    power = 10.0 ** math.floor(math.log10(span / 3))
    return next(power * part for part in (1, 2, 5, 10) if span / (power * part) <= 5)


def _logarithmic(smallest: float, largest: float, start: float, end: float) -> Scale:
    parts = (1, 2, 5) if largest / smallest < 400 else (1,)
    powers = range(math.floor(math.log10(smallest)) - 1, math.ceil(math.log10(largest)) + 1)
    every = [part * 10.0**power for power in powers for part in parts]
    low = max((tick for tick in every if tick <= smallest * 0.999), default=smallest)
    high = min((tick for tick in every if tick >= largest * 1.001), default=largest)
    ticks = tuple(tick for tick in every if low <= tick <= high)
    return Scale(low=low, high=high, start=start, end=end, ticks=ticks, is_logarithmic=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Two scales and their place on the canvas; y grows upwards."""

    x: Scale
    y: Scale

    def at(self, x: float, y: float) -> Point:
        """Where a pair of values lies."""
        return self.x.at(x), self.y.at(y)


def frame(
    xs: Sequence[float], ys: Sequence[float], *, bottom: float, from_zero: bool = False
) -> Frame:
    """The frame that holds the values, with room for the widest tick label on the left."""
    upright = scale(ys, start=bottom, end=TOP, from_zero=from_zero)
    left = 12 + CHARACTER * max(len(figure(tick)) for tick in upright.ticks)
    return Frame(x=scale(xs, start=left, end=RIGHT, from_zero=from_zero), y=upright)


def named(name: str, unit: str) -> str:
    """What an axis is called; a count of things has no other unit.

    >>> named("TTFT p95", "ms"), named("devices", "devices")
    ('TTFT p95, ms', 'devices')
    """
    return name if name == unit else f"{name}, {unit}"


def draw_axes(canvas: Canvas, both: Frame, *, x_name: str, y_name: str) -> None:
    """Grid, ticks and names; ticks that would touch are left unlabelled."""
    left, right, bottom = both.x.start, both.x.end, both.y.start
    for tick in both.y.ticks:
        y = both.y.at(tick)
        canvas.line((left, y), (right, y), "axis" if tick == both.y.low else "grid")
        canvas.text((left - 6, y + 4), figure(tick), style="soft", anchor="end")
    free = 0.0
    for tick in both.x.ticks:
        x, half = both.x.at(tick), CHARACTER * len(figure(tick)) / 2
        canvas.line((x, bottom), (x, bottom + 4), "axis")
        if x - half > free:
            shown = min(x, WIDTH - half - 2)
            canvas.text((shown, bottom + 17), figure(tick), style="soft", anchor="middle")
            free = x + half + 6
    canvas.text((4, 16), y_name)
    canvas.text((right, bottom + 33), x_name, anchor="end")
