"""How a version is judged before it meets anybody, and afterwards."""

from __future__ import annotations

from aegis.plan.types import LIVE
from aegis.render.documents.failures import gates
from aegis.render.documents.tree import Block, Bullets, Callout, Document, Paragraph, Section, Table
from aegis.render.documents.words import Words, bold, code, ended, join, named

PATH = "evaluation-plan"
_BY_REQUEST = {"availability", "latency", "ttft", "tpot", "freshness", "completion"}


def document(words: Words) -> Document:
    """Gates before traffic, judgement of live samples, and what the sizes can show."""
    plan = words.plan
    return Document(
        path=PATH,
        title=join("Evaluation plan"),
        sections=(
            Section(
                heading=join("Before any traffic"),
                id="before-any-traffic",
                applies_to=LIVE,
                blocks=_before(words),
            ),
            Section(
                heading=join("What the sizes can show"),
                id="what-the-sizes-can-show",
                applies_to=LIVE,
                blocks=(
                    Bullets(items=tuple(words.sentence(d) for d in plan.release.detectability)),
                ),
            ),
            Section(
                heading=join("On live traffic"),
                id="on-live-traffic",
                applies_to=("production",),
                blocks=_live(words),
            ),
            Section(
                heading=join("How it is decided"),
                id="how-it-is-decided",
                applies_to=LIVE,
                blocks=_stack(words),
            ),
        ),
    )


def _before(words: Words) -> tuple[Block, ...]:
    if words.plan.release.gates:
        return (gates(words),)
    questions = [q for q in words.plan.questions if "evaluation" in q.field]
    blocks = tuple(Paragraph(words.sentence(q.asks)) for q in questions) or (
        Paragraph(join("Name the examples by which its answers may be judged.")),
    )
    return (
        Callout(
            tone="stop",
            title="There is no evaluation set",
            blocks=(
                Paragraph(
                    join(
                        "Without one the release can tell that the service is up, not that it is "
                        "right. Production stays closed until it exists."
                    )
                ),
                *blocks,
            ),
        ),
    )


def _live(words: Words) -> tuple[Block, ...]:
    plan = words.plan
    quality = [o for o in plan.objectives if o.kind.value not in _BY_REQUEST]
    if not quality:
        reasons = tuple(
            (bold(named(n.kind.value)), words.cell(n.reason)) for n in plan.not_applicable
        )
        return (Table(head=(join("quality"), join("why it has no objective")), rows=reasons),)
    rows = tuple(
        (bold(named(o.name)), words.cell(o.sli), words.number(o.target), code(o.metric))
        for o in quality
    )
    head = ("objective", "SLI", "SLO", "metric")
    return (Table(head=tuple(join(h) for h in head), rows=rows),)


def _stack(words: Words) -> tuple[Block, ...]:
    decision = next((d for d in words.plan.decisions if d.id == "evaluation-stack"), None)
    if decision is None:
        return (Paragraph(join("By the release judge, from the checks of the release.")),)
    return (
        Paragraph(join(words.sentence(decision.title), " ", words.sentences(decision.reasons))),
        Paragraph(join("Revisit when ", ended(words.text(decision.revisit_when)))),
    )
