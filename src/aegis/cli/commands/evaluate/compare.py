"""`aegis evaluate compare`: two files of results."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aegis.cli.commands.evaluate.lines import compare_lines
from aegis.cli.commands.evaluate.options import (
    EXISTING,
    exit_code,
    report_options,
    terms,
    terms_options,
)
from aegis.cli.view import format_option, view_of
from aegis.operations.evaluating.comparing import compare_files
from aegis.operations.evaluating.reporting import compare_junit, compare_page, write


@click.command("compare")
@click.argument("stable", type=EXISTING)
@click.argument("candidate", type=EXISTING)
@click.option("--score", "scorer", default="", help="compare this scorer, not the first one")
@terms_options
@report_options
@format_option
def compare(
    stable: Path, candidate: Path, *, scorer: str, tolerated_drop: float, alpha: float, power: float,
    junit: Path | None, html: Path | None, output: str,
) -> None:  # fmt: skip
    """Say whether CANDIDATE is worse than STABLE: sample by sample, overall and in each slice.

    Both are files of results over the same data set. Samples of one cluster count together. Exit 0
    when it is surely not worse by more than tolerated, 4 when it is surely worse, else 3 with the
    number of items that are missing.

    \b
      aegis evaluate compare stable.jsonl candidate.jsonl --tolerated-drop 3
    """  # noqa: D301  # \b is click's mark for text that keeps its lines
    result = compare_files(stable, candidate, terms(tolerated_drop, alpha, power), scorer=scorer)
    write(junit, lambda: compare_junit(result))
    write(html, lambda: compare_page(result))
    view_of(output).show(result, lambda: compare_lines(result))
    sys.exit(exit_code(result.verdict))
