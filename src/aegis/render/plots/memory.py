"""What fills the memory of one device, as a bar and a list that says every part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aegis.render.plots.canvas import CHARACTER, WIDTH, Canvas
from aegis.render.plots.marks import figure

TOP, HEIGHT = 30.0, 34.0
LEFT, RIGHT = 8.0, WIDTH - 8.0
ROW = 19.0
COLOURS = 5
"""Colours of parts in use; what is free and what does not fit have their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPart:
    """One use of the memory, in GiB; a negative remainder is no part but `does not fit`."""

    name: str
    gib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlot:
    """Parts in the order in which an engine takes them, of one device of `total_gib`."""

    device: str
    total_gib: float
    parts: tuple[MemoryPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    name: str
    gib: float
    style: str


def draw_memory(plot: MemoryPlot) -> str:
    """The bar as SVG; what is left is shown as free, what is too much beyond the device's end."""
    if plot.total_gib <= 0 or any(part.gib < 0 for part in plot.parts):
        raise ValueError("a memory plot needs a device with memory, and no part below zero")
    drawn = _drawn(plot)
    canvas = Canvas(
        title=f"Memory of one {plot.device}",
        description=", ".join(_said(part, plot) for part in drawn) + ".",
    )
    canvas.text((LEFT, 18), f"one {plot.device}: {figure(plot.total_gib)} GiB", style="strong")
    _bar(canvas, plot, drawn)
    top = TOP + HEIGHT + 22
    for place, part in enumerate(drawn):
        y = top + place * ROW
        canvas.box((LEFT, y - 10), (12, 12), part.style)
        canvas.text((LEFT + 20, y), part.name)
        canvas.text((RIGHT - 62, y), f"{figure(part.gib)} GiB", anchor="end")
        share = f"{part.gib / plot.total_gib * 100:.0f} %"
        canvas.text((RIGHT, y), share, style="soft", anchor="end")
    return canvas.svg(top + len(drawn) * ROW - 4)


def _drawn(plot: MemoryPlot) -> tuple[_Drawn, ...]:
    """The parts, and what is free or does not fit; amounts below a thousandth are not shown."""
    least = plot.total_gib / 1000
    parts = [
        _Drawn(name=part.name, gib=part.gib, style=f"p{place % COLOURS}")
        for place, part in enumerate(plot.parts)
        if part.gib >= least
    ]
    left = plot.total_gib - sum(part.gib for part in plot.parts)
    if left >= least:
        parts.append(_Drawn(name="free", gib=left, style="p5"))
    if left <= -least:
        parts.append(_Drawn(name="does not fit", gib=-left, style="p6"))
    return tuple(parts)


def _bar(canvas: Canvas, plot: MemoryPlot, drawn: Sequence[_Drawn]) -> None:
    used = [part for part in drawn if part.name != "does not fit"]
    whole = max(sum(part.gib for part in used), plot.total_gib)
    x = LEFT
    for part in used:
        width = part.gib / whole * (RIGHT - LEFT)
        canvas.box((x, TOP), (width, HEIGHT), part.style)
        words = figure(part.gib)
        if width > len(words) * CHARACTER + 6:
            style = "" if part.style == "p5" else "on"
            canvas.text((x + width / 2, TOP + HEIGHT / 2 + 4), words, style=style, anchor="middle")
        x += width
    end = LEFT + plot.total_gib / whole * (RIGHT - LEFT)
    if end < RIGHT - 1:
        canvas.line((end, TOP - 6), (end, TOP + HEIGHT + 6), "limit")


def _said(part: _Drawn, plot: MemoryPlot) -> str:
    return f"{part.name} {figure(part.gib)} GiB ({part.gib / plot.total_gib * 100:.0f} %)"
