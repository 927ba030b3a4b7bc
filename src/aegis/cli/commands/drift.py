"""`aegis drift`: has what the model sees or says moved, and since when?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from aegis.base.number import show_value
from aegis.base.verdict import Verdict
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS, EXIT_REFUSED
from aegis.cli.view import counted, format_option, view_of, wrap
from aegis.monitor.columns import Kind, Role
from aegis.monitor.judge import Judged, Moved
from aegis.monitor.reference import Declared
from aegis.operations.drifting import (
    BUDGET,
    Check,
    DriftError,
    DriftResult,
    ReferenceResult,
    check_windows,
    fit_reference,
    merge_references,
)

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)
_MUCH = 100
_EXITS = {Verdict.PASSED: EXIT_DONE, Verdict.FAILED: EXIT_FINDINGS}


@click.group("drift")
def drift() -> None:
    """Say which column of inputs, predictions or labels moved, how far and since when.

    \b
      aegis drift fit january.parquet --out ref.json --prediction score --label defaulted
      aegis drift check ref.json today.parquet --state drift.jsonl

    Files are Parquet, Arrow IPC, CSV or JSON lines. A reference is counts of at most one megabyte for
    fifty columns: it holds no row. False alarms have a budget that you set: by default at least a
    thousand windows between two of them on average, however many columns there are.
    """  # noqa: D301  # \b is click's mark for text that keeps its lines


@drift.command("fit")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--out", required=True, type=_OUT, help="where the reference is written")
@click.option("--kind", "kinds", multiple=True, metavar="COLUMN=KIND",
              help="number, category, text or embedding, where the guess is wrong")  # fmt: skip
@click.option("--prediction", "predictions", multiple=True, metavar="COLUMN", help="what the model says")  # fmt: skip
@click.option("--label", "labels", multiple=True, metavar="COLUMN", help="what turned out to be true")  # fmt: skip
@click.option("--feeds", multiple=True, metavar="PREDICTION:LABEL",
              help="this prediction influences that label, or the rows that are trained on next")  # fmt: skip
@click.option("--ignore", "ignored", multiple=True, metavar="COLUMN", help="leave a column out")
@click.option("--like", type=_FILE, help="a reference that this one shall merge with")
@format_option
def fit(
    files: tuple[Path, ...], *, out: Path, kinds: tuple[str, ...], predictions: tuple[str, ...],
    labels: tuple[str, ...], feeds: tuple[str, ...], ignored: tuple[str, ...], like: Path | None,
    output: str,
) -> None:  # fmt: skip
    """Sketch FILES as the reference that windows are compared with.

    Take rows from when the model was judged good: its evaluation set, or the first healthy weeks, a
    hundred windows or more. Columns of times and of rising identifiers are left out and named.

    \b
      aegis drift fit weeks/*.parquet --out ref.json --ignore customer_id
      aegis drift fit audit.jsonl --out ref.json --kind reason=text --feeds score:defaulted
    """  # noqa: D301
    roles = dict.fromkeys(predictions, Role.PREDICTION) | dict.fromkeys(labels, Role.LABEL)
    declared = Declared(
        kinds={name: _kind(kind) for name, kind in _pairs(kinds, "=", "--kind")},
        roles=roles,
        ignored=frozenset(ignored),
        feeds=tuple(_pairs(feeds, ":", "--feeds")),
    )
    view = view_of(output)
    with _errors():
        result = fit_reference(files, out, declared=declared, like=like, progress=view.progress)
    view.show(result, lambda: _reference_lines(result))


@drift.command("merge")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--out", required=True, type=_OUT, help="where the merged reference is written")
@format_option
def merge(files: tuple[Path, ...], *, out: Path, output: str) -> None:
    """Add references up: FILES of several machines or weeks, fitted with `--like` the first.

    \b
      aegis drift fit june.parquet --like may.json --out june.json
      aegis drift merge may.json june.json --out ref.json
    """  # noqa: D301
    with _errors():
        result = merge_references(files, out)
    view_of(output).show(result, lambda: _reference_lines(result))


@drift.command("check")
@click.argument("reference", type=_FILE)
@click.argument("windows", nargs=-1, required=True, type=_OUT)
@click.option("--state", type=_OUT, help="file that carries the evidence from window to window")
@click.option("--window-rows", type=click.IntRange(min=1), help="cut files into windows of so many rows")  # fmt: skip
@click.option("--budget", type=click.FloatRange(min=1), default=BUDGET, show_default=True,
              help="windows between two false alarms, at least, on average")  # fmt: skip
@click.option("--ignore", "ignored", multiple=True, metavar="COLUMN", help="leave a column out")
@click.option("--fresh-start", default="", metavar="REASON",
              help="forget the evidence so far; the reason is kept")  # fmt: skip
@click.option("--metrics", type=_OUT, help="also write the evidence as a Prometheus textfile")
@click.option("--service", default="", help="label of the metrics: the service of the plan")
@click.option("--environment", default="", help="label of the metrics")
@format_option
def check(
    reference: Path, *, windows: tuple[Path, ...], state: Path | None, window_rows: int | None,
    budget: float, ignored: tuple[str, ...], fresh_start: str, metrics: Path | None, service: str,
    environment: str, output: str,
) -> None:  # fmt: skip
    """Compare WINDOWS, in order, with REFERENCE; exit 4 on drift, 3 when there is no way to tell.

    With `--state` evidence adds up over windows and calls; without it the call stands alone. A
    window with the content of an earlier one counts once. A missing or new column, a changed type or
    no rows at all is `inconclusive`, never «no drift»; what can be compared still is.

    \b
      aegis drift check ref.json today.csv --state drift.jsonl
      aegis drift check ref.json today.csv --state drift.jsonl --metrics drift.prom --service fraud
    """  # noqa: D301
    labels = {k: v for k, v in (("service", service), ("environment", environment)) if v}
    wanted = Check(
        state=state, budget=budget, rows=window_rows, ignored=frozenset(ignored),
        fresh_start=fresh_start, metrics=metrics, labels=labels,
    )  # fmt: skip
    view = view_of(output)
    with _errors():
        result = check_windows(reference, windows, wanted, progress=view.progress)
    view.show(result, lambda: _lines(result))
    sys.exit(_EXITS.get(result.verdict, EXIT_REFUSED))


@contextmanager
def _errors() -> Iterator[None]:
    """What is wrong with the call, as a usage error."""
    try:
        yield
    except DriftError as error:
        raise click.UsageError(str(error)) from None


def _pairs(given: tuple[str, ...], mark: str, option: str) -> Iterator[tuple[str, str]]:
    for text in given:
        left, found, right = text.rpartition(mark)
        if not (found and left and right):
            raise click.BadParameter(
                f"`{text}` needs a `{mark}` between two names", param_hint=option
            )
        yield left, right


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        known = ", ".join(Kind)
        raise click.BadParameter(f"`{name}` is none of {known}", param_hint="--kind") from None


def _reference_lines(result: ReferenceResult) -> Iterator[str]:
    yield (
        f"{result.path}: {result.rows:,} rows, {counted(len(result.columns), 'column')} in "
        f"{result.bytes / 1000:,.0f} kB; no row is kept."
    )
    for kind in Kind:
        names = [c.name for c in result.columns if c.kind is kind]
        if names:
            yield from wrap(", ".join(names), first=f"  {kind:10}")
    for name, why in result.left_out.items():
        yield from wrap(why, first=f"  left out  {name}: ", rest="            ")
    yield from _marked(result.feedback, "feedback")
    yield from _marked(result.problems, "!")


def _lines(result: DriftResult) -> Iterator[str]:
    yield from wrap(_headline(result))
    for window in result.windows:
        yield from _window_lines(window)
    signs = next((w.feedback for w in reversed(result.windows) if w.feedback), ())
    yield from _marked(signs, "feedback")
    level = f"{show_value(round(result.evidence, 4))} of 1"
    if result.evidence >= _MUCH:  # astronomical figures tell nobody more
        level = f"more than {_MUCH} times its bound"
    yield from wrap(
        f"evidence {level} after "
        f"{counted(result.windows_so_far, 'window')}; while nothing changes, a false alarm comes "
        f"once in {result.budget:,.0f} windows or more, on average.",
        first="  ",
    )
    yield from _marked(result.problems, "!")


def _headline(result: DriftResult) -> str:
    last = next((w for w in reversed(result.windows) if w.moved), None)
    if result.verdict is Verdict.FAILED and last is not None:
        first = last.moved[0]
        return f"Drift: `{first.column}` moved, since {first.since}."
    if result.verdict is Verdict.FAILED:
        return "Drift: the evidence stands above its bound."
    if result.verdict is Verdict.INCONCLUSIVE:
        return "No way to tell: a part of the data could not be compared."
    return "No drift so far."


def _window_lines(window: Judged) -> Iterator[str]:
    if window.repeats:
        yield f"  {window.name}: the same content as {window.repeats}, which was judged: {window.verdict}"
        return
    yield f"  {window.name}: {window.verdict}, {counted(window.rows, 'row')}"
    for reason in window.reasons:
        yield from wrap(reason, first="    ? ")
    for moved in window.moved:
        yield from _moved_lines(moved)


def _moved_lines(moved: Moved) -> Iterator[str]:
    change = moved.in_window
    text = f"{change.before} → {change.now} ({change.by})" if change.before else change.by
    if moved.since_then:
        text += f"; since then {moved.since_then}"
    text += f"; since {moved.since}"
    role = "" if moved.role is Role.INPUT else f" ({moved.role})"
    yield from wrap(text, first=f"    {change.what}{role}: ", rest="      ")


def _marked(texts: tuple[str, ...], mark: str, indent: str = "  ") -> Iterator[str]:
    for text in texts:
        yield from wrap(text, first=f"{indent}{mark}: " if len(mark) > 1 else f"{indent}{mark} ")
