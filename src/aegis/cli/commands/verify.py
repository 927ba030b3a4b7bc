"""`aegis verify`: who accepts these manifests, and who could not be asked."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from aegis.base.finding import Severity
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS
from aegis.cli.view import counted, finding_lines, view_of, wrap
from aegis.operations.verifying import CURRENT, FORMATS, ClusterError, report, verify_paths
from aegis.verify.report import Verification
from aegis.verify.schema.library import KUBERNETES, KUBERNETES_VERSIONS
from aegis.verify.tools import NAMES, LocalTools

_PATH = click.Path(exists=True, path_type=Path)


@click.command("verify")
@click.argument("paths", nargs=-1, required=True,
                type=click.Path(exists=True, allow_dash=True, path_type=Path))  # fmt: skip
@click.option("--crds", multiple=True, type=_PATH,
              help="file or folder with CustomResourceDefinitions of yours; may be repeated")  # fmt: skip
@click.option("--cluster", default="", metavar="CONTEXT",
              help=f"definitions of a cluster, by kubectl; «{CURRENT}» is its current context")  # fmt: skip
@click.option("--kubernetes", type=click.Choice(KUBERNETES_VERSIONS), default=None,
              help=f"version that serves the core kinds  [default: the cluster's, or {KUBERNETES}]")  # fmt: skip
@click.option("--no-tools", is_flag=True, help=f"ask no real program ({', '.join(NAMES)})")
@click.option("--run-tests", is_flag=True,
              help="run unit tests that are code (Pulumi with mocks) among the files")  # fmt: skip
@click.option("--diff", "since", default="", metavar="REF",
              help="report only what lies in files changed since a git revision; all are read")  # fmt: skip
@click.option("--files", "each", is_flag=True, help="list every file with its judges")
@click.option(
    "--fail-on", type=click.Choice([str(s) for s in Severity]), default="medium", show_default=True,
    help="exit 4 when a finding is at least this severe",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
              help="text for people; json for programs (`aegis schema`); the rest for CI and forges")  # fmt: skip
@click.option("-o", "--output", "target", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="write sarif, junit, github or gitlab to a file")  # fmt: skip
def verify(
    paths: tuple[Path, ...],
    *,
    crds: tuple[Path, ...],
    cluster: str,
    kubernetes: str | None,
    no_tools: bool,
    run_tests: bool,
    since: str,
    each: bool,
    fail_on: str,
    form: str,
    target: Path | None,
) -> None:
    """Judge manifests at PATHS as the real platforms would: strict schemas, admission rules, cross-checks.

    Works on anybody's files and needs no cluster; `-` reads what another program renders. Each file
    names who judged it, with version, and what could not be checked.

    \b
      aegis verify deploy/
      aegis verify deploy/ --crds crds/ --files     definitions of yours; who judged which file
      aegis verify deploy/ --format sarif -o aegis.sarif
      aegis verify . --no-tools --diff HEAD         the pre-commit hook
      helm template chart/ | aegis verify -
    """  # noqa: D301
    from aegis.operations.history import GitError  # noqa: PLC0415  # heavier than the rest

    try:
        tools = None if no_tools else LocalTools(runs_code=run_tests)
        result = verify_paths(
            paths, crds=crds, cluster=cluster, kubernetes=kubernetes or "", since=since, tools=tools
        )
    except (ValueError, ClusterError) as error:
        raise click.UsageError(str(error)) from None
    except GitError as error:
        raise click.UsageError(f"--diff {since}: {error}") from None
    if form in {"text", "json"}:
        view_of(form).show(result, lambda: _lines(result, each=each))
    elif target is not None:
        target.write_text(report(result, form), encoding="utf-8")
    else:
        click.echo(report(result, form), nl=False)
    bad = any(f.severity.rank <= Severity(fail_on).rank for f in result.findings)
    sys.exit(EXIT_FINDINGS if bad else EXIT_DONE)


def _lines(result: Verification, *, each: bool) -> Iterator[str]:
    for finding in result.findings:
        yield from finding_lines(finding)
    if each:
        yield from _each(result)
    yield f"{counted(len(result.findings), 'finding')} in {counted(len(result.files), 'file')}"
    yield from _counts("judged by", (judge for file in result.files for judge in file.judges))
    yield from _counts("not checked:", (why for file in result.files for why in file.unchecked))
    for tool in result.absent:
        yield from wrap(f"{tool} is not on this machine", first="  not asked: ", rest="    ")


def _each(result: Verification) -> Iterator[str]:
    for file in result.files:
        yield file.path
        for judge in file.judges:
            yield from wrap(judge, first="  judged by ", rest="    ")
        for words in file.unchecked:
            yield from wrap(words, first="  not checked: ", rest="    ")


def _counts(head: str, said: Iterable[str]) -> Iterator[str]:
    for words, count in sorted(Counter(said).items()):
        yield from wrap(f"{words} ({counted(count, 'file')})", first=f"  {head} ", rest="    ")
