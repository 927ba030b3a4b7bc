"""`aegis evaluate import` and `export`: other tools' reports in, a log of inspect out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from aegis.cli.commands.evaluate.options import EXISTING, FILE
from aegis.cli.view import counted, format_option, view_of, wrap
from aegis.evaluate.errors import InputError
from aegis.evaluate.importers.registry import IMPORTERS
from aegis.operations.evaluating.importing import ImportResult, export_inspect
from aegis.operations.evaluating.importing import import_report as bring_in


@click.command("import")
@click.argument("tool", type=click.Choice(list(IMPORTERS)))
@click.argument("report", type=EXISTING)
@click.option("--data", type=FILE, default=None, help="where samples go [REPORT.samples.jsonl]")
@click.option("--results", type=FILE, default=None, help="where results go [REPORT.results.jsonl]")
@format_option
def import_report(
    tool: str, report: Path, *, data: Path | None, results: Path | None, output: str
) -> None:
    """Turn the REPORT of another TOOL into samples and results.

    inspect: a log in JSON (or .eval where inspect_ai is installed). lm-eval: samples_*.jsonl of
    --log_samples. deepeval: test_run_*.json, or a list of goldens. promptfoo: the JSON of
    `eval -o`. garak: *.report.jsonl. csv: a data set with a header, such as the public ones for
    red-teaming (XSTest, JBB-Behaviors); it has no results.

    \b
      aegis evaluate import inspect logs/2026-11-22_faq.json --results evaluation/results/faq.jsonl
    """  # noqa: D301  # \b is click's mark for text that keeps its lines
    stem = report.with_suffix("")
    try:
        result = bring_in(
            tool,
            report,
            data=data or stem.with_suffix(".samples.jsonl"),
            results=results or stem.with_suffix(".results.jsonl"),
        )
    except InputError as error:
        raise click.UsageError(str(error)) from None
    view_of(output).show(result, lambda: _lines(result))


@click.command("export")
@click.argument("results", type=EXISTING)
@click.option("--data", type=EXISTING, default=None, help="the data set, for inputs and targets")
@click.option("-o", "--out", type=FILE, required=True, help="the log, a JSON file")
@format_option
def export_report(results: Path, *, data: Path | None, out: Path, output: str) -> None:
    """Write RESULTS as a log of inspect, for `inspect view`."""
    result = export_inspect(results, out, data=data)
    view_of(output).show(result, lambda: _lines(result))


def _lines(result: ImportResult) -> Iterator[str]:
    said = f"{counted(result.samples, 'sample')}, {counted(result.results, 'result')}"
    if result.failures:
        said += f", {result.failures} without a judgement"
    yield f"{said}  {result.dataset_digest[:19]}…"
    for path in result.written:
        yield f"  {path}"
    for problem in result.problems:
        yield from wrap(problem, first="  ! ")
