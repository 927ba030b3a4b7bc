"""Service level objectives, error budgets and burn rates."""

from __future__ import annotations

import enum
from typing import Literal

from pydantic import Field

from aegis.base.model import Frozen


class SliKind(enum.StrEnum):
    """What an indicator is about; those from accuracy on are particular to AI systems."""

    AVAILABILITY = "availability"
    LATENCY = "latency"
    TTFT = "ttft"
    TPOT = "tpot"
    GOODPUT = "goodput"
    FRESHNESS = "freshness"
    COMPLETION = "completion"
    ACCURACY = "accuracy"
    CALIBRATION = "calibration"
    GROUNDEDNESS = "groundedness"
    HALLUCINATION = "hallucination"
    REFUSAL = "refusal"
    TOXICITY = "toxicity"
    SATISFACTION = "satisfaction"


MINIMUM_BAD_EVENTS = 4
"""In the long window, before anybody is called: one call of a client that tries twice more is three."""

SURPRISE = 43_200.0
"""A count calls somebody that chance, with the objective just met, shows in less than one minute of
the 43,200 in a month."""


class BurnWindow(Frozen):
    """One pair of windows of a multi-window, multi-burn-rate alert."""

    name: str
    severity: Literal["page", "ticket"]
    long_s: int
    short_s: int
    budget_percent: float = Field(description="share of the budget spent when it fires")


def error_budget(objective_percent: float) -> float:
    """Share of events that may be bad, between 0 and 1.

    >>> round(error_budget(99.9), 6)
    0.001
    """
    return (100 - objective_percent) / 100


def burn_rate(*, budget_percent: float, long_s: float, period_s: float) -> float:
    """How many times faster than allowed the budget is spent when `budget_percent` of it goes in
    `long_s` of a period of `period_s`.

    Source: Google, The Site Reliability Workbook, chapter 5, «Alerting on SLOs».

    >>> round(burn_rate(budget_percent=2, long_s=3600, period_s=30 * 86400), 1)
    14.4
    """  # noqa: D205
    return budget_percent / 100 * period_s / long_s


def burn_threshold(rate: float, budget: float) -> float:
    """Share of bad events above which a window counts as burning at `rate`.

    An objective so loose that even a full outage burns slower than that would never fire; the
    share is then held half way between what is tolerated and everything.

    >>> round(burn_threshold(14.4, 0.001), 9), burn_threshold(14.4, 0.2)
    (0.0144, 0.6)
    """
    return min(rate * budget, (1 + budget) / 2)
