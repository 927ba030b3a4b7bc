"""Rows of the printed table."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from benchmarks.evidence.peers import NEVER
from benchmarks.evidence.traffic import IntArray

from aegis.stats.proportions import clopper_pearson


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure: what was measured, with the limit, the goal and the peers of the same run.

    `at_least` is the lower end of the interval of a simulated rate: a test that spends exactly
    its alpha is simulated above it in every second run.
    """

    figure: str
    measured: str
    value: float
    limit: float
    goal: float
    peers: str = ""
    at_least: float | None = None

    @property
    def mark(self) -> str:
        """Whether the goal, the limit, or neither is reached (smaller is better)."""
        if math.isinf(self.goal):
            return ""
        if self.value <= self.goal:
            return "goal"
        if self.value <= self.limit:
            return "limit"
        within_noise = self.at_least is not None and self.at_least <= self.limit
        return "limit, within noise" if within_noise else "MISSED"


def rate_row(
    figure: str, hits: int, runs: int, *, limit: float, goal: float, peers: str = "", also: str = ""
) -> Row:
    """A row for a simulated rate."""
    return Row(
        figure=figure,
        measured=rate(hits, runs) + also,
        value=hits / runs,
        limit=limit,
        goal=goal,
        peers=peers,
        at_least=clopper_pearson(hits, runs).low,
    )


def rate(hits: int, runs: int) -> str:
    """A share with its exact 95 % interval.

    >>> rate(20, 1000)
    '2.0 % [1.2–3.1]'
    """
    interval = clopper_pearson(hits, runs)
    return f"{100 * hits / runs:.1f} % [{100 * interval.low:.1f}–{100 * interval.high:.1f}]"


def share_by(looks: IntArray, last: int) -> str:
    """Share of runs that were rolled back within so many looks."""
    return rate(int((looks <= last).sum()), len(looks))


def median_p90(looks: IntArray) -> str:
    """Median and p90 of the looks to rollback; `>` where too few runs were."""
    return "/".join(_quantile(looks, probability) for probability in (0.5, 0.9))


def _quantile(looks: IntArray, probability: float) -> str:
    value = float(np.quantile(looks, probability, method="higher"))
    return "never" if value >= NEVER else f"{value:.0f}"


def median(looks: IntArray) -> float:
    """Half of the runs were rolled back by this look."""
    return float(np.quantile(looks, 0.5, method="higher"))
