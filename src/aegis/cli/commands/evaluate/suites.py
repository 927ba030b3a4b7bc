"""`aegis evaluate suites`: what there is to attack with, and to judge by."""

from __future__ import annotations

from collections.abc import Iterator

import click

from aegis.cli.view import format_option, view_of, wrap
from aegis.operations.evaluating.listing import SuitesResult, list_suites


@click.command("suites")
@format_option
def suites(*, output: str) -> None:
    """List the red-team suites, the scorers and the rubrics.

    Public sets with an open licence are read where you have them: what each is, its licence, and how
    to get it. `--format json` adds citation, revision and digest.
    """
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
    yield "Public sets (--suite), which are not part of Aegis"
    for row in result.public:
        many = f"; {row.prompts} prompts" if row.prompts else ""
        here = "; installed" if row.installed else ""
        yield from wrap(
            f"{row.kind}: {row.what}{many}; {row.licence}{here}", first=f"  {row.name:<22}",
            rest=" " * 24,
        )  # fmt: skip
        yield from wrap(row.get, first=" " * 24, rest=" " * 24)
    yield ""
    yield "Scorers (--score)"
    for named in result.scorers:
        yield from wrap(named.what, first=f"  {named.name:<28}", rest=" " * 30)
    yield ""
    yield "Rubrics (--score rubric:NAME)"
    for named in result.rubrics:
        yield from wrap(f"good: {named.what}", first=f"  {named.name:<16}", rest=" " * 18)
