"""`aegis ask`: the specialist to talk to."""

from __future__ import annotations

import datetime
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from aegis.advisor.blocks import Answer, Block
from aegis.advisor.dialogue import turn
from aegis.advisor.proposing import ModelListener
from aegis.advisor.showing import said
from aegis.advisor.talk import Talk
from aegis.advisor.transcript import append, resume
from aegis.cli import serving
from aegis.cli.main import EXIT_DONE, EXIT_REFUSED, EXIT_USAGE
from aegis.cli.view import View, format_option, view_of, wrap

if TYPE_CHECKING:
    from aegis.advisor.commenting import Commentator, ModelCommentator
    from aegis.advisor.port import Port
    from aegis.gateway.audit import Write


@click.command("ask")
@click.argument("sentence", nargs=-1)
@click.option(
    "--transcript", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="file that keeps the conversation; go on from it if it is there",
)  # fmt: skip
@click.option(
    "--model-url", default=None, metavar="URL",
    help="a language model that may propose what your words did not give: an OpenAI-compatible address, or "
    "`anthropic:` (with another address behind it, if not the vendor's)",
)  # fmt: skip
@click.option(
    "--model", default="default", show_default=True, help="name of the model behind --model-url"
)
@click.option(
    "--comment", is_flag=True,
    help="let the model behind --model-url comment on answers; for large models, checked sentence by sentence "
    "and read a second time before anything is shown",
)  # fmt: skip
@click.option(
    "--reader-model", default=None, metavar="NAME",
    help="another model behind --model-url for the second reading of comments  [default: the one of --model]",
)  # fmt: skip
@click.option(
    "--listen", default=None, metavar="HOST:PORT",
    help="serve /v1/chat/completions as model `aegis` for a chat UI; a token file makes it more than loopback",
)  # fmt: skip
@click.option(
    "--token-file", type=click.Path(exists=True, dir_okay=False), default=None,
    help="file with the token that callers of --listen send",
)  # fmt: skip
@click.option(
    "--audit", default=None, metavar="PLACE",
    help="where a record of each turn and each call of a model goes, without what was said: a file, a "
    "folder/ (a file a day) or - for standard output; the format is the gateway's",
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
    comment: bool,
    reader_model: str | None,
    listen: str | None,
    token_file: str | None,
    audit: str | None,
    today: datetime.datetime | None,
    output: str,
) -> None:
    r"""Ask for advice in your own words, and go on from the answer.

    With a SENTENCE it answers once; without one it talks, line by line, until an empty line or
    `bye`. No model, key or network is needed: the answer is a plan, recomputed for what you say.

    \b
    aegis ask "We want to put an 8B chatbot for 500 support agents on AWS, p95 under 2 s"
    aegis ask --transcript talk.jsonl "what if we have 2,000 agents?"

    A model that you name may only listen, and with --comment write a marked comment at the end; it
    never writes a figure, and what it proposes waits for your yes.
    """
    record = serving.audit(audit)
    port = _port(model_url, model, record)
    commentator = _commentator(port, reader_model, comment=comment)
    if listen is not None:
        _serve(listen, token_file, record, commentator.afresh if commentator else None)
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
    listener = ModelListener(port) if port else None
    hear = partial(_hear, partial(turn, today=day, listener=listener), transcript, record)
    show = partial(_show, view, output, commentator)
    if sentence:
        _, answer = hear(talk, " ".join(sentence))
        show(answer)
        _tell(view, port)
        sys.exit(_exit_code(answer))
    interactive = sys.stdin.isatty()
    if interactive:
        view.progress("Tell me what you want to put into production. An empty line ends.")
    code = EXIT_DONE
    while (line := _line(interactive=interactive)) is not None:
        talk, answer = hear(talk, line)
        show(answer, one_line=True)
        _tell(view, port)
        code = _exit_code(answer)
    sys.exit(code)


def _port(url: str | None, name: str, record: Write | None) -> Port | None:
    """The model behind an address; its key is in a file that AEGIS_MODEL_KEY_FILE names."""
    if url is None:
        return None
    from aegis.advisor.port import Port  # noqa: PLC0415  # only where a model is named
    from aegis.advisor.reaching import address  # noqa: PLC0415

    key = os.environ.get("AEGIS_MODEL_KEY_FILE")
    speaks, base_url = address(url)
    if speaks == "anthropic" and (not key or name == "default"):
        raise click.UsageError(
            "anthropic: needs the name of a model (--model) and a file with its key (AEGIS_MODEL_KEY_FILE)"
        )
    try:
        secret = Path(key).read_text("utf-8").strip() if key else "none"
        keep = record or (lambda _: None)
        return Port(base_url=base_url, model=name, api_key=secret, speaks=speaks, audit=keep)
    except ModuleNotFoundError:
        raise click.UsageError(
            "--model-url needs an extra: pip install 'aegis-deploy[model]'"
        ) from None
    except OSError as error:
        raise click.UsageError(f"AEGIS_MODEL_KEY_FILE names {key}: {error.strerror}") from None


def _commentator(
    port: Port | None, reader: str | None, *, comment: bool
) -> ModelCommentator | None:
    if not comment:
        if reader is not None:
            raise click.UsageError("--reader-model reads comments: ask for them with --comment")
        return None
    if port is None:
        raise click.UsageError("--comment needs a model: name its address with --model-url")
    from aegis.advisor.commenting import ModelCommentator, strong  # noqa: PLC0415

    host = urlsplit(port.base_url).hostname or ""
    for model in (port.model, reader or port.model):
        if weak := strong(model, local=serving.is_loopback(host)):
            raise click.UsageError(weak)
    return ModelCommentator(port, reader=reader or port.model)


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
    record: Write | None,
    talk: Talk,
    text: str,
) -> tuple[Talk, Answer]:
    """One turn, kept in the transcript and recorded without its words."""
    talk, answer = answer_to(talk, text)
    if transcript is not None:
        append(transcript, text, talk, answer)
    if record is not None:
        record({"request-id": uuid.uuid4().hex, "caller-id": "terminal", "model": "aegis",
                "outcome": "answered", "intent": answer.intent, "plan": answer.plan_id})  # fmt: skip
    return talk, answer


def _show(
    view: View,
    output: str,
    commentator: Commentator | None,
    answer: Answer,
    *,
    one_line: bool = False,
) -> None:
    """An answer and what a model may say about it: to a person as it comes, to a program whole."""
    if output == "json":
        if commentator:
            from aegis.advisor.commenting import commented  # noqa: PLC0415

            answer = commented(answer, commentator)
        if one_line:
            click.echo(json.dumps(answer.model_dump(mode="json"), ensure_ascii=False))
            return
    view.show(answer, partial(_lines, answer, commentator))


def _tell(view: View, port: Port | None) -> None:
    """Why the model brought nothing, if it did not; the answer needs no model."""
    if port is not None and port.trouble:
        view.progress(port.trouble)


def _exit_code(answer: Answer) -> int:
    return EXIT_REFUSED if answer.intent == "refuse" else EXIT_DONE


def _lines(answer: Answer, commentator: Commentator | None = None) -> Iterator[str]:
    for block in answer.blocks:
        yield from _titled(block, answer, plain=block is answer.blocks[0])
    if commentator:
        from aegis.advisor.commenting import comment_on  # noqa: PLC0415

        if comment := comment_on(answer, commentator):
            yield from _titled(comment, answer)


def _titled(block: Block, answer: Answer, *, plain: bool = False) -> Iterator[str]:
    """A block with its title; a recommendation that comes first has none."""
    if block.kind != "verdict" or not plain:
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


def _serve(
    listen: str,
    token_file: str | None,
    record: Write | None,
    commentator: Callable[[], Commentator] | None,
) -> None:
    """Serves chat completions until it is stopped."""
    serving.needs("uvicorn", what="--listen")
    from aegis.advisor.surfaces.chat_api import ChatApi  # noqa: PLC0415

    api = ChatApi(_SystemClock(), audit=record, commentator=commentator)
    serving.serve(
        serving.behind_a_token(api, listen, token_file, how="name a --token-file"), listen
    )
