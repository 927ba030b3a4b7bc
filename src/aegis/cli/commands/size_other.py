"""`aegis size --kind classic | job | edge`: flags read, and the answer for people."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import BaseModel, ConfigDict

from aegis.base.model import Frozen
from aegis.base.number import show_value
from aegis.cli.commands.size_flags import Duration, read_offers
from aegis.cli.view import wrap
from aegis.operations.size_other import (
    ClassicResult,
    EdgeResult,
    JobResult,
    Money,
    Purchase,
    classic,
    edge,
    job,
)
from aegis.sizing.classic import Service
from aegis.sizing.prices import Wanted


class OtherFlags(Frozen):
    """Flags of the other kinds, as click hands them over; durations in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    peak_rps: float | None
    mean_rps: float | None
    arrivals: str
    latency_p95: float | None
    service_time: str | None
    service_cv: float
    batch_delay: float | None
    items: float | None
    items_per_s: float | None
    deadline: float | None
    latency: float | None
    latency_budget: float | None
    memory_mb: float | None
    memory_budget_mb: float | None
    energy_mj: float | None
    energy_budget_mj: float | None
    per_day: float | None
    battery_wh: float | None
    accelerator: tuple[str, ...]
    provider: str | None
    region: str | None
    price_kind: str
    prices: tuple[Path, ...]
    zones: int


def answer(
    kind: str, flags: OtherFlags, *, today: datetime.date, accelerators: tuple[str, ...]
) -> tuple[BaseModel, list[str]]:
    """The result of that kind, and its lines for people."""
    purchase = Purchase(
        accelerator=flags.accelerator[0] if flags.accelerator else "",
        wanted=Wanted(
            provider=flags.provider,
            region=flags.region,
            kind=None if flags.price_kind == "any" else flags.price_kind,
        ),
        offers=read_offers(flags.prices, accelerators),
        today=today,
    )
    if kind == "classic":
        seen = _classic(flags, purchase)
        return seen, list(_classic_lines(seen, flags))
    if kind == "job":
        done = _job(flags, purchase)
        return done, list(_job_lines(done))
    fits = _edge(flags)
    return fits, list(_edge_lines(fits))


def _needed(**given: float | str | None) -> None:
    missing = [f"--{name.replace('_', '-')}" for name, value in given.items() if not value]
    if missing:
        raise click.UsageError(f"this kind also needs {', '.join(missing)}")


def _classic(flags: OtherFlags, purchase: Purchase) -> ClassicResult:
    _needed(service_time=flags.service_time, peak_rps=flags.peak_rps, latency_p95=flags.latency_p95)
    kind, _, variation = flags.arrivals.partition(":")
    if kind not in {"poisson", "gamma"}:
        raise click.UsageError("--arrivals of this kind is poisson or gamma:CV")
    return classic(
        Service(
            batches=_batches(flags.service_time or ""),
            cv=flags.service_cv,
            delay_s=flags.batch_delay or 0.0,
        ),
        peak_rps=flags.peak_rps or 0.0,
        mean_rps=flags.mean_rps,
        latency_p95_s=flags.latency_p95 or 0.0,
        burstiness=float(variation) if kind == "gamma" and variation else 1.0,
        zones=flags.zones,
        purchase=purchase,
    )


def _batches(text: str) -> tuple[tuple[int, float], ...]:
    """`8ms`, or `1:8ms,8:20ms,32:60ms` by size of the batch."""
    how = "write the measured time, 8ms, or times by batch size, 1:8ms,8:20ms,32:60ms"
    found: dict[int, float] = {}
    for part in text.split(","):
        size, _, time = part.rpartition(":")
        if size and not size.strip().isdigit():
            raise click.UsageError(f"--service-time {text}: {how}")
        try:
            found[int(size or 1)] = Duration().convert(time, None, None)
        except click.BadParameter:
            raise click.UsageError(f"--service-time {text}: {how}") from None
    try:
        return Service(batches=tuple(sorted(found.items()))).batches
    except ValueError as error:
        raise click.UsageError(f"--service-time {text}: {error}; {how}") from None


def _job(flags: OtherFlags, purchase: Purchase) -> JobResult:
    _needed(items=flags.items, items_per_s=flags.items_per_s, deadline=flags.deadline)
    return job(
        items=flags.items or 0.0,
        items_per_s=flags.items_per_s or 0.0,
        deadline_s=flags.deadline or 0.0,
        purchase=purchase,
    )


def _edge(flags: OtherFlags) -> EdgeResult:
    def ms(seconds: float | None) -> float | None:
        return None if seconds is None else 1e3 * seconds

    return edge(
        (
            ("latency", ms(flags.latency), ms(flags.latency_budget), "ms"),
            ("memory", flags.memory_mb, flags.memory_budget_mb, "MB"),
            ("energy of an inference", flags.energy_mj, flags.energy_budget_mj, "mJ"),
        ),
        joules=None if flags.energy_mj is None else flags.energy_mj / 1e3,
        per_day=flags.per_day,
        battery_wh=flags.battery_wh,
    )


def _classic_lines(found: ClassicResult, flags: OtherFlags) -> Iterator[str]:
    yield from wrap(
        f"{found.workers + found.spare} workers ({found.workers} at the peak, {found.spare} spare) hold "
        f"{1e3 * (flags.latency_p95 or 0):g} ms at the 95th percentile under {flags.peak_rps:g} req/s."
        + _price(found.cost)
    )
    yield ""
    yield f"  latency      p50 {found.p50_ms:.1f} ms, p95 {found.p95_ms:.1f} ms, p99 {found.p99_ms:.1f} ms"
    holds = found.p95_if_slower_ms <= 1e3 * (flags.latency_p95 or 0)
    yield from wrap(
        f"were every batch a fifth slower, p95 would be {found.p95_if_slower_ms:.1f} ms: "
        + ("still within the objective" if holds else "the objective would be missed"),
        first="  slower       ", rest=" " * 15,
    )  # fmt: skip
    mean = "" if found.busy_mean is None else f", {100 * found.busy_mean:.0f} % at the mean"
    yield f"  busy         {100 * found.busy_peak:.0f} % at the peak{mean}; {found.mean_batch:.1f} requests a batch"
    if found.formula_wait_ms is not None:
        yield f"  formula      mean wait {found.formula_wait_ms:.2f} ms by M/G/c"
    yield from wrap(
        f"{found.requests:,} requests simulated; {found.basis}", first="  basis        "
    )
    yield from _offer(found.cost, flags.accelerator)


def _job_lines(found: JobResult) -> Iterator[str]:
    yield from wrap(
        f"{found.workers} workers finish in {found.hours:.1f} hours "
        f"[{found.hours_perfect:.1f} in a perfect run], {found.deadline_hours - found.hours:.1f} before the "
        f"deadline of {found.deadline_hours:g}.{_price(found.cost)}"
    )
    yield ""
    yield f"  needed       {show_value(float(f'{found.items_per_s_needed:.3g}'))} items/s from start to end"
    yield f"  at least     {found.fewest} workers, if nothing ever fails or lags"
    yield from wrap(found.basis, first="  basis        ")
    yield from _offer(found.cost, ())


def _edge_lines(found: EdgeResult) -> Iterator[str]:
    missed = [row.figure for row in found.rows if not row.holds]
    yield (
        "The inference fits the device's budget." if found.fits
        else f"The inference does not fit: {', '.join(missed)} over budget."
    )  # fmt: skip
    yield ""
    for row in found.rows:
        left = 100 * (1 - row.measured / row.budget)
        room = f"{left:.0f} % left" if row.holds else f"{-left:.0f} % too much"
        yield f"  {row.figure:<24}{row.measured:g} of {row.budget:g} {row.unit}, {room}"
    if found.battery_share_per_day is not None:
        yield f"  {'battery':<24}{100 * found.battery_share_per_day:.1f} % of a charge a day"
    yield from wrap(found.basis, first="  basis: ")


def _price(cost: Money | None) -> str:
    return "" if cost is None else f" About {show_value(round(cost.usd))} USD a {cost.per}."


def _offer(cost: Money | None, asked: tuple[str, ...]) -> Iterator[str]:
    if cost is None:
        said = (
            f"no dated price fits {asked[0]}: give yours with --prices FILE.csv" if asked
            else "name what a worker runs on (--accelerator) and Aegis looks for a dated price"
        )  # fmt: skip
        yield from wrap(said, first="  cost         ")
        return
    price = cost.price
    when = f", read {price.as_of} ({price.age_days} days ago)" if price.as_of else ", undated"
    yield from wrap(
        f"{price.provider} {price.sku} in {price.region}, {price.kind.replace('_', ' ')}: "
        f"{price.usd_per_hour:g} USD an hour{when}; excludes {', '.join(cost.excludes)}; {price.source}",
        first="  price        ", rest=" " * 15,
    )  # fmt: skip
