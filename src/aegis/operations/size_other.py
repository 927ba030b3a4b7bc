"""Sizing beside language models: classic models, batch jobs, devices. Measured times only."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import Field

from aegis.base.model import Frozen
from aegis.catalog.loader import prices
from aegis.operations.size_question import CannotSizeError
from aegis.operations.size_results import PriceUsed
from aegis.sizing.classic import (
    SLOWER,
    STEADY,
    Service,
    battery_share,
    size_classic,
    size_edge,
    size_job,
)
from aegis.sizing.cost import cheapest
from aegis.sizing.fleet import spare_replicas
from aegis.sizing.prices import EXCLUDES, HOURS_A_MONTH, Offer, Wanted, from_catalog, offers_for


class Money(Frozen):
    """USD, and the offer behind it."""

    usd: float
    per: str
    price: PriceUsed
    excludes: tuple[str, ...] = EXCLUDES


class ClassicResult(Frozen):
    """Workers that hold the latency objective at the peak; milliseconds."""

    workers: int
    spare: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    p95_if_slower_ms: float = Field(description="were the service a fifth slower than measured")
    busy_peak: float
    busy_mean: float | None
    mean_batch: float
    formula_wait_ms: float | None = Field(
        description="mean wait by M/G/c, where batches are of one"
    )
    requests: int = Field(description="requests simulated")
    cost: Money | None
    basis: str


class JobResult(Frozen):
    """Workers that finish in time."""

    workers: int
    fewest: int = Field(description="in a perfect run")
    hours: float
    hours_perfect: float
    deadline_hours: float
    items_per_s_needed: float
    cost: Money | None
    basis: str


class BudgetRow(Frozen):
    """One figure against the device's budget."""

    figure: str
    measured: float
    budget: float
    unit: str
    holds: bool


class EdgeResult(Frozen):
    """Whether the inference fits the device."""

    fits: bool
    rows: tuple[BudgetRow, ...]
    battery_share_per_day: float | None
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """Where the price of a worker may come from; `accelerator` is what one worker runs on."""

    accelerator: str = ""
    wanted: Wanted = field(default_factory=Wanted)
    offers: Sequence[Offer] = ()
    today: datetime.date


def classic(
    service: Service,
    *,
    peak_rps: float,
    mean_rps: float | None,
    latency_p95_s: float,
    burstiness: float,
    zones: int,
    purchase: Purchase,
) -> ClassicResult:
    """M/G/c with batch service, by simulation over measured batch times.

    Raises:
        CannotSizeError: no number of workers holds the objective.
    """
    found = size_classic(service, rate=peak_rps, latency_p95_s=latency_p95_s, burstiness=burstiness)
    if isinstance(found, str):
        raise CannotSizeError(
            found,
            "widen --latency-p95, or measure a faster build (smaller batch, compiled model, other "
            "hardware) and give its --service-time",
        )
    spare = spare_replicas(found.workers, zones)
    return ClassicResult(
        workers=found.workers,
        spare=spare,
        p50_ms=1e3 * found.p50_s,
        p95_ms=1e3 * found.p95_s,
        p99_ms=1e3 * found.p99_s,
        p95_if_slower_ms=1e3 * found.p95_slower_s,
        busy_peak=found.busy,
        busy_mean=None if mean_rps is None else found.busy * mean_rps / peak_rps,
        mean_batch=found.mean_batch,
        formula_wait_ms=None if found.formula_wait_s is None else 1e3 * found.formula_wait_s,
        requests=found.requests,
        cost=_money(purchase, found.workers + spare, HOURS_A_MONTH, "month"),
        basis="your measured service times; arrivals and variation are assumptions that a recording "
        f"settles; «slower» takes every batch {100 * (SLOWER - 1):.0f} % longer",
    )


def job(*, items: float, items_per_s: float, deadline_s: float, purchase: Purchase) -> JobResult:
    """Workers of a batch job from the measured rate of one."""
    found = size_job(items=items, items_per_s=items_per_s, deadline_s=deadline_s)
    return JobResult(
        workers=found.workers,
        fewest=found.fewest,
        hours=found.hours,
        hours_perfect=found.hours_low,
        deadline_hours=deadline_s / 3600,
        items_per_s_needed=found.rate_needed,
        cost=_money(purchase, found.workers, found.hours, "run"),
        basis=f"the rate of one worker is yours; {100 * STEADY:.0f} % of it is planned with, since "
        "retries and stragglers take the rest",
    )


def edge(
    rows: Sequence[tuple[str, float | None, float | None, str]],
    *,
    joules: float | None,
    per_day: float | None,
    battery_wh: float | None,
) -> EdgeResult:
    """Measured figures against the device's budget.

    Raises:
        CannotSizeError: no figure has both a measurement and a budget.
    """
    found = size_edge(rows)
    if not found:
        raise CannotSizeError(
            "nothing can be compared",
            "give a measurement and its budget: --latency 24ms --latency-budget 33ms, --memory-mb "
            "and --memory-budget-mb, --energy-mj and --energy-budget-mj, measured warm on the "
            "oldest device you support",
        )
    share = None
    if joules is not None and per_day is not None and battery_wh is not None:
        share = battery_share(joules, per_day, battery_wh)
    return EdgeResult(
        fits=all(row.holds for row in found),
        rows=tuple(
            BudgetRow(
                figure=row.figure, measured=row.measured, budget=row.budget, unit=row.unit,
                holds=row.holds,
            )
            for row in found
        ),
        battery_share_per_day=share,
        basis="your measurement on the device; heat lowers speed, so measure over minutes",
    )  # fmt: skip


def _money(purchase: Purchase, workers: int, hours: float, per: str) -> Money | None:
    """Cost of so many workers for so many hours; None without a dated price."""
    if not purchase.accelerator:
        return None
    every = purchase.offers or from_catalog(prices())
    offer = cheapest(offers_for(every, purchase.accelerator, purchase.wanted), workers)
    if offer is None:
        return None
    return Money(
        usd=offer.cost_per_hour(workers) * hours,
        per=per,
        price=PriceUsed.of(offer, purchase.today),
    )
