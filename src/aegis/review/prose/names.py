"""What a plan calls its parts: proper names that a sentence about it may use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.base.prose import TERMS
from aegis.catalog.loader import find_model
from aegis.plan.types import Plan

_PROPER = re.compile(r"[A-Za-z][\w.&-]*[A-Z0-9.][\w.&-]*|[A-Z][\w.&-]*|\d+|&")
_REGION = re.compile(r"[a-z]{2,}-[a-z]+-\d|[a-z]+(?:north|south|east|west|central)\d?")


def names_of(plan: Plan) -> tuple[str, ...]:
    """Products, devices, the model and regions of a plan; words of a brief are no names."""
    return tuple(sorted({*TERMS, *_names(plan)}, key=len, reverse=True))


def _names(plan: Plan) -> Iterator[str]:
    for decision in plan.decisions:
        for option in decision.options:
            words = option.name.split()
            if words and not words[0].isdigit() and all(_PROPER.fullmatch(word) for word in words):
                yield option.name
    reference = plan.brief.model.reference if plan.brief.model else None
    if reference and find_model(reference):
        yield reference
        yield reference.rpartition("/")[2]
    for cloud in plan.brief.placement.clouds:
        yield from (region for region in cloud.regions if _REGION.fullmatch(region))
