"""Two views of every result: one for a person, one for a program. A command never prints."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import click
from pydantic import BaseModel

from aegis.base.finding import Certainty, Finding, Severity

Result = TypeVar("Result", bound=BaseModel)
F = TypeVar("F", bound=Callable[..., object])


class View(Protocol):
    """Shows results; `write` is for progress and never reaches a program's output."""

    def show(self, result: BaseModel, person: Callable[[], Iterable[str]]) -> None:
        """The result: as JSON, or as the lines that `person` makes of it."""

    def progress(self, text: str) -> None:
        """A line about work under way."""


class PersonView:
    """Plain text, wrapped to the terminal, with colour where there is one."""

    def show(self, result: BaseModel, person: Callable[[], Iterable[str]]) -> None:
        del result
        for line in person():
            click.echo(line)

    def progress(self, text: str) -> None:
        click.echo(click.style(text, dim=True), err=True)


class ProgramView:
    """One JSON document on standard output, nothing else."""

    def show(self, result: BaseModel, person: Callable[[], Iterable[str]]) -> None:
        del person
        click.echo(json.dumps(result.model_dump(mode="json"), ensure_ascii=False, indent=2))

    def progress(self, text: str) -> None:
        del text


def view_of(name: str) -> View:
    """The view that `--format` names."""
    return ProgramView() if name == "json" else PersonView()


def format_option(command: F) -> F:
    """`--format text|json`, the same on every command."""
    return click.option(
        "--format",
        "output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="text for people; json for programs (`aegis schema` documents it)",
    )(command)


def width() -> int:
    """Columns of text; long lines tire, short terminals wrap."""
    return max(60, min(100, shutil.get_terminal_size((100, 24)).columns))


def wrap(text: str, *, first: str = "", rest: str | None = None) -> list[str]:
    """Text in lines; `first` begins the first one, `rest` (or its width in blanks) the others."""
    indent = rest if rest is not None else " " * len(first)
    return textwrap.wrap(
        text, width(), initial_indent=first, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]  # fmt: skip


_COLOUR = {
    Severity.CRITICAL: "red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "blue",
    Severity.INFO: "blue",
}


def finding_lines(finding: Finding) -> list[str]:
    """A finding as a compiler would print it: what, where with a caret, why, what to do."""
    word = "error" if finding.severity.rank <= Severity.HIGH.rank else str(finding.severity)
    if finding.certainty is Certainty.ASK:
        word = "ask"
    head = click.style(f"{word}[{finding.code}]", fg=_COLOUR[finding.severity], bold=True)
    lines = [f"{head}: {finding.message}"]
    span = finding.span
    if span is not None:
        number = str(span.line)
        pad = " " * len(number)
        lines.append(f"{pad}--> {span}")
        if span.excerpt:
            excerpt = span.excerpt.replace("\t", " ")
            end = span.end_column or span.column + 1
            caret = "^" * max(1, min(end, len(excerpt) + 1) - span.column)
            lines += [
                f"{pad} |",
                f"{number} | {excerpt}",
                f"{pad} | {' ' * (span.column - 1)}{caret} {finding.label}".rstrip(),
            ]
        lines.append(f"{pad} |")
    elif finding.where:
        lines.append(f"  --> {finding.where}")
    if finding.why and finding.hard:
        lines += wrap(finding.why.split("\n\n")[0], first="  = why: ")
    if finding.mend:
        lines += wrap(finding.mend, first="  = help: ")
    return [*lines, ""]


def counted(count: int, one: str, many: str = "") -> str:
    """«1 question», «2 questions».

    >>> counted(1, "question"), counted(2, "question")
    ('1 question', '2 questions')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
