"""What `aegis size` answers; this is also its JSON. Times are in milliseconds, money in USD."""

from __future__ import annotations

import datetime

from pydantic import Field

from aegis.base.model import Frozen
from aegis.sizing.candidates import Constraint
from aegis.sizing.prices import Offer


class Range(Frozen):
    """A value with the bounds of its central 80 %."""

    value: float
    low: float
    high: float


class Percentiles(Frozen):
    """Over the requests at the peak."""

    p50: Range
    p95: Range
    p99: Range


class SimulatedRow(Frozen):
    """What users would see at the peak, by simulation of every request.

    Bounds are the same simulation with every step as fast and as slow as our own errors.
    """

    requests: int = Field(description="requests simulated")
    replicas: int = Field(description="simulated as serving the peak")
    reading_replicas: int = Field(
        default=0, description="replicas that only read prompts (disaggregation)"
    )
    ttft_ms: Percentiles
    tpot_ms: Percentiles | None = Field(description="None where answers have one token")
    itl_ms: Percentiles | None
    latency_ms: Percentiles
    goodput_rps: Range = Field(description="requests per second that hold every objective")
    share_held: Range = Field(description="share of requests that hold every objective")
    concurrent_per_replica: float
    longest_queue: int
    preemptions: int
    holds: bool
    holds_when_slow: bool = Field(description="also when every step is as slow as our bound")
    highest_rps: float | None = Field(
        default=None, description="of the serving replicas, objectives held; None: not looked for"
    )
    fails_at_rps: float | None = Field(default=None, description="lowest rate seen to fail")
    breaks: str = Field(default="", description="what gives way first above the highest rate")
    offered_rps: float = Field(description="requests per second that came")
    calibrated: bool = Field(default=False, description="by a run of yours")
    basis: str = Field(description="what the bounds rest on")


class PriceUsed(Frozen):
    """The dated price behind a cost."""

    provider: str
    region: str
    sku: str
    kind: str
    usd_per_hour: float = Field(description="of one instance")
    devices: int = Field(description="in one instance; whole instances are counted")
    as_of: str = Field(description="day the price was read; empty where nobody said")
    age_days: int | None
    source: str

    @classmethod
    def of(cls, offer: Offer, today: datetime.date) -> PriceUsed:
        """An offer as it is shown on that day."""
        return cls(
            provider=offer.provider,
            region=offer.region,
            sku=offer.sku,
            kind=offer.kind,
            usd_per_hour=offer.usd_per_hour,
            devices=offer.devices,
            as_of=offer.as_of.isoformat() if offer.as_of else "",
            age_days=offer.age_days(today),
            source=offer.source,
        )


class CostRow(Frozen):
    """USD of the fleet with its spare; bounds from the replicas that the rate's interval asks for."""

    price: PriceUsed
    per_hour: Range
    per_month: Range = Field(description="of 730 hours")
    per_million_output_tokens_peak: Range
    per_million_output_tokens_mean: Range | None
    per_request_peak: Range
    per_request_mean: Range | None
    lowest_usd_per_device_hour: float = Field(description="of all offers that fit")
    highest_usd_per_device_hour: float
    offers: int


class SizeRow(Frozen):
    """One deployment that holds the objectives at the peak."""

    accelerator: str
    accelerator_name: str
    engine: str
    precision: str
    devices_per_replica: int
    tensor_parallel: int
    pipeline_parallel: int
    expert_parallel: int
    data_parallel: int
    replicas: int = Field(description="serving the peak, without spare")
    replicas_with_spare: int
    devices: int = Field(description="with the spare")
    rps_per_replica: Range
    ttft_ms: Range = Field(description="at its percentile, by formula; simulated: see there")
    tpot_ms: Range = Field(description="mean, by formula; simulated: see there")
    binding: str
    constraint: Constraint = Field(description="what stops one replica")
    stops_at: int = Field(description="concurrent requests of one replica")
    utilisation_peak: float
    utilisation_mean: float | None
    max_sequences: int
    max_batch: int
    needs_evaluation: bool
    holds_at_upper: bool
    simulated: SimulatedRow | None
    cost: CostRow | None = Field(description="None without a price; nothing is assumed")
    on_pareto_front: bool
    our_error: str


class ReserveRow(Frozen):
    """Replicas beyond the peak, and the bounds and signal of an autoscaler."""

    serving: int
    spare: int
    surge: int
    zones: int
    at_least: int
    at_most: int
    signal: str
    target_per_replica: float | None = Field(description="running requests of one replica")
    bearable_growth_rps_per_min: float | None
    covers: str


class ColdStartRow(Frozen):
    """From a node with the weights on its storage to the first answer, in seconds."""

    weight_gb: float
    low_s: float
    high_s: float
    basis: str


class Alternative(Frozen):
    """The same device in another precision, and what must be evaluated before."""

    precision: str
    replicas_with_spare: int
    devices_per_replica: int
    devices: int
    usd_per_month: float | None
    simulated: bool
    needs_evaluation: bool
    evaluate: str


class RivalRow(Frozen):
    """A managed API at the same traffic."""

    provider: str
    sku: str
    same_model: bool
    usd_per_million_input: float
    usd_per_million_output: float
    usd_per_request: float
    usd_per_month: float | None = Field(description="at the mean rate; None without one")
    fleet_is_cheaper_from_mean_rps: float | None
    as_of: str
    source: str


class AdapterRow(Frozen):
    """What low-rank adapters add, to first order."""

    count: int
    rank: int
    resident: int
    gb_each: float
    gb_resident: float
    load_s_low: float
    load_s_high: float


class LoadSeen(Frozen):
    """What users would see at one load of the serving replicas."""

    rps: float
    ttft_p95_ms: Range
    tpot_p95_ms: Range | None


class SharedFleet(Frozen):
    """Several models on the recommended device, to first order; interference is not counted."""

    devices: tuple[tuple[str, ...], ...] = Field(description="models of each device, no spare")
    devices_apart: int = Field(description="if every model had devices of its own")
    does_not_fit: tuple[str, ...] = Field(
        description="not on one such device within the objectives"
    )
    basis: str


class MemoryUse(Frozen):
    """GiB of one device, in the order in which the engine takes them."""

    total: float
    weights: float
    workspace: float
    adapters: float
    kv_cache: float


class TrafficUsed(Frozen):
    """What was asked."""

    peak_rps: float
    mean_rps: float | None
    input_tokens: float
    output_tokens: float
    arrivals: str
    length_cv: float | None
    ttft_objective_ms: float | None = Field(description="at its 95th percentile")
    tpot_objective_ms: float | None = Field(description="at its 95th percentile")


class SecondOpinion(Frozen):
    """What AIConfigurator says about the recommended fleet; never mixed into our figures."""

    by: str = "AIConfigurator"
    concurrency: float = Field(description="requests at once in one replica, as asked")
    ttft_ms: float | None = Field(default=None, description="mean, theirs")
    tpot_ms: float | None = Field(default=None, description="mean, theirs")
    basis: str = Field(default="", description="their engine version, device and mode")
    refusal: str = Field(default="", description="why there is no answer")


class SizeResult(Frozen):
    """Candidates, the recommended one first, and why others do not hold."""

    model: str
    traffic: TrafficUsed
    rows: tuple[SizeRow, ...]
    recommended: SizeRow
    reserve: ReserveRow
    cold_start: ColdStartRow
    memory: MemoryUse | None = Field(description="None for a machine of your own")
    alternatives: tuple[Alternative, ...] = ()
    rivals: tuple[RivalRow, ...] = ()
    adapters: AdapterRow | None = None
    shared: SharedFleet | None = None
    disaggregated: SimulatedRow | None = None
    load_curve: tuple[LoadSeen, ...] = Field(
        default=(), description="of the recommended fleet, where plots were asked for"
    )
    second_opinion: SecondOpinion | None = Field(default=None, description="where asked for")
    misses: tuple[str, ...]
    notes: tuple[str, ...] = ()
    asks: tuple[str, ...] = Field(default=(), description="what would make the answer better")
    considered: int = Field(description="configurations evaluated by formula")
    excludes: tuple[str, ...]
    catalog: str = Field(description="SHA-256 of the catalog")
    measure: str = Field(description="the command that replaces estimates by a measurement")
