"""Grafana dashboards as Grafana and people read them: places, sources and variables.

Source: grafana/grafana, «Dashboard JSON model» (24 columns, `gridPos`), and
`pkg/util/shortid_generator.go` (a uid has at most 40 letters, digits, `-` and `_`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.verify.access import Map, Steps, dig, mapping, maps, text, walk, whole
from aegis.verify.objects import Bundle, Hit, Object

COLUMNS = 24
_UID = re.compile(r"^[A-Za-z0-9_-]{1,40}\Z")
_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)[^}]*\}|\$([A-Za-z_]\w*)|\[\[([A-Za-z_]\w*)")
_QUIET = frozenset(("row", "text"))


def dashboards(bundle: Bundle) -> Iterator[Hit]:
    """What Grafana refuses, draws over something else, or draws empty."""
    for item in bundle.of("grafana"):
        for rule in (_names, _places, _sources, _variables):
            for path, message in rule(item):
                yield Hit(name="dashboard-refused", object=item, path=path, message=message)


def panels(item: Object) -> Iterator[tuple[Steps, Map]]:
    """Every panel, also those inside rows."""
    for path, panel in maps(item.full, "panels"):
        yield path, panel
        for steps, inner in maps(panel, "panels"):
            yield (*path, *steps), inner


def _names(item: Object) -> Iterator[tuple[Steps, str]]:
    uid = text(item.full.get("uid"))
    if uid and not _UID.match(uid):
        yield ("uid",), "a uid has at most 40 letters, digits, `-` and `_`"
    if not text(item.full.get("title")):
        yield (), "`title` is missing"
    seen: set[int] = set()
    for path, panel in panels(item):
        number = whole(panel.get("id"))
        if number is not None and number in seen:
            yield (*path, "id"), f"two panels have the id {number}"
        if number is not None:
            seen.add(number)


def _places(item: Object) -> Iterator[tuple[Steps, str]]:
    taken: list[tuple[int, int, int, int]] = []
    for path, panel in maps(item.full, "panels"):
        grid = mapping(panel.get("gridPos"))
        x, y, w, h = (whole(grid.get(name)) or 0 for name in ("x", "y", "w", "h"))
        where = (*path, "gridPos")
        if not grid:
            continue  # Grafana finds a place
        if w < 1 or h < 1 or x < 0 or y < 0 or x + w > COLUMNS:
            yield where, f"x {x} and w {w} must lie within {COLUMNS} columns, h {h} above 0"
        elif any(x < a + c and a < x + w and y < b + d and b < y + h for a, b, c, d in taken):
            yield where, "lies on another panel"
        taken.append((x, y, w, h))


def _sources(item: Object) -> Iterator[tuple[Steps, str]]:
    for path, panel in panels(item):
        if text(panel.get("type")) in _QUIET or panel.get("libraryPanel") is not None:
            continue
        targets = list(maps(panel, "targets"))
        if not targets:
            yield path, "asks nothing: it has no `targets`"
        seen: set[str] = set()
        for steps, target in targets:
            letter = text(target.get("refId"))
            if letter and letter in seen:
                yield (*path, *steps, "refId"), f"two queries are called `{letter}`"
            seen.add(letter)


def _variables(item: Object) -> Iterator[tuple[Steps, str]]:
    known = {text(each.get("name")) for _, each in maps(item.full, "templating", "list")}
    told: set[str] = set()
    for path, value in walk(item.full.get("panels"), ("panels",)):
        if path[-1] not in {"expr", "uid", "query"} or not isinstance(value, str):
            continue
        repeated = text(dig(item.full, *path[:2], "repeat"))
        for groups in _VARIABLE.findall(value):
            name = next(group for group in groups if group)
            inner = name.startswith("__") or name in known or name == repeated
            if not inner and name not in told:
                told.add(name)
                yield path, f"there is no variable `{name}`"
