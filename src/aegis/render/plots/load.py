"""Latency against load: where queueing begins, where we mean to stand, what must be held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from aegis.render.plots.axis import TOP, Frame, draw_axes, frame, named
from aegis.render.plots.canvas import CHARACTER, WIDTH, Canvas, Point
from aegis.render.plots.marks import Span, figure, quantity, with_bounds

BOTTOM = 226.0
ABOVE_OBJECTIVE = 2.0
"""The plot ends at this multiple of the objective: beyond it a curve says nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPoint:
    """The latency at one load."""

    load: float
    latency: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlot:
    """A curve in order of load; `chosen` is the load at which the plan stands.

    `objective` is the latency that must be held, `saturation` the load from which queues grow
    without end, where it is known.
    """

    points: tuple[LoadPoint, ...]
    latency_name: str
    latency_unit: str
    load_name: str
    load_unit: str
    chosen: float | None = None
    objective: float | None = None
    saturation: float | None = None


def latency_at(points: Sequence[LoadPoint], load: float) -> Span:
    """The latency at a load, on straight lines between the points; the ends go on level.

    >>> from aegis.render.plots.marks import exact
    >>> points = [LoadPoint(load=x, latency=exact(y)) for x, y in ((1, 10), (3, 30))]
    >>> latency_at(points, 2).value, latency_at(points, 9).value
    (20.0, 30)
    """
    if load <= points[0].load:
        return points[0].latency
    for before, after in pairwise(points):
        if load <= after.load:
            share = (load - before.load) / (after.load - before.load)
            return _between(before.latency, after.latency, share)
    return points[-1].latency


def _between(first: Span, second: Span, share: float) -> Span:
    def mixed(a: float, b: float) -> float:
        return a + share * (b - a)

    value = mixed(first.value, second.value)
    return Span(
        value=value,
        low=min(mixed(first.low, second.low), value),
        high=max(mixed(first.high, second.high), value),
    )


def draw_load(plot: LoadPlot) -> str:
    """The plot as SVG; the band is the interval, the ring the chosen load."""
    loads = [point.load for point in plot.points]
    if len(loads) < 2 or any(b <= a for a, b in pairwise(loads)):
        raise ValueError("a load plot needs two points or more, in increasing order of load")
    canvas = Canvas(
        title=f"{plot.latency_name} against {plot.load_name}", description=_description(plot)
    )
    both = _frame(plot)
    draw_axes(
        canvas,
        both,
        x_name=named(plot.load_name, plot.load_unit),
        y_name=named(plot.latency_name, plot.latency_unit),
    )
    ceiling = both.y.high
    upper = _cut([(p.load, p.latency.high) for p in plot.points], ceiling)
    lower = _cut([(p.load, p.latency.low) for p in plot.points], ceiling)
    canvas.area([both.at(*p) for p in [*upper, *_corner(upper, lower), *reversed(lower)]], "band")
    middle = _cut([(p.load, p.latency.value) for p in plot.points], ceiling)
    canvas.curve([both.at(*p) for p in middle], "curve")
    _objective(canvas, plot, both)
    _saturation(canvas, plot, both)
    _chosen(canvas, plot, both)
    return canvas.svg(BOTTOM + (62 if plot.chosen is not None else 42))


def _frame(plot: LoadPlot) -> Frame:
    highest = max(point.latency.high for point in plot.points)
    if plot.objective is not None:
        highest = max(min(highest, ABOVE_OBJECTIVE * plot.objective), 1.15 * plot.objective)
    loads = [point.load for point in plot.points]
    loads += [load for load in (plot.chosen, plot.saturation) if load is not None]
    return frame(loads, [0.0, highest], bottom=BOTTOM, from_zero=True)


def _cut(points: Sequence[Point], ceiling: float) -> list[Point]:
    """The line up to where it first passes the ceiling."""
    kept: list[Point] = []
    for x, y in points:
        if y <= ceiling:
            kept.append((x, y))
            continue
        if kept:
            before_x, before_y = kept[-1]
            kept.append(
                (before_x + (x - before_x) * (ceiling - before_y) / (y - before_y), ceiling)
            )
        else:
            kept.append((x, ceiling))
        return kept
    return kept


def _corner(upper: Sequence[Point], lower: Sequence[Point]) -> list[Point]:
    """Where the band leaves the plot: its upper line ends before the lower one does."""
    return [(lower[-1][0], upper[-1][1])] if lower[-1][0] > upper[-1][0] else []


def _objective(canvas: Canvas, plot: LoadPlot, both: Frame) -> None:
    if plot.objective is None:
        return
    y = both.y.at(plot.objective)
    canvas.box((both.x.start, TOP), (both.x.end - both.x.start, y - TOP), "over")
    canvas.line((both.x.start, y), (both.x.end, y), "limit")
    words = f"objective {quantity(plot.objective, plot.latency_unit)}"
    canvas.text((both.x.start + 6, y - 6), words, style="stop")


def _saturation(canvas: Canvas, plot: LoadPlot, both: Frame) -> None:
    if plot.saturation is None:
        return
    x = both.x.at(plot.saturation)
    canvas.line((x, TOP), (x, BOTTOM), "faint")
    words = f"full at {figure(plot.saturation)}"
    right = x + len(words) * CHARACTER + 6 < both.x.end
    at = (x + 5, BOTTOM - 7) if right else (x - 5, BOTTOM - 7)
    canvas.text(at, words, style="soft", anchor="start" if right else "end")


def _chosen(canvas: Canvas, plot: LoadPlot, both: Frame) -> None:
    """A ring on the curve with its interval, and a line below that says the figures."""
    if plot.chosen is None:
        return
    latency = latency_at(plot.points, plot.chosen)
    at = both.at(plot.chosen, latency.value)
    canvas.line((at[0], both.y.at(latency.low)), (at[0], both.y.at(latency.high)), "bar")
    canvas.dot(at, 6, "pick")
    y = BOTTOM + 54
    canvas.dot((15, y - 4), 5, "pick")
    canvas.text((28, y), _standing(plot, plot.chosen), style="strong")


def _standing(plot: LoadPlot, load: float) -> str:
    latency = with_bounds(latency_at(plot.points, load), plot.latency_unit)
    words = f"chosen: {quantity(load, plot.load_unit)} at {latency}"
    return words if len(words) * CHARACTER < WIDTH - 30 else f"{figure(load)}: {latency}"


def _description(plot: LoadPlot) -> str:
    first, last = plot.points[0], plot.points[-1]
    unit = plot.latency_unit
    start = f"{with_bounds(first.latency, unit)} at {quantity(first.load, plot.load_unit)}"
    end = f"{with_bounds(last.latency, unit)} at {quantity(last.load, plot.load_unit)}"
    parts = [f"From {start} to {end}."]
    if plot.objective is not None:
        parts.append(f"Objective: {quantity(plot.objective, unit)}.")
    if plot.chosen is not None:
        parts.append(f"{_standing(plot, plot.chosen).capitalize()}.")
    if plot.saturation is not None:
        parts.append(f"Full at {quantity(plot.saturation, plot.load_unit)}.")
    return " ".join(parts)
