"""When the burn-rate rules of a plan page: the same rules as PromQL, over counts a minute.

`tests/render/observability/test_paging.py` holds this model against the real promtool, minute by
minute. It serves to say in advance how long an outage stays unseen at the traffic of a brief, and
how often nobody should have been called.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aegis.base.slo import (
    MINIMUM_BAD_EVENTS,
    SURPRISE,
    BurnWindow,
    burn_rate,
    burn_threshold,
)

Counts = npt.NDArray[np.float64]
"""Events by run and minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A long and a short window, in minutes, and the share of bad events that burns too fast."""

    long: int
    short: int
    limit: float


def page_pairs(
    windows: Sequence[BurnWindow], *, budget: float, period_days: float
) -> tuple[Pair, ...]:
    """The pairs that page somebody."""
    return tuple(
        Pair(
            long=w.long_s // 60,
            short=w.short_s // 60,
            limit=burn_threshold(
                burn_rate(
                    budget_percent=w.budget_percent,
                    long_s=w.long_s,
                    period_s=period_days * 86400,
                ),
                budget,
            ),
        )
        for w in windows
        if w.severity == "page"
    )


def firing(
    events: Counts, bad: Counts, pairs: Sequence[Pair], *, budget: float, guarded: bool = True
) -> npt.NDArray[np.bool]:
    """In which minutes the alert fires; without its guard it is the rule of the Workbook."""
    found = np.zeros(events.shape, bool)
    for pair in pairs:
        bad_long, long = (_last(x, pair.long) for x in (bad, events))
        bad_short, short = (_last(x, pair.short) for x in (bad, events))
        # products instead of quotients: nothing is divided by an empty window
        burns = (bad_long > pair.limit * long) & (bad_short > pair.limit * short)
        found |= burns & _is_enough(bad_long, long * budget) if guarded else burns
    return found


def _is_enough(bad: Counts, mean: Counts) -> npt.NDArray[np.bool]:
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = bad * (np.log(bad / mean) - 1) + mean
    enough: npt.NDArray[np.bool] = (bad >= MINIMUM_BAD_EVENTS) & (surprise >= math.log(SURPRISE))
    return enough


def _last(counts: Counts, minutes: int) -> Counts:
    """Sums over the last minutes, the current one included."""
    total = np.cumsum(counts, axis=1)
    found: Counts = total.copy()
    found[:, minutes:] -= total[:, :-minutes]
    return found


def minutes_to_page(
    pairs: Sequence[Pair], *, budget: float, per_minute: float, outage: float, runs: int = 400
) -> float:
    """Median minutes from an outage, a share of bad events, to the page; infinite beyond a day.

    Simulated with a fixed seed: Poisson arrivals, the objective met with half of its budget before.

    >>> quick = Pair(long=60, short=5, limit=0.0144)
    >>> minutes_to_page([quick], budget=0.001, per_minute=1000, outage=1.0)
    1.0
    """
    rng = np.random.default_rng(20261122)
    before, after = max(pair.long for pair in pairs), 1440
    shape = (runs, before + after)
    events = rng.poisson(per_minute, shape)
    share = np.where(np.arange(shape[1]) < before, budget / 2, outage)
    bad = rng.binomial(events, share)
    fires = firing(events.astype(float), bad.astype(float), pairs, budget=budget)[:, before:]
    minute = np.where(fires.any(axis=1), fires.argmax(axis=1) + 1.0, math.inf)
    return float(np.median(minute))
