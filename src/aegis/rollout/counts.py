"""Running totals as sources give them, and what was gained between two looks.

A document of counts is JSON::

    {"at_s": 1764000000,
     "metrics": {"errors": {"canary": {"events": 3, "total": 120},
                            "stable": {"events": {"pod-1": 2, "pod-2": 5},
                                       "total": {"pod-1": 900, "pod-2": 940}}}}}

Every figure is a running total since its process started, one number or one a process. A document
may come twice, late, without a metric or after a restart: what cannot be known is left out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, ValidationError

from aegis.base.model import Frozen
from aegis.stats.counters import Reading, increments

Arm = Literal["canary", "stable", "pairs"]
Total = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SeriesKey(NamedTuple):
    """One counter of one process. The name of a series begins with its process and a bar."""

    metric: str
    arm: str
    counter: str
    series: str

    @property
    def process(self) -> str:
        """What restarts as one."""
        return self.series.split("|", 1)[0]


Samples = Mapping[SeriesKey, tuple[Reading, ...]]
Gained = dict[str, dict[str, dict[str, float]]]
"""Metric → arm → counter → how much was gained."""


class Snapshot(Frozen):
    """One document of counts; `pairs` holds requests that both arms answered (shadow traffic).

    Counters of `pairs`: `lost` (only stable was right), `won` (only the canary), `both` (both
    wrong) and `total`.
    """

    at_s: Annotated[float, Field(allow_inf_nan=False)]
    metrics: dict[str, dict[Arm, dict[str, Total | dict[str, Total | None] | None]]]

    def samples(self) -> dict[SeriesKey, tuple[Reading, ...]]:
        """Its totals by series; a missing total (null) is no reading."""
        found: dict[SeriesKey, tuple[Reading, ...]] = {}
        for metric, arms in self.metrics.items():
            for arm, counters in arms.items():
                for counter, totals in counters.items():
                    by_process = totals if isinstance(totals, dict) else {"": totals}
                    for process, total in by_process.items():
                        if total is not None:
                            key = SeriesKey(metric, arm, counter, process)
                            found[key] = (Reading(self.at_s, total),)
        return found


class CountsError(ValueError):
    """A document of counts that cannot be read; says where and why."""


def read_snapshot(text: str, *, where: str) -> Snapshot:
    """A document of counts.

    Raises:
        CountsError: it is not one; the message names the place.
    """
    try:
        return Snapshot.model_validate(json.loads(text))
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        raise CountsError(f"{where}: {path}: {first['msg']}") from None
    except ValueError as error:
        raise CountsError(f"{where}: not JSON: {error}") from None


def read_snapshots(lines: Iterable[str], *, path: str) -> tuple[list[Snapshot], list[str]]:
    """The documents of a recorded file in time order, and a sentence for each line that is none.

    A broken line loses nothing else.
    """
    found, problems = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(read_snapshot(line, where=f"{path}:{number}"))
        except CountsError as error:
            problems.append(str(error))
    return sorted(found, key=lambda snapshot: snapshot.at_s), problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Gains:
    """What was gained since the readings before, the newest readings, and what was odd."""

    gained: Gained
    last: dict[SeriesKey, Reading]
    oddities: tuple[str, ...] = ()


def gains(last: Mapping[SeriesKey, Reading], fresh: Samples, *, since_s: float) -> Gains:
    """The gains of every counter over its last known readings.

    A reading that is not newer than the last known one was counted already. A series that is seen
    for the first time gains nothing by that, because its total may be old; unless its process was
    there at the last look, for then the counter began at zero since (exporters create a counter
    with its first event). A total that falls is a restart, and the new total is the gain.
    """
    known = {(key.metric, key.arm, key.process) for key in last}
    newest = dict(last)
    found: Gained = {}
    resets: dict[tuple[str, str], int] = {}
    for key, readings in fresh.items():
        before = last.get(key)
        news = tuple(
            r for r in readings if not math.isnan(r.total) and (not before or r.at_s > before.at_s)
        )
        if not news:
            continue  # nothing new is no data: what stands still may be dead
        counters = found.setdefault(key.metric, {}).setdefault(key.arm, {})
        if before is None and (key.metric, key.arm, key.process) in known:
            before = Reading(min(since_s, news[0].at_s - 1e-3), 0.0)
        steps = increments((before, *news) if before else news)
        counters[key.counter] = counters.get(key.counter, 0.0) + steps.count
        newest[key] = max(news, key=lambda r: r.at_s)
        if steps.resets:
            at = (key.metric, key.arm)
            resets[at] = resets.get(at, 0) + steps.resets
    oddities = tuple(f"{metric}: a counter of {arm} began again" for metric, arm in sorted(resets))
    return Gains(gained=found, last=newest, oddities=oddities)
