"""Plots of sizing as SVG: numbers in, the same bytes out; no plan, no library, no clock."""

from aegis.render.plots.load import LoadPlot, LoadPoint, draw_load
from aegis.render.plots.marks import Span
from aegis.render.plots.memory import MemoryPart, MemoryPlot, draw_memory
from aegis.render.plots.pareto import Option, ParetoPlot, draw_pareto, front

__all__ = [
    "LoadPlot",
    "LoadPoint",
    "MemoryPart",
    "MemoryPlot",
    "Option",
    "ParetoPlot",
    "Span",
    "draw_load",
    "draw_memory",
    "draw_pareto",
    "front",
]
