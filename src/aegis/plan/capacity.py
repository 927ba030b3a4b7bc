"""How much is needed, and what limits it; the place where a plan meets sizing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from aegis.base.number import Estimate
from aegis.base.prose import name
from aegis.brief.schema import Cloud
from aegis.catalog.loader import accelerators, find_model, prices
from aegis.catalog.types import Accelerator, Model
from aegis.plan.case import Case
from aegis.plan.types import Capacity, Question, Rating
from aegis.sizing.architecture import (
    Architecture,
    active_parameters,
    architecture_of,
    kv_cache_bytes_per_token,
)
from aegis.sizing.hardware import Device, device_of, effective_compute, runs
from aegis.sizing.layout import divides, layout
from aegis.sizing.memory import max_sequences, memory_split
from aegis.sizing.precision import Precision, PrecisionName, precision_named
from aegis.sizing.refusal import Unanswerable

_SPLITS = (1, 2, 4, 8, 16)
_MAX_REPLICAS = 512
# Bounds of achieved over peak, low / middle / high: physics on one side, a bad day on the other.
_BANDWIDTH = (0.45, 0.65, 0.85)
_COMPUTE = (0.25, 0.45, 0.65)
_STEP_OVERHEAD_S = (0.006, 0.003, 0.0015)
_BUSY = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class SizedOption:
    """One device as an option of the accelerator decision; texts are prose."""

    accelerator: str
    name: str
    good: str
    bad: str
    fails: str = ""
    wins: str = ""
    ratings: dict[str, Rating] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """What sizing says to the decisions about hardware."""

    options: tuple[SizedOption, ...] = ()
    binding: str = ""
    reasons: tuple[str, ...] = ()
    precision: str = "as-published"
    cheaper: str = ""  # what FP8 would need, as a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """One device and split that holds the objectives, by low, middle and high efficiency."""

    accelerator: Accelerator
    split: int
    sequences: int
    rates: tuple[float, float, float]
    replicas: tuple[int, int, int]
    ttft_ms: tuple[float, float, float]
    tpot_ms: tuple[float, float, float]
    binding: str
    hourly: float | None
    precision: str = "as-published"
    spareless: bool = False

    @property
    def devices(self) -> int:
        return self.replicas[1] * self.split


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
            measure=_bench(case),
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
            return _language_model(case, built)
        return _unknown(case, name(built.reason))
    if case.is_llm and model is not None:
        return _unknown(
            case, f"{name(model.reference)} is not in the catalog and its architecture is not given"
        )
    if model is None:
        return _unknown(case, "the brief names no model")
    return _unknown(case, "the time of one request on your hardware is known only to a measurement")


def _bench(case: Case) -> str:
    return f"aegis bench https://staging.{case.brief.name}.example --brief brief.yaml"


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
        binding=f"unknown: {why}; {_PHRASE}",
        our_error="nothing is estimated, so nothing can be wrong",
        measure=_bench(case),
    )
    return Sized(options=_MEASURE_FIRST, binding=why)


_MEASURE_FIRST = (
    SizedOption(
        accelerator="measure-first",
        name="the smallest device that loads the model, measured before anything is bought",
        good="an hour of one device answers what a meeting cannot",
        bad="the order waits for the measurement",
        wins="nobody knows yet what one replica holds; you will need to benchmark this in your environment",
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


_PHRASE = "you will need to benchmark this in your environment"


def _device(case: Case) -> Sized:
    case.capacity = Capacity(
        shape="device",
        binding=f"the device's own budget of time, memory and energy; {_PHRASE}, on the oldest device you support",
        our_error="nothing is estimated before the pilot has measured it",
        measure="aegis bench --device",
    )
    return Sized(binding="the device's own budget")


def _job(case: Case) -> Sized:
    needed = case.numbers.value("batch.items") / (case.numbers.value("batch.deadline") * 3600)
    case.numbers.derive(
        "batch.rate",
        needed,
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
        workers = math.ceil(needed / (best.requests_per_s * _BUSY))
        devices = case.numbers.add(
            "capacity.devices",
            Estimate(
                value=workers, low=math.ceil(needed / best.requests_per_s), high=2 * workers, unit="workers",
                formula="rate ÷ (measured rate × 0.7)", inputs=("batch.rate", rate),
                basis="from a perfect run to one with retries and stragglers", measure=_bench(case),
            ),
        )  # fmt: skip
        case.capacity = Capacity(
            shape="job", replicas=workers, numbers={"devices": devices, "replicas": devices},
            binding="the deadline: {batch.rate} must be scored from start to end",
            our_error="the rate is yours (`model.measurements`); stragglers and retries are what we add",
            measure=_bench(case),
        )  # fmt: skip
        return Sized(binding="the deadline")
    case.capacity = Capacity(
        shape="job",
        binding=f"the deadline asks for {{batch.rate}}; how many workers that takes is unknown: {_PHRASE}",
        our_error="nothing is estimated before one worker was measured",
        measure=_bench(case),
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
    peak = case.numbers.value("traffic.peak")
    fewest = math.ceil(peak / best.requests_per_s)
    serving = math.ceil(peak / (best.requests_per_s * _BUSY))
    spare = _spare(case, serving)
    replicas = _replicas(
        case,
        (fewest + spare, serving + spare, math.ceil(1.3 * serving) + spare),
        "traffic.peak",
        rate,
    )
    known = next((a for a in accelerators() if a.id == best.hardware), None)
    devices = case.numbers.add(
        "capacity.devices", _same(case, replicas, "devices" if known else "instances")
    )
    case.numbers.derive(
        "capacity.per_replica",
        1,
        "device" if known else "instance",
        formula="as measured",
        inputs=(rate,),
    )
    case.capacity = Capacity(
        shape="accelerators" if known and known.kind != "cpu" else "instances",
        accelerator=known.id if known else None,
        accelerator_name=known.name if known else best.hardware,
        replicas=serving + spare,
        spare=spare,
        numbers={"replicas": replicas, "devices": devices, "latency": "measured.latency"},
        binding="requests per replica: your measurement says {measured.rate} at {measured.latency}",
        our_error="the rate is yours (`model.measurements`); we add room for bursts"
        + (
            " and a spare"
            if spare
            else "; there is no spare: when the device fails, the fallback of the ladder answers"
        ),
        measure=_bench(case),
    )
    label = known.name if known else best.hardware
    return Sized(
        options=(
            SizedOption(
                accelerator=known.id if known else "measured",
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


def _spare(case: Case, serving: int) -> int:
    """N+1, or the share of a lost zone where the brief names zones and the objective asks for it."""
    zones = case.brief.placement.zones or 1
    if zones > 1 and case.numbers.value("slo.availability") >= 99.9:
        return math.ceil(serving / (zones - 1))
    return 1


def _replicas(case: Case, counts: tuple[int, int, int], *inputs: str) -> str:
    case.numbers.assume(
        "capacity.busy", 100 * _BUSY, "%",
        reason="a replica busier than this queues whenever two requests meet",
        settled_by="the load test of the roadmap",
    )  # fmt: skip
    low, middle, high = sorted(counts)
    return case.numbers.add(
        "capacity.replicas",
        Estimate(
            value=middle, low=low, high=high, unit="replicas",
            formula="peak ÷ (rate of one replica × busy share) + spare", inputs=(*inputs, "capacity.busy"),
            basis="from the highest to the lowest rate of one replica", measure=_bench(case),
        ),
    )  # fmt: skip


def _same(case: Case, number: str, unit: str, factor: int = 1) -> Estimate:
    base = case.numbers.all()[number]
    if not isinstance(base, Estimate):
        raise TypeError(number)
    return Estimate(
        value=base.value * factor, low=base.low * factor, high=base.high * factor, unit=unit,
        formula="replicas × devices of one replica", inputs=(number,), basis=base.basis, measure=base.measure,
    )  # fmt: skip


# --- language models ----------------------------------------------------------------------------


def _language_model(case: Case, arch: Architecture) -> Sized:
    fits: list[_Fit] = []
    failed: dict[str, str] = {}
    for accelerator in _considered(case):
        found = _best_split(case, arch, accelerator)
        if isinstance(found, str):
            failed[accelerator.id] = found
        else:
            fits += found
    if not fits:
        why = (
            "; ".join(sorted(set(failed.values())))[:300]
            or "no accelerator of the catalog holds the objectives"
        )
        return _unknown(case, name(why))
    fits.sort(key=lambda f: _preference(case, f))
    best = _optimized(case, fits)
    _record(case, arch, best)
    known = {a.id: a for a in _considered(case)}
    by_device: dict[str, _Fit] = {best.accelerator.id: best}
    for fit in fits:
        by_device.setdefault(fit.accelerator.id, fit)
    ranked = [best, *(f for f in by_device.values() if f is not best)]
    others = [_option(case, f, best) for f in ranked[:6]]
    rejected = [
        SizedOption(
            accelerator=i, name=known[i].name, good=_strength(known[i]), bad="does not hold this case",
            fails=name(why), ratings={"holds the objectives": "poor"},
        )
        for i, why in sorted(failed.items())[:4]
    ]  # fmt: skip
    if len(others) + len(rejected) < 2:
        rejected.append(_elsewhere(case))
    return Sized(
        options=(*others, *rejected),
        binding=best.binding,
        precision=best.precision,
        cheaper=_cheaper(case, fits, best),
    )


def _elsewhere(case: Case) -> SizedOption:
    """The alternative that always exists: other devices than those owned or sold everywhere."""
    owned = bool(case.brief.placement.accelerators)
    return SizedOption(
        accelerator="other",
        name="devices that you would have to buy"
        if owned
        else "devices that only one of the places sells",
        good="a newer generation may need fewer of them",
        bad="months until they stand"
        if owned
        else "each place then has a capacity plan of its own",
        fails="the devices you own hold the peak"
        if owned
        else "no dated price says that every place of the brief sells them",
        ratings={"holds the objectives": "unknown", "price known": "unknown"},
    )


def _cheaper(case: Case, fits: list[_Fit], best: _Fit) -> str:
    """What the other precision would need on the same device."""
    same = [
        f for f in fits if f.accelerator.id == best.accelerator.id and f.precision != best.precision
    ]
    if not same:
        return ""
    other = same[0]
    case.numbers.add(
        "option.precision.devices",
        Estimate(
            value=other.devices, low=min(other.replicas) * other.split, high=max(other.replicas) * other.split,
            unit="devices", formula="replicas × devices of one replica", inputs=("traffic.peak",),
            basis="bounds of achieved over peak bandwidth and compute", measure=_bench(case),
        ),
    )  # fmt: skip
    word = "FP8" if other.precision == "fp8" else "sixteen bits"
    return f"{word} would need {{option.precision.devices}} instead of {{capacity.devices}}"


def _considered(case: Case) -> list[Accelerator]:
    """Owned devices where there are any; else what every named cloud is known to sell, best region first."""
    owned = {a.id for a in case.brief.placement.accelerators}
    if owned:
        return [a for a in accelerators() if a.id in owned]
    every = [a for a in accelerators() if a.kind == "gpu"]
    clouds = case.brief.placement.clouds
    for exact in (True, False):
        sold = (
            [a for a in every if all(_sold(a.id, c, exact=exact) for c in clouds)] if clouds else []
        )
        if sold:
            return sold
    priced = {p.accelerator for entry in prices() for p in entry.prices}
    return [a for a in every if a.id in priced] or every


def _sold(accelerator: str, cloud: Cloud, *, exact: bool) -> bool:
    """Whether a dated price says that this cloud sells the device, in a named region when `exact`."""
    return any(
        p.accelerator == accelerator
        and p.provider.lower() == cloud.provider
        and (not exact or p.region in cloud.regions or p.region == "global")
        for entry in prices()
        for p in entry.prices
    )


def _hourly(case: Case, accelerator: str) -> float | None:
    """The lowest dated price of one device hour where the brief places it; None when none is known there."""
    own = case.brief.budget.accelerator_usd_per_hour
    if own:
        return own
    clouds = case.brief.placement.clouds
    regions = {r for c in clouds for r in c.regions} | {"global"}
    providers = {c.provider for c in clouds}
    amounts = [
        p.amount / p.accelerators
        for entry in prices()
        for p in entry.prices
        if p.accelerator == accelerator
        and p.per == "hour"
        and p.accelerators
        and p.currency == "USD"
        and p.kind == case.brief.budget.price_kind
        and (not clouds or (p.provider.lower() in providers and p.region in regions))
    ]
    return min(amounts, default=None)


def _preference(case: Case, fit: _Fit) -> tuple[int, float, int, str]:
    """Cheapest where a price is known there; otherwise the fewest devices."""
    del case
    if fit.hourly is None:
        return (1, float(fit.devices), fit.split, fit.accelerator.id)
    return (0, fit.hourly * fit.devices, fit.split, fit.accelerator.id)


def _optimized(case: Case, fits: list[_Fit]) -> _Fit:
    """The best fit; a cheaper precision only where an evaluation set can judge it and it saves a third."""
    published = [f for f in fits if f.precision == "as-published"]
    best = published[0] if published else fits[0]
    cheaper = [
        f for f in fits if f.precision != "as-published" and f.accelerator.id == best.accelerator.id
    ]
    if cheaper and case.brief.evaluation and cheaper[0].devices <= best.devices * 2 / 3:
        return cheaper[0]
    return best


def _best_split(case: Case, arch: Architecture, accelerator: Accelerator) -> list[_Fit] | str:
    """The best split for each precision that the device can serve, or why there is none."""
    device = device_of(accelerator)
    if isinstance(device, Unanswerable):
        return device.reason
    native = precision_named("bf16" if arch.weight_bits >= 16 else _native(arch))
    variants = [("as-published", native)]
    if arch.weight_bits >= 16 and device.fp8_flops > 0:
        variants.append(("fp8", precision_named("fp8")))
    found, reasons = [], []
    for label, precision in variants:
        answer = _smallest_split(case, arch, accelerator, device, label, precision)
        if isinstance(answer, str):
            reasons.append(answer)
        else:
            found.append(answer)
    return found or reasons[0]


def _smallest_split(
    case: Case,
    arch: Architecture,
    accelerator: Accelerator,
    device: Device,
    label: str,
    precision: Precision,
) -> _Fit | str:
    """The smallest split that holds the objectives, unless a larger one saves a quarter of the devices."""
    if not runs(device, precision):
        return f"{accelerator.name} has no arithmetic for these weights"
    reasons: list[str] = []
    best: _Fit | None = None
    for split in _SPLITS:
        if split > device.devices_per_node and split % device.devices_per_node:
            continue
        found = _fit(case, arch, accelerator, device, label, precision, split)
        if isinstance(found, str):
            reasons.append(found)
        elif best is None or (
            split <= device.devices_per_node and found.devices < 0.75 * best.devices
        ):
            best = found
    owned = sum(a.count for a in case.brief.placement.accelerators if a.id == accelerator.id)
    if best and owned and best.devices > owned:
        without_spare = best.devices - best.split
        if without_spare <= owned:
            return replace(
                best,
                replicas=(best.replicas[0], owned // best.split, best.replicas[2]),
                spareless=True,
            )
        return f"{accelerator.name}: the peak needs {best.devices} devices and there are {owned}"
    return best or reasons[-1]


def _native(arch: Architecture) -> PrecisionName:
    if arch.weight_bits >= 8:
        return "fp8"
    return "mxfp4" if arch.experts else "int4"


def _fit(
    case: Case,
    arch: Architecture,
    accelerator: Accelerator,
    device: Device,
    label: str,
    precision: Precision,
    split: int,
) -> _Fit | str:
    numbers = case.numbers
    context = numbers.value("tokens.input.p95") + numbers.value("tokens.output.p95")
    tp = min(split, device.devices_per_node)
    spread = layout(tp=tp, pp=split // tp)
    if not bool(np.all(divides(arch, spread))):
        return f"{accelerator.name}: {split} devices do not divide the attention heads"
    memory = memory_split(arch, precision, spread, memory_bytes=device.memory_bytes)
    sequences = int(np.floor(max_sequences(arch, spread, memory, context_tokens=context)).item())
    if sequences < 1:
        return f"{accelerator.name}: weights and one long request do not fit {split} devices"
    weights = active_parameters(arch) * precision.bits / 8
    all_weights = (arch.published_parameters or 0) * precision.bits / 8
    mean_context = numbers.value("tokens.input.mean") + numbers.value("tokens.output.mean") / 2
    kv = kv_cache_bytes_per_token(arch) * mean_context
    shared = case.brief.workload.shared_prefix_percent or 0.0
    fresh = numbers.value("tokens.input.mean") * (1 - (shared / 100 if shared >= 10 else 0.0))
    levels = []
    for i in range(3):
        bandwidth = device.bandwidth_bytes_per_s * split * _BANDWIDTH[i]
        flops = device.flops(effective_compute(device, precision)) * split * _COMPUTE[i]
        prefill = 2 * active_parameters(arch) * fresh / flops
        overhead = _STEP_OVERHEAD_S[i] * (1 + 0.15 * math.log2(split))

        def step_s(batch: float, bandwidth: float = bandwidth, overhead: float = overhead) -> float:
            read = min(all_weights, weights * max(1.0, batch)) if arch.experts else weights
            return (max(weights, read) + batch * kv) / bandwidth + overhead

        levels.append(_hold(case, sequences, prefill, step_s))
    if levels[1] is None or levels[0] is None or levels[2] is None:
        return (
            f"{accelerator.name}: {split} devices miss the latency objectives even at one request"
        )
    slow, middle, fast = levels[0], levels[1], levels[2]
    serving = [
        math.ceil(numbers.value("traffic.peak") / level[0]) for level in (fast, middle, slow)
    ]
    counts = [s + _spare(case, s) for s in serving]
    if counts[1] > _MAX_REPLICAS:
        return f"{accelerator.name}: would need more than {_MAX_REPLICAS} replicas"
    return _Fit(
        accelerator=accelerator,
        split=split,
        sequences=sequences,
        rates=(slow[0], middle[0], fast[0]),
        replicas=(counts[0], counts[1], counts[2]),
        ttft_ms=(fast[1] * 1e3, middle[1] * 1e3, slow[1] * 1e3),
        tpot_ms=(fast[2] * 1e3, middle[2] * 1e3, slow[2] * 1e3),
        binding=middle[3],
        hourly=_hourly(case, accelerator.id),
        precision=label,
    )


def _hold(
    case: Case, sequences: int, prefill_s: float, step_s: Callable[[float], float]
) -> tuple[float, float, float, str, float] | None:
    """The highest rate one replica holds, with TTFT, TPOT and what stops it; None when none."""
    numbers = case.numbers
    ttft_limit = numbers.value("slo.ttft") / 1e3
    tpot_limit = numbers.value("slo.tpot") / 1e3
    out = numbers.value("tokens.output.mean")
    best = None
    binding = "latency at a single request"
    for batch in np.unique(np.round(np.geomspace(1, max(1, sequences), 40))):
        step = step_s(float(batch))
        # Each token of a request waits for its step and for the prefills that cut in.
        rate = batch / (out * step + batch * prefill_s)
        busy = rate * prefill_s
        tpot = step / max(1e-9, 1 - busy)
        ttft = step + prefill_s * (1 + busy / max(1e-9, 1 - busy))
        if tpot > tpot_limit:
            binding = "time per output token at {capacity.concurrency}"
            break
        if ttft > ttft_limit:
            binding = "time to first token at {capacity.concurrency}"
            break
        if busy > _BUSY:
            binding = "prefill compute at {capacity.concurrency}"
            break
        best = (rate * _BUSY, ttft, tpot, "KV cache at {capacity.concurrency}", float(batch))
    if best is None:
        return None
    if best[4] < sequences:
        best = (*best[:3], binding, best[4])
    return best


def _record(case: Case, arch: Architecture, fit: _Fit) -> None:
    numbers = case.numbers
    inputs = ("traffic.peak", "tokens.input.mean", "tokens.output.mean")
    replicas = _replicas(case, fit.replicas, *inputs)
    numbers.derive("capacity.per_replica", fit.split, "device" if fit.split == 1 else "devices",
                   formula="smallest split that holds the objectives", inputs=inputs)  # fmt: skip
    devices = numbers.add("capacity.devices", _same(case, replicas, "devices", fit.split))
    for key, values, unit in (("ttft", fit.ttft_ms, "ms"), ("tpot", fit.tpot_ms, "ms")):
        low, middle, high = sorted(values)
        numbers.add(
            f"capacity.{key}",
            Estimate(value=middle, low=low, high=high, unit=unit, formula=f"bounded roofline, {key} at the peak",
                     inputs=inputs, basis="bounds of achieved over peak bandwidth and compute", measure=_bench(case)),
        )  # fmt: skip
    concurrency = min(fit.sequences, 4096)
    numbers.add(
        "capacity.concurrency",
        Estimate(value=concurrency, low=0.8 * concurrency, high=1.2 * concurrency, unit="concurrent requests a replica",
                 formula="aegis.sizing.memory.max_sequences", inputs=("tokens.input.p95", "tokens.output.p95"),
                 basis="a fifth more or less: engines differ in workspace", measure=_bench(case)),
    )  # fmt: skip
    numbers.add(
        "capacity.kv_per_token",
        Estimate(value=kv_cache_bytes_per_token(arch) / 1024, low=kv_cache_bytes_per_token(arch) / 1024,
                 high=kv_cache_bytes_per_token(arch) / 1024, unit="KiB a token",
                 formula="aegis.sizing.architecture.kv_cache_bytes_per_token", inputs=(), basis="exact consequence of the architecture"),
    )  # fmt: skip
    spare = (
        0
        if fit.spareless
        else fit.replicas[1] - math.ceil(numbers.value("traffic.peak") / fit.rates[1])
    )
    context = numbers.value("tokens.input.p95") + numbers.value("tokens.output.p95")
    case.capacity = Capacity(
        shape="accelerators",
        accelerator=fit.accelerator.id,
        accelerator_name=fit.accelerator.name,
        per_replica=fit.split,
        replicas=fit.replicas[1],
        spare=spare,
        precision=fit.precision,
        tensor_parallel=min(fit.split, 8),
        max_sequences=concurrency,
        max_model_len=int(min(2 ** math.ceil(math.log2(context * 1.5)), arch.max_context_tokens or 1 << 20)),
        numbers={"replicas": replicas, "devices": devices, "ttft": "capacity.ttft", "tpot": "capacity.tpot",
                 "concurrency": "capacity.concurrency", "kv_per_token": "capacity.kv_per_token"},
        binding=f"{fit.binding}; the cache takes {{capacity.kv_per_token}}",
        our_error="the interval is a physical bound, not a statistic: measure it in staging before you buy",
        measure=_bench(case),
    )  # fmt: skip


def _option(case: Case, fit: _Fit, best: _Fit) -> SizedOption:
    key = f"option.{fit.accelerator.id}"
    low, middle, high = sorted(fit.replicas)
    case.numbers.add(
        f"{key}.devices",
        Estimate(value=middle * fit.split, low=low * fit.split, high=high * fit.split, unit="devices",
                 formula="replicas × devices of one replica", inputs=("traffic.peak",),
                 basis="bounds of achieved over peak bandwidth and compute", measure=_bench(case)),
    )  # fmt: skip
    price = (
        "no dated price is known for it where the brief places it"
        if fit.hourly is None
        else "a dated price is known"
    )
    return SizedOption(
        accelerator=fit.accelerator.id,
        name=fit.accelerator.name,
        good=f"holds the peak with {{{key}.devices}}; {price}",
        bad=_weakness(fit),
        wins=_wins(case, best, key),
        ratings={
            "holds the objectives": "good",
            "devices needed": "good" if fit.devices <= best.devices else "fair",
            "price known": "unknown" if fit.hourly is None else "good",
        },
    )  # fmt: skip


def _wins(case: Case, best: _Fit, key: str) -> str:
    owned = sum(a.count for a in case.brief.placement.accelerators if a.id == best.accelerator.id)
    if owned:
        case.numbers.given("placement.owned", owned, "devices", "placement.accelerators")
        text = f"{{{key}.devices}} of the {{placement.owned}} that you own hold the peak within the objectives"
        if best.spareless:
            text += "; there is no spare among them: a failed device means less than the peak"
        elif max(best.replicas) * best.split > owned:
            text += "; the upper end of the interval is more than you own, so measure before you promise"
        return text
    text = f"{{{key}.devices}} hold the peak within the objectives"
    if best.hourly is not None:
        return f"{text}, at the lowest dated price of those that do"
    return f"{text}, the fewest of those that do; no dated price is known where the brief places it"


def _strength(accelerator: Accelerator) -> str:
    return (
        f"{name(accelerator.architecture)} generation"
        if accelerator.architecture
        else "known to the catalog"
    )


def _weakness(fit: _Fit) -> str:
    if fit.split > 1:
        return "one replica needs several of them: one failed device stops the replica"
    if not fit.accelerator.fp8_dense_tflops:
        return "has no FP8 arithmetic: the cheaper precision of later generations is out of reach"
    return "its estimate is unmeasured on your traffic; clouds run out of the device everyone wants"
