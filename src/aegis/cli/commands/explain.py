"""`aegis explain`: a rule, or a decision of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from aegis.cli.view import format_option, view_of, wrap
from aegis.operations.explaining import UnknownIdError, explain_decision, explain_rule
from aegis.operations.planning import load_plan
from aegis.operations.results import ExplainResult


@click.command("explain")
@click.argument("what")
@click.option(
    "--plan", "plan_path", type=click.Path(exists=True, path_type=Path), default=None,
    help="the plan.json (or its folder) whose decision is asked about",
)  # fmt: skip
@format_option
def explain(what: str, plan_path: Path | None, *, output: str) -> None:
    """Explain WHAT: a rule such as AEG107, or with --plan a decision such as `engine`."""
    try:
        if plan_path is not None:
            file = plan_path / "plan.json" if plan_path.is_dir() else plan_path
            result = explain_decision(load_plan(file), what)
        else:
            result = explain_rule(what)
    except UnknownIdError as error:
        raise click.UsageError(str(error)) from None
    view_of(output).show(result, lambda: _lines(result))


def _lines(result: ExplainResult) -> Iterator[str]:
    yield f"{result.id}  {result.title}"
    yield ""
    for paragraph in result.text.split("\n"):
        yield from wrap(paragraph) if paragraph else [""]
