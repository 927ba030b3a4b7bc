"""From the values of sizing to the rows of its answer."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from aegis.catalog.types import Accelerator
from aegis.operations.size_question import SizeQuestion, evaluation_of, managed_prices
from aegis.operations.size_results import (
    AdapterRow,
    Alternative,
    ColdStartRow,
    CostRow,
    MemoryUse,
    Percentiles,
    PriceUsed,
    Range,
    ReserveRow,
    RivalRow,
    SimulatedRow,
    SizeRow,
)
from aegis.sizing.adapters import adapter_bytes
from aegis.sizing.architecture import Architecture
from aegis.sizing.candidates import Candidate
from aegis.sizing.cost import Cost, cost, rival
from aegis.sizing.deployment import Deployment
from aegis.sizing.fleet import bearable_growth, cold_start, load_rates, reserve, spare_replicas
from aegis.sizing.intervals import Interval
from aegis.sizing.memory_parts import memory_parts
from aegis.sizing.prices import OLD_DAYS, Offer
from aegis.sizing.shortlist import Judged
from aegis.sizing.simulated import Band, Simulated, Tail

GENERIC_EVALUATION = (
    "Run your evaluation set on both precisions with the same prompts; compare paired scores"
)


def _range(value: Band | Interval, factor: float = 1.0) -> Range:
    return Range(value=value.value * factor, low=value.low * factor, high=value.high * factor)


def _tail(tail: Tail) -> Percentiles:
    return Percentiles(
        p50=_range(tail.p50, 1e3), p95=_range(tail.p95, 1e3), p99=_range(tail.p99, 1e3)
    )


def simulated_row(found: Simulated, judged: Judged | None = None) -> SimulatedRow:
    """A simulation as it is shown."""
    highest = judged.highest if judged else None
    fails = highest.fails_at_rps if highest else math.inf
    return SimulatedRow(
        requests=found.requests,
        replicas=found.fleet.whole,
        reading_replicas=found.fleet.apart.readers if found.fleet.apart else 0,
        ttft_ms=_tail(found.ttft),
        tpot_ms=_tail(found.tpot) if found.has_later_tokens else None,
        itl_ms=_tail(found.itl) if found.has_later_tokens else None,
        latency_ms=_tail(found.e2e),
        goodput_rps=_range(found.goodput_rps),
        share_held=_range(found.share_held),
        concurrent_per_replica=found.concurrent_per_replica,
        longest_queue=found.queue_most,
        preemptions=found.preemptions,
        holds=found.holds,
        holds_when_slow=found.holds_at_slow,
        highest_rps=highest.rate_rps if highest and highest.rate_rps else None,
        fails_at_rps=fails if math.isfinite(fails) else None,
        breaks=judged.breaks if judged else "",
        offered_rps=found.offered_rps,
        calibrated=judged.calibrated if judged else False,
        basis=found.basis,
    )


def row(
    candidate: Candidate,
    accelerator: Accelerator,
    offers: Sequence[Offer],
    question: SizeQuestion,
    *,
    judged: Judged | None,
) -> SizeRow:
    """One candidate with its cost, its simulation where there is one."""
    shape, rate = candidate.shape, candidate.rps_per_replica
    load = question.traffic.load
    simulated = judged.simulated if judged else None
    peak = simulated.offered_rps if simulated and question.traffic.clients else load.peak_rps
    serving = judged.serving if judged else candidate.replicas
    whole = serving + spare_replicas(serving, question.zones)
    few = serving * rate.value / max(rate.high, rate.value)
    many = serving * rate.value / min(rate.low, rate.value)
    counts = (
        (math.ceil(few - 1e-9) + whole - serving) * shape.devices,
        whole * shape.devices,
        (math.ceil(many - 1e-9) + whole - serving) * shape.devices,
    )
    priced = cost(
        offers, counts, peak_rps=peak, mean_rps=load.mean_rps, output_tokens=load.output_tokens,
    )  # fmt: skip
    share = peak / serving / rate.value
    return SizeRow(
        accelerator=accelerator.id,
        accelerator_name=accelerator.name,
        engine=shape.engine,
        precision=shape.precision,
        devices_per_replica=shape.devices,
        tensor_parallel=shape.tp,
        pipeline_parallel=shape.pp,
        expert_parallel=shape.ep,
        data_parallel=shape.dp,
        replicas=serving,
        replicas_with_spare=whole,
        devices=whole * shape.devices,
        rps_per_replica=_range(rate),
        ttft_ms=_range(candidate.ttft, 1e3),
        tpot_ms=_range(candidate.tpot, 1e3),
        binding=str(candidate.binding),
        constraint=candidate.binding.constraint,
        stops_at=candidate.binding.concurrent,
        utilisation_peak=share,
        utilisation_mean=None if load.mean_rps is None else share * load.mean_rps / load.peak_rps,
        max_sequences=candidate.max_sequences,
        max_batch=candidate.max_batch,
        needs_evaluation=candidate.needs_evaluation,
        holds_at_upper=candidate.holds_at_upper,
        simulated=None if simulated is None else simulated_row(simulated, judged),
        cost=None if priced is None else cost_row(priced, question),
        on_pareto_front=False,
        our_error=f"median error {candidate.tpot.median_error_percent:g} % of TPOT and "
        f"{candidate.ttft.median_error_percent:g} % of TTFT: {candidate.tpot.basis}",
    )


def cost_row(found: Cost, question: SizeQuestion) -> CostRow:
    """A cost as it is shown, with its offer."""
    return CostRow(
        price=PriceUsed.of(found.offer, question.today),
        per_hour=_range(found.per_hour),
        per_month=_range(found.per_month),
        per_million_output_tokens_peak=_range(found.per_million_output_peak),
        per_million_output_tokens_mean=None
        if found.per_million_output_mean is None
        else _range(found.per_million_output_mean),
        per_request_peak=_range(found.per_request_peak),
        per_request_mean=None if found.per_request_mean is None else _range(found.per_request_mean),
        lowest_usd_per_device_hour=found.lowest_offer,
        highest_usd_per_device_hour=found.highest_offer,
        offers=found.offers,
    )


def front(rows: Sequence[SizeRow], output_tokens: float) -> tuple[SizeRow, ...]:
    """The same rows, those marked that no other beats in cost and in latency by formula."""

    def latency(one: SizeRow) -> float:
        return one.ttft_ms.value + (output_tokens - 1) * one.tpot_ms.value

    priced = [(r.cost.per_hour.value, latency(r), i) for i, r in enumerate(rows) if r.cost]
    best, on = math.inf, set()
    for _, late, index in sorted(priced):
        if late < best:
            best = late
            on.add(index)
    return tuple(r.model_copy(update={"on_pareto_front": i in on}) for i, r in enumerate(rows))


def reserve_row(question: SizeQuestion, first: SizeRow, cold: ColdStartRow) -> ReserveRow:
    """What is kept beyond the peak, and how an autoscaler should be told."""
    load = question.traffic.load
    kept = reserve(
        first.replicas, zones=question.zones, surge=question.surge, peak_rps=load.peak_rps,
        mean_rps=load.mean_rps,
    )  # fmt: skip
    seen = first.simulated
    spare_rps = kept.spare * load.peak_rps / kept.serving
    covers = (
        "one failed replica"
        if question.zones < 2
        else f"the loss of one of {question.zones} zones, or of any "
        + ("replica" if kept.spare == 1 else f"{kept.spare} replicas")
    )
    return ReserveRow(
        serving=kept.serving,
        spare=kept.spare,
        surge=kept.surge,
        zones=kept.zones,
        at_least=kept.least,
        at_most=kept.most,
        signal="running requests of a replica (vllm:num_requests_running), with waiting requests "
        "above zero for a minute as the second sign; never accelerator utilisation",
        target_per_replica=None if seen is None else seen.concurrent_per_replica,
        bearable_growth_rps_per_min=bearable_growth(spare_rps, cold.high_s),
        covers=covers,
    )


def cold_start_row(candidate: Candidate, gb_per_s: float | None) -> ColdStartRow:
    """The start of one replica."""
    found = cold_start(candidate.weight_bytes * candidate.shape.devices, gb_per_s)
    return ColdStartRow(
        weight_gb=found.weight_gb, low_s=found.low_s, high_s=found.high_s, basis=found.basis
    )


def memory_use(deployment: Deployment) -> MemoryUse:
    """What fills the fullest device of a replica."""
    parts = memory_parts(
        deployment.memory, deployment.device.memory_bytes, deployment.adapter_bytes
    )
    return MemoryUse.model_validate(dataclasses.asdict(parts))


def alternatives(rows: Sequence[SizeRow]) -> tuple[Alternative, ...]:
    """The recommended device in its other precisions: as simulated, else at its cheapest."""
    first = rows[0]
    found: dict[str, SizeRow] = {}
    for one in rows:
        if one.accelerator == first.accelerator:
            best = found.setdefault(one.precision, one)
            if best.simulated:
                continue
            if one.cost and best.cost and one.cost.per_hour.value < best.cost.per_hour.value:
                found[one.precision] = one
    return tuple(
        Alternative(
            precision=name,
            replicas_with_spare=one.replicas_with_spare,
            devices_per_replica=one.devices_per_replica,
            devices=one.devices,
            simulated=one.simulated is not None,
            usd_per_month=one.cost.per_month.value if one.cost else None,
            needs_evaluation=one.needs_evaluation,
            evaluate=(evaluation_of(name) or GENERIC_EVALUATION) if one.needs_evaluation else "",
        )
        for name, one in found.items()
    )


def rival_rows(model: str, question: SizeQuestion, first: SizeRow) -> tuple[RivalRow, ...]:
    """Managed APIs whose price is in the catalog, cheapest request first."""
    load = question.traffic.load
    rows = []
    for price, same in managed_prices(model, question.apis):
        month = first.cost.per_month.value if first.cost else None
        found = rival(
            price, input_tokens=load.input_tokens, output_tokens=load.output_tokens,
            mean_rps=load.mean_rps, fleet_per_month=month or 0.0,
        )  # fmt: skip
        rows.append(
            RivalRow(
                provider=price.provider,
                sku=price.sku,
                same_model=same,
                usd_per_million_input=price.usd_per_million_input,
                usd_per_million_output=price.usd_per_million_output,
                usd_per_request=found.per_request,
                usd_per_month=found.per_month,
                fleet_is_cheaper_from_mean_rps=None if month is None else found.even_at_mean_rps,
                as_of=price.as_of,
                source=price.source,
            )
        )
    return tuple(sorted(rows, key=lambda r: (not r.same_model, r.usd_per_request, r.provider)))


def adapter_row(arch: Architecture, question: SizeQuestion) -> AdapterRow | None:
    """Adapters: bytes, and the time to load one at the published rates."""
    adapters = question.ways.adapters
    if adapters is None:
        return None
    each = adapter_bytes(arch, adapters.rank) / 1e9
    rates = [one.gb_per_s for one in load_rates().loading]
    if question.load_gb_per_s is not None:
        rates = [question.load_gb_per_s]
    return AdapterRow(
        count=adapters.count,
        rank=adapters.rank,
        resident=adapters.resident,
        gb_each=each,
        gb_resident=each * adapters.resident,
        load_s_low=each / max(rates),
        load_s_high=each / min(rates),
    )


def notes(question: SizeQuestion, first: SizeRow, *, found_calibrated: bool) -> tuple[str, ...]:
    """What a reader must know about these figures."""
    said = []
    speculation = question.ways.speculation
    if speculation and not speculation.draft_s:
        said.append("the time of drafting is not counted: give it with --draft-time")
    if question.ways.calibrations and not found_calibrated:
        fit = question.ways.calibrations[-1]
        said.append(
            f"the calibration is of {fit.model} on {fit.accelerator} in {fit.precision} with "
            f"{fit.engine}: no candidate here is that, so nothing is calibrated"
        )
    elif found_calibrated:
        said.append("only rows of the calibrated shape use the calibration; the rest do not")
    price = first.cost.price if first.cost else None
    if price and price.age_days is not None and price.age_days > OLD_DAYS:
        said.append(f"the price is {price.age_days} days old: look it up again before you decide")
    if price and first.devices % price.devices:
        spare = -first.devices % price.devices
        said.append(
            f"{price.provider} sells {price.devices} devices together: {spare} would be idle, and "
            "are in the cost"
        )
    if price and price.kind == "spot":
        said.append("spot devices can be taken away: keep what serves the mean on another kind")
    if question.ways.adapters:
        said.append("adapters to first order: extra kernel launches are not counted")
    return tuple(said)


def asks(question: SizeQuestion, first: SizeRow) -> tuple[str, ...]:
    """At most three questions, the one that decides most first."""
    found = []
    wishes = question.objectives
    if math.isinf(wishes.ttft_s) or math.isinf(wishes.tpot_s):
        missing = " and ".join(
            flag
            for flag, value in (("--ttft-p95", wishes.ttft_s), ("--tpot-p95", wishes.tpot_s))
            if math.isinf(value)
        )
        found.append(
            f"How fast must it be ({missing})? Without it only queues that grow are ruled out. "
            "Decides: devices and replicas"
        )
    if first.cost is None:
        where = f" in {question.wanted.region}" if question.wanted.region else ""
        found.append(
            f"What does one hour of {first.accelerator_name} cost you{where}? No dated price fits: "
            "--prices FILE.csv (provider,accelerator,amount). Decides: every cost"
        )
    if question.traffic.load.mean_rps is None:
        found.append(
            "What is the mean rate over a month (--mean-rps)? Decides: cost a request, mean "
            "utilisation and the autoscaler's lower bound"
        )
    if not question.traffic.recorded:
        found.append(
            f"How do lengths and arrivals vary? Assumed: lengths with a coefficient of variation of "
            f"{question.traffic.length_cv:g}. A recording (--arrivals FILE) settles it. Decides: "
            "p95 and p99"
        )
    return tuple(found[:3])
