"""Questions that a client's user answers in a form, where the client has forms.

One question a call: the first field without which there is no plan. Without forms, or when the
person declines, the same question comes back in the answer.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.resolve import Elicit
from pydantic import BaseModel, Field

from aegis.advisor.dialogue import turn
from aegis.advisor.showing import said
from aegis.advisor.talk import Talk


class Reply(BaseModel):
    """The form: one line, in the person's words."""

    answer: str = Field(default="", max_length=200, description="in your own words")


def asker(today: Callable[[], datetime.date]) -> Callable[..., object]:
    """The resolver of the parameter `reply` of `advise`."""

    def ask(sentences: list[str], ctx: Context) -> Elicit[Reply] | Reply:
        """A form with the first open question of a conversation that has no plan; nothing otherwise."""
        capabilities = ctx.client_capabilities
        if capabilities is None or capabilities.elicitation is None:
            return Reply()
        question = open_question(sentences, today())
        return Elicit(question, Reply) if question else Reply()

    return ask


def open_question(sentences: list[str], today: datetime.date) -> str:
    """What must be known before there is a plan; empty when there is one, or nothing to go on from."""
    talk, question = Talk(), ""
    for sentence in sentences:
        talk, answer = turn(talk, sentence, today=today)
        asks = answer.block("questions") if answer.intent == "gather" else None
        question = said(asks.items[0], answer) if asks and asks.items else ""
    return question
