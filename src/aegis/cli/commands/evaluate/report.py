"""`aegis evaluate report`: what a file of results shows."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aegis.cli.commands.evaluate.lines import run_lines
from aegis.cli.commands.evaluate.options import EXISTING, FILE, exit_code, report_options
from aegis.cli.view import format_option, view_of
from aegis.operations.evaluating.asking import labels_of
from aegis.operations.evaluating.reporting import run_junit, run_metrics, run_page, write
from aegis.operations.evaluating.running import report_results


@click.command("report")
@click.argument("results", type=EXISTING)
@click.option("--labels", "labels_file", type=EXISTING, default=None,
              help='what people say, to correct the first scorer: {"id": …, "good": true}')  # fmt: skip
@click.option("--metrics", type=FILE, default=None, help="also write scores as Prometheus text")
@report_options
@format_option
def report(
    results: Path, *, labels_file: Path | None, metrics: Path | None, junit: Path | None,
    html: Path | None, output: str,
) -> None:  # fmt: skip
    """Show means with intervals, by slice, of a file of RESULTS, whoever wrote it.

    Samples of one cluster count together: a user whose thumbs they are, a document. With --labels
    the rate is corrected for what the first scorer gets wrong. Exit 3 where answers are missing.

    \b
      aegis evaluate report thumbs.jsonl --metrics thumbs.prom
    """  # noqa: D301  # \b is click's mark for text that keeps its lines
    labels, problems = labels_of(labels_file)
    found = report_results(results, labels)
    found = found.model_copy(update={"problems": (*problems, *found.problems)})
    write(junit, lambda: run_junit(found))
    write(html, lambda: run_page(found))
    write(metrics, lambda: run_metrics(found))
    view_of(output).show(found, lambda: run_lines(found))
    sys.exit(exit_code(found.verdict))
