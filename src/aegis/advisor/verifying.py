"""Reads every answer back before it is given: a figure that no number of it explains is withheld.

The check is the one that judges documents (`aegis.review.readback`), which shares no code with what
wrote the answer. Words that the person said are theirs and are taken out first.
"""

from __future__ import annotations

import re

from aegis.advisor.blocks import Answer, Block
from aegis.advisor.showing import markdown
from aegis.detect.said import find_said
from aegis.plan.types import Plan
from aegis.review.plans import words
from aegis.review.readback import unmatched_numbers

_QUOTED = re.compile(r"«([^»]*)»")
_CODE = re.compile(r"`[^`]*`")


def verified(answer: Answer, said: str) -> Answer:
    """The answer without any block that holds an untraced figure, a sign-off or advice to skip a review."""
    found = faults(answer, said)
    if not any(found):
        return answer
    kept = (block for block, wrong in zip(answer.blocks, found, strict=True) if not wrong)
    withheld = Block(
        kind="help",
        title="Withheld",
        lead="Part of this answer is withheld: a figure in it has no source that can be shown. Please report it.",
    )
    return answer.model_copy(update={"blocks": (*kept, withheld)})


def faults(answer: Answer, said: str) -> tuple[tuple[str, ...], ...]:
    """What must not be said, block by block as a reader sees it; empty for each that may stand."""
    known = _known(answer)
    return tuple(_faults(block, answer, known, said) for block in answer.blocks)


def _known(answer: Answer) -> Plan | None:
    """The plan with all numbers of the answer; the plan itself where there are no others."""
    plan = answer.plan
    if plan is None or len(plan.numbers) == len(answer.numbers):
        return plan  # an answer holds at least the numbers of its plan
    return plan.model_copy(update={"numbers": answer.numbers})


def _faults(block: Block, answer: Answer, known: Plan | None, said: str) -> tuple[str, ...]:
    alone = answer.model_copy(update={"blocks": (block,)})
    text = _QUOTED.sub(lambda m: " " if m[1] in said else m[0], markdown(alone))
    if known is None:
        figures = [m[0] for m in re.finditer(r"(?<![\w.])\d[\d.,]*", _CODE.sub(" ", text))]
    else:
        figures = [str(stray) for stray in unmatched_numbers(text, known)]
    return (*_advice(text), *(f"figure: {figure}" for figure in figures))


def _advice(text: str) -> list[str]:
    """Sign-offs, and advice to skip a review."""
    found = [f"signs off: {m[0]}" for m in words.sign_offs(text)]
    return found + [f"skips: {m[0]}" for m in words.skipping(text)]


def text_faults(text: str, plan: Plan) -> tuple[str, ...]:
    """What must not be said in somebody's text about a plan: for a host that paraphrases an answer."""
    return (
        *_advice(text),
        *(f"secret: {span.masked}" for span in find_said(text)),
        *(f"figure without a source: {stray}" for stray in unmatched_numbers(text, plan)),
    )
