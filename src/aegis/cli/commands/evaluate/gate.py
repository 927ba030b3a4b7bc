"""`aegis evaluate gate`: do the results open an environment?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import click
from pydantic import ValidationError

from aegis.base.number import show_value
from aegis.base.verdict import Verdict
from aegis.cli.commands.evaluate.options import exit_code, report_options
from aegis.cli.view import format_option, view_of, wrap
from aegis.operations.evaluating.gates import EvaluateResult, evaluate_gates
from aegis.operations.evaluating.reporting import gates_junit, gates_page, write

F = TypeVar("F", bound=Callable[..., object])


def gate_options(command: F) -> F:
    """The options of `gate`, and of `aegis evaluate` without a command."""
    for option in (
        format_option,
        report_options,
        click.option("--opens", type=click.Choice(["staging", "production"]), default=None,
                     help="the environment that the gates open (required)"),
        click.option("--results", type=click.Path(file_okay=False, path_type=Path),
                     default=Path("evaluation/results"), show_default=True,
                     help="folder with DATASET.jsonl"),
        click.option("--gates", "gates_file", type=click.Path(dir_okay=False, path_type=Path),
                     default=Path("evaluation/gates.yaml"), show_default=True,
                     help="gates of a plan"),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command("gate")
@gate_options
def gate(
    gates_file: Path, *, results: Path, opens: str | None, junit: Path | None, html: Path | None,
    output: str,
) -> None:  # fmt: skip
    """Judge evaluation results against the gates of a plan; exit 0 only when the environment opens.

    A gate that is compared with the running release and has too few items for it is inconclusive,
    and says how many are missing. Exit 3 when it is inconclusive, 4 when a gate failed.
    """
    if opens is None:
        raise click.UsageError("which environment? Give --opens staging or --opens production")
    judge(gates_file, results, opens, junit=junit, html=html, output=output)


def judge(
    gates_file: Path,
    results: Path,
    opens: str,
    *,
    junit: Path | None,
    html: Path | None,
    output: str,
) -> None:
    """Judge the gates, show and write what was found, and exit."""
    if not gates_file.is_file():
        raise click.UsageError(f"there is no file {gates_file}; `aegis plan` renders it")
    try:
        result = evaluate_gates(gates_file, results, opens=opens)
    except (ValidationError, ValueError) as error:
        raise click.UsageError(f"{gates_file} holds no gates of a plan: {error}") from None
    write(junit, lambda: gates_junit(result))
    write(html, lambda: gates_page(result))
    view_of(output).show(result, lambda: _lines(result))
    sys.exit(exit_code(result.verdict))


def _lines(result: EvaluateResult) -> Iterator[str]:
    word = {Verdict.PASSED: "is open", Verdict.FAILED: "stays closed"}.get(
        result.verdict, "stays closed for now"
    )
    yield f"{result.opens} {word}: the verdict is {result.verdict}."
    for each in result.gates:
        shown = "no result"
        if each.mean is not None and each.low is not None and each.high is not None:
            shown = (
                f"{show_value(round(each.mean, 4))} "
                f"[{show_value(round(each.low, 4))}–{show_value(round(each.high, 4))}] "
                f"against {show_value(each.threshold)}, n = {each.samples}"
            )
        yield from wrap(
            f"{each.verdict}: {shown}; {'; '.join(each.reasons)}",
            first=f"  {each.gate}: ",
            rest="    ",
        )
    for problem in result.problems:
        yield from wrap(problem, first="  ! ")
    for waiting in result.waits_for:
        yield from wrap(waiting, first="  waits for: ")
    if not result.gates:
        yield "  the plan has no gate for it: name evaluation sets in the brief"
