"""A fleet for a language model: sizing's search, narrowed to what the brief can have."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aegis.base.number import BENCHMARK_PHRASE, Estimate, Fact, Source
from aegis.base.prose import name
from aegis.brief.schema import Cloud
from aegis.catalog.loader import accelerators, prices
from aegis.catalog.types import Accelerator
from aegis.plan.case import Case
from aegis.plan.sized import Needed, Sized, SizedOption, bench, needed, room, same, total
from aegis.plan.types import Capacity
from aegis.sizing.architecture import Architecture, kv_cache_bytes_per_token
from aegis.sizing.candidates import Candidate, Load, Objectives
from aegis.sizing.coefficients import EngineName
from aegis.sizing.hardware import Device, device_of
from aegis.sizing.intervals import interval_file
from aegis.sizing.precision import Precision, PrecisionName, precision_named
from aegis.sizing.refusal import Unanswerable
from aegis.sizing.search import Space, search

_MOST_REPLICAS = 1000
_MOST_DEVICES = 16
_ENGINE: EngineName = (
    "vllm"  # the reference of the estimate; the engine itself is a decision of its own
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """One device and shape that holds the objectives, spare counted."""

    accelerator: Accelerator
    candidate: Candidate
    counts: Needed
    hourly: float | None
    published: bool

    @property
    def replicas(self) -> tuple[int, int, int]:
        return self.counts.total

    @property
    def split(self) -> int:
        return self.candidate.shape.devices

    @property
    def devices(self) -> int:
        return self.replicas[1] * self.split


def fleet(case: Case, arch: Architecture) -> Sized | None:
    """Sets capacity and its numbers from the best fit; None when nothing holds the objectives."""
    fits, failed = _fits(case, arch)
    if not fits:
        return None
    fits.sort(key=_preference)
    best = _optimized(case, fits)
    _record(case, arch, best)
    by_device = {best.accelerator.id: best}
    for fit in fits:
        by_device.setdefault(fit.accelerator.id, fit)
    options = [_option(case, f, best) for f in list(by_device.values())[:6]]
    options += [_rejected(a, why) for a, why in failed[:4]]
    if len(options) < 2:
        options.append(_elsewhere(case))
    return Sized(
        options=tuple(options),
        binding=_binding(best.candidate),
        precision="as-published" if best.published else best.candidate.shape.precision,
        cheaper=_cheaper(case, fits, best),
    )


def why_not(case: Case, arch: Architecture) -> str:
    """Why no device holds the objectives, as prose."""
    _, failed = _fits(case, arch)
    reasons = sorted({f"{a.name}: {why}" for a, why in failed})
    return (
        name("; ".join(reasons)[:300])
        if reasons
        else "no accelerator of the catalog holds the objectives"
    )


# --- what the search may choose from --------------------------------------------------------------


def _considered(case: Case) -> list[Accelerator]:
    """Owned devices where there are any; else what every named cloud is known to sell, best region first."""
    owned = {a.id for a in case.brief.placement.accelerators}
    if owned:
        return [a for a in accelerators() if a.id in owned]
    every = [a for a in accelerators() if a.kind == "gpu" and not a.id.startswith("nvidia-jetson")]
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


def _precisions(arch: Architecture) -> tuple[Precision, ...]:
    """As published, and eight bits where sixteen were published."""
    names: tuple[PrecisionName, ...] = ("bf16", "fp8")
    if arch.weight_bits < 5:
        names = ("mxfp4",) if arch.experts else ("int4",)
    elif arch.weight_bits <= 8:
        names = ("fp8",)
    return tuple(precision_named(n) for n in names)


def _load(case: Case) -> Load:
    """Peak, mean and lengths; tokens of a shared prefix are computed and kept once."""
    numbers = case.numbers
    shared = case.brief.workload.shared_prefix_percent or 0.0
    fresh = numbers.value("tokens.input.mean") * (1 - (shared / 100 if shared >= 10 else 0.0))
    return Load(
        peak_rps=numbers.value("traffic.peak"),
        mean_rps=numbers.value("traffic.mean"),
        input_tokens=max(1.0, fresh),
        output_tokens=numbers.value("tokens.output.mean"),
    )


def _fits(case: Case, arch: Architecture) -> tuple[list[_Fit], list[tuple[Accelerator, str]]]:
    """The best shape for each device and precision, and why the others do not hold."""
    numbers = case.numbers
    objectives = Objectives(
        ttft_s=numbers.value("slo.ttft") / 1e3, tpot_s=numbers.value("slo.tpot") / 1e3
    )
    known: dict[str, Accelerator] = {}
    devices: list[Device] = []
    failed: list[tuple[Accelerator, str]] = []
    for accelerator in _considered(case):
        device = device_of(accelerator)
        if isinstance(device, Unanswerable):
            failed.append((accelerator, device.reason))
        else:
            known[device.name] = accelerator
            devices.append(device)
    space = Space(
        devices=devices,
        engines=(_ENGINE,),
        precisions=_precisions(arch),
        most_devices=_MOST_DEVICES,
    )
    found = search(arch, _load(case), objectives, space)
    grouped: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in found.candidates:
        grouped.setdefault((candidate.shape.device, candidate.shape.precision), []).append(
            candidate
        )
    fits = []
    for (device_name, _), candidates in grouped.items():
        fit = _fit(case, arch, known[device_name], candidates)
        if isinstance(fit, str):
            failed.append((known[device_name], fit))
        else:
            fits.append(fit)
    held = {f.accelerator.id for f in fits}
    missed = {m.shape.device: m.reason for m in reversed(found.misses)}
    failed += [
        (known[d], missed[d])
        for d in sorted(missed)
        if known[d].id not in held and not any(known[d] is a for a, _ in failed)
    ]
    reasons = "; ".join(r.reason for r in found.refusals)
    if reasons and not failed:
        failed = [(a, reasons) for a in known.values()][:1]
    return fits, failed


def _fit(
    case: Case, arch: Architecture, accelerator: Accelerator, candidates: list[Candidate]
) -> _Fit | str:
    """The smallest shape that holds, unless a larger one inside a node saves a quarter of the devices."""
    ordered = sorted(
        candidates, key=lambda c: (c.shape.devices, c.shape.pp, c.shape.ep, c.replicas)
    )
    best = ordered[0]
    for other in ordered[1:]:
        if (
            other.shape.pp == 1
            and _needed(case, other).total[1] * other.shape.devices
            < 0.75 * _needed(case, best).total[1] * best.shape.devices
        ):
            best = other
    owned = sum(a.count for a in case.brief.placement.accelerators if a.id == accelerator.id)
    counts = _needed(case, best, at_most=owned // best.shape.devices if owned else None)
    if counts.total[1] > _MOST_REPLICAS:
        return "it would take more replicas than one fleet should have"
    if owned and counts.total[1] * best.shape.devices > owned:
        return (
            f"the peak needs {counts.total[1] * best.shape.devices} devices and there are {owned}"
        )
    return _Fit(
        accelerator=accelerator,
        candidate=best,
        counts=counts,
        hourly=_hourly(case, accelerator.id),
        published=best.shape.precision == _precisions(arch)[0].name,
    )


def _needed(case: Case, candidate: Candidate, *, at_most: int | None = None) -> Needed:
    """Replicas with spare: by the highest, the central and the lowest rate of one replica."""
    peak = case.numbers.value("traffic.peak")
    rate = candidate.rps_per_replica
    low, middle, high = (
        max(1, math.ceil(peak / r - 1e-9)) for r in (rate.high, rate.value, rate.low)
    )
    return needed(case, (low, middle, high), at_most=at_most)


def _preference(fit: _Fit) -> tuple[bool, float, int, str]:
    """Cheapest where a price is known there; otherwise the fewest devices."""
    cost = float(fit.devices) if fit.hourly is None else fit.hourly * fit.devices
    return (fit.hourly is None, cost, fit.split, fit.accelerator.id)


def _optimized(case: Case, fits: list[_Fit]) -> _Fit:
    """The best fit; a cheaper precision only where an evaluation set can judge it and it saves a third."""
    published = [f for f in fits if f.published]
    best = published[0] if published else fits[0]
    cheaper = [f for f in fits if not f.published and f.accelerator.id == best.accelerator.id]
    if cheaper and case.brief.evaluation and cheaper[0].devices <= best.devices * 2 / 3:
        return cheaper[0]
    return best


# --- what is written down -----------------------------------------------------------------------


def _record(case: Case, arch: Architecture, fit: _Fit) -> None:
    numbers, candidate = case.numbers, fit.candidate
    inputs = ("traffic.peak", "tokens.input.mean", "tokens.output.mean")
    rate = candidate.rps_per_replica
    numbers.add(
        "capacity.rate",
        Estimate(
            value=rate.value, low=rate.low, high=rate.high, unit="req/s a replica",
            formula="aegis.sizing.search: highest rate within the objectives", inputs=inputs, basis=rate.basis,
            measure=bench(case),
        ),
    )  # fmt: skip
    numbers.derive(
        "capacity.per_replica", fit.split, "device" if fit.split == 1 else "devices",
        formula="aegis.sizing.search: smallest shape that holds the objectives, or one that saves a quarter", inputs=inputs,
    )  # fmt: skip
    owned = sum(a.count for a in case.brief.placement.accelerators if a.id == fit.accelerator.id)
    if owned:
        numbers.given("placement.owned", owned, "devices", "placement.accelerators")
    replicas = total(
        case, fit.counts, formula="peak ÷ rate of one replica, rounded up", inputs=("traffic.peak", "capacity.rate"),
        basis=rate.basis,
    )  # fmt: skip
    devices = numbers.add("capacity.devices", same(case, replicas, "device", fit.split))
    for key, value in (("ttft", candidate.ttft), ("tpot", candidate.tpot)):
        numbers.add(
            f"capacity.{key}",
            Estimate(
                value=value.value * 1e3, low=value.low * 1e3, high=value.high * 1e3, unit="ms",
                formula=f"aegis.sizing.search: {key} at the peak", inputs=inputs, basis=value.basis, measure=bench(case),
            ),
        )  # fmt: skip
    concurrency = min(candidate.max_sequences, candidate.max_batch)
    numbers.add(
        "capacity.concurrency",
        Estimate(
            value=concurrency, low=math.floor(0.8 * concurrency), high=math.ceil(1.2 * concurrency),
            unit="concurrent requests a replica", formula="aegis.sizing.search: largest batch within the objectives",
            inputs=inputs, basis="a fifth more or less: engines differ in workspace", measure=bench(case),
        ),
    )  # fmt: skip
    numbers.derive(
        "capacity.kv_per_token", kv_cache_bytes_per_token(arch) / 1024, "KiB a token",
        formula="aegis.sizing.architecture.kv_cache_bytes_per_token", inputs=(),
    )  # fmt: skip
    numbers.add(
        "capacity.our_error",
        Fact(
            value=candidate.tpot.median_error_percent, unit="%",
            source=Source(
                title="Aegis sizing benchmark, error of TPOT on model families that the fit had not seen",
                locator=f"benchmarks/sizing, {candidate.tpot.basis}",
                retrieved=interval_file().fitted,
            ),
        ),
    )  # fmt: skip
    numbers.add(
        "capacity.our_rows",
        Fact(
            value=candidate.tpot.rows, unit="measured rows",
            source=Source(
                title="Aegis sizing benchmark, rows behind the stated error",
                locator=f"benchmarks/sizing, {candidate.tpot.basis}",
                retrieved=interval_file().fitted,
            ),
        ),
    )  # fmt: skip
    doubt = (
        ""
        if candidate.holds_at_upper
        else ". At the upper end of the interval an objective is missed: the central estimate holds it, a bad day may not"
    )
    case.capacity = Capacity(
        shape="accelerators",
        accelerator=fit.accelerator.id,
        accelerator_name=fit.accelerator.name,
        per_replica=fit.split,
        replicas=fit.replicas[1],
        spare=fit.counts.spare[1],
        precision="as-published" if fit.published else candidate.shape.precision,
        tensor_parallel=candidate.shape.tp,
        max_sequences=concurrency,
        max_model_len=_context(case, arch),
        numbers={
            "replicas": replicas,
            "devices": devices,
            "ttft": "capacity.ttft",
            "tpot": "capacity.tpot",
            "concurrency": "capacity.concurrency",
            "kv_per_token": "capacity.kv_per_token",
        },
        binding=f"{_binding(candidate)}; the cache takes {{capacity.kv_per_token}}{_filled(case, fit)}",
        our_error="for cases like this one the estimator's median error of TPOT is {capacity.our_error}, over "
        f"{{capacity.our_rows}} of models that it had not seen{doubt}; {BENCHMARK_PHRASE}",
        measure=bench(case),
    )


def _filled(case: Case, fit: _Fit) -> str:
    rate, peak = fit.candidate.rps_per_replica, case.numbers.value("traffic.peak")
    growth = math.log1p((case.brief.workload.traffic.growth_percent_per_month or 0) / 100)
    serving = fit.counts.serving[1]
    return room(
        case,
        formula="log of (serving × rate ÷ peak) ÷ log of growth",
        inputs=("capacity.serving", "capacity.rate", "traffic.peak", "traffic.growth"),
        months=tuple(
            math.log(serving * each / peak) / growth if growth > 0 else 0.0
            for each in (rate.low, rate.value, rate.high)
        ),
    )


def _context(case: Case, arch: Architecture) -> int:
    """Longest request admitted, as a power of two: what the brief admits, or half more than the tails."""
    tails = sum(_longest(case, f"tokens.{which}") for which in ("input", "output"))
    return int(min(2 ** math.ceil(math.log2(tails)), arch.max_context_tokens or 1 << 20))


def _longest(case: Case, key: str) -> float:
    if f"{key}.longest" in case.numbers:
        return case.numbers.value(f"{key}.longest")
    further = f"{key}.p99" if f"{key}.p99" in case.numbers else f"{key}.p95"
    return 1.5 * case.numbers.value(further)


def _binding(candidate: Candidate) -> str:
    at = "{capacity.concurrency}"
    return {
        "kv_cache": f"KV cache at {at}",
        "tpot": f"time per output token at {at}",
        "ttft": f"time to first token at {at}",
        "engine_limit": f"the engine's own limit at {at}",
    }[candidate.binding.constraint]


def _devices(case: Case, key: str, fit: _Fit) -> str:
    low, middle, high = sorted(fit.replicas)
    return case.numbers.add(
        key,
        Estimate(
            value=middle * fit.split, low=low * fit.split, high=high * fit.split,
            unit="device" if middle * fit.split == 1 else "devices",
            formula="aegis.sizing.search: devices that hold the peak, spare included", inputs=("traffic.peak",),
            basis=fit.candidate.rps_per_replica.basis, measure=bench(case),
        ),
    )  # fmt: skip


def _option(case: Case, fit: _Fit, best: _Fit) -> SizedOption:
    number = _devices(case, f"option.{fit.accelerator.id}.devices", fit)
    if case.brief.placement.accelerators:
        price = "you own it"
    elif fit.hourly is None:
        price = "no dated price is known for it where the brief places it"
    else:
        price = "a dated price is known"
    return SizedOption(
        accelerator=fit.accelerator.id,
        name=fit.accelerator.name,
        good=f"holds the peak with {{{number}}}; {price}",
        bad=_weakness(fit),
        wins=_wins(case, best, number),
        ratings={
            "holds the objectives": "good" if fit.candidate.holds_at_upper else "fair",
            "devices needed": "good" if fit.devices <= best.devices else "fair",
            "price known": "unknown" if fit.hourly is None else "good",
        },
    )


def _wins(case: Case, best: _Fit, number: str) -> str:
    owned = sum(a.count for a in case.brief.placement.accelerators if a.id == best.accelerator.id)
    if owned:
        text = f"{{{number}}} of the {{placement.owned}} that you own hold the peak within the objectives"
        if not best.counts.spare[1]:
            return f"{text}; there is no spare among them: a failed device means less than the peak"
        if max(best.replicas) * best.split > owned:
            return f"{text}; the upper end of the interval is more than you own, so measure before you promise"
        return text
    text = f"{{{number}}} hold the peak within the objectives"
    if best.hourly is not None:
        return f"{text}, at the lowest dated price of those that do"
    return f"{text}, the fewest of those that do; no dated price is known where the brief places it"


def _weakness(fit: _Fit) -> str:
    if not fit.candidate.holds_at_upper:
        return "at the upper end of the interval it misses an objective: measure before you promise"
    if fit.split > 1:
        return "one replica needs several of them: one failed device stops the replica"
    if not fit.accelerator.fp8_dense_tflops:
        return "has no FP8 arithmetic: the cheaper precision of later generations is out of reach"
    return "its estimate is unmeasured on your traffic; clouds run out of the device everyone wants"


def _rejected(accelerator: Accelerator, why: str) -> SizedOption:
    generation = accelerator.architecture
    return SizedOption(
        accelerator=accelerator.id,
        name=accelerator.name,
        good=f"{name(generation)} generation" if generation else "known to the catalog",
        bad="does not hold this case",
        fails=name(why),
        ratings={"holds the objectives": "poor"},
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
    same_device = [
        f for f in fits if f.accelerator.id == best.accelerator.id and f.published != best.published
    ]
    if not same_device:
        return ""
    number = _devices(case, "option.precision.devices", same_device[0])
    word = "as published" if same_device[0].published else "FP8"
    return f"{word} would need {{{number}}} instead of {{capacity.devices}}"
