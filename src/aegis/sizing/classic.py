"""Models of fixed-size requests: M/G/c with batch service, by simulation.

The time of one request depends on code that no catalog knows, so it is measured. A worker takes
as many waiting requests as its batch holds; with a delay it waits so long for the batch to fill.
"""

from __future__ import annotations

import heapq
import math
import random
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aegis.sizing.layout import Floats, floats
from aegis.sizing.queueing import mean_wait_s

REQUESTS = 20_000
WARM_UP = 0.2
SEED = 20261122
MOST_WORKERS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Measured time of a batch by its size, in seconds, and how it varies (deviation over mean).

    `delay_s`: how long a worker waits for a batch to fill.
    """

    batches: tuple[tuple[int, float], ...]
    cv: float = 0.0
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        sizes = [size for size, _ in self.batches]
        if not sizes or sizes != sorted(set(sizes)) or sizes[0] < 1:
            raise ValueError("batch sizes rise from 1 or more, each once")
        if any(not (time > 0 and math.isfinite(time)) for _, time in self.batches):
            raise ValueError("the time of a batch is above zero")

    @property
    def largest(self) -> int:
        return self.batches[-1][0]

    def time_s(self, size: int) -> float:
        """Seconds of a batch of that size, straight between the measured ones.

        >>> Service(batches=((1, 0.01), (8, 0.024))).time_s(4)
        0.016
        """
        sizes = [each for each, _ in self.batches]
        at = bisect_left(sizes, size)
        if at == 0:
            return self.batches[0][1]
        if at == len(sizes):
            return self.batches[-1][1]
        (low, first), (high, last) = self.batches[at - 1], self.batches[at]
        return round(first + (last - first) * (size - low) / (high - low), 12)

    @property
    def capacity_rps(self) -> float:
        """Requests per second of one worker that is never idle."""
        return max(size / time for size, time in self.batches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """One run: latency of each request in seconds, and how busy the workers were."""

    latency_s: Floats
    busy: float
    mean_batch: float

    def at(self, percent: float) -> float:
        """That percentile of the latency, once the queue has settled."""
        start = int(WARM_UP * self.latency_s.size)
        return float(np.percentile(self.latency_s[start:], percent))


def queue(service: Service, workers: int, arrivals: Sequence[float], rng: random.Random) -> Waits:
    """Serve the arrivals (seconds, in order) first come, first served."""
    latency = np.zeros(len(arrivals))
    free = [0.0] * workers
    waiting: deque[int] = deque()
    position, worked, batches = 0, 0.0, 0
    count = len(arrivals)
    while position < count or waiting:
        ready = heapq.heappop(free)
        if not waiting:
            waiting.append(position)
            position += 1
        start = max(ready, arrivals[waiting[0]])
        full = arrivals[waiting[0]] + service.delay_s
        while len(waiting) < service.largest and position < count:
            if arrivals[position] > max(start, full):
                break
            waiting.append(position)
            position += 1
        size = min(len(waiting), service.largest)
        taken = [waiting.popleft() for _ in range(size)]
        begin = max(start, arrivals[taken[-1]] if size == service.largest else max(start, full))
        took = service.time_s(size) * _factor(rng, service.cv)
        for index in taken:
            latency[index] = begin + took - arrivals[index]
        worked += took
        batches += 1
        heapq.heappush(free, begin + took)
    span = (max(free) - arrivals[0]) * workers
    return Waits(
        latency_s=floats(latency),
        busy=worked / span if span else 0.0,
        mean_batch=count / batches,
    )


def _factor(rng: random.Random, cv: float) -> float:
    """A log-normal factor of mean 1."""
    if cv <= 0:
        return 1.0
    spread = math.log1p(cv * cv)
    return rng.lognormvariate(-spread / 2, math.sqrt(spread))


def arriving(rate: float, count: int, rng: random.Random, *, cv: float = 1.0) -> list[float]:
    """Poisson arrivals, or with Gamma-distributed gaps of another variation."""
    shape = 1 / (cv * cv) if cv > 0 else 0.0
    now, out = 0.0, []
    for _ in range(count):
        gap = (
            rng.expovariate(1.0) if cv == 1 else rng.gammavariate(shape, 1 / shape) if shape else 1
        )
        now += gap / rate
        out.append(now)
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Classic:
    """Workers that hold the objective, and what a request sees; seconds."""

    workers: int
    p50_s: float
    p95_s: float
    p99_s: float
    p95_slower_s: float
    busy: float
    mean_batch: float
    formula_wait_s: float | None
    requests: int


SLOWER = 1.2
"""How much slower the service is taken to be, to show how near the edge the answer stands."""


def size_classic(
    service: Service, *, rate: float, latency_p95_s: float, burstiness: float = 1.0
) -> Classic | str:
    """The fewest workers that hold the objective at the peak, or why none do."""
    alone = service.time_s(1) * (1 if service.cv <= 0 else _p95_of(service.cv))
    if alone > latency_p95_s:
        return (
            f"even an idle worker takes {alone * 1e3:,.1f} ms at the 95th percentile, above "
            f"{latency_p95_s * 1e3:,.1f} ms"
        )
    arrivals = arriving(rate, REQUESTS, random.Random(SEED), cv=burstiness)  # noqa: S311

    def run(workers: int, pace: float = 1.0) -> Waits:
        paced = Service(
            batches=tuple((size, time * pace) for size, time in service.batches),
            cv=service.cv,
            delay_s=service.delay_s,
        )
        return queue(paced, workers, arrivals, random.Random(SEED))  # noqa: S311

    low, high = 0, max(1, math.ceil(rate / service.capacity_rps))
    while run(high).at(95) > latency_p95_s:
        low, high = high, 2 * high
        if high > MOST_WORKERS:
            return f"even {MOST_WORKERS:,} workers do not hold {latency_p95_s * 1e3:,.1f} ms"
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if run(middle).at(95) <= latency_p95_s else (middle, high)
    seen = run(high)
    single = service.largest == 1 and burstiness == 1
    return Classic(
        workers=high,
        p50_s=seen.at(50),
        p95_s=seen.at(95),
        p99_s=seen.at(99),
        p95_slower_s=run(high, SLOWER).at(95),
        busy=seen.busy,
        mean_batch=seen.mean_batch,
        formula_wait_s=mean_wait_s(high, rate, service.time_s(1), service.cv) if single else None,
        requests=REQUESTS,
    )


def _p95_of(cv: float) -> float:
    """The 95th percentile of a log-normal of mean 1."""
    spread = math.log1p(cv * cv)
    return math.exp(1.6449 * math.sqrt(spread) - spread / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Workers of a batch job; hours from the first item to the last."""

    workers: int
    fewest: int
    hours: float
    hours_low: float
    rate_needed: float


STEADY = 0.7
"""Share of a measured rate that a job keeps: retries and stragglers take the rest."""


def size_job(*, items: float, items_per_s: float, deadline_s: float) -> Job:
    """Workers that finish in time at 70 % of the measured rate; bounds from a perfect run.

    >>> job = size_job(items=1_000_000, items_per_s=20.0, deadline_s=6 * 3600)
    >>> job.workers, job.fewest, round(job.hours, 2)
    (4, 3, 4.96)
    """
    fewest = math.ceil(items / (items_per_s * deadline_s) - 1e-9)
    workers = max(1, math.ceil(items / (items_per_s * STEADY * deadline_s) - 1e-9))
    return Job(
        workers=workers,
        fewest=max(1, fewest),
        hours=items / (items_per_s * STEADY * workers) / 3600,
        hours_low=items / (items_per_s * workers) / 3600,
        rate_needed=items / deadline_s,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeted:
    """One figure of a device against its budget, in the same unit."""

    figure: str
    measured: float
    budget: float
    unit: str

    @property
    def holds(self) -> bool:
        return self.measured <= self.budget


def size_edge(rows: Sequence[tuple[str, float | None, float | None, str]]) -> tuple[Budgeted, ...]:
    """The measured figures that have a budget; a figure without one is left out.

    >>> [b.holds for b in size_edge([("memory", 120.0, 100.0, "MB"), ("latency", None, 30.0, "ms")])]
    [False]
    """
    return tuple(
        Budgeted(figure=figure, measured=measured, budget=budget, unit=unit)
        for figure, measured, budget, unit in rows
        if measured is not None and budget is not None
    )


def battery_share(joules: float, per_day: float, battery_wh: float) -> float:
    """Share of a battery's charge that a day of inferences takes.

    >>> battery_share(0.5, 7200, 10.0)
    0.1
    """
    return joules * per_day / (battery_wh * 3600)
