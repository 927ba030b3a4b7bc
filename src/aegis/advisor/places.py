"""Regions of clouds in a text: by their id, or by the place that people name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TypeAlias

from aegis.advisor.lexicon import regions
from aegis.advisor.phrases import Phrases, letters_of
from aegis.advisor.reading import Reading

_REGION = {
    "aws": re.compile(
        r"(?<![\w-])(?:us|eu|ap|ca|sa|me|af|il|mx)-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-\d(?![\w-])"
    ),
    "gcp": re.compile(
        r"(?<![\w-])(?:us|europe|asia|australia|northamerica|southamerica|me|africa)-(?:north|south|east|west|central|northeast|southeast|southwest)\d{1,2}(?![\w-])"
    ),
    "azure": re.compile(
        r"(?<![\w-])(?:(?:east|west|central|northcentral|southcentral|westcentral)us\d?|(?:west|north)europe|(?:germanywest|france|sweden|canada|poland|spain|korea|qatar)central|uk(?:south|west)|switzerland(?:north|west)|italynorth|norwayeast|brazilsouth|japan(?:east|west)|(?:southeast|east)asia|australia(?:east|southeast)|(?:central|south)india|uaenorth)(?![\w-])"
    ),
}


Place: TypeAlias = tuple[list[str], int, int]
"""Regions, and where the text names them."""


def regions_of(reading: Reading, named: Mapping[str, int]) -> dict[str, Place]:
    """Provider → its regions in the text; `named` has the providers and where their names end.

    An id of a region names its provider too. Of several places the one nearest to the provider counts.
    """
    places: dict[str, Place] = {}
    for provider, pattern in _REGION.items():
        for found in pattern.finditer(reading.text):
            if not reading.denies(found.start(), found.end()):
                before, start, _ = places.get(provider, ([], found.start(), 0))
                places[provider] = ([*before, found[0]], start, found.end())
    for provider, end in {**{p: at[2] for p, at in places.items()}, **named}.items():
        near = [
            (abs(at.start() - end), at)
            for at in _place_names().finditer(reading.text)
            if provider in regions()[at[0]] and not reading.denies(at.start(), at.end())
        ]
        if near:
            _, at = min(near, key=lambda n: n[0])
            places.setdefault(provider, ([regions()[at[0]][provider]], at.start(), at.end()))
    return places


@cache
def _place_names() -> Phrases:
    """Places that have a region, the longest name first; a person of that name is none."""
    longest_first = sorted(regions(), key=len, reverse=True)
    return Phrases(longest_first, letters=letters_of, pattern=_place_pattern)


def _place_pattern(place: str) -> str:
    return rf"(?<![\w.@/-])(?<!colleague )(?<!mrs )(?<!ms )(?<!mr ){re.escape(place)}(?![\w@-])"
