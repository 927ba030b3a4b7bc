"""Cost controls and estimation."""

from __future__ import annotations

from aegis.plan.types import CostLine
from aegis.render.documents import voice
from aegis.render.documents.tree import (
    Block,
    Bullets,
    Callout,
    Inlines,
    Paragraph,
    Section,
    Table,
)
from aegis.render.documents.words import Words, bold, join, listed, named


def cost(words: Words) -> Section:
    """The estimate with its interval, what it leaves out, and what keeps it in bounds."""
    plan = words.plan
    blocks: list[Block] = [Paragraph(join(voice.COST[voice.nature(plan)]))]
    if plan.cost.total:
        blocks.append(
            Paragraph(
                join(
                    bold("Estimate: "),
                    words.number(plan.cost.total),
                    ". Excluded: ",
                    listed([named(e) for e in plan.cost.excludes]),
                    ".",
                )
            )
        )
    else:
        blocks.append(
            Callout(
                tone="warning",
                title="Not priced",
                blocks=(Paragraph(words.sentence(plan.cost.unpriced or "no price is known")),),
            )
        )
    blocks.append(_lines(words))
    if plan.cost.unit_costs:
        rows = tuple((words.number(i), join(words.origins[i].kind)) for i in plan.cost.unit_costs)
        blocks.append(Table(head=(join("unit cost"), join("kind")), rows=rows))
    blocks.append(Paragraph(join("What keeps it in bounds:")))
    blocks.append(Bullets(items=tuple(words.sentence(c) for c in plan.cost.controls)))
    return Section(
        heading=join("Cost Controls and Estimation"),
        id="cost-controls-and-estimation",
        blocks=tuple(blocks),
    )


def _lines(words: Words) -> Table:
    rows = tuple(
        (bold(words.cell(line.name)), _amount(words, line), words.cell(line.basis))
        for line in words.plan.cost.lines
    )
    return Table(head=(join("part"), join("a month"), join("basis")), rows=rows)


def _amount(words: Words, line: CostLine) -> Inlines:
    return words.number(line.amount) if line.amount else join("not priced")
