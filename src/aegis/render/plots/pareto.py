"""Cost against latency: which options nothing beats in both, and which one was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aegis.render.plots.axis import TOP, Frame, draw_axes, frame, named
from aegis.render.plots.canvas import CHARACTER, SMALL, WIDTH, Canvas, Point, fitted_text
from aegis.render.plots.marks import Span, quantity, with_bounds

BOTTOM = 216.0
ROW = 32.0
LISTED = 6
"""Options that are numbered and listed below the plot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One deployment: its name, and its latency and cost in the units of the plot."""

    name: str
    latency: Span
    cost: Span
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoPlot:
    """Options with what the axes mean; `objective` is the latency that must be held."""

    options: tuple[Option, ...]
    latency_name: str
    latency_unit: str
    cost_name: str
    cost_unit: str
    objective: float | None = None


def front(options: Sequence[Option]) -> tuple[Option, ...]:
    """The options that no other beats in latency and cost, fastest first.

    >>> from aegis.render.plots.marks import exact
    >>> fast, cheap, worse = (
    ...     Option(name=n, latency=exact(x), cost=exact(y))
    ...     for n, x, y in (("fast", 1, 9), ("cheap", 3, 4), ("worse", 4, 5))
    ... )
    >>> [option.name for option in front([worse, cheap, fast])]
    ['fast', 'cheap']
    """
    best: list[Option] = []
    for option in sorted(options, key=lambda o: (o.latency.value, o.cost.value, o.name)):
        if not best or option.cost.value < best[-1].cost.value:
            best.append(option)
    return tuple(best)


def draw_pareto(plot: ParetoPlot) -> str:
    """The plot as SVG; intervals are bars, the front is a stair, the chosen option a ring."""
    if not plot.options:
        raise ValueError("a Pareto plot needs at least one option")
    best = front(plot.options)
    listed = _listed(plot, best)
    canvas = Canvas(title=_title(plot), description=_description(plot, best))
    both = _frame(plot)
    draw_axes(
        canvas,
        both,
        x_name=named(plot.latency_name, plot.latency_unit),
        y_name=named(plot.cost_name, plot.cost_unit),
    )
    _objective(canvas, plot, both)
    canvas.curve(_stair(best, both), "curve")
    for option in plot.options:
        if option not in listed:
            _bars(canvas, both, option, "faint")
            canvas.dot(both.at(option.latency.value, option.cost.value), 3, "rest")
    for place, option in enumerate(listed, start=1):
        _mark(canvas, both, option, place)
    return canvas.svg(_key(canvas, plot, listed))


def _listed(plot: ParetoPlot, best: Sequence[Option]) -> tuple[Option, ...]:
    """The chosen options and the cheapest of the front, fastest first."""
    chosen = [option for option in plot.options if option.chosen]
    rest = [option for option in reversed(best) if not option.chosen]
    kept = (chosen + rest)[:LISTED]
    return tuple(sorted(kept, key=lambda o: (o.latency.value, o.cost.value, o.name)))


def _frame(plot: ParetoPlot) -> Frame:
    latencies = [v for o in plot.options for v in (o.latency.low, o.latency.high)]
    costs = [v for o in plot.options for v in (o.cost.low, o.cost.high)]
    if plot.objective is not None:
        latencies.append(plot.objective)
    return frame(latencies, costs, bottom=BOTTOM)


def _objective(canvas: Canvas, plot: ParetoPlot, both: Frame) -> None:
    if plot.objective is None:
        return
    x = both.x.at(plot.objective)
    canvas.box((x, TOP), (both.x.end - x, BOTTOM - TOP), "over")
    canvas.line((x, TOP), (x, BOTTOM), "limit")
    words = f"objective {quantity(plot.objective, plot.latency_unit)}"
    before = x + len(words) * CHARACTER > both.x.end
    canvas.text((x, TOP - 6), words, style="stop", anchor="end" if before else "start")


def _stair(best: Sequence[Option], both: Frame) -> list[Point]:
    """What can be had: from the fastest option down to the cheapest."""
    points: list[Point] = []
    for option in best:
        x, y = both.at(option.latency.value, option.cost.value)
        if points:
            points.append((x, points[-1][1]))
        points.append((x, y))
    points.append((both.x.end, points[-1][1]))
    return points


def _bars(canvas: Canvas, both: Frame, option: Option, style: str) -> None:
    x, y = both.at(option.latency.value, option.cost.value)
    if option.latency.low < option.latency.high:
        canvas.line((both.x.at(option.latency.low), y), (both.x.at(option.latency.high), y), style)
    if option.cost.low < option.cost.high:
        canvas.line((x, both.y.at(option.cost.low)), (x, both.y.at(option.cost.high)), style)


def _mark(canvas: Canvas, both: Frame, option: Option, place: int) -> None:
    _bars(canvas, both, option, "bar")
    x, y = both.at(option.latency.value, option.cost.value)
    if option.chosen:
        canvas.dot((x, y), 11, "pick")
    canvas.dot((x, y), 8, "dot")
    canvas.text((x, y + 4), str(place), style="on", anchor="middle")


def _key(canvas: Canvas, plot: ParetoPlot, listed: Sequence[Option]) -> float:
    """Two lines for each named option; returns the height used."""
    top = BOTTOM + 60
    for place, option in enumerate(listed):
        y = top + place * ROW
        canvas.dot((15, y - 4), 8, "dot")
        canvas.text((15, y), str(place + 1), style="on", anchor="middle")
        suffix = " (chosen)" if option.chosen else ""
        room = WIDTH - 36 - len(suffix) * CHARACTER
        style = "strong" if option.chosen else ""
        canvas.text((30, y), fitted_text(option.name, room) + suffix, style=style)
        figures = fitted_text(_figures(plot, option), WIDTH - 30, character=SMALL)
        canvas.text((30, y + 14), figures, style="soft small")
    return top + len(listed) * ROW - 4


def _figures(plot: ParetoPlot, option: Option) -> str:
    latency = with_bounds(option.latency, plot.latency_unit)
    return f"{latency}, {with_bounds(option.cost, plot.cost_unit)}"


def _title(plot: ParetoPlot) -> str:
    return f"{plot.cost_name} against {plot.latency_name}"


def _description(plot: ParetoPlot, best: Sequence[Option]) -> str:
    parts = [f"{len(plot.options)} options, {len(best)} of them beaten by none in both."]
    if plot.objective is not None:
        parts.append(f"Objective: {quantity(plot.objective, plot.latency_unit)}.")
    parts += [f"Chosen: {o.name}, {_figures(plot, o)}." for o in plot.options if o.chosen]
    return " ".join(parts)
