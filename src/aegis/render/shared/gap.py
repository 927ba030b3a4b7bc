"""What a plan asks and its tool cannot say: named with a way around, never dropped."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What the plan asks and a tool at its version cannot say, and what is done instead."""

    what: str
    instead: str
