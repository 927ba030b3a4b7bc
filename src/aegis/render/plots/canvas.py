"""A small SVG writer: elements in order, fixed decimals, colours that follow the reader's theme.

The drawing is narrow enough to be read at 360 px. It carries no ids, so that one page may show it
twice; its title and description are what a screen reader says.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

WIDTH = 380.0
CHARACTER = 6.7
"""Pixels of a character of a wide 12 px system font, on average."""
SMALL = 6.1
"""The same of the 11 px font of `small`."""

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]

STYLE = """
.aegis-plot{--ink:#1b2430;--soft:#526071;--paper:#fff;--line:#dde3e9;--mark:#0f5c6e;--dim:#8592a3;
--stop:#a02b2b;--p0:#3f4ea8;--p1:#0f7d8c;--p2:#8a5a00;--p3:#a0426b;--p4:#64748b;--p5:#e4e9ee;
width:100%;max-width:34rem;height:auto;display:block;margin:0 auto;
font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif}
@media (prefers-color-scheme:dark){.aegis-plot{--ink:#e3e8ee;--soft:#a3b0bf;--paper:#12171d;
--line:#2c3641;--mark:#6fc3d4;--dim:#7b8898;--stop:#f09a9a;--p0:#9aa6ee;--p1:#5fbccb;--p2:#e0b064;
--p3:#e08fb4;--p4:#94a3b8;--p5:#2c3641}}
@media print{.aegis-plot{--ink:#000;--soft:#333;--paper:#fff;--line:#ccc;--mark:#0f5c6e;--dim:#777;
--stop:#a02b2b;--p5:#e4e9ee}}
.aegis-plot text{fill:var(--ink);font-variant-numeric:tabular-nums}.aegis-plot .soft{fill:var(--soft)}
.aegis-plot .small{font-size:11px}.aegis-plot .stop{fill:var(--stop)}.aegis-plot .strong{font-weight:650}
.aegis-plot .on{fill:var(--paper);font-weight:650;font-size:11px}
.aegis-plot .paper{fill:var(--paper)}.aegis-plot .grid{stroke:var(--line)}
.aegis-plot .axis{stroke:var(--dim)}.aegis-plot .bar{stroke:var(--mark);stroke-width:1.5}
.aegis-plot .faint{stroke:var(--dim);stroke-width:1.2;opacity:.75}
.aegis-plot .curve{fill:none;stroke:var(--mark);stroke-width:2}
.aegis-plot .band{fill:var(--mark);opacity:.16}.aegis-plot .over{fill:var(--stop);opacity:.08}
.aegis-plot .limit{stroke:var(--stop);stroke-width:1.6;stroke-dasharray:6 4}
.aegis-plot .dot{fill:var(--mark);stroke:var(--paper);stroke-width:1.5}
.aegis-plot .pick{fill:var(--paper);stroke:var(--mark);stroke-width:3}
.aegis-plot .rest{fill:var(--dim)}.aegis-plot .p0{fill:var(--p0)}.aegis-plot .p1{fill:var(--p1)}
.aegis-plot .p2{fill:var(--p2)}.aegis-plot .p3{fill:var(--p3)}.aegis-plot .p4{fill:var(--p4)}
.aegis-plot .p5{fill:var(--p5);stroke:var(--dim)}.aegis-plot .p6{fill:var(--stop)}
"""


def number(value: float) -> str:
    """A coordinate with at most one decimal, so that bytes do not depend on rounding noise."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


class Canvas:
    """Collects the elements of one drawing."""

    def __init__(self, *, title: str, description: str) -> None:
        self._title = title
        self._description = description
        self._parts: list[str] = []

    def text(self, at: Point, words: str, *, style: str = "", anchor: Anchor = "start") -> None:
        """One line of text; `at` is the end of its base line that `anchor` names."""
        where = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._parts.append(
            f'<text x="{number(at[0])}" y="{number(at[1])}"{_styled(style)}{where}>'
            f"{escape(words)}</text>"
        )

    def line(self, start: Point, end: Point, style: str) -> None:
        """A straight line."""
        self._parts.append(
            f'<line x1="{number(start[0])}" y1="{number(start[1])}" x2="{number(end[0])}" '
            f'y2="{number(end[1])}"{_styled(style)}/>'
        )

    def box(self, corner: Point, size: Point, style: str) -> None:
        """A rectangle from its upper left corner."""
        self._parts.append(
            f'<rect x="{number(corner[0])}" y="{number(corner[1])}" width="{number(size[0])}" '
            f'height="{number(size[1])}"{_styled(style)}/>'
        )

    def dot(self, at: Point, radius: float, style: str) -> None:
        """A filled circle."""
        self._parts.append(
            f'<circle cx="{number(at[0])}" cy="{number(at[1])}" r="{number(radius)}"'
            f"{_styled(style)}/>"
        )

    def curve(self, points: Sequence[Point], style: str) -> None:
        """A line through the points."""
        self._parts.append(f'<polyline points="{_points(points)}"{_styled(style)}/>')

    def area(self, points: Sequence[Point], style: str) -> None:
        """The inside of the points."""
        self._parts.append(f'<polygon points="{_points(points)}"{_styled(style)}/>')

    def svg(self, height: float) -> str:
        """The whole drawing, for a page or for a file of its own."""
        size = f"{number(WIDTH)} {number(height)}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="aegis-plot" role="img" '
            f'viewBox="0 0 {size}" width="{number(WIDTH)}" height="{number(height)}">'
            f"<title>{escape(self._title)}</title><desc>{escape(self._description)}</desc>"
            f"<style>{STYLE}</style>"
            f'<rect width="100%" height="100%" class="paper"/>{"".join(self._parts)}</svg>'
        )


def _styled(style: str) -> str:
    return f' class="{style}"' if style else ""


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def fitted_text(words: str, width: float, *, character: float = CHARACTER) -> str:
    """The words, cut with an ellipsis where they would be wider than that."""
    most = max(int(width / character), 1)
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
