"""Tier 2 of sizing: a candidate of the search, simulated request by request at its peak.

Every figure is computed three times: with the central step time, and with every step as fast and
as slow as the bounds of our own errors say. So an interval holds what a slow step does to a
queue, which is more than the step itself.
"""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aegis.sizing.arrivals import Arrivals, ClosedLoop, OpenLoop, Recorded
from aegis.sizing.candidates import Objectives
from aegis.sizing.deployment import Deployment
from aegis.sizing.intervals import Interval
from aegis.sizing.layout import Floats
from aegis.sizing.scheduler_state import Limits
from aegis.sizing.simulated_errors import simulated_errors
from aegis.sizing.simulator import Disaggregation, Router, Setup, simulate
from aegis.sizing.simulator_outcome import Outcome, percentiles
from aegis.sizing.simulator_rate import Rate, RateSearch, highest_rate
from aegis.sizing.simulator_steps import ScaledStepTime, StepTime

MOST_REPLICAS = 2
"""Replicas simulated together; a larger fleet is simulated as a part with its part of the load."""

FEWEST_REQUESTS, MOST_REQUESTS = 1000, 2000
LONG_RUN = 1200
"""Requests of a run that looks for the highest rate: at least so many (`RateSearch` says why)."""

ROUNDS_OF_A_RUN = 6
"""A run lasts so many times as long as a request, so that queues have time to grow."""

WARM_UP = 0.3
SEED = 20261122


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A value and what it is when every step is as fast or as slow as our bounds say."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """Median, 95th and 99th percentile over the requests, in seconds."""

    p50: Band
    p95: Band
    p99: Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Factors on a prediction that bound the central 80 % of our errors; and their basis."""

    steps: tuple[float, float]
    ttft: tuple[float, float]
    basis: str

    @classmethod
    def of(cls, tpot: Interval, ttft: Interval, engine: str = "vllm") -> Bounds:
        """The relative bounds of tier 1 for the same case, and what the simulation adds to them.

        Where the simulation was further from measurements than the formula, its bounds are wider
        in the same proportion (in log units).
        """
        errors = simulated_errors().of(engine)
        on_steps, on_ttft = errors.widening
        where = engine if engine in simulated_errors().engines else "another engine"
        return cls(
            steps=(
                _power(tpot.low / tpot.value, on_steps),
                _power(tpot.high / tpot.value, on_steps),
            ),
            ttft=(_power(ttft.low / ttft.value, on_ttft), _power(ttft.high / ttft.value, on_ttft)),
            basis=f"{tpot.basis}; the simulation itself is {errors.ttft:g} % off mean TTFT and "
            f"{errors.tpot:g} % off TPOT (median of {errors.rows:,} published closed loops on {where})",
        )


def _power(factor: float, power: float) -> float:
    return float(factor**power)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Replicas behind a router; some of them may only read prompts.

    `request_s`: about how long a request takes, from tier 1; it decides how long runs last.
    """

    deployment: Deployment
    replicas: int
    limits: Limits
    request_s: float
    apart: Disaggregation | None = None
    router: Router = "least-outstanding"

    @property
    def whole(self) -> int:
        """Replicas altogether."""
        return self.replicas + (self.apart.readers if self.apart else 0)

    def setup(self, replicas: int) -> Setup:
        return Setup(
            limits=self.limits,
            replicas=replicas,
            router=self.router,
            disaggregation=self.apart,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What users of the fleet would see at its peak, and how sure that is."""

    fleet: Fleet
    requests: int
    ttft: Tail
    tpot: Tail
    itl: Tail
    e2e: Tail
    offered_rps: float
    goodput_rps: Band
    share_held: Band
    concurrent_per_replica: float
    queue_most: int
    preemptions: int
    holds: bool
    holds_at_slow: bool
    basis: str

    @property
    def has_later_tokens(self) -> bool:
        """Whether any answer had more than one token."""
        return not math.isnan(self.tpot.p50.value)


def part_of(fleet: Fleet, arrivals: Arrivals, request_s: float) -> tuple[int, Arrivals]:
    """At most `MOST_REPLICAS` replicas with their share of the load; all of a divided fleet.

    Drawn arrivals go on for as long as it takes to see queues grow, if a request takes
    `request_s`.
    """
    whole = fleet.apart is not None or fleet.replicas <= MOST_REPLICAS
    replicas = fleet.replicas if whole else MOST_REPLICAS
    share = replicas / fleet.replicas
    match arrivals:
        case Recorded(requests=recorded):
            kept = [r for i, r in enumerate(recorded) if i % fleet.replicas < replicas]
            return replicas, arrivals if whole else Recorded(requests=kept)
        case OpenLoop():
            rate = arrivals.rate_rps * share
            part = dataclasses.replace(arrivals, rate_rps=rate, requests=_enough(rate * request_s))
            return replicas, part
        case ClosedLoop():
            clients = max(1, round(arrivals.clients * share))
            count = _enough(clients)
            return replicas, dataclasses.replace(arrivals, clients=clients, requests=count)


def _enough(at_once: float) -> int:
    return math.ceil(min(max(ROUNDS_OF_A_RUN * at_once, FEWEST_REQUESTS), MOST_REQUESTS))


def run(fleet: Fleet, arrivals: Arrivals, *, pace: float = 1.0) -> Outcome:
    """One run of the fleet, or of its part; `pace` makes every step that many times as long."""
    replicas, part = part_of(fleet, arrivals, fleet.request_s)
    times: StepTime = fleet.deployment.step_time
    if pace != 1:
        times = ScaledStepTime(times, pace)
    return simulate(fleet.setup(replicas), part, times, random.Random(SEED))  # noqa: S311


def holds(outcome: Outcome, objectives: Objectives) -> bool:
    """Whether the objectives hold once the batch has filled."""
    return outcome.meets(objectives, warm_up=WARM_UP)


def observed(fleet: Fleet, arrivals: Arrivals, objectives: Objectives, bounds: Bounds) -> Simulated:
    """The fleet under that load, with bounds."""
    runs = [run(fleet, arrivals, pace=pace) for pace in (1.0, *bounds.steps)]
    settled = [one.settled(WARM_UP) for one in runs]
    middle = settled[0]
    together, _ = part_of(fleet, arrivals, fleet.request_s)
    scale = fleet.replicas / together
    return Simulated(
        fleet=fleet,
        requests=runs[0].arrival_s.size,
        ttft=_tail([one.ttft_s for one in settled], bounds.ttft),
        tpot=_tail([one.tpot_s for one in settled]),
        itl=_gaps(runs),
        e2e=_tail([one.e2e_s for one in settled]),
        offered_rps=_offered(middle) * scale,
        goodput_rps=_band([_offered(one) * scale * one.holding(objectives) for one in settled]),
        share_held=_band([one.holding(objectives) for one in settled]),
        concurrent_per_replica=_offered(middle) * float(np.nanmean(middle.e2e_s)) / together,
        queue_most=runs[0].queue_most,
        preemptions=runs[0].preemptions,
        holds=holds(runs[0], objectives),
        holds_at_slow=holds(runs[2], objectives),
        basis=bounds.basis,
    )


def _offered(outcome: Outcome) -> float:
    """Requests per second that came: what is answered later than the last arrival counts too."""
    span = float(np.max(outcome.arrival_s) - np.min(outcome.arrival_s))
    return (outcome.arrival_s.size - 1) / span if span > 0 else 0.0


def _band(values: Sequence[float], also: tuple[float, float] = (1.0, 1.0)) -> Band:
    value = values[0]
    every = (*values, value * also[0], value * also[1])
    return Band(value=value, low=min(every), high=max(every))


def _tail(runs: Sequence[Floats], also: tuple[float, float] = (1.0, 1.0)) -> Tail:
    each = [percentiles(values) for values in runs]
    return Tail(
        p50=_band([p.p50 for p in each], also),
        p95=_band([p.p95 for p in each], also),
        p99=_band([p.p99 for p in each], also),
    )


def _gaps(runs: Sequence[Outcome]) -> Tail:
    each = [one.itl() for one in runs]
    return Tail(
        p50=_band([p.p50 for p in each]),
        p95=_band([p.p95 for p in each]),
        p99=_band([p.p99 for p in each]),
    )


def enough_replicas(
    fleet: Fleet, arrivals: Arrivals, objectives: Objectives, *, tries: int = 8
) -> Fleet | None:
    """The smallest fleet near the given one that holds the objectives; None within `tries`.

    Begins with the given number, which the search found by means, goes up by 40 % or down by a
    fifth, and halves what is between the smallest that held and the largest that did not.
    """
    count, held, failed = fleet.replicas, 0, 0
    for _ in range(tries):
        tried = dataclasses.replace(fleet, replicas=count)
        if holds(run(tried, arrivals), objectives):
            held = count
        else:
            failed = count
        if held and held - failed <= max(1, held // 25):
            break
        if not held:
            count = max(failed + 1, math.ceil(1.4 * failed))
        elif not failed:
            count = max(1, min(held - 1, held * 4 // 5))
        else:
            count = (held + failed) // 2
    return dataclasses.replace(fleet, replicas=held) if held else None


def most(
    fleet: Fleet, arrivals: OpenLoop, objectives: Objectives, *, guess_rps: float = 0.0
) -> Rate:
    """The highest rate of the whole fleet that holds the objectives, within 5 %.

    Looks first at the guess, or at the rate of the arrivals where that is more; without a guess
    it goes up in larger steps.
    """
    start = max(guess_rps, arrivals.rate_rps)
    faster = dataclasses.replace(arrivals, rate_rps=start)
    replicas, part = part_of(fleet, faster, fleet.request_s)
    if not isinstance(part, OpenLoop):
        raise TypeError(part)
    found = highest_rate(
        fleet.setup(replicas),
        part.lengths,
        fleet.deployment.step_time,
        objectives,
        random.Random(SEED),  # noqa: S311  # a seeded simulation
        RateSearch(
            start_rps=part.rate_rps,
            cv=part.cv,
            requests=max(part.requests, LONG_RUN),
            warm_up=WARM_UP,
            most_simulated=8 * max(part.requests, LONG_RUN),
            precision=0.05,
            growth=1.4 if guess_rps else 2.0,
        ),
    )
    scale = fleet.replicas / replicas
    return dataclasses.replace(
        found, rate_rps=found.rate_rps * scale, fails_at_rps=found.fails_at_rps * scale
    )
