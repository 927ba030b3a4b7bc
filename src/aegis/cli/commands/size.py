"""`aegis size`: which accelerators, how many, at what price."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import click

from aegis.base.number import show_value
from aegis.cli.view import counted, format_option, view_of, wrap
from aegis.operations.sizing import CannotSizeError, Range, SizeResult, SizeRow, size_model
from aegis.sizing.candidates import Load, Objectives

_DURATION = re.compile(r"(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>ms|s)?")


class Duration(click.ParamType[float]):
    """`500ms`, `0.5s` or milliseconds as a bare number; in seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        match = _DURATION.fullmatch(str(value).strip())
        if match is None or float(match["value"]) <= 0:
            self.fail(f"`{value}` is no duration; write 500ms or 0.5s", param, ctx)
        return float(match["value"]) * (1.0 if match["unit"] == "s" else 1e-3)


@click.command("size")
@click.option(
    "--model", required=True, help="model reference; `aegis catalog models` lists those known"
)
@click.option(
    "--peak-rps", type=click.FloatRange(min=0, min_open=True), required=True, help="busiest minute"
)
@click.option(
    "--mean-rps", type=click.FloatRange(min=0, min_open=True), default=None, help="mean of a month"
)
@click.option(
    "--input",
    "input_tokens",
    type=click.IntRange(min=1),
    required=True,
    help="mean tokens of a prompt",
)
@click.option(
    "--output",
    "output_tokens",
    type=click.IntRange(min=1),
    required=True,
    help="mean tokens of an answer",
)
@click.option(
    "--ttft-p95", type=Duration(), default=None, help="time to first token, such as 500ms"
)
@click.option(
    "--tpot-p95", type=Duration(), default=None, help="time per later token, such as 40ms"
)
@click.option("--accelerator", multiple=True, help="only these catalog ids; may be repeated")
@click.option("--provider", default=None, help="prices of this provider only: aws, gcp, azure …")
@click.option("--region", default=None, help="prices of this region only")
@click.option(
    "--price-kind", type=click.Choice(["on_demand", "spot", "reserved_1y", "reserved_3y"]),
    default="on_demand", show_default=True,
)  # fmt: skip
@click.option(
    "--all",
    "show_all",
    is_flag=True,
    help="every candidate, not the Pareto front and the ten cheapest",
)
@format_option
def size(
    *,
    model: str,
    peak_rps: float,
    mean_rps: float | None,
    input_tokens: int,
    output_tokens: int,
    ttft_p95: float | None,
    tpot_p95: float | None,
    accelerator: tuple[str, ...],
    provider: str | None,
    region: str | None,
    price_kind: str,
    show_all: bool,
    output: str,
) -> None:
    """Size a language model: devices, replicas, latency and price, each with its interval.

    \b
      aegis size --model meta-llama/Llama-3.1-8B-Instruct --peak-rps 20 --input 900 --output 250 \\
                 --ttft-p95 500ms --tpot-p95 40ms
    """  # noqa: D301
    load = Load(
        peak_rps=peak_rps, mean_rps=mean_rps, input_tokens=input_tokens, output_tokens=output_tokens
    )
    objectives = Objectives(ttft_s=ttft_p95 or math.inf, tpot_s=tpot_p95 or math.inf)
    try:
        result = size_model(
            model,
            load,
            objectives,
            only=accelerator,
            provider=provider,
            region=region,
            price_kind=price_kind,
        )
    except CannotSizeError as error:
        raise click.UsageError(f"{error.reason}. To get an answer: {error.mend}.") from None
    view_of(output).show(result, lambda: _lines(result, show_all=show_all))


def _lines(result: SizeResult, *, show_all: bool) -> Iterator[str]:
    best = result.rows[0]
    yield from wrap(_verdict(best, result.model))
    yield ""
    yield f"  {'accelerator':<26}{'n × k':>8}  {'prec.':<6}{'TTFT ms':>18}{'TPOT ms':>18}{'USD a month':>13}"
    shown = result.rows if show_all else _short(result.rows)
    for row in shown:
        mark = "◆" if row.on_pareto_front else " "
        fleet = f"{row.replicas_n_plus_1} × {row.devices_per_replica}"
        cost = "unpriced" if row.usd_per_month is None else show_value(round(row.usd_per_month))
        yield (
            f"{mark} {row.accelerator:<26}{fleet:>8}  {row.precision:<6}"
            f"{_range(row.ttft_ms):>18}{_range(row.tpot_ms):>18}{cost:>13}"
        )
    yield ""
    yield from wrap(
        "◆ on the Pareto front of cost and latency; n replicas with one spare, k devices each; "
        "intervals hold the central 80 % of our own errors. Precisions other than the published one "
        "need an evaluation first.",
        first="  ",
    )
    yield from wrap(f"binding: {best.binding}", first="  ")
    yield from wrap(f"our error: {best.our_error}", first="  ")
    if best.price is not None:
        p = best.price
        yield from wrap(
            f"price: {p.provider} {p.sku} in {p.region}, {p.kind.replace('_', ' ')}, as of {p.as_of} "
            f"({p.source}); an example and no offer; excludes {', '.join(result.excludes)}",
            first="  ",
        )
    if result.misses:
        yield from wrap(
            f"{counted(len(result.misses), 'shape')} miss, such as: {result.misses[0]}", first="  "
        )
    yield from wrap(
        f"{result.considered:,} configurations evaluated. You will need to benchmark this in your "
        "environment: aegis bench",
        first="  ",
    )


def _verdict(row: SizeRow, model: str) -> str:
    each = "" if row.devices_per_replica == 1 else f" of {row.devices_per_replica} devices"
    cost = (
        ""
        if row.usd_per_month is None
        else f", about {show_value(round(row.usd_per_month))} USD a month"
    )
    sure = (
        "also at the upper end of the interval"
        if row.holds_at_upper
        else "by the central estimate; at the upper end of the interval an objective is missed, so measure first"
    )
    served = model.rsplit("/", maxsplit=1)[-1]
    return (
        f"Serve {served} on {row.accelerator_name}: {row.replicas_n_plus_1} replicas{each} with one "
        f"spare, in {row.precision}{cost}. It holds the objectives {sure}."
    )


def _range(value: Range) -> str:
    return f"{show_value(value.value)} [{show_value(value.low)}–{show_value(value.high)}]"


def _short(rows: tuple[SizeRow, ...]) -> tuple[SizeRow, ...]:
    """The ten first and everything on the front, one row per device and precision."""
    seen: set[tuple[str, str]] = set()
    kept: list[SizeRow] = []
    for row in rows:
        key = (row.accelerator, row.precision)
        if row.on_pareto_front or (key not in seen and len(kept) < 10):
            kept.append(row)
        seen.add(key)
    return tuple(kept)
