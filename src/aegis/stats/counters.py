"""Running totals turned into increments, whatever happened to the counter on the way.

Counters restart at zero with their process, scrapes arrive twice, late or not at all. None of
this may invent an event: what cannot be known is left out, and said.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aegis.stats.label import Look


@dataclass(frozen=True, slots=True)
class Reading:
    """A running total at one moment, in seconds of any clock that all readings share."""

    at_s: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Increment:
    """What a counter gained between two readings; a lower bound if it was reset between them."""

    from_s: float
    to_s: float
    count: float
    was_reset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Increments:
    """The increments of one counter in time order, and what was odd about its readings."""

    steps: tuple[Increment, ...]
    resets: int = 0
    duplicates: int = 0

    @property
    def count(self) -> float:
        """Everything the counter gained."""
        return sum(step.count for step in self.steps)


def increments(readings: Iterable[Reading]) -> Increments:
    """The gains of one series between its readings.

    Readings may come in any order. Of two at the same moment the larger counts, because a counter
    only grows; the other is a duplicate. A total below the one before means that the process
    restarted: the gain is then the new total, as in Prometheus' `increase`. Totals that are
    missing (NaN) are skipped, and the next reading covers the gap. One reading gains nothing.

    >>> readings = [Reading(0, 10), Reading(30, 3), Reading(20, 14), Reading(20, 14)]
    >>> [step.count for step in increments(readings).steps]
    [4, 3]
    >>> increments(readings).resets, increments(readings).duplicates
    (1, 1)
    """
    known = [reading for reading in readings if not math.isnan(reading.total)]
    totals: dict[float, float] = {}
    for reading in known:
        totals[reading.at_s] = max(reading.total, totals.get(reading.at_s, reading.total))
    times = sorted(totals)
    steps = tuple(
        _step(from_s, to_s, totals[from_s], totals[to_s])
        for from_s, to_s in itertools.pairwise(times)
    )
    return Increments(
        steps=steps,
        resets=sum(step.was_reset for step in steps),
        duplicates=len(known) - len(totals),
    )


def _step(from_s: float, to_s: float, before: float, after: float) -> Increment:
    was_reset = after < before
    gained = after if was_reset else after - before
    return Increment(from_s=from_s, to_s=to_s, count=gained, was_reset=was_reset)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReadings:
    """The series of one arm: bad events and all requests, one list a replica."""

    bad: Mapping[str, tuple[Reading, ...]]
    total: Mapping[str, tuple[Reading, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """The looks that the readings support, and how many windows had to be left out."""

    looks: tuple[Look, ...]
    skipped: int = 0


def looks(*, canary: ArmReadings, stable: ArmReadings, ends_s: Iterable[float]) -> Looks:
    """One look for each window between two neighbouring ends.

    A step counts in the window that holds its end, so late readings move events to a later window
    and lose none. A window in which an arm shows more bad events than requests (one of its
    counters was reset, the other not) says nothing and is skipped.
    """
    ends = sorted(set(ends_s))
    counts = [
        [_per_window(series, ends) for series in (arm.bad, arm.total)] for arm in (canary, stable)
    ]
    windows = max(len(ends) - 1, 0)
    made: list[Look] = []
    for i in range(windows):
        (canary_bad, canary_total), (stable_bad, stable_total) = (
            (round(bad[i]), round(total[i])) for bad, total in counts
        )
        if canary_bad <= canary_total and stable_bad <= stable_total:
            made.append(
                Look(
                    canary_bad=canary_bad,
                    canary_total=canary_total,
                    stable_bad=stable_bad,
                    stable_total=stable_total,
                )
            )
    return Looks(looks=tuple(made), skipped=windows - len(made))


def _per_window(series: Mapping[str, tuple[Reading, ...]], ends: list[float]) -> list[float]:
    counts = [0.0] * len(ends)  # the last one takes what came after the last end
    for readings in series.values():
        for step in increments(readings).steps:
            window = bisect.bisect_left(ends, step.to_s) - 1
            if window >= 0:
                counts[window] += step.count
    return counts
