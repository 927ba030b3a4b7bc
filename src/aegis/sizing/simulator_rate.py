"""The highest rate of requests under which the objectives hold, by simulation."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from aegis.sizing.arrivals import Lengths, OpenLoop, Recorded, Request, at_rate, drawn
from aegis.sizing.candidates import Objectives
from aegis.sizing.simulator import Setup, simulate
from aegis.sizing.simulator_outcome import Outcome
from aegis.sizing.simulator_steps import StepTime


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSearch:
    """How to look: where to start, `requests` a rate, and when to stop.

    A short run ends before its queue has grown: too few requests find too high a rate (with 250
    chat requests about twice the rate that 5,000 find). So the first half of a run, `warm_up`,
    is not judged, and a run has 2,000 requests unless told otherwise.

    Stops at a relative `precision` or when another run would exceed `most_simulated` requests.
    `cv` is the coefficient of variation of the gaps between arrivals (`OpenLoop`). `growth`: factor
    to the next rate while all hold; near 1 where `start_rps` is a good guess.
    """

    start_rps: float = 1.0
    cv: float = 1.0
    requests: int = 2000
    warm_up: float = 0.5
    most_simulated: int = 60_000
    precision: float = 0.02
    growth: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The highest rate that held, the lowest that was seen to fail (infinite: none), the run.

    `outcome` is the run at `rate_rps`, `failing` that at `fails_at_rps`; at rate 0, not even the
    lowest rate tried held.
    """

    rate_rps: float
    fails_at_rps: float
    outcome: Outcome
    failing: Outcome | None
    simulated: int


def highest_rate(
    setup: Setup,
    lengths: Lengths,
    step_time: StepTime,
    objectives: Objectives,
    rng: random.Random,
    search: RateSearch,
) -> Rate:
    """The most requests per second that hold the objectives, by doubling and bisection.

    All rates are tried with one set of requests and gaps, only faster or slower, so that the
    comparison between rates is free of chance.
    """
    requests, start = search.requests, search.start_rps
    base = drawn(OpenLoop(rate_rps=1.0, requests=requests, lengths=lengths, cv=search.cv), rng)
    runs = _Runs(setup, base, step_time, objectives, rng.getrandbits(64))
    runs.warm_up = search.warm_up
    rate, held, fails = start, 0.0, math.inf
    while runs.simulated + requests <= search.most_simulated:
        if runs.holds(rate):
            held = rate
        else:
            fails = rate
        if math.isfinite(fails) and fails - held <= search.precision * fails:
            break
        if fails < start * 1e-4 or held > start * 1e6:
            break
        if math.isinf(fails):
            rate = held * search.growth
        elif held == 0:
            rate = fails / search.growth
        else:
            rate = math.sqrt(held * fails)
    best = runs.best or runs.run(rate)
    return Rate(
        rate_rps=held,
        fails_at_rps=fails,
        outcome=best,
        failing=runs.failing,
        simulated=runs.simulated,
    )


class _Runs:
    """Runs at several rates, and the one with the highest rate that held."""

    def __init__(
        self,
        setup: Setup,
        base: Sequence[Request],
        step_time: StepTime,
        objectives: Objectives,
        seed: int,
    ) -> None:
        self._setup, self._base, self._time = setup, base, step_time
        self._objectives, self._seed = objectives, seed
        self.warm_up = 0.0
        self.simulated = 0
        self.best: Outcome | None = None
        self.failing: Outcome | None = None

    def run(self, rate: float) -> Outcome:
        self.simulated += len(self._base)
        recorded = Recorded(requests=at_rate(self._base, rate))
        return simulate(self._setup, recorded, self._time, random.Random(self._seed))  # noqa: S311

    def holds(self, rate: float) -> bool:
        outcome = self.run(rate)
        holds = outcome.meets(self._objectives, warm_up=self.warm_up)
        if holds:
            self.best = outcome
        else:
            self.failing = outcome
        return holds
