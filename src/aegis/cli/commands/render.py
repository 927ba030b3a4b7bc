"""`aegis render`: the artifacts of some targets, and what a changed brief changes in them."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS, EXIT_REFUSED, EXIT_USAGE
from aegis.cli.view import counted, finding_lines, format_option, view_of, wrap
from aegis.operations.planning import write_bundle
from aegis.operations.rendering import TARGETS, RenderResult, changes, render_targets

_SHOWN = {"AEG007", "AEG008", "AEG009", "AEG010"}
"""What a target could not say, and what the command line said in place of the brief."""


@click.command("render")
@click.argument("brief", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", "wanted", default="", metavar="NAME[,NAME…]",
              help=f"only these; known: {', '.join(TARGETS)} [default: all that the plan brings about]")  # fmt: skip
@click.option("-o", "--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="folder of the bundle")  # fmt: skip
@click.option("--diff", "compare", is_flag=True,
              help="write nothing: show file by file what would change; exit 4 when something would")  # fmt: skip
@format_option
def render(brief: Path, *, wanted: str, out: Path, compare: bool, output: str) -> None:
    """Write the artifacts of BRIEF for some targets, or show what would change.

    A file of yours is left alone, and one of ours that you changed is kept beside the new one as
    `NAME.yours`. `aegis verify FOLDER` then judges them as the platforms would.

    \b
      aegis render brief.yaml --target kubernetes,argocd,terraform --out deploy/
      aegis render brief.yaml --out deploy/ --diff
    """  # noqa: D301
    targets = [each.strip() for each in wanted.split(",") if each.strip()]
    if unknown := [each for each in targets if each not in TARGETS]:
        raise click.UsageError(
            f"no target is called {', '.join(unknown)}; known: {', '.join(TARGETS)}"
        )
    text = brief.read_bytes().decode("utf-8", "replace")
    today = datetime.date.today()  # noqa: DTZ011, TID251  # the shell reads the clock
    plan = render_targets(text, path=str(brief), today=today, targets=targets)
    part = bool(targets)
    moved = tuple(changes(plan, out, part=part)) if compare and plan.bundle else ()
    if plan.plan is not None and not plan.refused and not compare:
        plan = write_bundle(plan, out, part=part)
    result = RenderResult(plan=plan, changes=moved, compared=compare)
    view_of(output).show(result, lambda: _lines(result, out))
    sys.exit(_exit_code(result))


def _exit_code(result: RenderResult) -> int:
    if result.plan.refused:
        return EXIT_REFUSED
    if result.plan.plan is None:
        return EXIT_USAGE
    missing = any(f.code == "AEG008" for f in result.plan.findings)
    return EXIT_FINDINGS if result.changes or missing else EXIT_DONE


def _lines(result: RenderResult, out: Path) -> Iterator[str]:
    plan = result.plan
    if plan.plan is None or plan.refused:
        for finding in plan.findings:
            yield from finding_lines(finding)
        yield "Nothing is rendered: the findings above say what to change."
        return
    for finding in plan.findings:
        if finding.code in _SHOWN:
            yield from finding_lines(finding)
    if result.compared:
        stamped = [c for c in result.changes if c.change == "stamped"]
        for change in (c for c in result.changes if c.change != "stamped"):
            yield click.style(f"{change.change:<8} {change.path}", bold=True)
            yield from (f"    {line}" for line in change.diff.splitlines()[2:])
        rest = f", {len(stamped)} of them only in the id of the plan" if stamped else ""
        many = counted(len(result.changes), "file")
        yield f"{many} would change{rest}." if result.changes else "Nothing would change."
        return
    tops = sorted({w.path.split("/")[0] for w in plan.written if "/" in w.path})
    where = f"{counted(len(plan.written), 'file')} in {out}/{{{','.join(tops)}}}"
    yield from wrap(f"{where}; plan {plan.plan.id}. Next: `aegis verify {out}`")
