"""A small layered layout: boxes in ranks, labels with room of their own, few crossings.

The method is Sugiyama's: break cycles, rank by longest path, order by barycentre, then move each
rank as close to its neighbours as the gaps allow. Every second rank belongs to the labels of the
edges, so a label never lies on a box or on another label.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from aegis.plan.types import Component, Flow

CHARACTER = 8.0  # px, a wide estimate for 13 px system fonts
LABEL_CHARACTER = 6.5  # px, for 11 px
LINE = 17.0
GAP = 26.0
LABEL_GAP = 14.0
RANK_GAP = 20.0
_WRAP = 20
_SWEEPS = 12


@dataclass(slots=True)
class Item:
    """A box, a label, or a point on the way of a long edge; `x` and `y` are its centre."""

    key: str
    rank: int
    width: float
    height: float
    lines: tuple[str, ...] = ()
    component: Component | None = None
    x: float = 0.0
    y: float = 0.0
    above: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Route:
    """An edge with the items it passes, from source to target."""

    flow: Flow
    keys: tuple[str, ...]
    label_key: str


@dataclass(frozen=True, slots=True)
class Layout:
    items: dict[str, Item]
    routes: tuple[Route, ...]
    width: float
    height: float


def lay_out(components: Sequence[Component], flows: Sequence[Flow]) -> Layout:
    """Places for every component, label and bend."""
    present = {c.id for c in components}
    edges = [f for f in flows if {f.source, f.target} <= present and f.source != f.target]
    down = _acyclic([c.id for c in components], edges)
    ranks = _ranks([c.id for c in components], down)
    items = {c.id: _box(c, 2 * ranks[c.id]) for c in components}
    routes = tuple(_route(f, d, items, i) for i, (f, d) in enumerate(zip(edges, down, strict=True)))
    order = _order(items)
    width = _place(items, order)
    height = _stack(items, order)
    return Layout(items=items, routes=routes, width=width, height=height)


def _box(component: Component, rank: int) -> Item:
    lines = tuple(textwrap.wrap(component.name, _WRAP, break_long_words=True)[:3]) or (
        component.id,
    )
    return Item(
        key=component.id,
        rank=rank,
        width=max(len(line) for line in lines) * CHARACTER + 30,
        height=len(lines) * LINE + 20,
        lines=lines,
        component=component,
    )


def _acyclic(nodes: Sequence[str], edges: Sequence[Flow]) -> list[tuple[str, str]]:
    """Each edge as (upper, lower); those that close a cycle are turned round."""
    targets: dict[str, list[str]] = {n: [] for n in nodes}
    for edge in edges:
        targets[edge.source].append(edge.target)
    finished: set[str] = set()
    path: set[str] = set()
    back: set[tuple[str, str]] = set()

    def visit(node: str) -> None:
        path.add(node)
        for target in targets[node]:
            if target in path:
                back.add((node, target))
            elif target not in finished:
                visit(target)
        path.discard(node)
        finished.add(node)

    for node in nodes:
        if node not in finished:
            visit(node)
    return [
        (e.target, e.source) if (e.source, e.target) in back else (e.source, e.target)
        for e in edges
    ]


def _ranks(nodes: Sequence[str], down: Sequence[tuple[str, str]]) -> dict[str, int]:
    ranks = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for upper, lower in down:
            ranks[lower] = max(ranks[lower], ranks[upper] + 1)
    has_upper = {lower for _, lower in down}
    for node in nodes:  # a source stands right above its first target
        below = [ranks[lower] for upper, lower in down if upper == node]
        if node not in has_upper and below:
            ranks[node] = min(below) - 1
    return ranks


def _route(flow: Flow, down: tuple[str, str], items: dict[str, Item], index: int) -> Route:
    upper, lower = (items[k] for k in down)
    keys = [upper.key]
    middle = (upper.rank + lower.rank) // 2
    middle += 1 - middle % 2 if upper.rank + 1 < lower.rank else 0
    middle = min(middle, lower.rank - 1)
    label_key = ""
    for rank in range(upper.rank + 1, lower.rank):
        key = f"{index}/{rank}"
        item = Item(key=key, rank=rank, width=10, height=4)
        if rank == middle and flow.label.strip():
            lines = tuple(textwrap.wrap(flow.label, 18))
            item.lines = lines
            item.width = max(len(line) for line in lines) * LABEL_CHARACTER + 10
            item.height = len(lines) * 14 + 4
            label_key = key
        items[key] = item
        keys.append(key)
    keys.append(lower.key)
    for first, second in pairwise(keys):
        items[first].below.append(second)
        items[second].above.append(first)
    turned = down[0] != flow.source
    return Route(flow=flow, keys=tuple(reversed(keys) if turned else keys), label_key=label_key)


def _order(items: dict[str, Item]) -> list[list[str]]:
    """Keys of each rank from left to right, with few crossings."""
    last = max((i.rank for i in items.values()), default=0)
    order: list[list[str]] = [[] for _ in range(last + 1)]
    for key, item in items.items():
        order[item.rank].append(key)
    best, fewest = [list(r) for r in order], _crossings(order, items)
    for sweep in range(_SWEEPS):
        downward = sweep % 2 == 0
        ranks = range(1, last + 1) if downward else range(last - 1, -1, -1)
        for rank in ranks:
            fixed = {k: i for i, k in enumerate(order[rank - 1 if downward else rank + 1])}
            _sort_rank(order[rank], fixed, items, downward=downward)
        crossings = _transpose(order, items)
        if crossings < fewest:
            best, fewest = [list(r) for r in order], crossings
    return best


def _transpose(order: list[list[str]], items: dict[str, Item]) -> int:
    """Swaps neighbours while that removes a crossing; returns what is left."""
    left = _crossings(order, items)
    for rank in order:
        for i in range(len(rank) - 1):
            rank[i], rank[i + 1] = rank[i + 1], rank[i]
            swapped = _crossings(order, items)
            if swapped < left:
                left = swapped
            else:
                rank[i], rank[i + 1] = rank[i + 1], rank[i]
    return left


def _sort_rank(
    keys: list[str], fixed: dict[str, int], items: dict[str, Item], *, downward: bool
) -> None:
    def centre(entry: tuple[int, str]) -> tuple[float, int]:
        position, key = entry
        near = items[key].above if downward else items[key].below
        places = [fixed[n] for n in near if n in fixed]
        return (sum(places) / len(places) if places else position, position)

    keys[:] = [key for _, key in sorted(enumerate(keys), key=centre)]


def _crossings(order: Sequence[Sequence[str]], items: dict[str, Item]) -> int:
    total = 0
    for upper, lower in pairwise(order):
        place = {k: i for i, k in enumerate(lower)}
        ends = [sorted(place[b] for b in items[k].below) for k in upper]
        seen: list[int] = []
        for group in ends:
            total += sum(1 for end in group for other in seen if other > end)
            seen += group
    return total


def _place(items: dict[str, Item], order: Sequence[Sequence[str]]) -> float:
    """Sets every x; returns the width."""
    for rank in order:
        x = 0.0
        for key in rank:
            items[key].x = x + items[key].width / 2
            x += items[key].width + _gap(items[key])
    for sweep in range(24):
        ranks = order if sweep % 2 == 0 else tuple(reversed(order))
        for rank in ranks:
            wanted = [_wanted(items[k], items, both=sweep > 15, down=sweep % 2 == 0) for k in rank]
            _settle([items[k] for k in rank], wanted)
    left = min((i.x - i.width / 2 for i in items.values()), default=0.0)
    for item in items.values():
        item.x += GAP - left
    return max((i.x + i.width / 2 for i in items.values()), default=0.0) + GAP


def _gap(item: Item) -> float:
    return GAP if item.component else LABEL_GAP


def _wanted(item: Item, items: dict[str, Item], *, both: bool, down: bool) -> float:
    near = [*item.above, *item.below] if both else (item.above if down else item.below)
    if not near:
        return item.x
    return sum(items[n].x for n in near) / len(near)


def _settle(rank: Sequence[Item], wanted: Sequence[float]) -> None:
    """The nearest places to those wanted that keep the order and the gaps (pooled neighbours)."""
    offsets = [0.0]
    for before, item in pairwise(rank):
        gap = max(_gap(before), _gap(item))
        offsets.append(offsets[-1] + before.width / 2 + gap + item.width / 2)
    pools: list[tuple[float, float, int]] = []  # mean, weight, count
    for item, want, offset in zip(rank, wanted, offsets, strict=True):
        weight = 1.0 if item.component else 1.6  # straight edges are worth more than centred boxes
        pools.append((want - offset, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, wa, ca), (b, wb, cb) = pools[-2:]
            pools[-2:] = [((a * wa + b * wb) / (wa + wb), wa + wb, ca + cb)]
    means = [mean for mean, _, count in pools for _ in range(count)]
    for item, mean, offset in zip(rank, means, offsets, strict=True):
        item.x = mean + offset


def _stack(items: dict[str, Item], order: Sequence[Sequence[str]]) -> float:
    """Sets every y; returns the height."""
    y = GAP
    for rank in order:
        tallest = max((items[k].height for k in rank), default=0.0)
        for key in rank:
            items[key].y = y + tallest / 2
        y += tallest + RANK_GAP
    return y - RANK_GAP + GAP
