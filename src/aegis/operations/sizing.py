"""Which accelerators, how many, at what price: sizing for a workload without a brief."""

from __future__ import annotations

from pydantic import Field

from aegis.base.model import Frozen
from aegis.catalog.loader import accelerators, find_model, models, prices
from aegis.catalog.types import Accelerator
from aegis.sizing.architecture import architecture_of
from aegis.sizing.candidates import Candidate, Load, Objectives, pareto
from aegis.sizing.hardware import Device, device_of
from aegis.sizing.refusal import Unanswerable
from aegis.sizing.search import Space, search

HOURS_A_MONTH = 730


class CannotSizeError(Exception):
    """What stands in the way, and what would make it answerable."""

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.mend = mend


class Range(Frozen):
    """A value with the bounds of its central 80 %."""

    value: float
    low: float
    high: float


class PriceUsed(Frozen):
    """The dated price behind a cost."""

    usd_per_device_hour: float
    provider: str
    region: str
    sku: str
    kind: str
    as_of: str
    source: str


class SizeRow(Frozen):
    """One deployment that holds the objectives at the peak."""

    accelerator: str
    accelerator_name: str
    precision: str
    devices_per_replica: int
    tensor_parallel: int
    replicas: int = Field(description="serving the peak, without spare")
    replicas_n_plus_1: int
    devices: int = Field(description="with the spare replica")
    rps_per_replica: Range
    ttft_ms: Range
    tpot_ms: Range
    binding: str
    utilisation_peak: float
    utilisation_mean: float | None
    max_sequences: int
    needs_evaluation: bool
    holds_at_upper: bool
    usd_per_month: float | None = Field(
        description="all hours, spare included; None without a price"
    )
    price: PriceUsed | None
    on_pareto_front: bool
    our_error: str


class SizeResult(Frozen):
    """Candidates, cheapest first where prices are known, and why others do not hold."""

    model: str
    rows: tuple[SizeRow, ...]
    misses: tuple[str, ...]
    considered: int = Field(description="configurations evaluated")
    excludes: tuple[str, ...] = (
        "egress",
        "storage",
        "load balancer",
        "support",
        "tax",
        "idle staging",
    )


def size_model(
    reference: str,
    load: Load,
    objectives: Objectives,
    *,
    only: tuple[str, ...] = (),
    provider: str | None = None,
    region: str | None = None,
    price_kind: str = "on_demand",
) -> SizeResult:
    """Every device of the catalog that holds the objectives, with its dated price where one is known.

    Raises:
        CannotSizeError: the model, the load or the hardware cannot be sized; says what would help.
    """
    entry = find_model(reference)
    if entry is None:
        close = [
            m.name
            for m in models()
            if reference.rsplit("/", maxsplit=1)[-1].lower() in m.name.lower()
        ][:3]
        hint = f"did you mean {' or '.join(close)}? " if close else ""
        raise CannotSizeError(
            f"the catalog has no model `{reference}`",
            f"{hint}`aegis catalog models` lists them; an unknown model is measured: `aegis bench`",
        )
    arch = architecture_of(entry)
    if isinstance(arch, Unanswerable):
        raise CannotSizeError(arch.reason, arch.mend)
    chosen = _devices(only)
    costs = {d.name: p for d, a in chosen if (p := _price(a, provider, region, price_kind))}
    space = Space(
        devices=[d for d, _ in chosen],
        engines=("vllm",),
        prices={name: p.usd_per_device_hour for name, p in costs.items()},
    )
    found = search(arch, load, objectives, space)
    if not found.candidates:
        refusal = found.refusals[0]
        raise CannotSizeError(refusal.reason, refusal.mend)
    front = {id(c) for c in pareto(found.candidates, output_tokens=load.output_tokens)}
    names = {d.name: a for d, a in chosen}
    rows = tuple(_row(c, names[c.shape.device], costs.get(c.shape.device), on_front=id(c) in front)
                 for c in found.candidates)  # fmt: skip
    return SizeResult(
        model=entry.name,
        rows=rows,
        misses=tuple(dict.fromkeys(m.reason for m in found.misses)),
        considered=found.points,
    )


def _devices(only: tuple[str, ...]) -> list[tuple[Device, Accelerator]]:
    known = {a.id: a for a in accelerators()}
    if unknown := [i for i in only if i not in known]:
        raise CannotSizeError(
            f"the catalog has no accelerator `{unknown[0]}`",
            "`aegis catalog accelerators` lists them",
        )
    wanted = [known[i] for i in only] if only else [a for a in known.values() if a.kind == "gpu"]
    built = [(device_of(a), a) for a in wanted]
    usable = [(d, a) for d, a in built if isinstance(d, Device)]
    if not usable:
        reasons = "; ".join(d.reason for d, _ in built if isinstance(d, Unanswerable))
        raise CannotSizeError(
            reasons, "name a device whose memory, bandwidth and throughput are in the catalog"
        )
    return usable


def _price(
    accelerator: Accelerator, provider: str | None, region: str | None, kind: str
) -> PriceUsed | None:
    """The lowest dated price of one device hour that fits; None when none does."""
    rows = [
        (p.amount / p.accelerators, entry, p)
        for entry in prices()
        for p in entry.prices
        if p.accelerator == accelerator.id
        and p.accelerators
        and p.per == "hour"
        and p.currency == "USD"
        and p.kind == kind
        and (provider is None or p.provider.lower() == provider.lower())
        and (region is None or p.region in {region, "global"})
    ]
    if not rows:
        return None
    amount, entry, price = min(rows, key=lambda row: row[0])
    source = entry.sources[price.source]
    return PriceUsed(
        usd_per_device_hour=amount,
        provider=price.provider,
        region=price.region,
        sku=price.sku,
        kind=price.kind,
        as_of=price.as_of.isoformat(),
        source=f"{source.title}, {source.locator}",
    )


def _row(
    candidate: Candidate, accelerator: Accelerator, price: PriceUsed | None, *, on_front: bool
) -> SizeRow:
    devices = candidate.replicas_n_plus_1 * candidate.shape.devices
    rate, ttft, tpot = candidate.rps_per_replica, candidate.ttft, candidate.tpot
    return SizeRow(
        accelerator=accelerator.id,
        accelerator_name=accelerator.name,
        precision=candidate.shape.precision,
        devices_per_replica=candidate.shape.devices,
        tensor_parallel=candidate.shape.tp,
        replicas=candidate.replicas,
        replicas_n_plus_1=candidate.replicas_n_plus_1,
        devices=devices,
        rps_per_replica=Range(value=rate.value, low=rate.low, high=rate.high),
        ttft_ms=Range(value=1e3 * ttft.value, low=1e3 * ttft.low, high=1e3 * ttft.high),
        tpot_ms=Range(value=1e3 * tpot.value, low=1e3 * tpot.low, high=1e3 * tpot.high),
        binding=str(candidate.binding),
        utilisation_peak=candidate.utilisation_peak,
        utilisation_mean=candidate.utilisation_mean,
        max_sequences=candidate.max_sequences,
        needs_evaluation=candidate.needs_evaluation,
        holds_at_upper=candidate.holds_at_upper,
        usd_per_month=None
        if price is None
        else price.usd_per_device_hour * devices * HOURS_A_MONTH,
        price=price,
        on_pareto_front=on_front,
        our_error=f"median error {tpot.median_error_percent:g} % of TPOT: {tpot.basis}",
    )
