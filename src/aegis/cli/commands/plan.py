"""`aegis plan`: the main job."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from aegis.base.finding import Finding, Severity
from aegis.base.say import say
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS, EXIT_REFUSED, EXIT_USAGE
from aegis.cli.view import counted, finding_lines, format_option, view_of, wrap
from aegis.operations.planning import plan_brief, write_bundle
from aegis.operations.results import PlanResult
from aegis.operations.summary import figure_rows
from aegis.plan.types import Plan
from aegis.review.plans import BLOCKS_PRODUCTION

_NUMBER_WORDS = {1: "One question decides", 2: "Two questions decide", 3: "Three questions decide"}


@click.command("plan")
@click.argument("brief", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(file_okay=False, path_type=Path), default=None,
    help="folder for plan, dossier and artifacts [default: ./<service>-plan]",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="decide and judge, write nothing")
@click.option(
    "--require", type=click.Choice(["staging", "production"]), default="staging", show_default=True,
    help="exit 3 unless the plan opens this environment",
)  # fmt: skip
@click.option(
    "--fail-on", type=click.Choice([str(s) for s in Severity]), default=None,
    help="exit 4 when a finding is at least this severe",
)  # fmt: skip
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="date against which waivers end",
)
@format_option
def plan(  # one parameter an option
    brief: Path,
    out: Path | None,
    *,
    dry_run: bool,
    require: str,
    fail_on: str | None,
    today: datetime.datetime | None,
    output: str,
) -> None:
    """Turn BRIEF into a verified plan, or say what is missing or dangerous.

    Writes a folder with `plan.json` (the lock file), `dossier/` (open `index.html`) and the
    artifacts of every environment. The same brief and catalog give the same bytes.
    """
    view = view_of(output)
    text = brief.read_bytes().decode("utf-8", "replace")
    day = today.date() if today else datetime.date.today()  # noqa: DTZ011, TID251  # the shell reads the clock
    result = plan_brief(text, path=str(brief), today=day)
    if result.plan is not None and not result.refused and not dry_run:
        result = write_bundle(result, out or Path(f"{result.plan.service}-plan"))
    code = _exit_code(result, require, fail_on)
    view.show(result, lambda: _lines(result, brief, code, require))
    sys.exit(code)


def _exit_code(result: PlanResult, require: str, fail_on: str | None) -> int:
    if result.refused:
        return EXIT_REFUSED
    if result.plan is None:
        return EXIT_USAGE
    opened = result.production_open if require == "production" else result.staging_open
    if not opened:
        return EXIT_REFUSED
    if fail_on and any(f.severity.rank <= Severity(fail_on).rank for f in result.findings):
        return EXIT_FINDINGS
    return EXIT_DONE


def _lines(result: PlanResult, brief: Path, code: int, require: str) -> Iterator[str]:
    plan_ = result.plan
    if plan_ is None or result.refused:
        yield from _refused(result, brief)
        return
    numbers = plan_.numbers
    yield from wrap(say(plan_.verdict, numbers))
    yield ""
    yield from _figures(plan_)
    yield ""
    yield from _short_findings(result.findings, plan_)
    if plan_.questions:
        yield f"  {_NUMBER_WORDS[len(plan_.questions)]} the rest"
        for i, question in enumerate(plan_.questions, start=1):
            text = f"{say(question.asks, numbers)} Decides {say(question.decides, numbers)}."
            yield from wrap(text, first=f"  {i}. ")
        yield ""
    yield from _written(result)
    yield from wrap(_closing(result, code, require), first="  ")


def _figures(plan_: Plan) -> Iterator[str]:
    for label, markup in figure_rows(plan_):
        text = say(markup, plan_.numbers)
        yield from wrap(text, first=f"  {label:<11} ", rest=" " * 14)


def _short_findings(findings: tuple[Finding, ...], plan_: Plan) -> Iterator[str]:
    del plan_
    shown = [f for f in findings if f.severity.rank <= Severity.MEDIUM.rank]
    for finding in shown:
        blocks = finding.code in BLOCKS_PRODUCTION
        mark = click.style("✗", fg="red") if blocks else click.style("!", fg="yellow")
        label = "blocks production" if blocks else "before users"
        place = f"   {finding.span.path}:{finding.span.line}" if finding.span else ""
        yield f"  {mark} {label:<18} {finding.code}  {finding.message}{place}"
    rest = len(findings) - len(shown)
    if rest:
        yield f"    and {counted(rest, 'lesser finding')}: see the dossier or --format json"
    if findings:
        yield ""


def _refused(result: PlanResult, brief: Path) -> Iterator[str]:
    hard = [f for f in result.findings if f.hard]
    for finding in result.findings:
        yield from finding_lines(finding)
    if hard:
        reasons = counted(len(hard), "hard rule")
        yield from wrap(
            f"Do not deploy this. {reasons} closed the exit, so nothing was written. Each finding above says what "
            "to change; `aegis explain " + hard[0].code + "` says why the rule is hard."
        )
    else:
        yield from wrap(
            f"{brief} cannot be planned yet: {counted(len(result.findings), 'problem')} above, each with its place."
        )


def _written(result: PlanResult) -> Iterator[str]:
    plan_ = result.plan
    if plan_ is None or not result.folder:
        return
    folder = result.folder
    tops = sorted({w.path.split("/")[0] for w in result.written if "/" in w.path})
    yield from wrap(
        f"{folder}/dossier/index.html   {folder}/{{{','.join(tops)}}}   plan.json {plan_.id}   "
        f"{counted(len(result.written), 'file')}",
        first="  ",
    )


def _closing(result: PlanResult, code: int, require: str) -> str:
    if code == EXIT_REFUSED:
        return f"exit {code}: --require {require} is not met; what is missing stands above"
    if code == EXIT_FINDINGS:
        return f"exit {code}: findings at or above --fail-on"
    if result.production_open:
        return "exit 0 (staging and production may open, step by step)"
    return "exit 0 (plan complete for staging); `aegis plan --require production` would exit 3"
