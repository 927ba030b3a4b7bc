"""`aegis size`: which accelerators, how many, at what price."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from aegis.catalog.loader import accelerators
from aegis.cli.commands.size_flags import Duration, SizeFlags, question
from aegis.cli.commands.size_other import OtherFlags, answer
from aegis.cli.commands.size_text import lines
from aegis.cli.view import format_option, view_of
from aegis.operations.size_plots import write_plots
from aegis.operations.size_question import CannotSizeError
from aegis.operations.size_second import require_installed
from aegis.operations.size_second import second_opinion as ask_second
from aegis.operations.sizing import size_model

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_ABOVE = click.FloatRange(min=0, min_open=True)
_COUNT = click.IntRange(min=1)


SECTIONS = {
    "What comes": (
        "model", "config", "peak_rps", "mean_rps", "input_tokens", "output_tokens", "arrivals",
        "clients", "length_cv", "shared_prefix",
    ),
    "What must hold": ("ttft_p95", "tpot_p95", "zones", "surge"),
    "How it runs": (
        "accelerator", "engine", "kv_bits", "speculative", "draft_time", "adapters", "beside",
        "disaggregate", "transfer_gb_per_s", "load_gb_per_s",
    ),
    "What it costs": ("provider", "region", "price_kind", "prices", "api"),
    "The answer": (
        "simulate", "calibration", "second_opinion", "plots", "show_all", "output",
    ),
    "Other kinds than language models": (
        "kind", "latency_p95", "service_time", "service_cv", "batch_delay", "items", "items_per_s",
        "deadline", "latency", "latency_budget", "memory_mb", "memory_budget_mb", "energy_mj",
        "energy_budget_mj", "per_day", "battery_wh",
    ),
}  # fmt: skip
"""Section of the help → parameters."""


class _Grouped(click.Command):
    """A command whose help has sections, since it has more options than one list carries."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = {p.name: p.get_help_record(ctx) for p in self.params}
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([row for name in names if (row := records[name])])


@click.command("size", cls=_Grouped)
@click.option(
    "--model", default=None, help="model reference; `aegis catalog models` lists those known"
)
@click.option("--config", type=_FILE, default=None, help="config.json of a model the catalog lacks")
@click.option(
    "--peak-rps", type=_ABOVE, default=None, help="requests per second in the busiest minute"
)
@click.option("--mean-rps", type=_ABOVE, default=None, help="mean of a month")
@click.option("--input", "input_tokens", type=_COUNT, default=None, help="mean tokens of a prompt")
@click.option(
    "--output", "output_tokens", type=_COUNT, default=None, help="mean tokens of an answer"
)
@click.option("--arrivals", default="poisson", show_default=True,
              help="poisson, gamma:CV (bursty), or FILE: recorded, as CSV or JSON lines")  # fmt: skip
@click.option(
    "--clients", type=_COUNT, default=None, help="closed loop: callers that wait for their answer"
)
@click.option("--length-cv", type=click.FloatRange(0, 5), default=1.0, show_default=True,
              help="how lengths vary: deviation over mean")  # fmt: skip
@click.option(
    "--shared-prefix",
    default=None,
    metavar="TOKENS[:GROUPS]",
    help="leading tokens that prompts share, cached",
)
@click.option(
    "--ttft-p95", type=Duration(), default=None, help="time to first token, such as 500ms"
)
@click.option(
    "--tpot-p95", type=Duration(), default=None, help="time per later token, such as 40ms"
)
@click.option(
    "--engine",
    type=click.Choice(["vllm", "sglang", "tensorrt-llm"]),
    default="vllm",
    show_default=True,
)
@click.option(
    "--kv-bits",
    type=click.Choice(["16", "8"]),
    default="16",
    show_default=True,
    help="width of the cache",
)
@click.option(
    "--speculative",
    default=None,
    metavar="DRAFTS:LENGTH",
    help="tokens proposed : tokens gained per step",
)
@click.option("--draft-time", type=Duration(), default=None, help="time of proposing, per step")
@click.option(
    "--adapters",
    default=None,
    metavar="COUNT:RANK[:READY]",
    help="low-rank adapters on the same fleet",
)
@click.option(
    "--beside",
    multiple=True,
    metavar="MODEL,RPS,INPUT,OUTPUT",
    help="another model on the same devices",
)
@click.option(
    "--disaggregate", is_flag=True, help="also divide the fleet into readers and decoders"
)
@click.option(
    "--transfer-gb-per-s",
    type=_ABOVE,
    default=None,
    help="rate at which the cache travels between them",
)
@click.option("--accelerator", multiple=True, help="only these catalog ids; may be repeated")
@click.option("--provider", default=None, help="prices of this provider only: aws, gcp, azure …")
@click.option("--region", default=None, help="prices of this region only")
@click.option("--price-kind", type=click.Choice(["on_demand", "spot", "reserved_1y", "reserved_3y", "any"]),
              default="on_demand", show_default=True)  # fmt: skip
@click.option("--prices", type=_FILE, multiple=True,
              help="your prices instead of the catalog's: CSV with provider,accelerator,amount (an hour, USD) and "
              "optionally region,sku,accelerators,kind,currency,as_of; or a catalog of gpuhunt")  # fmt: skip
@click.option(
    "--api",
    multiple=True,
    help="also compare with this model of a vendor, by its name in the catalog's prices",
)
@click.option(
    "--zones",
    type=click.IntRange(1, 9),
    default=1,
    show_default=True,
    help="survive the loss of one of them",
)
@click.option(
    "--surge",
    type=click.IntRange(0, 100),
    default=1,
    show_default=True,
    help="extra replicas of a rollout",
)
@click.option(
    "--load-gb-per-s",
    type=_ABOVE,
    default=None,
    help="rate at which your storage loads weights [published ones]",
)
@click.option(
    "--simulate",
    type=click.IntRange(0, 20),
    default=3,
    show_default=True,
    help="devices to simulate; 0: formula only",
)
@click.option(
    "--calibration",
    type=_FILE,
    multiple=True,
    help="what `aegis calibrate` learned; may be repeated",
)
@click.option("--kind", type=click.Choice(["llm", "classic", "job", "edge"]), default="llm", show_default=True,
              help="classic: fixed-size requests; job: a batch with a deadline; edge: one device")  # fmt: skip
@click.option("--latency-p95", type=Duration(), default=None, help="classic: the objective")
@click.option(
    "--service-time",
    default=None,
    metavar="TIME|SIZE:TIME,…",
    help="classic: measured time of a batch",
)
@click.option(
    "--service-cv",
    type=click.FloatRange(0, 10),
    default=0.0,
    show_default=True,
    help="classic: how it varies",
)
@click.option(
    "--batch-delay", type=Duration(), default=None, help="classic: how long a batch waits to fill"
)
@click.option("--items", type=_ABOVE, default=None, help="job: how many")
@click.option("--items-per-s", type=_ABOVE, default=None, help="job: measured rate of one worker")
@click.option("--deadline", type=Duration(), default=None, help="job: such as 6h")
@click.option("--latency", type=Duration(), default=None, help="edge: measured on the device")
@click.option("--latency-budget", type=Duration(), default=None, help="edge: what it may take")
@click.option("--memory-mb", type=_ABOVE, default=None, help="edge: measured peak")
@click.option("--memory-budget-mb", type=_ABOVE, default=None, help="edge: what it may hold")
@click.option("--energy-mj", type=_ABOVE, default=None, help="edge: measured, of one inference")
@click.option("--energy-budget-mj", type=_ABOVE, default=None, help="edge: what one may take")
@click.option("--per-day", type=_ABOVE, default=None, help="edge: inferences a day")
@click.option("--battery-wh", type=_ABOVE, default=None, help="edge: charge of the battery")
@click.option(
    "--plots", type=_FOLDER, default=None, help="write pareto.svg, load.svg and memory.svg there"
)
@click.option(
    "--second-opinion",
    is_flag=True,
    help="also what AIConfigurator says (extra `aiconfigurator`), marked as theirs",
)
@click.option("--all", "show_all", is_flag=True, help="every candidate in the table")
@format_option
def size(
    *,
    kind: str,
    plots: Path | None,
    second_opinion: bool,
    show_all: bool,
    output: str,
    **given: object,
) -> None:
    """Size a model: devices, replicas, latency and price, each with its interval.

    Every shape of the catalog is judged by formula; the cheapest few are simulated request by
    request, which decides the number of replicas.

    \b
      aegis size --model meta-llama/Llama-3.1-8B-Instruct --peak-rps 20 --input 900 --output 250 \\
                 --ttft-p95 500ms --tpot-p95 40ms
      aegis size --kind classic --service-time 1:8ms,8:20ms --peak-rps 400 --latency-p95 60ms
      aegis size --kind job --items 2000000 --items-per-s 35 --deadline 6h
    """  # noqa: D301
    view = view_of(output)
    today = datetime.datetime.now(datetime.UTC).date()  # noqa: TID251  # the shell reads it
    known = tuple(a.id for a in accelerators())
    try:
        if kind != "llm":
            other, said = answer(
                kind, OtherFlags.model_validate(given), today=today, accelerators=known
            )
            view.show(other, lambda: said)
            return
        if second_opinion:
            require_installed()
        result = size_model(
            question(
                SizeFlags.model_validate(given),
                curve=plots is not None,
                today=today,
                accelerators=known,
            )
        )
        if second_opinion:
            result = result.model_copy(update={"second_opinion": ask_second(result)})
    except CannotSizeError as error:
        raise click.UsageError(f"{error.reason}. To get an answer: {error.mend}.") from None
    if plots is not None:
        for path in write_plots(result, plots):
            view.progress(f"wrote {path}")
    view.show(result, lambda: lines(result, show_all=show_all))
