"""Who calls a route, followed through its dependencies from one file to another."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from aegis.review.facts.types import Fact, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency(Fact):
    """A function or alias that routes may depend on: what it needs, and whether it asks who calls."""

    name: str
    needs: frozenset[str]
    asks: bool


def asking(dependencies: Iterable[Dependency]) -> frozenset[str]:
    """Names of what asks who calls, itself or through something that it needs at any distance."""
    needs: dict[str, frozenset[str]] = {}
    found: set[str] = set()
    for each in dependencies:
        needs[each.name] = needs.get(each.name, frozenset()) | each.needs
        if each.asks:
            found.add(each.name)
    grown = True
    while grown:
        more = {name for name, others in needs.items() if others & found} - found
        found |= more
        grown = bool(more)
    return frozenset(found)


def with_callers(routes: Iterable[Route], asks: frozenset[str]) -> list[Route]:
    """The routes, authenticated where something that they need asks who calls."""
    return [
        dataclasses.replace(route, authenticated=True) if route.needs & asks else route
        for route in routes
    ]
