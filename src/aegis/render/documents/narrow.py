"""The same diagram for a phone: cards in one column, what each sends written in it, arcs beside them.

A layered drawing is as wide as its widest rank and unreadable when it is shrunk to a phone. A
column is as wide as a card; the arcs get lanes of their own, short ones inside.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from aegis.plan.types import Component, Flow
from aegis.render.documents.diagram import lay_out
from aegis.render.documents.tree import Diagram

WIDTH = 328  # px: a phone of 360 without the margins of the page
_CARD = 226
_LEFT = 2
_TITLE, _LINE, _PAD, _GAP = 18, 15, 9, 12
_TITLE_CHARACTERS, _LINE_CHARACTERS = 25, 33
_PORT = 7  # px between two arcs that meet at one card


@dataclass(frozen=True, slots=True)
class _Card:
    component: Component
    title: tuple[str, ...]
    lines: tuple[str, ...]
    top: float

    @property
    def height(self) -> float:
        return 2 * _PAD + len(self.title) * _TITLE + len(self.lines) * _LINE - 3

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class Arc:
    """A flow with its ends on the cards' right side and the lane it runs in."""

    flow: Flow
    start: float
    end: float
    lane: int


def draw(diagram: Diagram, *, key: str) -> str:
    """The column with its arcs; `key` makes ids unique on a page."""
    cards = _cards(diagram)
    arcs = lanes(diagram.flows, {c.component.id: (c.middle, c.height) for c in cards})
    height = round(cards[-1].top + cards[-1].height + _GAP) if cards else _GAP
    drawn = "".join(_arc(arc, _step(arcs), key) for arc in arcs)
    return (
        f'<svg class="arch tall" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="{key}-title"><title id="{key}-title">'
        f"{escape(diagram.title)}</title>"
        f'<defs><marker id="{key}-tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="6" '
        f'markerHeight="6" orient="auto-start-reverse"><path class="tip" d="M0 0 10 5 0 10z"/>'
        f"</marker></defs>{drawn}{''.join(_card(c) for c in cards)}</svg>"
    )


def lanes(flows: Sequence[Flow], places: dict[str, tuple[float, float]]) -> tuple[Arc, ...]:
    """Arcs in lanes where no two cross the same height; short ones come first, so they lie inside."""
    ends = _ports(flows, places)
    taken: list[list[tuple[float, float]]] = []
    arcs = []
    for i in sorted(ends, key=lambda i: abs(ends[i][0] - ends[i][1])):
        low, high = sorted(ends[i])
        free = (n for n, lane in enumerate(taken) if all(high < a or low > b for a, b in lane))
        lane = next(free, len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low, high))
        arcs.append(Arc(flow=flows[i], start=ends[i][0], end=ends[i][1], lane=lane))
    return tuple(arcs)


def _ports(
    flows: Sequence[Flow], places: dict[str, tuple[float, float]]
) -> dict[int, tuple[float, float]]:
    """For each flow the heights at which it leaves and arrives; arcs of one card are spread."""
    wanted: dict[str, list[tuple[float, int, bool]]] = {}
    for i, flow in enumerate(flows):
        if flow.source in places and flow.target in places and flow.source != flow.target:
            wanted.setdefault(flow.source, []).append((places[flow.target][0], i, True))
            wanted.setdefault(flow.target, []).append((places[flow.source][0], i, False))
    starts: dict[int, float] = {}
    stops: dict[int, float] = {}
    for card, met in wanted.items():
        middle, height = places[card]
        step = min(_PORT, (height - 8) / max(1, len(met)))
        for n, (_, i, leaves) in enumerate(sorted(met)):
            (starts if leaves else stops)[i] = middle + (n - (len(met) - 1) / 2) * step
    return {i: (starts[i], stops[i]) for i in starts}


def _step(arcs: Sequence[Arc]) -> float:
    """Pixels between two lanes, so that all of them fit beside the cards."""
    count = max((a.lane for a in arcs), default=0) + 1
    return min(14.0, (WIDTH - _LEFT - _CARD - 22) / count)


def _cards(diagram: Diagram) -> list[_Card]:
    names = {c.id: c.name for c in diagram.components}
    layout = lay_out(diagram.components, diagram.flows)
    boxes = [i for i in layout.items.values() if i.component is not None]
    top = 4.0
    cards = []
    for item in sorted(boxes, key=lambda i: (i.rank, i.x)):
        component = item.component
        if component is None:
            continue
        sends = [
            f"→ {names[f.target]}: {f.label}"
            for f in diagram.flows
            if f.source == component.id and f.target in names
        ]
        card = _Card(
            component=component,
            title=tuple(textwrap.wrap(component.name, _TITLE_CHARACTERS)) or (component.id,),
            lines=tuple(x for text in sends for x in textwrap.wrap(text, _LINE_CHARACTERS, subsequent_indent="   ")),
            top=top,
        )  # fmt: skip
        cards.append(card)
        top += card.height + _GAP
    return cards


def _card(card: _Card) -> str:
    y = card.top + _PAD + 12
    text = []
    for line in card.title:
        text.append(f'<text class="name" x="{_LEFT + 16}" y="{y:.1f}">{escape(line)}</text>')
        y += _TITLE
    for line in card.lines:
        indent = 12 if line.startswith("   ") else 0
        text.append(
            f'<text class="sends" x="{_LEFT + 16 + indent}" y="{y - 2:.1f}">'
            f"{escape(line.strip())}</text>"
        )
        y += _LINE
    return (
        f'<g class="box k-{card.component.kind}" data-id="{escape(card.component.id)}">'
        f'<rect x="{_LEFT}" y="{card.top:.1f}" width="{_CARD}" height="{card.height:.1f}" rx="7"/>'
        f'<rect class="edge" x="{_LEFT}" y="{card.top:.1f}" width="6" height="{card.height:.1f}" '
        f'rx="3"/>{"".join(text)}</g>'
    )


def _arc(arc: Arc, step: float, key: str) -> str:
    side = _LEFT + _CARD
    lane = side + 16 + arc.lane * step
    turn = 5 if arc.end > arc.start else -5
    dash = " dash" if arc.flow.dashed else ""
    return (
        f'<path class="flow{dash}" d="M{side} {arc.start:.1f}H{lane - 5:.1f}'
        f"Q{lane:.1f} {arc.start:.1f} {lane:.1f} {arc.start + turn:.1f}V{arc.end - turn:.1f}"
        f'Q{lane:.1f} {arc.end:.1f} {lane - 5:.1f} {arc.end:.1f}H{side + 2}" '
        f'marker-end="url(#{key}-tip)"/>'
    )
