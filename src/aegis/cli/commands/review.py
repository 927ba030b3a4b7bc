"""`aegis review`: what would hurt in production."""

from __future__ import annotations

import dataclasses
import datetime
import sys
from pathlib import Path

import click

from aegis.base.finding import Severity
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS
from aegis.operations.history import GitError
from aegis.operations.reviewing import (
    FORMATS,
    Compared,
    mend,
    new_baseline,
    report,
    review_path,
)
from aegis.review.engine import Options
from aegis.review.rule import Profile

BASELINE = "aegis-baseline.json"


@click.command("review")
@click.argument(
    "path", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path()
)
@click.option("--profile", type=click.Choice(["gate", "review", "audit"]), default="gate", show_default=True,
              help="gate: what would hurt; review: also what deserves a talk; audit: everything")  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("-o", "--output", "target", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="write the report to a file")  # fmt: skip
@click.option("--fail-on", type=click.Choice([str(s) for s in Severity]), default="high", show_default=True,
              help="exit 4 when a finding is at least this severe")  # fmt: skip
@click.option("--baseline", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
              help="show only what this file does not know")  # fmt: skip
@click.option("--new-only", is_flag=True,
              help=f"leave out what the baseline knows; without --baseline it is PATH/{BASELINE}")  # fmt: skip
@click.option("--write-baseline", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="write the fingerprints of today's findings")  # fmt: skip
@click.option("--only", multiple=True, help="a rule's code; may be repeated")
@click.option(
    "--diff",
    "since",
    default=None,
    metavar="REF",
    help="only what lies in files changed since a git revision",
)
@click.option(
    "--history",
    is_flag=True,
    help="look for credentials in every version that git holds, too; values are never shown",
)
@click.option("--fix", is_flag=True, help="write the mends that are safe and exact (see --dry-run)")
@click.option("--dry-run", is_flag=True, help="with --fix: print the patch, write nothing")
@click.option("--ask", is_flag=True, help="show every question that reading could not answer")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="date against which waivers end",
)
def review(
    path: Path,
    *,
    profile: str,
    form: str,
    target: Path | None,
    fail_on: str,
    baseline: Path | None,
    new_only: bool,
    write_baseline: Path | None,
    only: tuple[str, ...],
    since: str | None,
    history: bool,
    fix: bool,
    dry_run: bool,
    ask: bool,
    today: datetime.datetime | None,
) -> None:
    """Review the repository at PATH (here, by default): no configuration, no network, nothing executed.

    Says what would hurt in production, worst first, each with the place, the reason, the source and
    the mend; then what only you can answer, in three questions at most, each with its places; then
    what is good.

    \b
    aegis review .                                the report, exit code 4 when something is high
    aegis review . --write-baseline known.json    take today's findings as known
    aegis review . --baseline known.json          only what is new from here on
    aegis review . --diff origin/main             only files that a branch changes
    aegis review . --fix --dry-run                the patch of the mends that are safe
    aegis review . --history                      credentials of the past as well
    """  # noqa: D301 - click reads the mark, not its escape
    if new_only and baseline is None:
        baseline = path / BASELINE
        if not baseline.is_file():
            raise click.UsageError(f"--new-only: no {baseline}; write one with --write-baseline")
    day = today.date() if today else datetime.date.today()  # noqa: DTZ011, TID251  # the shell reads the clock
    try:
        found = review_path(
            path,
            Options(profile=Profile(profile), today=day, only=frozenset(only), ask_all=ask),
            Compared(baseline=baseline, since=since, history=history),
            tell=lambda said: click.echo(said, err=True),
        )
    except GitError as error:
        asked = f"--diff {since}" if since else "--history"
        raise click.UsageError(f"{asked}: {error}") from None
    except ValueError as error:
        raise click.UsageError(f"--baseline {baseline}: {error}") from None
    if new_only:
        found = dataclasses.replace(found, baselined=())
    if fix:
        patch = mend(path, found, write=not dry_run)
        click.echo(patch or "nothing here has a mend that is safe and exact", nl=not patch)
        sys.exit(EXIT_DONE)
    text = report(found, form)
    if write_baseline is not None:
        write_baseline.write_text(new_baseline(found), encoding="utf-8")
    if target is not None:
        target.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=not text.endswith("\n"))
    worst = found.worst()
    bad = worst is not None and worst.rank <= Severity(fail_on).rank
    sys.exit(EXIT_FINDINGS if bad else EXIT_DONE)
