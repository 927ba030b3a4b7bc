"""Which accelerators, how many, at what price: sizing for a workload without a brief."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

from aegis.catalog.loader import digest, prices
from aegis.catalog.types import Accelerator
from aegis.operations.size_beside import shared_fleet
from aegis.operations.size_question import (
    CannotSizeError,
    SizeQuestion,
    devices,
    known_architecture,
    own_machine,
)
from aegis.operations.size_results import LoadSeen, SimulatedRow, SizeResult, SizeRow, TrafficUsed
from aegis.operations.size_rows import (
    adapter_row,
    alternatives,
    asks,
    cold_start_row,
    front,
    memory_use,
    notes,
    reserve_row,
    rival_rows,
    row,
    simulated_row,
)
from aegis.sizing.architecture import Architecture
from aegis.sizing.candidates import Candidate, Found, Load, Objectives
from aegis.sizing.cost import cheapest
from aegis.sizing.deployment import Deployment
from aegis.sizing.fleet import spare_replicas
from aegis.sizing.hardware import Device
from aegis.sizing.precision import precision_named
from aegis.sizing.prices import EXCLUDES, Offer, from_catalog, offers_for
from aegis.sizing.refusal import Unanswerable
from aegis.sizing.search import Space, search
from aegis.sizing.shortlist import Judged, divided, few, judge, over_loads, with_highest
from aegis.sizing.simulated import Simulated

CURVE = (0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 1.05, 1.15)
"""Shares of the highest rate at which a curve is drawn."""

MOST_DEVICES = 8
"""Devices of one replica, at most."""

MOST_TRIED = 2
"""Times the short list's length that is simulated until enough of it holds."""


def size_model(question: SizeQuestion) -> SizeResult:
    """Every device that holds the objectives, the cheapest few simulated, with dated prices.

    Raises:
        CannotSizeError: the model, the load or the hardware cannot be sized; says what would help.
    """
    name, arch = known_architecture(question.model, question.arch)
    own = own_machine(question)
    if own is not None:
        question = dataclasses.replace(question, engine=own.engine)
    chosen = devices(question)
    sizing = _Sizing(question, arch, chosen)
    found = sizing.found()
    judged = sizing.judged(found)
    best = judged[0] if judged else None
    rows = sizing.rows(found, judged)
    if best is not None:
        judged[0] = best = with_highest(best, question.traffic, question.objectives)
        rows[0] = sizing.row_of(best)
    rows = list(front(rows, question.traffic.load.output_tokens))
    first = rows[0]
    candidate = best.candidate if best else found.candidates[0]
    cold = cold_start_row(candidate, question.load_gb_per_s)
    return SizeResult(
        model=name,
        traffic=_asked(question, first),
        rows=tuple(rows),
        recommended=first,
        reserve=reserve_row(question, first, cold),
        cold_start=cold,
        memory=None if own else memory_use(sizing.deployment(candidate)),
        alternatives=alternatives(rows),
        rivals=rival_rows(name, question, first),
        adapters=adapter_row(arch, question),
        shared=shared_fleet(question, name, arch, sizing.devices[first.accelerator]),
        disaggregated=sizing.divided(best),
        load_curve=sizing.curve(best),
        misses=tuple(dict.fromkeys([m.reason for m in found.misses] + sizing.missed)),
        notes=notes(question, first, found_calibrated=sizing.calibrated),
        asks=asks(question, first),
        considered=found.points,
        excludes=EXCLUDES,
        catalog=digest(),
        measure=_measure(question, name),
    )


def _measure(question: SizeQuestion, model: str) -> str:
    load = question.traffic.load
    how = (
        f"--concurrency {question.traffic.clients}"
        if question.traffic.clients
        else f"--rate {load.peak_rps / 2:.3g}"
    )
    return (
        f"aegis bench https://staging.example/v1 --model {model} {how} "
        f"--input {load.input_tokens:.0f} --output {load.output_tokens:.0f}"
    )


def _asked(question: SizeQuestion, first: SizeRow) -> TrafficUsed:
    traffic, load = question.traffic, question.traffic.load
    if traffic.recorded:
        kind = f"recorded, its {len(traffic.recorded):,} busiest requests"
    elif traffic.clients:
        kind = f"{traffic.clients:,} clients, each waiting for its answer"
    elif traffic.burstiness == 1:
        kind = "Poisson"
    else:
        kind = f"Gamma with a coefficient of variation of {traffic.burstiness:g}"
    return TrafficUsed(
        peak_rps=first.simulated.offered_rps
        if traffic.clients and first.simulated
        else load.peak_rps,
        mean_rps=load.mean_rps,
        input_tokens=load.input_tokens,
        output_tokens=load.output_tokens,
        arrivals=kind,
        length_cv=None if traffic.recorded else traffic.length_cv,
        ttft_objective_ms=_milliseconds(question.objectives.ttft_s),
        tpot_objective_ms=_milliseconds(question.objectives.tpot_s),
    )


def _milliseconds(seconds: float) -> float | None:
    return 1e3 * seconds if math.isfinite(seconds) else None


def _where(candidate: Candidate) -> str:
    shape = candidate.shape
    split = "" if shape.devices == shape.tp else f" (TP {shape.tp}, EP {shape.ep}, DP {shape.dp})"
    return f"on {shape.devices} × {shape.device} in {shape.precision}{split}"


def _alike(candidate: Candidate) -> tuple[str, str, int]:
    """Layouts of one device, precision and size differ little: one of them is simulated."""
    return (candidate.shape.device, candidate.shape.precision, candidate.shape.devices)


@dataclass
class _Sizing:
    """One question on its way through both tiers."""

    question: SizeQuestion
    arch: Architecture
    chosen: list[tuple[Device, Accelerator]]

    def __post_init__(self) -> None:
        question = self.question
        every = question.offers or from_catalog(prices())
        self.devices = {d.name: d for d, _ in self.chosen}
        self.named = {d.name: a for d, a in self.chosen}
        self.offers: dict[str, tuple[Offer, ...]] = {
            d: offers_for(every, d, question.wanted) for d in self.devices
        }
        self.missed: list[str] = []
        self.calibrated = False

    @property
    def _is_special(self) -> bool:
        """Whether the formula alone does not know what the engine is told to do."""
        ways = self.question.ways
        return bool(ways.speculation or ways.adapters or self.question.traffic.clients)

    def found(self) -> Found:
        """Tier 1: every shape by formula."""
        question = self.question
        load, wishes = self._formula_load(), question.objectives
        if question.ways.speculation:
            longer = wishes.tpot_s * question.ways.speculation.acceptance_length
            wishes = Objectives(ttft_s=wishes.ttft_s, tpot_s=longer)
        if question.traffic.clients and not math.isfinite(wishes.tpot_s + wishes.ttft_s):
            raise CannotSizeError(
                "clients that wait ask for as much as they are served",
                "say how fast it must be: --ttft-p95 and --tpot-p95",
            )
        own = own_machine(question)
        space = Space(
            devices=list(self.devices.values()),
            engines=(question.engine,),
            kv_bits=question.ways.kv_bits,
            precisions=(precision_named(own.precision),) if own else (),
            most_devices=own.tensor_parallel if own else MOST_DEVICES,
        )
        found = search(self.arch, load, wishes, space)
        if not found.candidates:
            refusal = found.refusals[0]
            raise CannotSizeError(
                refusal.reason,
                f"{refusal.mend}. A measurement of yours decides: {_measure(question, question.model)}",
            )
        return found

    def _formula_load(self) -> Load:
        """The load as the formula sees it: a shared prefix is read once."""
        traffic = self.question.traffic
        load = traffic.load
        fresh = load.input_tokens
        if self.question.ways.prefix_cache and traffic.shared_tokens < fresh:
            fresh -= traffic.shared_tokens
        return Load(
            peak_rps=load.peak_rps,
            mean_rps=load.mean_rps,
            input_tokens=max(fresh, 1.0),
            output_tokens=load.output_tokens,
            length_variation=load.length_variation,
        )

    def _cost(self, candidate: Candidate) -> float:
        whole = candidate.replicas + spare_replicas(candidate.replicas, self.question.zones)
        return self._hourly(candidate, whole)

    def _hourly(self, candidate: Candidate, replicas: int) -> float:
        count = replicas * candidate.shape.devices
        offer = cheapest(self.offers[candidate.shape.device], count)
        return math.inf if offer is None else offer.cost_per_hour(count)

    def judged(self, found: Found) -> list[Judged]:
        """Tier 2: the cheapest few, simulated; those that hold, cheapest first.

        A simulation may ask for more replicas than the formula, so any other shape that by formula
        costs less than the best so far is simulated too, up to a bound.
        """
        question = self.question
        if question.simulate == 0 and not self._is_special:
            return []
        wanted = max(question.simulate, 1)
        held: list[Judged] = []
        tried: list[Candidate] = []
        waiting = list(self._few(found, found.candidates, wanted))
        while waiting and len(tried) < MOST_TRIED * wanted + 1:
            candidate = waiting.pop(0)
            tried.append(candidate)
            one = self._judge(candidate)
            held += [one] if one.simulated else []
            if not waiting:
                waiting = self._next(found, held, tried)
        if not held:
            raise CannotSizeError(
                f"by formula {len(found.candidates)} shapes hold, simulated none of the cheapest "
                f"does: {self.missed[0]}",
                "widen an objective, give the lengths' real variation with --length-cv or a "
                f"recording, or measure: {_measure(question, question.model)}",
            )
        return sorted(held, key=self._order)

    def _judge(self, candidate: Candidate) -> Judged:
        question = self.question
        one = judge(
            candidate,
            arch=self.arch,
            devices=self.devices,
            traffic=question.traffic,
            ways=question.ways,
            objectives=question.objectives,
        )
        self.calibrated |= one.calibrated
        if one.simulated is None:
            self.missed.append(f"{_where(candidate)}: {one.missed}")
        return one

    def _next(self, found: Found, held: list[Judged], tried: list[Candidate]) -> list[Candidate]:
        """What else must be simulated: nothing holds yet, or another looks cheaper by formula."""
        seen = {_alike(c) for c in tried}
        rest = [c for c in found.candidates if _alike(c) not in seen]
        if not held:
            return list(self._few(found, rest, 1))
        best = min((self._judged_cost(one) for one in held), default=math.inf)
        return [c for c in self._few(found, rest, 1) if self._cost(c) < best]

    def _few(self, found: Found, among: Sequence[Candidate], count: int) -> tuple[Candidate, ...]:
        listed = few(among, count, self._cost)
        if among is not found.candidates:
            return listed
        calibrated = [
            c
            for c in found.candidates
            if c not in listed
            and any(f.describes(self.arch.name, c.shape) for f in self.question.ways.calibrations)
        ]
        return (*calibrated, *listed)

    def _judged_cost(self, judged: Judged) -> float:
        whole = judged.serving + spare_replicas(judged.serving, self.question.zones)
        return self._hourly(judged.candidate, whole)

    def _order(self, judged: Judged) -> tuple[float, bool, int]:
        """Cheapest first; at one cost the precision that needs no evaluation."""
        candidate = judged.candidate
        return (self._judged_cost(judged), candidate.needs_evaluation, candidate.devices)

    def deployment(self, candidate: Candidate) -> Deployment:
        ways = self.question.ways
        return Deployment(
            arch=self.arch,
            device=self.devices[candidate.shape.device],
            shape=candidate.shape,
            kv_bits=ways.kv_bits,
            adapters=ways.adapters,
        )

    def row_of(self, one: Judged | Candidate) -> SizeRow:
        candidate = one.candidate if isinstance(one, Judged) else one
        name = candidate.shape.device
        return row(
            candidate,
            self.named[name],
            self.offers[name],
            self.question,
            judged=one if isinstance(one, Judged) else None,
        )

    def rows(self, found: Found, judged: list[Judged]) -> list[SizeRow]:
        """Simulated ones first; the others by formula, cheapest first, where it knows enough."""
        simulated = {j.candidate.shape for j in judged}
        refuted = {m.partition(":")[0] for m in self.missed}
        rest = [] if self._is_special else [
            c for c in found.candidates
            if c.shape not in simulated
            and _where(c) not in refuted
        ]  # fmt: skip
        rest.sort(key=lambda c: (self._cost(c), c.devices, c.ttft.value))
        return [self.row_of(j) for j in judged] + [self.row_of(c) for c in rest]

    def curve(self, best: Judged | None) -> tuple[LoadSeen, ...]:
        """The recommended fleet from a tenth of its highest rate to a little beyond it."""
        if not self.question.curve or best is None or best.highest is None:
            return ()
        most = best.highest.rate_rps or self.question.traffic.load.peak_rps
        rates = [most * share for share in CURVE]
        seen = over_loads(best, self.question.traffic, self.question.objectives, rates)
        rows = [simulated_row(one) for one in seen]
        return tuple(
            LoadSeen(
                rps=rate,
                ttft_p95_ms=r.ttft_ms.p95,
                tpot_p95_ms=r.tpot_ms.p95 if r.tpot_ms else None,
            )
            for rate, r in zip(rates, rows, strict=True)
        )

    def divided(self, best: Judged | None) -> SimulatedRow | None:
        question = self.question
        if not question.disaggregate or best is None:
            return None
        found = divided(best, question.traffic, question.objectives, question.transfer_bytes_per_s)
        if isinstance(found, Unanswerable):
            raise CannotSizeError(found.reason, found.mend)
        if not isinstance(found, Simulated):
            return None
        return simulated_row(found)
