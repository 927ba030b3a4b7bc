"""`aegis slo`: service level objectives in other tools, at real traffic, and their scores."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from aegis.base.number import show_value
from aegis.base.verdict import Verdict
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS, EXIT_REFUSED
from aegis.cli.view import format_option, view_of, wrap
from aegis.monitor.quality import Sli
from aegis.operations.slo import (
    SloError,
    SloImport,
    SloList,
    SloMeasure,
    export_openslo,
    import_openslo,
    list_slos,
    measure_samples,
    objectives_yaml,
    plan_of,
)

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)
_EXITS = {Verdict.PASSED: EXIT_DONE, Verdict.FAILED: EXIT_FINDINGS}


@click.group("slo")
def slo() -> None:
    """Show objectives at real traffic, carry them to and from OpenSLO, and measure quality.

    \b
      aegis slo show examples/support-assistant/brief.yaml
      aegis slo export brief.yaml > openslo.yaml
      aegis slo measure judged.jsonl --sli groundedness --at-least 0.95
    """  # noqa: D301  # \b is click's mark for text that keeps its lines


@slo.command("show")
@click.argument("plan", type=_FILE)
@format_option
def show(plan: Path, *, output: str) -> None:
    """List the objectives of PLAN (a plan.json, or a brief): target, window, edge, time to a page.

    How long an outage of 10 % stays unseen is simulated at the mean traffic of the brief with the very
    rules that are rendered.
    """
    with _errors():
        result = list_slos(plan_of(plan, today=_today()))
    view_of(output).show(result, lambda: _list_lines(result))


@slo.command("export")
@click.argument("plan", type=_FILE)
@click.option("--out", type=_OUT, help="a file [default: standard output]")
def export(plan: Path, *, out: Path | None) -> None:
    """Write the objectives of PLAN (a plan.json, or a brief) as OpenSLO v1."""
    with _errors():
        text = export_openslo(plan_of(plan, today=_today()))
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, "utf-8")


@slo.command("import")
@click.argument("file", type=_FILE)
@format_option
def import_(file: Path, *, output: str) -> None:
    """Read OpenSLO v1 from FILE as the `objectives` of a brief; what has no place there is named.

    \b
      aegis slo import openslo.yaml >> brief.yaml

    Exit 3 when nothing could be carried over.
    """  # noqa: D301
    with _errors():
        result = import_openslo(file)
    view_of(output).show(result, lambda: [objectives_yaml(result).rstrip("\n")])
    sys.exit(EXIT_DONE if _carried(result) else EXIT_REFUSED)


@slo.command("measure")
@click.argument("file", type=_FILE)
@click.option(
    "--sli", required=True, type=click.Choice([str(s) for s in Sli]), help="what is measured"
)
@click.option(
    "--at-least", type=click.FloatRange(0, 1), help="threshold of a share that should be high"
)
@click.option(
    "--at-most", type=click.FloatRange(0, 1), help="threshold of a share that should be low"
)
@click.option("--metrics", type=_OUT, help="also write the score as a Prometheus textfile")
@click.option("--service", default="", help="label of the metrics: the service of the plan")
@click.option("--objective", default="", help="label `slo` of the metrics [default: the SLI]")
@click.option("--track", default="stable", show_default=True, help="label of the metrics")
@format_option
def measure(
    file: Path, *, sli: str, at_least: float | None, at_most: float | None, metrics: Path | None,
    service: str, objective: str, track: str, output: str,
) -> None:  # fmt: skip
    """Measure a quality indicator over judged samples, corrected by the labelled ones.

    Each line of FILE is a sample: {"id": "…", "judge": true} says that a judge found the property
    (supported, hallucinated, toxic, refused, correct, hit, content), "label" what a person found,
    "cluster" its user or document, "confidence" the model's own probability (calibration). Label a
    hundred or more, picked at random: a judge with 5 % false alarms reads 1 % as 6 %.

    Exit 4 when the whole interval misses the threshold, 3 when it holds the threshold.
    """
    if at_least is not None and at_most is not None:
        raise click.UsageError("give --at-least or --at-most, not both")
    threshold, better = (at_most, "lower") if at_most is not None else (at_least, "higher")
    labels = {"slo": objective or sli, "track": track} | ({"service": service} if service else {})
    with _errors():
        result = measure_samples(
            file, Sli(sli), threshold=threshold, better=better, metrics=metrics, labels=labels
        )
    view_of(output).show(result, lambda: _measure_lines(result))
    sys.exit(_EXITS.get(result.verdict, EXIT_REFUSED))


@contextmanager
def _errors() -> Iterator[None]:
    """What is wrong with the call, as a usage error."""
    try:
        yield
    except SloError as error:
        raise click.UsageError(str(error)) from None


def _today() -> datetime.date:
    return datetime.datetime.now(tz=datetime.UTC).date()  # noqa: TID251  # the shell reads the clock


def _carried(result: SloImport) -> bool:
    return bool(result.objectives.model_dump(exclude_defaults=True))


def _list_lines(result: SloList) -> Iterator[str]:
    yield f"{result.service}, plan {result.plan}"
    for row in result.objectives:
        text = f"{row.target} over {row.window}: {row.sli}"
        if row.note:
            text += f" ({row.note})"
        yield from wrap(text, first=f"  {row.name}: ", rest="    ")
        if row.minutes_to_page is not None:
            yield (
                f"    when {row.outage_percent:.0f} % of events are bad, it pages after about "
                f"{row.minutes_to_page:.0f} min at mean traffic"
            )
        if row.with_probe is not None:
            yield f"    a probe that sends 5 requests a minute brings that to {row.with_probe:.0f} min"


def _measure_lines(result: SloMeasure) -> Iterator[str]:
    found = result.measured
    if found.value is None:
        yield f"{found.sli}: no way to tell."
    else:
        text = f"{found.sli}: {_share(found.value)} [{_share(found.low)}–{_share(found.high)}]"
        if result.threshold is not None:
            bound = "at least" if result.better == "higher" else "at most"
            text += f", {bound} {_share(result.threshold)} was asked: {result.verdict}"
        yield f"{text}."
    yield f"  {found.samples:,} samples, {found.labelled:,} of them labelled"
    if found.judge_alone is not None:
        yield f"  the judge alone says {_share(found.judge_alone)}"
    for note in found.notes:
        yield from wrap(note, first="  ? ")
    for problem in result.problems:
        yield from wrap(problem, first="  ! ")


def _share(share: float) -> str:
    return f"{show_value(round(100 * share, 2))} %"
