"""`aegis evaluate`: do the results open an environment?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import ValidationError

from aegis.base.number import show_value
from aegis.base.verdict import Verdict
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS
from aegis.cli.view import format_option, view_of, wrap
from aegis.operations.evaluating import EvaluateResult, evaluate_gates


@click.command("evaluate")
@click.option("--gates", "gates_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              default=Path("evaluation/gates.yaml"), show_default=True, help="gates of a plan")  # fmt: skip
@click.option("--results", type=click.Path(file_okay=False, path_type=Path),
              default=Path("evaluation/results"), show_default=True, help="folder with DATASET.jsonl")  # fmt: skip
@click.option("--opens", type=click.Choice(["staging", "production"]), required=True)
@format_option
def evaluate(gates_file: Path, *, results: Path, opens: str, output: str) -> None:
    """Judge evaluation results against the gates of a plan; exit 0 only when the environment opens.

    Each line of a result file is one sample: {"id": "…", "score": 1} with a score between 0 and 1,
    and where you have them "stable" (the score of the running release on the same sample),
    "cluster" and "slice". Whatever ran the samples may write them. Exit 4 otherwise.
    """
    try:
        result = evaluate_gates(gates_file, results, opens=opens)
    except (ValidationError, ValueError) as error:
        raise click.UsageError(f"{gates_file} holds no gates of a plan: {error}") from None
    view_of(output).show(result, lambda: _lines(result))
    sys.exit(EXIT_DONE if result.verdict is Verdict.PASSED else EXIT_FINDINGS)


def _lines(result: EvaluateResult) -> Iterator[str]:
    word = {Verdict.PASSED: "is open", Verdict.FAILED: "stays closed"}.get(
        result.verdict, "stays closed for now"
    )
    yield f"{result.opens} {word}: the verdict is {result.verdict}."
    for gate in result.gates:
        shown = "no result"
        if gate.mean is not None and gate.low is not None and gate.high is not None:
            shown = (
                f"{show_value(round(gate.mean, 4))} "
                f"[{show_value(round(gate.low, 4))}–{show_value(round(gate.high, 4))}] "
                f"against {show_value(gate.threshold)}, n = {gate.samples}"
            )
        yield from wrap(
            f"{gate.verdict}: {shown}; {'; '.join(gate.reasons)}",
            first=f"  {gate.gate}: ",
            rest="    ",
        )
    for problem in result.problems:
        yield from wrap(problem, first="  ! ")
    for waiting in result.waits_for:
        yield from wrap(waiting, first="  waits for: ")
    if not result.gates:
        yield "  the plan has no gate for it: name evaluation sets in the brief"
