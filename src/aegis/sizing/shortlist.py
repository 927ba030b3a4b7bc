"""From the search's candidates to the few that are simulated, and how many replicas they need."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aegis.sizing.adapters import Adapters
from aegis.sizing.architecture import Architecture
from aegis.sizing.arrivals import Arrivals, ClosedLoop, Lengths, OpenLoop, Recorded, Request
from aegis.sizing.calibration_file import Calibration
from aegis.sizing.candidates import Candidate, Load, Objectives
from aegis.sizing.deployment import Deployment, fitting
from aegis.sizing.hardware import Device
from aegis.sizing.refusal import Unanswerable
from aegis.sizing.scheduler_state import Speculation
from aegis.sizing.simulated import (
    WARM_UP,
    Bounds,
    Fleet,
    Simulated,
    enough_replicas,
    holds,
    most,
    observed,
    run,
)
from aegis.sizing.simulator_rate import Rate

ANY_REQUESTS = 1
"""How many are drawn is decided by how long a request takes (`simulated.part_of`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What the fleet meets: lengths and how they vary, and when requests come.

    `recorded` requests outrank `clients`, and these the rate of the load. `shared_tokens` leading
    tokens of a prompt are one of `groups` prefixes; only the rest of the prompt varies.
    """

    load: Load
    burstiness: float = 1.0
    length_cv: float = 1.0
    shared_tokens: int = 0
    groups: int = 1
    clients: int = 0
    recorded: tuple[Request, ...] = ()

    def arrivals(self, most_tokens: float) -> Arrivals:
        """The requests, none longer than fits."""
        if self.recorded:
            return Recorded(requests=self.recorded)
        fresh = 1 - self.shared_tokens / max(self.load.input_tokens, self.shared_tokens, 1)
        lengths = fitting(
            Lengths(
                prompt_tokens=math.ceil(self.load.input_tokens),
                output_tokens=math.ceil(self.load.output_tokens),
                prompt_cv=self.length_cv * fresh,
                output_cv=self.length_cv if self.load.output_tokens > 1 else 0.0,
                groups=self.groups,
                shared_tokens=self.shared_tokens,
            ),
            most_tokens,
        )
        if self.clients:
            return ClosedLoop(clients=self.clients, requests=ANY_REQUESTS, lengths=lengths)
        return OpenLoop(
            rate_rps=self.load.peak_rps,
            requests=ANY_REQUESTS,
            lengths=lengths,
            cv=self.burstiness,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What the engine is told to do beyond batching."""

    kv_bits: float = 16
    prefix_cache: bool = False
    speculation: Speculation | None = None
    adapters: Adapters | None = None
    calibrations: tuple[Calibration, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A candidate after its simulation; without one it does not hold at any number tried.

    `missed` says what the simulation saw then; `breaks` what gives way first above the highest
    rate.
    """

    candidate: Candidate
    deployment: Deployment
    simulated: Simulated | None
    highest: Rate | None = None
    breaks: str = ""
    missed: str = ""
    calibrated: bool = False

    @property
    def serving(self) -> int:
        """Replicas that serve the peak."""
        return self.simulated.fleet.whole if self.simulated else self.candidate.replicas


def few(
    candidates: Sequence[Candidate], count: int, cost: Callable[[Candidate], float]
) -> tuple[Candidate, ...]:
    """The cheapest, each device once; the published precision of the first goes with them."""
    ordered = sorted(
        candidates, key=lambda c: (cost(c), c.needs_evaluation, c.devices, c.ttft.value)
    )
    chosen: list[Candidate] = []
    for candidate in ordered:
        if len(chosen) < count and candidate.shape.device not in {c.shape.device for c in chosen}:
            chosen.append(candidate)
    if chosen and chosen[0].needs_evaluation:
        device = chosen[0].shape.device
        same = [c for c in ordered if c.shape.device == device and not c.needs_evaluation]
        chosen[1:1] = same[:1]
    return tuple(chosen)


def judge(
    candidate: Candidate,
    *,
    arch: Architecture,
    devices: Mapping[str, Device],
    traffic: Traffic,
    ways: Ways,
    objectives: Objectives,
) -> Judged:
    """The candidate with as many replicas as its simulation asks for."""
    shape = candidate.shape
    fits = [c for c in ways.calibrations if c.describes(arch.name, shape)]
    deployment = Deployment(
        arch=arch,
        device=devices[shape.device],
        shape=shape,
        kv_bits=ways.kv_bits,
        prefix_cache=ways.prefix_cache,
        speculation=ways.speculation,
        adapters=ways.adapters,
        calibrated=fits[-1].step_time if fits else None,
    )
    limits = deployment.limits(traffic.load.input_tokens + traffic.load.output_tokens)
    if fits:
        limits = fits[-1].limits(limits)
    first = Fleet(
        deployment=deployment,
        replicas=candidate.replicas,
        limits=limits,
        request_s=candidate.latency_s(traffic.load.output_tokens),
    )
    arrivals = traffic.arrivals(_most_tokens(first))
    enough = enough_replicas(first, arrivals, objectives)
    if enough is None:
        missed = _missed(first, arrivals, objectives)
        return Judged(candidate=candidate, deployment=deployment, simulated=None, missed=missed)
    bounds = _bounds(candidate)
    if fits:
        bounds = fits[-1].bounds(
            sequences=max(candidate.batch_at_peak, 1.0),
            context_tokens=traffic.load.input_tokens + traffic.load.output_tokens / 2,
            prompt_tokens=traffic.load.input_tokens,
        )
    return Judged(
        candidate=candidate,
        deployment=deployment,
        simulated=observed(enough, arrivals, objectives, bounds),
        calibrated=bool(fits),
    )


def _bounds(candidate: Candidate) -> Bounds:
    return Bounds.of(candidate.tpot, candidate.ttft, candidate.shape.engine)


def _missed(fleet: Fleet, arrivals: Arrivals, objectives: Objectives) -> str:
    """What a fleet with plenty of replicas still misses."""
    plenty = dataclasses.replace(fleet, replicas=16 * fleet.replicas)
    outcome = run(plenty, arrivals)
    if outcome.refused:
        return "some requests are longer than the cache of one replica"
    ttft, tpot = outcome.ttft().p95 * 1e3, outcome.tpot().p95 * 1e3
    return (
        f"simulated with many replicas, 95 % of requests see {ttft:,.0f} ms to the first token "
        f"and {tpot:,.1f} ms per token: "
        + ("a burst, not the mean, breaks the objective" if holds(outcome, objectives)
           else "lengths vary too much for these objectives")
    )  # fmt: skip


def with_highest(judged: Judged, traffic: Traffic, objectives: Objectives) -> Judged:
    """The same with the highest rate its fleet holds; only a rate can be raised."""
    if judged.simulated is None or traffic.recorded or traffic.clients:
        return judged
    fleet = judged.simulated.fleet
    arrivals = traffic.arrivals(_most_tokens(fleet))
    if not isinstance(arrivals, OpenLoop):
        return judged
    formula = judged.candidate.rps_per_replica.value * fleet.replicas
    guess = 0.0 if judged.calibrated else formula  # the formula knows nothing of that machine
    highest = most(fleet, arrivals, objectives, guess_rps=guess)
    return dataclasses.replace(judged, highest=highest, breaks=_breaks(highest, objectives))


def _breaks(highest: Rate, objectives: Objectives) -> str:
    """What gives way first, at the lowest rate that the fleet was seen to fail."""
    if highest.failing is None:
        return ""
    outcome = highest.failing.settled(WARM_UP)
    at = f"at {highest.fails_at_rps:,.3g} req/s"
    lost = f", after {outcome.preemptions:,} losses of cache" if outcome.preemptions else ""
    ttft, tpot = outcome.ttft().p95, outcome.tpot().p95
    if math.isnan(tpot) or ttft / objectives.ttft_s >= tpot / objectives.tpot_s:
        return f"{at} time to first token gives way first: {ttft * 1e3:,.0f} ms at p95{lost}"
    return f"{at} time per output token gives way first: {tpot * 1e3:,.1f} ms at p95{lost}"


def over_loads(
    judged: Judged, traffic: Traffic, objectives: Objectives, rates: Sequence[float]
) -> tuple[Simulated, ...]:
    """The fleet under each of the rates; nothing for a recording or waiting clients."""
    if judged.simulated is None or traffic.recorded or traffic.clients:
        return ()
    fleet = judged.simulated.fleet
    arrivals = traffic.arrivals(_most_tokens(fleet))
    bounds = _bounds(judged.candidate)
    if not isinstance(arrivals, OpenLoop):
        return ()
    return tuple(
        observed(fleet, dataclasses.replace(arrivals, rate_rps=rate), objectives, bounds)
        for rate in rates
    )


def _most_tokens(fleet: Fleet) -> float:
    """Longest request that both the model and the cache of one replica can hold."""
    held = fleet.limits.kv_blocks * fleet.limits.block_tokens
    return min(held, fleet.deployment.arch.max_context_tokens or math.inf)


def divided(
    judged: Judged, traffic: Traffic, objectives: Objectives, bytes_per_s: float
) -> Simulated | Unanswerable | None:
    """The smallest fleet of readers and decoders that holds; None where up to three more do not.

    Same shape for both kinds; every way to divide is tried, fewest replicas first.
    """
    if judged.simulated is None:
        return None
    fleet, deployment = judged.simulated.fleet, judged.deployment
    arrivals = traffic.arrivals(_most_tokens(fleet))
    bounds = _bounds(judged.candidate)
    for whole in range(max(2, fleet.replicas), fleet.replicas + 4):
        for readers in range(1, min(whole, 8)):
            apart = deployment.disaggregated(readers, fleet.limits, bytes_per_s)
            if isinstance(apart, Unanswerable):
                return apart
            tried = dataclasses.replace(fleet, replicas=whole - readers, apart=apart)
            if holds(run(tried, arrivals), objectives):
                return observed(tried, arrivals, objectives, bounds)
    return None
