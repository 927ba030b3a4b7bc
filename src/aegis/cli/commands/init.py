"""`aegis init`: a brief by interview, or by flags."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aegis.brief.interview import (
    Answers,
    Problem,
    answer,
    from_flags,
    next_question,
    questions_left,
    resume,
    to_yaml,
)
from aegis.brief.questions import Question
from aegis.cli.main import EXIT_USAGE
from aegis.cli.view import View, counted, finding_lines, format_option, view_of, wrap
from aegis.operations.guiding import write_block
from aegis.operations.results import Message


@click.command("init")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path), default=Path("brief.yaml"))
@click.option(
    "--set", "fields", multiple=True, metavar="FIELD=VALUE",
    help="a field by its path, such as workload.kind=chat; may be repeated, and asks nothing",
)  # fmt: skip
@click.option(
    "--force", is_flag=True, help="start over instead of going on from the file that is there"
)
@click.option(
    "--agents", is_flag=True, help="write only the block for coding assistants, into AGENTS.md"
)
@format_option
def init(path: Path, *, fields: tuple[str, ...], force: bool, agents: bool, output: str) -> None:
    """Write a brief to PATH: few questions, each with why it is asked.

    Stop at any time (Ctrl-C): every answer is written at once, and the same command goes on from
    there. An empty answer takes the default, `-` leaves a field open; what is left open becomes a
    question of the plan, with an assumption meanwhile.

    \b
      aegis init
      aegis init --set name=helper --set purpose="Answers staff" --set workload.kind=chat
    """  # noqa: D301
    view = view_of(output)
    if agents:
        _agents(path.parent / "AGENTS.md", view)
        return
    start = _start(path, force=force)
    if fields:
        _by_flags(path, fields, start)
    elif not sys.stdin.isatty() and sys.stdin.closed:
        raise click.UsageError("there is nobody to ask: give fields with --set")
    else:
        _by_interview(path, start)
    done = Message(message=f"{path} is written", help=f"next: aegis plan {path}")
    view.show(done, lambda: [f"{done.message}. {done.help[0].upper()}{done.help[1:]}"])


def _agents(path: Path, view: View) -> None:
    changed = write_block(path)
    said = f"{path} {'tells a coding assistant' if changed else 'already tells a coding assistant'} how to use Aegis"
    done = Message(message=said, help="skills/aegis-deploy/SKILL.md is the same as a skill")
    view.show(done, lambda: [done.message])


def _start(path: Path, *, force: bool) -> Answers:
    if force or not path.is_file():
        return Answers()
    state = resume(path.read_text("utf-8", "replace"), path=str(path))
    if isinstance(state, Answers):
        return state
    lines = [line for finding in state for line in finding_lines(finding)]
    click.echo("\n".join(lines))
    click.echo(f"{path} must be mended before the interview can go on; --force starts over")
    sys.exit(EXIT_USAGE)


def _by_flags(path: Path, fields: tuple[str, ...], start: Answers) -> None:
    pairs = dict(field.partition("=")[::2] for field in fields)
    filled = from_flags(pairs, start)
    if filled.problems:
        text = "\n".join(
            f"  {p.field}: {p.message}" + (f" ({p.mend})" if p.mend else "")
            for p in filled.problems
        )
        raise click.UsageError(f"the brief cannot be written yet:\n{text}")
    path.write_text(to_yaml(filled.answers), encoding="utf-8")


def _by_interview(path: Path, state: Answers) -> None:
    while question := next_question(state):
        left = counted(len(questions_left(state)), "question")
        for line in _asked(question, left):
            click.echo(line)
        try:
            said = input("> ")
        except (EOFError, KeyboardInterrupt):
            path.write_text(to_yaml(state), encoding="utf-8")
            click.echo(
                f"\n{path} holds what was said so far; `aegis init {path}` goes on from there."
            )
            sys.exit(EXIT_USAGE)
        result = answer(state, question, said)
        if isinstance(result, Problem):
            click.echo("\n".join(wrap(f"{result.message}. {result.mend}".strip(), first="  ! ")))
            continue
        state = result
        path.write_text(to_yaml(state), encoding="utf-8")


def _asked(question: Question, left: str) -> list[str]:
    lines = ["", *wrap(f"{question.asks}  ({left} left)"), *wrap(question.why, first="  why: ")]
    for choice in question.choices:
        lines += wrap(choice.says, first=f"    {choice.word:<14} ")
    hints = []
    if question.default:
        hints.append(f"default: {question.default}")
    if question.example:
        hints.append(f"for example: {question.example}")
    if not question.required:
        hints.append("- leaves it open")
    return lines + (wrap("; ".join(hints), first="  ") if hints else [])
