"""The answer of `aegis size` for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aegis.base.number import show_value
from aegis.cli.view import counted, wrap
from aegis.operations.size_results import (
    Alternative,
    Percentiles,
    Range,
    SimulatedRow,
    SizeResult,
    SizeRow,
)

LABEL = 13
SHOWN = 10
SLACK = 0.05
"""Head-room below this is within the precision of the search for the highest rate."""


def lines(result: SizeResult, *, show_all: bool) -> Iterator[str]:
    """Verdict, what users would see, candidates, cost, reserve, rivals, what is not known."""
    best = result.recommended
    yield from wrap(_verdict(best, result))
    if best.simulated is not None:
        yield ""
        yield from _seen(best.simulated, result)
    yield ""
    yield from _table(result, show_all=show_all)
    yield ""
    yield from _labelled("binding", best.binding)
    yield from _cost(result)
    yield from _reserve(result)
    yield from _memory(result)
    yield from _shared(result)
    yield from _alternatives(result)
    yield from _rivals(result)
    yield from _second(result)
    for note in result.notes:
        yield from _labelled("note", note)
    if result.misses:
        yield from _labelled(
            "not", f"{counted(len(result.misses), 'shape')} miss, such as: {result.misses[0]}"
        )
    yield from _labelled("our error", best.our_error)
    yield from _labelled(
        "measure", f"you will need to benchmark this in your environment: {result.measure}"
    )
    if result.asks:
        yield ""
        yield f"  {counted(len(result.asks), 'question')} would make this better"
        for number, ask in enumerate(result.asks, start=1):
            yield from wrap(ask, first=f"  {number}. ")


def _labelled(label: str, text: str) -> list[str]:
    return wrap(text, first=f"  {label:<{LABEL}}", rest=" " * (LABEL + 2))


def _verdict(best: SizeRow, result: SizeResult) -> str:
    served = result.model.rsplit("/", maxsplit=1)[-1]
    each = "" if best.devices_per_replica == 1 else f" of {best.devices_per_replica} devices"
    spare = best.replicas_with_spare - best.replicas
    fleet = (
        f"{best.replicas_with_spare} replicas{each} ({best.replicas} at the peak, {spare} spare)"
    )
    cost = ""
    if best.cost is not None:
        cost = f", about {_money(best.cost.per_month)} USD a month"
    sentence = f"Serve {served} on {best.accelerator_name}: {fleet} in {best.precision}{cost}."
    return f"{sentence} {_certainty(best)}{_safer(result)}{_precision(best, result)}"


def _certainty(best: SizeRow) -> str:
    seen = best.simulated
    if seen is None:
        return (
            "By formula it holds the objectives"
            + (" also at the upper bounds." if best.holds_at_upper else
               ", at the upper bounds it does not: measure first.")
        )  # fmt: skip
    if seen.holds_when_slow:
        return (
            "Simulated, it holds the objectives, even with every step as slow as our error allows."
        )
    return (
        "Simulated, it holds the objectives; were every step as slow as our error allows, it would "
        "not: measure one replica before you promise."
    )


def _safer(result: SizeResult) -> str:
    """The cheapest that holds at our bounds too, where the recommended one does not."""
    seen = result.recommended.simulated
    if seen is None or seen.holds_when_slow:
        return ""
    for row in result.rows:
        if row.simulated and row.simulated.holds_when_slow:
            cost = (
                ""
                if row.cost is None
                else f", {show_value(round(row.cost.per_month.value))} USD a month"
            )
            return (
                f" The safer one of those simulated: {row.replicas_with_spare} × "
                f"{row.devices_per_replica} {row.accelerator_name} in {row.precision}{cost}."
            )
    return ""


def _precision(best: SizeRow, result: SizeResult) -> str:
    if not best.needs_evaluation:
        return ""
    published = [a for a in result.alternatives if not a.needs_evaluation]
    text = f" {best.precision} is not the published precision: evaluate it first"
    if not published:
        return f"{text}."
    other = published[0]
    cost = (
        ""
        if other.usd_per_month is None
        else f", {show_value(round(other.usd_per_month))} USD a month"
    )
    return f"{text}, or take {other.precision}: {_fleet(other)}{cost}."


def _fleet(other: Alternative) -> str:
    each = "" if other.devices_per_replica == 1 else f" of {other.devices_per_replica} devices"
    seen = "" if other.simulated else " by formula"
    return f"{counted(other.replicas_with_spare, 'replica')}{each}{seen}"


def _seen(seen: SimulatedRow, result: SizeResult) -> Iterator[str]:
    traffic = result.traffic
    variation = (
        ""
        if traffic.length_cv is None
        else f", lengths vary by {100 * traffic.length_cv:.0f} % of their mean"
    )
    rate = (
        f"{show_value(_tidy(traffic.peak_rps))} req/s, "
        if "clients" not in traffic.arrivals
        else ""
    )
    yield from wrap(
        f"What users would see at the peak: {rate}{traffic.arrivals}{variation} "
        f"({seen.requests:,} requests simulated; milliseconds)"
    )
    yield f"  {'':<9}{'p50':>24}{'p95':>24}{'p99':>24}"
    for name, values in (
        ("TTFT", seen.ttft_ms), ("TPOT", seen.tpot_ms), ("ITL", seen.itl_ms), ("latency", seen.latency_ms),
    ):  # fmt: skip
        if values is not None:
            yield f"  {name:<9}{_percentiles(values)}"
    yield from _labelled(
        "goodput",
        f"{_range(seen.goodput_rps)} req/s; {100 * seen.share_held.value:.1f} % of the requests hold "
        f"every objective [{100 * seen.share_held.low:.0f}–{100 * seen.share_held.high:.0f}]",
    )
    if seen.highest_rps is not None:
        room = seen.highest_rps / traffic.peak_rps - 1
        most = f"{show_value(_tidy(seen.highest_rps))} req/s without the spare, {100 * room:.0f} % above the peak"
        yield from _labelled(
            "holds up to",
            f"{most if room > SLACK else 'little more than the peak'}; "
            f"{seen.concurrent_per_replica:.0f} requests at once in a replica at the peak",
        )
    if seen.breaks:
        yield from _labelled("then", seen.breaks)
    if seen.preemptions:
        yield from _labelled(
            "cache",
            f"{counted(seen.preemptions, 'time')} a request lost its cache and was read again",
        )
    yield from _labelled("bounds", seen.basis)
    if result.disaggregated is not None:
        yield from _divided(result.disaggregated)


def _divided(seen: SimulatedRow) -> Iterator[str]:
    later = ""
    if seen.tpot_ms and seen.itl_ms:
        later = f", TPOT p95 {_range(seen.tpot_ms.p95)} ms, ITL p99 {_range(seen.itl_ms.p99)} ms"
    yield from _labelled(
        "divided",
        f"{seen.reading_replicas} of {seen.replicas} replicas read, the others decode: TTFT p95 "
        f"{_range(seen.ttft_ms.p95)} ms{later}",
    )


def _percentiles(values: Percentiles) -> str:
    return "".join(f" {_range(v):>23}" for v in (values.p50, values.p95, values.p99))


def _table(result: SizeResult, *, show_all: bool) -> Iterator[str]:
    yield (
        f"  {'accelerator':<23}{'n × k':>7}  {'prec.':<6}{'TTFT p95':>16}{'TPOT':>17}{'USD a month':>12}"
        "  stops at"
    )
    for row in result.rows if show_all else _short(result.rows):
        mark = "◆" if row.on_pareto_front else " "
        fleet = f"{row.replicas_with_spare} × {row.devices_per_replica}"
        cost = "no price" if row.cost is None else show_value(round(row.cost.per_month.value))
        seen = "" if row.simulated is None else "s"
        ttft = row.ttft_ms if row.simulated is None else row.simulated.ttft_ms.p95
        later = row.simulated.tpot_ms if row.simulated else None
        tpot = row.tpot_ms if later is None else later.p95
        yield (
            f"{mark}{seen:<1} {row.accelerator:<22}{fleet:>7}  {row.precision:<6}"
            f"{_range(ttft):>16}{_range(tpot):>17}{cost:>12}  {_STOPS[row.constraint]}, {row.stops_at:,}"
        )
    yield from wrap(
        "◆ nothing is both cheaper and faster; s simulated (TPOT at its p95), the others by formula "
        "(TPOT is the mean); n replicas with spare, k devices each; [bounds] hold the central 80 % of "
        "our errors.",
        first="  ",
    )


_STOPS = {"kv_cache": "KV cache", "tpot": "TPOT", "ttft": "TTFT", "engine_limit": "engine"}


def _cost(result: SizeResult) -> Iterator[str]:
    best = result.recommended
    found = best.cost
    if found is None:
        yield from _labelled(
            "cost", "no dated price fits, and none is assumed: give yours with --prices FILE.csv"
        )
        return
    at = f"{100 * best.utilisation_peak:.0f} % busy at the peak"
    million, request = found.per_million_output_tokens_peak, found.per_request_peak
    text = (
        f"{_money(found.per_hour)} USD an hour, {_money(found.per_month)} a month; at the peak "
        f"{_money(million)} a million output tokens and {_money(request)} a request ({at})"
    )
    if found.per_million_output_tokens_mean and found.per_request_mean and best.utilisation_mean:
        text += (
            f"; at the mean {_money(found.per_million_output_tokens_mean)} and "
            f"{_money(found.per_request_mean)} ({100 * best.utilisation_mean:.0f} % busy)"
        )
    yield from _labelled("cost", text)
    price = found.price
    age = f", read {price.as_of} ({price.age_days} days ago)" if price.as_of else ", undated"
    whole = "" if price.devices == 1 else f" for {price.devices} devices together"
    others = (
        "" if found.offers == 1 else
        f"; {found.offers} offers from {show_value(_tidy(found.lowest_usd_per_device_hour))} to "
        f"{show_value(_tidy(found.highest_usd_per_device_hour))} USD a device hour"
    )  # fmt: skip
    yield from _labelled(
        "price",
        f"{price.provider} {price.sku} in {price.region}, {price.kind.replace('_', ' ')}: "
        f"{price.usd_per_hour:g} USD an hour{whole}{age}{others}; an example and no offer; excludes "
        f"{', '.join(result.excludes)}; {price.source}; catalog sha256:{result.catalog[:12]}",
    )


def _reserve(result: SizeResult) -> Iterator[str]:
    kept, cold = result.reserve, result.cold_start
    yield from _labelled(
        "reserve",
        f"{kept.spare} spare for {kept.covers}; {kept.at_most} replicas during a rollout at the peak",
    )
    target = (
        "" if kept.target_per_replica is None
        else f", target {kept.target_per_replica:.0f} a replica"
    )  # fmt: skip
    growth = ""
    if kept.bearable_growth_rps_per_min is not None:
        most = show_value(_tidy(kept.bearable_growth_rps_per_min))
        growth = f"; a replica is late when traffic grows faster than {most} req/s a minute"
    yield from _labelled(
        "autoscaling",
        f"{kept.at_least} to {kept.at_most} replicas on {kept.signal}{target}{growth}",
    )
    yield from _labelled("cold start", f"{cold.low_s:.0f}–{cold.high_s:.0f} s: {cold.basis}")
    adapters = result.adapters
    if adapters is not None:
        yield from _labelled(
            "adapters",
            f"{adapters.count} of rank {adapters.rank}, {show_value(_tidy(adapters.gb_each))} GB each, "
            f"{adapters.resident} kept ready ({show_value(_tidy(adapters.gb_resident))} GB); one loads in "
            f"{adapters.load_s_low:.2f}–{adapters.load_s_high:.2f} s",
        )


def _memory(result: SizeResult) -> Iterator[str]:
    use = result.memory
    if use is None:
        return
    adapters = f", adapters {use.adapters:.1f}" if use.adapters else ""
    yield from _labelled(
        "memory",
        f"of {use.total:.0f} GiB a device: weights {use.weights:.1f}, workspace {use.workspace:.1f}"
        f"{adapters}, KV cache {use.kv_cache:.1f}",
    )


def _shared(result: SizeResult) -> Iterator[str]:
    found = result.shared
    if found is None:
        return
    together = "; ".join(" + ".join(_last(n) for n in names) for names in found.devices)
    text = f"{counted(len(found.devices), 'device')} instead of {found.devices_apart}: {together}"
    if found.does_not_fit:
        text += f"; not beside others: {', '.join(_last(n) for n in found.does_not_fit)}"
    yield from _labelled("shared", f"{text} ({found.basis})")


def _last(name: str) -> str:
    return name.rsplit("/", maxsplit=1)[-1]


def _alternatives(result: SizeResult) -> Iterator[str]:
    best = result.recommended
    for other in result.alternatives:
        if not other.needs_evaluation or (
            other.precision != best.precision and other.devices >= best.devices
        ):
            continue
        cost = (
            ""
            if other.usd_per_month is None
            else f", {show_value(round(other.usd_per_month))} USD a month"
        )
        yield from _labelled(
            f"in {other.precision}",
            f"{_fleet(other)}{cost}; before that: {other.evaluate}",
        )


def _rivals(result: SizeResult) -> Iterator[str]:
    for api in result.rivals[:3]:
        what = "" if api.same_model else "another model, so evaluate it; "
        month = (
            ""
            if api.usd_per_month is None
            else f", {show_value(round(api.usd_per_month))} USD a month at the mean rate"
        )
        even = ""
        from_rps = api.fleet_is_cheaper_from_mean_rps
        if from_rps is not None and from_rps > result.traffic.peak_rps:
            even = "; cheaper than this fleet even at a mean as high as the peak"
        elif from_rps is not None:
            even = f"; the fleet is cheaper from a mean of {show_value(_tidy(from_rps))} req/s"
        yield from _labelled(
            "managed API",
            f"{api.provider} {api.sku}: {what}{show_value(_tidy(api.usd_per_request))} USD a request{month}{even} "
            f"(read {api.as_of}); its latency, limits and data terms are the vendor's",
        )


def _second(result: SizeResult) -> Iterator[str]:
    """Theirs beside ours, at the same concurrency."""
    said = result.second_opinion
    if said is None:
        return
    text = f"{said.by} does not answer: {said.refusal}"
    if said.ttft_ms is not None and said.tpot_ms is not None:
        text = (
            f"{said.by} says mean TTFT {show_value(_tidy(said.ttft_ms))} ms and mean TPOT "
            f"{show_value(_tidy(said.tpot_ms))} ms at {said.concurrency:.0f} requests at once in a "
            f"replica ({said.basis}); theirs, and in none of our figures"
        )
    yield from _labelled("second", text)


def _short(rows: Sequence[SizeRow]) -> list[SizeRow]:
    """Simulated ones, then the cheapest of each device and precision, up to ten."""
    seen: set[tuple[str, str, int]] = set()
    kept: list[SizeRow] = []
    for row in rows:
        key = (row.accelerator, row.precision, row.devices_per_replica)
        if key not in seen and (row.simulated or len(kept) < SHOWN):
            kept.append(row)
        seen.add(key)
    return kept


def _tidy(value: float) -> float:
    """Three significant digits, so that a whole number stays one.

    >>> _tidy(2345.678), _tidy(0.00012345)
    (2350.0, 0.000123)
    """
    return float(f"{value:.3g}")


def _range(value: Range) -> str:
    return f"{show_value(_tidy(value.value))} [{show_value(_tidy(value.low))}–{show_value(_tidy(value.high))}]"


def _money(value: Range) -> str:
    if value.low == value.high:
        return show_value(_tidy(value.value))
    return _range(value)
