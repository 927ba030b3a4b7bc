"""What the gate says about a model file."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Gate(enum.StrEnum):
    """`pass`: data only. `review`: loads code of a known estimator family. `block`: all else."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    REVIEW = "review"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return [Gate.BLOCK, Gate.REVIEW, Gate.PASS].index(self)


@dataclass(frozen=True, slots=True)
class Inspection:
    """Format, verdict and reasons, worst first."""

    format: str
    gate: Gate
    reasons: tuple[str, ...] = ()


def worst(format_: str, parts: list[Inspection]) -> Inspection:
    """One inspection for a file made of parts."""
    parts.sort(key=lambda each: each.gate.rank)
    reasons = tuple(dict.fromkeys(reason for each in parts for reason in each.reasons))
    return Inspection(format_, parts[0].gate if parts else Gate.PASS, reasons)
