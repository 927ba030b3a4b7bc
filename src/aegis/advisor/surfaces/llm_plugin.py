"""Plug-in for `llm` (https://llm.datasette.io): the conversation as its model `aegis`.

`llm -m aegis "..."` answers once, `llm -c` and `llm chat -m aegis` go on. No key, no network: the
answer is a plan. Found through the entry point group `llm`; needs the extra `llm`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import llm
from llm.parts import TextPart

from aegis.advisor.commenting import streamed
from aegis.advisor.dialogue import turn
from aegis.advisor.talk import Talk

NAME = "aegis"


@llm.hookimpl
def register_models(register: Callable[[llm.Model], None]) -> None:
    """Called by `llm` when it starts."""
    register(Aegis())


class Aegis(llm.Model):
    """The specialist; what was said before is heard again, so that nothing is kept here."""

    model_id = NAME
    can_stream = True

    def execute(
        self,
        prompt: llm.Prompt,
        stream: bool,  # noqa: FBT001  # the interface of `llm`
        response: llm.Response,
        conversation: llm.Conversation | None,
    ) -> Iterator[str]:
        """The answer to a prompt, as Markdown."""
        del stream, conversation
        today = datetime.date.today()  # noqa: DTZ011, TID251  # a shell like the command line
        *earlier, last = _said(prompt) or [""]
        talk = Talk()
        for sentence in earlier:
            talk, _ = turn(talk, sentence, today=today)
        _, answer = turn(talk, last, today=today)
        response.response_json = {"intent": answer.intent, "plan": answer.plan_id}
        yield from streamed(answer, None)


def _said(prompt: llm.Prompt) -> list[str]:
    """What the person said, oldest first; system messages and results of tools are not heard."""
    heard = (
        "\n".join(part.text for part in message.parts if isinstance(part, TextPart))
        for message in prompt.messages
        if message.role == "user"
    )
    return [said for said in heard if said.strip()]
