"""A laid-out diagram as inline SVG; colours come from the page."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from aegis.plan.types import Component
from aegis.render.documents.diagram import LINE, Item, Layout, Route, lay_out
from aegis.render.documents.tree import Diagram

KINDS = {
    "client": "callers",
    "gateway": "request path",
    "engine": "model serving",
    "device": "on the device",
    "external": "somebody else's service",
    "store": "stores",
    "control": "control",
    "observe": "observation",
}


def draw(diagram: Diagram, *, key: str) -> str:
    """The diagram with its legend; `key` makes ids unique on a page."""
    layout = lay_out(diagram.components, diagram.flows)
    width, height = round(layout.width), round(layout.height)
    lines = "".join(_edge(route, layout, key) for route in layout.routes)
    labels = "".join(_label(layout.items[r.label_key]) for r in layout.routes if r.label_key)
    boxes = "".join(
        _box(item, item.component) for item in layout.items.values() if item.component is not None
    )
    return (
        f'<svg class="arch" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="{key}-title">'
        f'<title id="{key}-title">{escape(diagram.title)}</title>'
        f'<defs><marker id="{key}-tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        f'markerHeight="7" orient="auto-start-reverse"><path class="tip" d="M0 0 10 5 0 10z"/>'
        f"</marker></defs>{lines}{boxes}{labels}</svg>"
    )


def legend(diagram: Diagram) -> str:
    """What the colours and the dashes mean, as a list beside the drawing."""
    kinds = [k for k in KINDS if any(c.kind == k for c in diagram.components)]
    items = "".join(f'<li class="k-{k}"><i></i>{KINDS[k]}</li>' for k in kinds)
    if any(not f.dashed for f in diagram.flows):
        items += '<li class="line"><i></i>requests, data and commands</li>'
    if any(f.dashed for f in diagram.flows):
        items += '<li class="line dash"><i></i>on trial, records and telemetry</li>'
    return f'<ul class="legend">{items}</ul>'


def _box(item: Item, component: Component) -> str:
    left, top = item.x - item.width / 2, item.y - item.height / 2
    first = item.y - (len(item.lines) - 1) * LINE / 2 + 4.5
    text = "".join(
        f'<text x="{item.x + 3:.1f}" y="{first + i * LINE:.1f}">{escape(line)}</text>'
        for i, line in enumerate(item.lines)
    )
    return (
        f'<g class="box k-{component.kind}" data-id="{escape(component.id)}">'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{item.width:.1f}" height="{item.height:.1f}" '
        f'rx="7"/><rect class="edge" x="{left:.1f}" y="{top:.1f}" width="6" '
        f'height="{item.height:.1f}" rx="3"/>{text}</g>'
    )


def _label(item: Item) -> str:
    first = item.y - (len(item.lines) - 1) * 7 + 3.5
    text = "".join(
        f'<text x="{item.x:.1f}" y="{first + i * 14:.1f}">{escape(line)}</text>'
        for i, line in enumerate(item.lines)
    )
    return (
        f'<g class="label"><rect x="{item.x - item.width / 2:.1f}" '
        f'y="{item.y - item.height / 2:.1f}" width="{item.width:.1f}" '
        f'height="{item.height:.1f}" rx="3"/>{text}</g>'
    )


def _edge(route: Route, layout: Layout, key: str) -> str:
    items = [layout.items[k] for k in route.keys]
    down = items[0].y < items[-1].y
    side = 0.5 if down else -0.5
    points = [(_port(items[0], items[1], layout), items[0].y + side * items[0].height)]
    for item in items[1:-1]:
        points += [(item.x, item.y - side * item.height), (item.x, item.y + side * item.height)]
    points.append((_port(items[-1], items[-2], layout), items[-1].y - side * items[-1].height))
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        if abs(x1 - x2) < 0.5:
            path += f"L{x2:.1f} {y2:.1f}"
        else:
            middle = (y1 + y2) / 2
            path += f"C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}"
    dash = " dash" if route.flow.dashed else ""
    return f'<path class="flow{dash}" d="{path}" marker-end="url(#{key}-tip)"/>'


def _port(item: Item, towards: Item, layout: Layout) -> float:
    """Where an edge meets a box: edges of one side are spread over its width."""
    mates = item.below if towards.key in item.below else item.above
    if len(mates) < 2:
        return item.x
    ordered = sorted(mates, key=lambda k: (layout.items[k].x, k))
    room = min(item.width - 36, 30.0 * (len(mates) - 1))
    return item.x + room * (ordered.index(towards.key) / (len(mates) - 1) - 0.5)
