"""`aegis conformance`: does a text keep the promises?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import ValidationError

from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS, EXIT_USAGE
from aegis.cli.view import counted, format_option, view_of, wrap
from aegis.operations.conforming import ConformanceResult, conform
from aegis.operations.planning import load_plan


@click.command("conformance")
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--plan", "plan_path", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
              help="plan.json of the plan that the text speaks of; then every figure is traced")  # fmt: skip
@format_option
def conformance(text: Path, *, plan_path: Path | None, output: str) -> None:
    """Hold a Markdown TEXT against the numbered obligations: a dossier, an answer, a transcript.

    Exit 4 when a hard rule is broken. `docs/obligations.md` lists all of them.
    """
    try:
        plan = load_plan(plan_path) if plan_path else None
    except ValidationError as error:
        click.echo(f"{plan_path} is no plan: {error.errors()[0]['msg']}", err=True)
        sys.exit(EXIT_USAGE)
    result = conform(text.read_bytes().decode("utf-8", "replace"), plan)
    view_of(output).show(result, lambda: _lines(result))
    sys.exit(EXIT_FINDINGS if result.hard_faults else EXIT_DONE)


def _lines(result: ConformanceResult) -> Iterator[str]:
    for row in result.rows:
        if not row.faults:
            continue
        mark = click.style("✗", fg="red") if row.severity == "H" else click.style("!", fg="yellow")
        yield from wrap(f"{mark} {row.obligation:>3}  {row.says}", rest=" " * 7)
        for fault in row.faults[:5]:
            yield from wrap(fault, first=" " * 7 + "- ", rest=" " * 9)
    kept = sum(not row.faults for row in result.rows)
    yield ""
    yield f"{kept} of {len(result.rows)} obligations hold; {counted(result.hard_faults, 'hard rule')} broken."
    if not result.figures_traced:
        yield "Figures were not traced: name the plan with --plan plan.json."
