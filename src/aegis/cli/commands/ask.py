"""`aegis ask`: the specialist to talk to."""

from __future__ import annotations

import datetime
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import click

from aegis.advisor.blocks import Answer, Block
from aegis.advisor.dialogue import turn
from aegis.advisor.proposing import Listener, ModelListener
from aegis.advisor.showing import said
from aegis.advisor.talk import Talk
from aegis.advisor.transcript import append, resume
from aegis.cli.main import EXIT_DONE, EXIT_REFUSED, EXIT_USAGE
from aegis.cli.view import format_option, view_of, wrap


@click.command("ask")
@click.argument("sentence", nargs=-1)
@click.option(
    "--transcript", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="file that keeps the conversation; go on from it if it is there",
)  # fmt: skip
@click.option(
    "--model-url", default=None, metavar="URL",
    help="a language model that may propose what your words did not give (OpenAI-compatible)",
)  # fmt: skip
@click.option(
    "--model", default="default", show_default=True, help="name of the model behind --model-url"
)
@click.option(
    "--listen", default=None, metavar="HOST:PORT",
    help="serve /v1/chat/completions as model `aegis` for a chat UI; a token file makes it more than loopback",
)  # fmt: skip
@click.option(
    "--token-file", type=click.Path(exists=True, dir_okay=False), default=None,
    help="file with the token that callers of --listen send",
)  # fmt: skip
@click.option(
    "--audit", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="file for one record a request of --listen, without what was said",
)  # fmt: skip
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), default=None,
    help="date that waivers and debts are counted from",
)  # fmt: skip
@format_option
def ask(
    sentence: tuple[str, ...],
    *,
    transcript: Path | None,
    model_url: str | None,
    model: str,
    listen: str | None,
    token_file: str | None,
    audit: Path | None,
    today: datetime.datetime | None,
    output: str,
) -> None:
    r"""Ask for advice in your own words, and go on from the answer.

    With a SENTENCE it answers once; without one it talks, line by line, until an empty line or
    `bye`. No model, key or network is needed: the answer is a plan, recomputed for what you say.

    \b
    aegis ask "We want to put an 8B chatbot for 500 support agents on AWS, p95 under 2 s"
    aegis ask --transcript talk.jsonl "what if we have 2,000 agents?"
    """
    if listen is not None:
        serve(listen, token_file, audit)
        return
    view = view_of(output)
    day = today.date() if today else datetime.date.today()  # noqa: DTZ011, TID251  # the shell reads the clock
    talk = Talk()
    if transcript is not None and transcript.is_file():
        resumed = resume(transcript.read_text(encoding="utf-8"), today=day)
        if isinstance(resumed, str):
            click.echo(f"{transcript}: {resumed}", err=True)
            sys.exit(EXIT_USAGE)
        talk = resumed
    hear = partial(
        _hear, partial(turn, today=day, listener=_listener(model_url, model)), transcript
    )
    if sentence:
        _, answer = hear(talk, " ".join(sentence))
        view.show(answer, partial(_lines, answer))
        sys.exit(_exit_code(answer))
    interactive = sys.stdin.isatty()
    if interactive:
        view.progress("Tell me what you want to put into production. An empty line ends.")
    code = EXIT_DONE
    while (line := _line(interactive=interactive)) is not None:
        talk, answer = hear(talk, line)
        if output == "json":
            click.echo(json.dumps(answer.model_dump(mode="json"), ensure_ascii=False))
        else:
            view.show(answer, partial(_lines, answer))
        code = _exit_code(answer)
    sys.exit(code)


def _listener(url: str | None, name: str) -> Listener | None:
    """The model behind an address; its key is in a file that AEGIS_MODEL_KEY_FILE names."""
    if url is None:
        return None
    key = os.environ.get("AEGIS_MODEL_KEY_FILE")
    try:
        return ModelListener(
            url, name, api_key=Path(key).read_text("utf-8").strip() if key else "none"
        )
    except ModuleNotFoundError:
        raise click.UsageError(
            "--model-url needs an extra: pip install 'aegis-deploy[model]'"
        ) from None


def _line(*, interactive: bool) -> str | None:
    if interactive:
        click.echo(click.style("> ", dim=True), nl=False)
    line = sys.stdin.readline()
    text = line.strip()
    if not line or (interactive and not text) or text.lower() in {"bye", "exit", "quit"}:
        return None
    return text or _line(interactive=interactive)


def _hear(
    answer_to: Callable[[Talk, str], tuple[Talk, Answer]],
    transcript: Path | None,
    talk: Talk,
    text: str,
) -> tuple[Talk, Answer]:
    """One turn, kept in the transcript."""
    talk, answer = answer_to(talk, text)
    if transcript is not None:
        append(transcript, text, talk, answer)
    return talk, answer


def _exit_code(answer: Answer) -> int:
    return EXIT_REFUSED if answer.intent == "refuse" else EXIT_DONE


def _lines(answer: Answer) -> Iterator[str]:
    for block in answer.blocks:
        if block.kind != "verdict" or block is not answer.blocks[0]:
            where = f"  [{', '.join(block.applies_to)}]" if block.applies_to else ""
            yield click.style(block.title.upper(), bold=True) + click.style(where, dim=True)
        yield from _block(block, answer)
        yield ""


def _block(block: Block, answer: Answer) -> Iterator[str]:
    if block.lead:
        yield from wrap(said(block.lead, answer))
        if block.items or block.table:
            yield ""
    for item in block.items:
        yield from wrap(said(item, answer), first="  - ", rest="    ")
    if block.table:
        for row in block.table.rows:
            cells = [said(cell, answer) for cell in row]
            yield from wrap(cells[0], first="  ", rest="  ")
            for head, cell in zip(block.table.head[1:], cells[1:], strict=True):
                yield from wrap(f"{head}: {cell}", first="      ", rest="        ")


class _SystemClock:
    """The clock of this machine."""

    def monotonic(self) -> float:
        return time.monotonic()

    def today(self) -> datetime.date:
        return datetime.date.today()  # noqa: DTZ011, TID251  # the shell reads the clock


def serve(listen: str, token_file: str | None, audit: Path | None) -> None:
    """Serves chat completions until it is stopped."""
    try:
        import uvicorn  # noqa: PLC0415  # the extra
    except ModuleNotFoundError:
        raise click.UsageError(
            "--listen needs an extra: pip install 'aegis-deploy[gateway]'"
        ) from None
    from aegis.advisor.surfaces.bearer import Bearer, token_from  # noqa: PLC0415
    from aegis.advisor.surfaces.chat_api import ChatApi  # noqa: PLC0415

    host, _, port = listen.rpartition(":")
    token = token_from(token_file)
    if token is None and host not in {"127.0.0.1", "localhost", "::1", ""}:
        raise click.UsageError(f"{host} is not loopback: name a --token-file first")
    app = Bearer(ChatApi(_SystemClock(), audit=_audit_to(audit) if audit else None), token)
    uvicorn.run(
        app, host=host or "127.0.0.1", port=int(port), log_level="warning", access_log=False
    )


def _audit_to(path: Path) -> Callable[[Mapping[str, object]], None]:
    def record(fields: Mapping[str, object]) -> None:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")  # noqa: TID251  # the shell
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at": now, **fields}) + "\n")

    return record
