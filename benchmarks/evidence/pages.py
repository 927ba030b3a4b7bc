"""Pages a month, and minutes to page an outage, at every traffic level: our rules and Sloth's.

The model of the rules is the one that `tests/render/observability/test_paging.py` holds against
the real promtool. SLO 99.9 % over 30 days; within the SLO means that half of the budget is spent.
Sloth is the same windows and factors without a guard (its `google-30d.yaml`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from benchmarks.evidence.report import Row

from aegis.base.slo import BurnWindow
from aegis.catalog.loader import burn_windows
from aegis.monitor.paging import Counts, Pair, firing, minutes_to_page, page_pairs

_BUDGET, _MONTH = 0.001, 30 * 1440
_LEVELS = (1, 2, 3, 5, 10, 20, 100, 1000)


def _pairs() -> tuple[Pair, ...]:
    windows = [
        BurnWindow(
            name=row.name,
            severity=row.severity,
            long_s=int(row.long_s.value),
            short_s=int(row.short_s.value),
            budget_percent=row.budget_percent.value,
        )
        for entry in burn_windows()
        for row in entry.windows
    ]
    return page_pairs(windows, budget=_BUDGET, period_days=30)


def within_the_slo(seed: int, months: int) -> Iterator[Row]:
    """How often somebody is called although the objective is met."""
    ours, sloth, retried = [], [], []
    for level in _LEVELS:
        rng = np.random.default_rng(seed + level)
        pages = np.zeros(3)
        for _ in range(months):
            events = rng.poisson(level, (1, _MONTH)).astype(float)
            bad = rng.binomial(events.astype(int), _BUDGET / 2).astype(float)
            # every failing call is tried three times by its client, so calls fail a third as often
            calls = rng.binomial(events.astype(int), _BUDGET / 6).astype(float)
            pages += [
                _begins(events, bad, guarded=True),
                _begins(events, bad, guarded=False),
                _begins(events + 2 * calls, 3 * calls, guarded=True),
            ]
        for found, count in zip((ours, sloth, retried), pages, strict=True):
            found.append(count / months)
    levels = ", ".join(map(str, _LEVELS))
    yield Row(
        figure=f"pages a month within the SLO, worst of {levels} requests a minute",
        measured=f"{max(ours):.3f} ({round(sum(ours) * months)} in {len(_LEVELS) * months} months)",
        value=max(ours),
        limit=0.02,
        goal=0.005,  # 0 to two digits: one a year is 0.08
        peers=f"Sloth's rules {sloth[0]:.1f} at 1 a minute, {max(sloth[3:]):.2f} from 5 on",
    )
    yield Row(
        figure="the same, every failing call tried three times by its client",
        measured=f"{max(retried):.2f}",
        value=max(retried),
        limit=math.inf,
        goal=math.inf,
    )


def _begins(events: Counts, bad: Counts, *, guarded: bool) -> int:
    """How often the alert starts to fire."""
    fires = firing(events, bad, _pairs(), budget=_BUDGET, guarded=guarded)
    return int((fires[:, 1:] & ~fires[:, :-1]).sum())


def outages(runs: int) -> Iterator[Row]:
    """Minutes from an outage to the page."""
    found = {
        level: minutes_to_page(_pairs(), budget=_BUDGET, per_minute=level, outage=0.1, runs=runs)
        for level in _LEVELS
    }
    shown = ", ".join(f"{level}/min {minutes:.0f}" for level, minutes in found.items())
    from_five = max(minutes for level, minutes in found.items() if level >= 5)
    yield Row(
        figure="minutes to page a 10 % outage, worst from 5 requests a minute on",
        measured=f"{from_five:.0f} (median; {shown})",
        value=from_five,
        limit=15,
        goal=15,
        peers="fixed guard of 5 events: 46 at 1/min, 23 at 2/min",
    )
    whole = minutes_to_page(_pairs(), budget=_BUDGET, per_minute=1, outage=1.0, runs=runs)
    yield Row(
        figure="minutes to page a whole outage at 1 request a minute",
        measured=f"{whole:.0f}",
        value=whole,
        limit=15,
        goal=15,
    )
