"""`aegis evaluate`: ask a release, compare it with the one that runs, judge the gates of a plan."""

from __future__ import annotations

from pathlib import Path

import click

from aegis.cli.commands.evaluate.compare import compare
from aegis.cli.commands.evaluate.gate import gate, gate_options, judge
from aegis.cli.commands.evaluate.imports import export_report, import_report
from aegis.cli.commands.evaluate.report import report
from aegis.cli.commands.evaluate.run import run
from aegis.cli.commands.evaluate.suites import suites
from aegis.cli.commands.evaluate.watch import watch


@click.group("evaluate", invoke_without_command=True)
@gate_options
@click.pass_context
def evaluate(
    context: click.Context, gates_file: Path, *, results: Path, opens: str | None, junit: Path | None,
    html: Path | None, output: str,
) -> None:  # fmt: skip
    """Say whether a release is worse than the one that runs, and how sure that is.

    Without a command it judges result files against the gates of a plan, as `gate` does:

    \b
      aegis evaluate run faq.jsonl --endpoint http://localhost:8000/v1 --model m -o new.jsonl
      aegis evaluate compare old.jsonl new.jsonl
      aegis evaluate --opens staging

    Each line of a result file is one sample: {"id": "…", "score": 1} with a score between 0 and 1,
    and where you have them "stable" (the score of the running release on the same sample),
    "cluster", "slice" and "weight". Whatever ran the samples may write them.

    Exit 0 passed or done, 3 inconclusive or refused, 4 failed.
    """  # noqa: D301  # \b is click's mark for text that keeps its lines
    if context.invoked_subcommand is None:
        if opens is None:
            raise click.UsageError("which environment? Give --opens staging or --opens production")
        judge(gates_file, results, opens, junit=junit, html=html, output=output)


for command in (run, compare, gate, report, import_report, export_report, suites, watch):
    evaluate.add_command(command)
