"""`aegis diff`: what moved between two plans, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import ValidationError

from aegis.cli.view import format_option, view_of, wrap
from aegis.operations.differing import diff_plans
from aegis.operations.planning import load_plan
from aegis.operations.results import DiffResult
from aegis.plan.types import Plan


def _load(path: Path) -> Plan:
    file = path / "plan.json" if path.is_dir() else path
    if not file.is_file():
        raise click.UsageError(f"{path} holds no plan.json; `aegis plan` writes one")
    try:
        return load_plan(file)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "the file"
        raise click.UsageError(
            f"{file} is not a plan of this version: {place}: {first['msg']}. Plan its brief again to compare."
        ) from None


@click.command("diff")
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, path_type=Path))
@format_option
def diff(old: Path, new: Path, *, output: str) -> None:
    """Explain in words what moved from OLD to NEW (each a plan.json or the folder that holds one)."""
    result = diff_plans(_load(old), _load(new))
    view_of(output).show(result, lambda: _lines(result))


def _lines(result: DiffResult) -> Iterator[str]:
    if not result.changes:
        yield "The plans are the same." if result.same else "Only wording differs."
        return
    kind = ""
    for change in result.changes:
        if change.kind != kind:
            kind = change.kind
            yield f"\n{kind}s" if kind != "status" else "\nstatus"
        moved = f"{change.before or 'new'} → {change.after or 'gone'}"
        yield from wrap(f"{change.what}: {moved}", first="  ", rest="    ")
        if change.why:
            yield from wrap(change.why, first="      because ", rest="        ")
