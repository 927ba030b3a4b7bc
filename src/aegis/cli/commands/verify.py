"""`aegis verify`: who accepts these manifests, and who could not be asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from aegis.base.finding import Severity
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS
from aegis.cli.view import counted, finding_lines, format_option, view_of, wrap
from aegis.operations.verifying import verify_paths
from aegis.verify.report import Verification


@click.command("verify")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--crds", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="file or folder with CustomResourceDefinitions of yours",
)  # fmt: skip
@click.option(
    "--no-tools", is_flag=True, help="ask no real program (promtool, amtool, kubectl, terraform)"
)
@click.option(
    "--fail-on", type=click.Choice([str(s) for s in Severity]), default="medium", show_default=True,
    help="exit 4 when a finding is at least this severe",
)  # fmt: skip
@format_option
def verify(
    paths: tuple[Path, ...], *, crds: tuple[Path, ...], no_tools: bool, fail_on: str, output: str
) -> None:
    """Judge manifests at PATHS as the real platforms would: strict schemas, admission rules, cross-checks.

    Works on anybody's files and needs no cluster. Each file names who judged it, with version, and
    what could not be checked.
    """
    try:
        result = verify_paths(paths, crds=crds, with_tools=not no_tools)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    view_of(output).show(result, lambda: _lines(result))
    bad = any(f.severity.rank <= Severity(fail_on).rank for f in result.findings)
    sys.exit(EXIT_FINDINGS if bad else EXIT_DONE)


def _lines(result: Verification) -> Iterator[str]:
    for finding in result.findings:
        yield from finding_lines(finding)
    judges: dict[str, int] = {}
    unchecked: dict[str, int] = {}
    for file in result.files:
        for judge in file.judges:
            judges[judge] = judges.get(judge, 0) + 1
        for words in file.unchecked:
            unchecked[words] = unchecked.get(words, 0) + 1
    yield f"{counted(len(result.findings), 'finding')} in {counted(len(result.files), 'file')}"
    for judge, count in sorted(judges.items()):
        yield from wrap(f"{judge}: {counted(count, 'file')}", first="  judged by ", rest="    ")
    for words, count in sorted(unchecked.items()):
        yield from wrap(f"{words} ({counted(count, 'file')})", first="  not checked: ", rest="    ")
    for tool in result.absent:
        yield from wrap(f"{tool} is not on this machine", first="  not asked: ", rest="    ")
