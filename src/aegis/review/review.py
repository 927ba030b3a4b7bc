"""The result of reviewing one repository."""

from __future__ import annotations

from dataclasses import dataclass, field

from aegis.base.finding import Finding
from aegis.base.report.reported import Reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Reported):
    """What a review found, what is good, and what was left out.

    `unasked` are the questions beyond the few that a person is asked at once.
    """

    unasked: tuple[Finding, ...] = ()
    good: tuple[str, ...] = ()
    files: int = 0
    profile: str = "gate"
    lines: dict[tuple[str, int], str] = field(default_factory=dict)
