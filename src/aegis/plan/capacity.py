"""How much is needed, and what limits it; the place where a plan meets sizing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aegis.base.number import BENCHMARK_PHRASE, Estimate
from aegis.base.prose import name
from aegis.catalog.loader import accelerators, find_model, prices
from aegis.catalog.types import Accelerator, Model
from aegis.plan.case import Case
from aegis.plan.fleet import fleet, why_not
from aegis.plan.sized import Sized, SizedOption, bench, needed, room, same, total, utilisation
from aegis.plan.types import Capacity, Question
from aegis.sizing.architecture import architecture_of
from aegis.sizing.refusal import Unanswerable


def model_of(case: Case) -> Model | None:
    """The catalog's entry of the brief's model."""
    return find_model(case.brief.model.reference) if case.brief.model else None


def size(case: Case) -> Sized:
    """Sets `case.capacity` and its numbers; says which devices were considered and why not."""
    model = case.brief.model
    if case.on_device:
        return _device(case)
    if model and model.source == "managed-api":
        case.capacity = Capacity(
            shape="managed",
            binding="the vendor's rate limit, which only a contract can tell",
            our_error="nothing is estimated",
            measure=bench(case),
        )
        return Sized(binding="the vendor's rate limit")
    if model and model.measurements and "traffic.peak" in case.numbers:
        return _measured(case)
    if case.is_batch:
        return _job(case)
    entry = model_of(case)
    if case.is_llm and entry is not None:
        built = architecture_of(entry)
        if not isinstance(built, Unanswerable):
            return fleet(case, built) or _unknown(case, why_not(case, built))
        return _unknown(case, name(built.reason))
    if case.is_llm and model is not None:
        return _unknown(
            case, f"{name(model.reference)} is not in the catalog and its architecture is not given"
        )
    if model is None:
        return _unknown(case, "the brief names no model")
    return _unknown(case, "the time of one request on your hardware is known only to a measurement")


def _unknown(case: Case, why: str) -> Sized:
    shape = "accelerators" if case.is_llm else "instances"
    if case.brief.model is not None and not case.is_batch:
        case.ask(
            Question(
                id="measurement",
                asks="What did one replica hold in a load test of yours, and at which latency?",
                decides="the number of replicas and the cost",
                decisions=("accelerator", "scaling"),
                field="model.measurements",
                meanwhile="capacity stays open; the first task of staging measures it",
                weight=55,
            )
        )
    case.capacity = Capacity(
        shape=shape,
        binding=f"unknown: {why}; {BENCHMARK_PHRASE}",
        our_error="nothing is estimated, so nothing can be wrong",
        measure=bench(case),
    )
    return Sized(options=_MEASURE_FIRST, binding=why)


_MEASURE_FIRST = (
    SizedOption(
        accelerator="measure-first",
        name="the smallest device that loads the model, measured before anything is bought",
        good="an hour of one device answers what a meeting cannot",
        bad="the order waits for the measurement",
        wins=f"nobody knows yet what one replica holds; {BENCHMARK_PHRASE}",
        ratings={
            "holds the objectives": "unknown",
            "devices needed": "unknown",
            "price known": "unknown",
        },
    ),
    SizedOption(
        accelerator="largest",
        name="the largest device, to be safe",
        good="it will probably be enough",
        bad="nobody will ever know how much of it was needed",
        fails="an oversized device without a measurement is an anti-pattern, and the bill is monthly",
        ratings={"holds the objectives": "unknown", "devices needed": "poor"},
    ),
)


def _device(case: Case) -> Sized:
    case.capacity = Capacity(
        shape="device",
        binding=f"the device's own budget of time, memory and energy; {BENCHMARK_PHRASE}, on the oldest device you support",
        our_error="nothing is estimated before the pilot has measured it",
        measure="# on the oldest device you support, warm: p95, peak memory and energy of an inference",
    )
    return Sized(binding="the device's own budget")


def _job(case: Case) -> Sized:
    wanted = case.numbers.value("batch.items") / (case.numbers.value("batch.deadline") * 3600)
    case.numbers.derive(
        "batch.rate",
        wanted,
        "items/s",
        formula="items ÷ deadline",
        inputs=("batch.items", "batch.deadline"),
    )
    model = case.brief.model
    if model and model.measurements:
        best = max(model.measurements, key=lambda m: m.requests_per_s)
        index = model.measurements.index(best)
        rate = case.numbers.given(
            "measured.rate",
            best.requests_per_s,
            "items/s",
            f"model.measurements.{index}.requests_per_s",
        )
        busy = utilisation(case)
        workers = math.ceil(wanted / (best.requests_per_s * case.numbers.value(busy) / 100))
        devices = case.numbers.add(
            "capacity.devices",
            Estimate(
                value=workers, low=math.ceil(wanted / best.requests_per_s), high=2 * workers, unit="worker" if workers == 1 else "workers",
                formula="rate ÷ (measured rate × utilisation), rounded up", inputs=("batch.rate", rate, busy),
                basis="from a perfect run to one with retries and stragglers", measure=bench(case),
            ),
        )  # fmt: skip
        case.capacity = Capacity(
            shape="job", replicas=workers, numbers={"devices": devices, "replicas": devices},
            binding="the deadline: {batch.rate} must be scored from start to end",
            our_error="the rate is yours (`model.measurements`); stragglers and retries are what we add",
            measure=bench(case),
        )  # fmt: skip
        return Sized(binding="the deadline")
    case.capacity = Capacity(
        shape="job",
        binding=f"the deadline asks for {{batch.rate}}; how many workers that takes is unknown: {BENCHMARK_PHRASE}",
        our_error="nothing is estimated before one worker was measured",
        measure=bench(case),
    )
    return Sized(binding="the deadline")


def _measured(case: Case) -> Sized:
    """Replicas from the user's own load test: peak over the measured rate, with room and a spare."""
    model = case.brief.model
    if model is None:
        raise AssertionError
    limit = case.brief.objectives.latency_p95_ms
    usable = [m for m in model.measurements if limit is None or m.latency_p95_ms <= limit]
    best = max(usable or model.measurements, key=lambda m: m.requests_per_s)
    path = f"model.measurements.{model.measurements.index(best)}"
    rate = case.numbers.given(
        "measured.rate", best.requests_per_s, "req/s", f"{path}.requests_per_s"
    )
    case.numbers.given("measured.latency", best.latency_p95_ms, "ms", f"{path}.latency_p95_ms")
    hardware = _hardware(best.hardware)
    case.numbers.given("capacity.per_replica", 1, hardware.unit, f"{path}.hardware")
    counts = needed(case, _serving(case, best.requests_per_s), at_most=_owned(case, hardware.id))
    busy = utilisation(case)
    replicas = total(
        case,
        counts,
        formula="peak ÷ (measured rate × utilisation), rounded up",
        inputs=("traffic.peak", rate, busy),
        basis="from a device that may be fully busy to one with a third more load than planned",
    )
    devices = case.numbers.add("capacity.devices", same(case, replicas, hardware.unit))
    case.capacity = Capacity(
        shape="accelerators" if hardware.device and hardware.device.kind != "cpu" else "instances",
        accelerator=hardware.id or None,
        accelerator_name=hardware.name,
        instance=hardware.instance,
        replicas=counts.total[1],
        spare=counts.spare[1],
        # as many as were in flight in the load test: rate times latency (Little's law)
        max_sequences=math.ceil(best.requests_per_s * best.latency_p95_ms / 1000)
        if case.is_llm
        else None,
        numbers={"replicas": replicas, "devices": devices, "latency": "measured.latency"},
        binding="requests per replica: your measurement says {measured.rate} at {measured.latency}, and {capacity.utilisation} of it "
        f"is planned with{_filled(case, counts.serving[1], best.requests_per_s)}",
        our_error="the rate is yours (`model.measurements`); we add room for bursts"
        + (
            " and a spare"
            if counts.spare[1]
            else "; there is no spare: when the device fails, the fallback of the ladder answers"
        ),
        measure=bench(case),
    )
    label = hardware.name
    return Sized(
        options=(
            SizedOption(
                accelerator=hardware.id or "measured",
                name=label,
                good="measured by you, on your requests",
                bad="one measurement is one day: repeat it after each change of model or engine",
                wins=f"your own measurement on {name(label)} decides; no estimate outranks it",
                ratings={"holds the objectives": "good", "devices needed": "fair"},
            ),
            SizedOption(
                accelerator="unmeasured",
                name="a newer device that nobody here has measured",
                good="may need fewer of them",
                bad="its figures are somebody else's",
                fails="no measurement of yours says what it holds; one load test would (`model.measurements`)",
                ratings={"holds the objectives": "unknown", "devices needed": "unknown"},
            ),
        ),
        binding="requests per replica",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hardware:
    """What a measurement names: a device of the catalog, an instance type that a price list knows, or a name."""

    name: str
    device: Accelerator | None = None
    instance: str = ""

    @property
    def id(self) -> str:
        return self.device.id if self.device else ""

    @property
    def unit(self) -> str:
        return "instance" if self.instance or not self.device else "device"


def _hardware(named: str) -> _Hardware:
    known = {a.id: a for a in accelerators()}
    if named in known:
        return _Hardware(name=known[named].name, device=known[named])
    sold = {p.sku: p.accelerator for entry in prices() for p in entry.prices if p.per == "hour"}
    return _Hardware(name=named, device=known.get(sold.get(named, "")), instance=named)


def _serving(case: Case, rate: float) -> tuple[int, int, int]:
    """Replicas that serve the peak: fully busy, as planned, and with a third more load."""
    peak = case.numbers.value("traffic.peak")
    busy = case.numbers.value(utilisation(case)) / 100
    serving = math.ceil(peak / (rate * busy))
    return math.ceil(peak / rate), serving, math.ceil(1.3 * serving)


def _owned(case: Case, device: str) -> int | None:
    """How many of the measured device are owned; None when none is."""
    owned = sum(a.count for a in case.brief.placement.accelerators if a.id == device)
    if not owned:
        return None
    case.numbers.given("placement.owned", owned, "devices", "placement.accelerators")
    return owned


def _filled(case: Case, serving: int, rate: float) -> str:
    peak, busy = case.numbers.value("traffic.peak"), case.numbers.value("capacity.utilisation")
    growth = math.log1p((case.brief.workload.traffic.growth_percent_per_month or 0) / 100)
    months = math.log(serving * rate * busy / 100 / peak) / growth if growth > 0 else 0.0
    return room(
        case,
        formula="log of (serving × rate × utilisation ÷ peak) ÷ log of growth",
        inputs=("capacity.serving", "measured.rate", "capacity.utilisation", "traffic.peak", "traffic.growth"),
        months=(months, months, months),
    )  # fmt: skip
