"""An answer as Markdown: every figure is a number of the answer, filled in here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.advisor.blocks import Answer, Block
from aegis.base.say import say


def markdown(answer: Answer) -> str:
    """The answer as Markdown; a recommendation that comes first is plain prose without a heading."""
    lines: list[str] = []
    for at, block in enumerate(answer.blocks):
        lines += [*_block(block, answer, plain=at == 0 and block.kind == "verdict"), ""]
    return "\n".join(lines).rstrip() + "\n"


def said(markup: str, answer: Answer) -> str:
    """One sentence of an answer as plain text."""
    return say(markup, answer.numbers)


def _block(block: Block, answer: Answer, *, plain: bool) -> Iterator[str]:
    if not plain:
        where = f" ({', '.join(block.applies_to)})" if block.applies_to else ""
        yield f"## {block.title}{where}"
        yield ""
    if block.lead:
        yield _marked(block.lead, answer)
        if block.items or block.table:
            yield ""
    for item in block.items:
        yield f"- {_marked(item, answer)}"
    if block.table:
        yield f"| {' | '.join(block.table.head)} |"
        yield f"|{'---|' * len(block.table.head)}"
        for row in block.table.rows:
            yield f"| {' | '.join(_marked(cell, answer).replace('|', '/') for cell in row)} |"


def _marked(markup: str, answer: Answer) -> str:
    return say(markup, answer.numbers, bold="**")
