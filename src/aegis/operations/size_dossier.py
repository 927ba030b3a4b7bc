"""The drawings of a dossier: a plan's candidates, its fleet under load, the memory of one device.

Sizing is asked once more, by formula, for the devices that the plan weighed. What the plan itself
states (devices, cost, times) is drawn from the plan's numbers, and a plan whose figures sizing no
longer gives, because its catalog was another one, gets no drawing rather than another figure.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aegis.base.number import Estimate
from aegis.brief.schema import Brief
from aegis.catalog.loader import accelerators, find_model, prices
from aegis.operations.size_drawings import draw_device, fleet_name
from aegis.plan.types import Plan
from aegis.render.plots import (
    LoadPlot,
    LoadPoint,
    Option,
    ParetoPlot,
    Span,
    draw_load,
    draw_pareto,
    front,
)
from aegis.sizing.architecture import Architecture, architecture_of
from aegis.sizing.candidates import Candidate, Load, Objectives
from aegis.sizing.fleet import spare_replicas
from aegis.sizing.formula_curve import over_load
from aegis.sizing.hardware import Device, device_of
from aegis.sizing.intervals import Interval
from aegis.sizing.layout import layout
from aegis.sizing.memory import memory_split, usual_engine_memory
from aegis.sizing.memory_parts import memory_parts
from aegis.sizing.precision import precision_named
from aegis.sizing.prices import HOURS_A_MONTH, from_catalog
from aegis.sizing.refusal import Unanswerable
from aegis.sizing.search import Space, offered_precisions, search

MOST_DEVICES = 16
"""Devices of one replica that a plan considers, at most."""

SHARED_PERCENT = 10.0
"""From this share of a common prefix on, a plan counts its tokens once."""


def dossier_figures(plan: Plan) -> dict[str, str]:
    """SVG by name: `pareto`, `latency-load`, `memory`; nothing for what no formula sized."""
    drawn = _drawn(plan)
    if drawn is None:
        return {}
    figures = {
        "pareto": drawn.pareto(),
        "latency-load": drawn.load_curve(),
        "memory": drawn.memory(),
    }
    return {name: svg for name, svg in figures.items() if svg}


def _drawn(plan: Plan) -> _Drawn | None:
    """The plan's question to sizing, answered again; None where it was none, or gives others."""
    entry = find_model(plan.brief.model.reference) if plan.brief.model else None
    if "capacity.rate" not in plan.numbers or entry is None:
        return None
    arch = architecture_of(entry)
    weighed = {o.id: o.name for o in plan.decision("accelerator").options}
    built = [device_of(a) for a in accelerators() if a.id in weighed]
    devices = {d.name: d for d in built if not isinstance(d, Unanswerable)}
    if isinstance(arch, Unanswerable) or plan.capacity.accelerator not in devices:
        return None
    load, objectives = _load(plan), _objectives(plan)
    space = Space(
        devices=list(devices.values()),
        engines=("vllm",),
        precisions=[p for p in offered_precisions(arch) if p.bits > 7 or arch.weight_bits < 5],
        most_devices=MOST_DEVICES,
    )
    found = search(arch, load, objectives, space).candidates
    chosen = next((c for c in found if _is_chosen(c, plan)), None)
    if chosen is None:
        return None
    return _Drawn(
        plan=plan,
        arch=arch,
        devices=devices,
        names=weighed,
        load=load,
        objectives=objectives,
        candidates=found,
        chosen=chosen,
    )


def _value(plan: Plan, key: str) -> float:
    return plan.numbers[key].value


def _load(plan: Plan) -> Load:
    """As the plan asked it: tokens of a shared prefix are computed and kept once."""
    shared = plan.brief.workload.shared_prefix_percent or 0.0
    fresh = 1 - (shared / 100 if shared >= SHARED_PERCENT else 0.0)
    return Load(
        peak_rps=_value(plan, "traffic.peak"),
        mean_rps=_value(plan, "traffic.mean"),
        input_tokens=max(1.0, _value(plan, "tokens.input.mean") * fresh),
        output_tokens=_value(plan, "tokens.output.mean"),
    )


def _objectives(plan: Plan) -> Objectives:
    return Objectives(ttft_s=_value(plan, "slo.ttft") / 1e3, tpot_s=_value(plan, "slo.tpot") / 1e3)


def _is_chosen(candidate: Candidate, plan: Plan) -> bool:
    """Whether this is the plan's own fleet, with the plan's own times."""
    capacity, shape = plan.capacity, candidate.shape
    converted = capacity.precision not in {"", "as-published"}
    return (
        shape.device == capacity.accelerator
        and shape.devices == capacity.per_replica
        and shape.tp == capacity.tensor_parallel
        and (shape.precision == capacity.precision or not converted)
        and _is_same(candidate.rps_per_replica.value, plan, "capacity.rate")
        and _is_same(candidate.ttft.value * 1e3, plan, "capacity.ttft")
        and _is_same(candidate.tpot.value * 1e3, plan, "capacity.tpot")
    )


def _is_same(value: float, plan: Plan, key: str) -> bool:
    return math.isclose(value, _value(plan, key), rel_tol=1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A plan with the candidates that sizing gives for it."""

    plan: Plan
    arch: Architecture
    devices: Mapping[str, Device]
    names: Mapping[str, str]
    load: Load
    objectives: Objectives
    candidates: Sequence[Candidate]
    chosen: Candidate

    def pareto(self) -> str:
        """What the plan weighed, and what is faster or cheaper than that."""
        priced = "cost.month" in self.plan.numbers
        options = {c.shape: o for c in self.candidates if (o := self._option(c, priced=priced))}
        if self.chosen.shape not in options:
            return ""
        weighed = {c.shape: options[c.shape] for c in self._weighed() if c.shape in options}
        best = set(front(list(options.values())))
        shown = [o for shape, o in options.items() if shape in weighed or o in best]
        return draw_pareto(
            ParetoPlot(
                options=tuple(shown),
                latency_name="time to first token, p95 by formula",
                latency_unit="ms",
                cost_name="cost with spare" if priced else "devices with spare",
                cost_unit="USD a month" if priced else "devices",
                objective=_value(self.plan, "slo.ttft"),
            )
        )

    def _weighed(self) -> list[Candidate]:
        """The chosen one, and of every other device the smallest with the plan's count."""
        kept = {self.chosen.shape.device: self.chosen}
        for one in sorted(self.candidates, key=lambda c: (c.shape.devices, c.shape.pp, c.replicas)):
            stated = self.plan.numbers.get(f"option.{one.shape.device}.devices")
            counts = self._counts(one)
            if stated and counts and counts[1] == stated.value:
                kept.setdefault(one.shape.device, one)
        return list(kept.values())

    def _option(self, one: Candidate, *, priced: bool) -> Option | None:
        """Its point; None where there are too few devices, or no price is known."""
        counts = self._counts(one)
        if counts is None:
            return None
        chosen = one is self.chosen
        each = (1.0, 1.0, 1.0)
        if priced:
            found = _hourly(self.plan.brief, one.shape.device)
            if found is None:
                return None
            each = (found[0] * HOURS_A_MONTH, found[1] * HOURS_A_MONTH, found[2] * HOURS_A_MONTH)
        cost = Span(
            value=counts[1] * each[1], low=counts[0] * each[0], high=counts[2] * each[2]
        )  # fmt: skip
        replicas = counts[1] // one.shape.devices
        return Option(
            name=fleet_name(
                replicas, one.shape.devices, self.names[one.shape.device], one.shape.precision
            ),
            latency=_ms(one.ttft),
            cost=self._stated("cost.month" if priced else "capacity.devices") if chosen else cost,
            chosen=chosen,
        )

    def _stated(self, key: str) -> Span:
        found = self.plan.numbers[key]
        if isinstance(found, Estimate):
            return Span(value=found.value, low=found.low, high=found.high)
        return Span(value=found.value, low=found.value, high=found.value)

    def _counts(self, one: Candidate) -> tuple[int, int, int] | None:
        """Devices with spare by the highest, central and lowest rate; None where too few are owned.

        Of owned devices the spare gives way first.
        """
        placement, each = self.plan.brief.placement, one.shape.devices
        owned = sum(a.count for a in placement.accelerators if a.id == one.shape.device)
        survives = _value(self.plan, "slo.availability") >= 99.9  # the plan's rule
        zones = (placement.zones or 1) if survives else 1
        rate = one.rps_per_replica
        serving = [
            max(1, math.ceil(self.load.peak_rps / r - 1e-9))
            for r in (rate.high, rate.value, rate.low)
        ]
        whole = [n + spare_replicas(n, zones) for n in serving]
        if owned:
            most = owned // each
            if serving[1] > most:
                return None
            whole = [max(n, min(w, most)) for n, w in zip(serving, whole, strict=True)]
        low, middle, high = sorted(n * each for n in whole)
        return low, middle, high

    def load_curve(self) -> str:
        """The serving replicas by formula, the spare left out; through the plan's own point."""
        serving = self.chosen.replicas
        peak, stated = self.load.peak_rps, self._stated("capacity.ttft")
        device = self.devices[self.chosen.shape.device]
        points = [
            LoadPoint(load=each.rps * serving, latency=_ms(each.ttft))
            for each in over_load(self.arch, self.load, self.objectives, device, self.chosen.shape)
        ]
        points = [p for p in points if not math.isclose(p.load, peak)]
        points.append(LoadPoint(load=peak, latency=stated))
        if len(points) < 2:  # a curve has two points
            return ""
        return draw_load(
            LoadPlot(
                points=tuple(sorted(points, key=lambda p: p.load)),
                latency_name="time to first token, p95 by formula",
                latency_unit="ms",
                load_name="load of the serving replicas",
                load_unit="req/s",
                chosen=peak,
                objective=_value(self.plan, "slo.ttft"),
            )
        )

    def memory(self) -> str:
        """The fullest device of a replica."""
        shape = self.chosen.shape
        memory_bytes = self.devices[shape.device].memory_bytes
        split = memory_split(
            self.arch,
            precision_named(shape.precision),
            layout(tp=shape.tp, pp=shape.pp, ep=shape.ep, dp=shape.dp),
            memory_bytes=memory_bytes,
            engine=usual_engine_memory(memory_bytes),
        )
        parts = memory_parts(split, memory_bytes)
        return draw_device(self.names[shape.device], **dataclasses.asdict(parts))


def _ms(value: Interval) -> Span:
    return Span(value=value.value * 1e3, low=value.low * 1e3, high=value.high * 1e3)


def _hourly(brief: Brief, accelerator: str) -> tuple[float, float, float] | None:
    """USD of a device hour where the brief places it: lowest, middle and highest dated offer."""
    own = brief.budget.accelerator_usd_per_hour
    if own:
        return own, own, own
    offers = [
        o for o in from_catalog(prices())
        if o.accelerator == accelerator and o.kind == brief.budget.price_kind
    ]  # fmt: skip
    clouds = brief.placement.clouds
    if clouds:
        providers, regions = {c.provider for c in clouds}, {r for c in clouds for r in c.regions}
        mine = [o for o in offers if o.provider.lower() in providers]
        offers = [o for o in mine if o.region in regions] or mine
    each = sorted(o.usd_per_hour / o.devices for o in offers)
    return (each[0], each[len(each) // 2], each[-1]) if each else None
