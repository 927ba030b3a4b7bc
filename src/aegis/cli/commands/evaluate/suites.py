"""`aegis evaluate suites`: what there is to attack with, and to judge by."""

from __future__ import annotations

from collections.abc import Iterator

import click

from aegis.cli.view import format_option, view_of, wrap
from aegis.operations.evaluating.listing import SuitesResult, list_suites


@click.command("suites")
@format_option
def suites(*, output: str) -> None:
    """List the red-team suites, the scorers and the rubrics."""
    result = list_suites()
    view_of(output).show(result, lambda: _lines(result))


def _lines(result: SuitesResult) -> Iterator[str]:
    yield "Suites (--suite)"
    for suite in result.suites:
        yield from wrap(
            f"{suite.what}; {suite.prompts} prompts, {suite.techniques} techniques; scored by "
            f"`{suite.scorer}`{f', with a judge by `rubric:{suite.judge}`' if suite.judge else ''}",
            first=f"  {suite.name:<14}", rest=" " * 16,
        )  # fmt: skip
    yield ""
    yield "Scorers (--score)"
    for row in result.scorers:
        yield from wrap(row.what, first=f"  {row.name:<28}", rest=" " * 30)
    yield ""
    yield "Rubrics (--score rubric:NAME)"
    for row in result.rubrics:
        yield from wrap(f"good: {row.what}", first=f"  {row.name:<16}", rest=" " * 18)
