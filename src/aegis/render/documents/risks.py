"""The risk register, and one page for those who decide."""

from __future__ import annotations

from aegis.plan.types import LIVE, Plan, Risk
from aegis.render.documents.people import owner
from aegis.render.documents.tree import (
    Block,
    Bullets,
    Callout,
    Document,
    Inlines,
    Paragraph,
    Section,
    Table,
)
from aegis.render.documents.words import Words, bold, capital, code, ended, join, listed, named

REGISTER = "risk-register"
EXECUTIVE = "executive-summary"
_LIKELIHOODS = ("likely", "possible", "rare")
_IMPACTS = ("low", "moderate", "high")


def register(words: Words) -> Document:
    """Every risk with its treatment, what remains, and the decision asked."""
    plan = words.plan
    rows = tuple(_row(words, r) for r in ranked(plan))
    head = (
        "risk",
        "likelihood",
        "impact",
        "owner",
        "treatment",
        "remains",
        "decision asked",
        "due",
    )
    sections = [
        Section(
            heading=join("Risks"),
            id="risks",
            applies_to=LIVE,
            blocks=(Table(head=tuple(join(h) for h in head), rows=rows),),
        ),
        Section(
            heading=join("Where they stand"),
            id="where-they-stand",
            applies_to=LIVE,
            blocks=(matrix(words),),
        ),
    ]
    if plan.waivers:
        waived = tuple(
            (code(w.rule), named(w.owner), named(w.reason), named(w.until.isoformat()))
            for w in plan.waivers
        )
        titles = ("rule", "owner", "reason", "until")
        sections.append(
            Section(
                heading=join("Rules set aside"),
                id="rules-set-aside",
                applies_to=LIVE,
                blocks=(
                    Paragraph(
                        join("Each was set aside against advice, by name and with an end date.")
                    ),
                    Table(head=tuple(join(h) for h in titles), rows=waived),
                ),
            )
        )
    return Document(path=REGISTER, title=join("Risk register"), sections=tuple(sections))


def ranked(plan: Plan) -> list[Risk]:
    """Worst first."""
    return sorted(
        plan.risks,
        key=lambda r: (-_IMPACTS.index(r.impact), _LIKELIHOODS.index(r.likelihood), r.id),
    )


def _row(words: Words, risk: Risk) -> tuple[Inlines, ...]:
    against = join(" **Accepted against advice.**") if risk.against_advice else ()
    return (
        join(bold(words.cell(risk.title)), against),
        join(risk.likelihood),
        join(risk.impact),
        capital(owner(words.plan, risk.owner)),
        words.cell(risk.treatment),
        join(risk.residual),
        words.cell(risk.decision_asked),
        words.cell(risk.due),
    )


def matrix(words: Words) -> Table:
    """Likelihood against impact."""
    rows = []
    for likelihood in _LIKELIHOODS:
        cells = []
        for impact in _IMPACTS:
            here = [r for r in words.plan.risks if (r.likelihood, r.impact) == (likelihood, impact)]
            cells.append(capital(_list([words.text(r.title) for r in here])))
        rows.append((bold(likelihood), *cells))
    return Table(
        head=(join("likelihood"), *(join(f"{i} impact") for i in _IMPACTS)), rows=tuple(rows)
    )


def _list(items: list[Inlines]) -> Inlines:
    return join(*[p for i, item in enumerate(items) for p in (("; ",) if i else ()) + (item,)])


def executive(words: Words) -> Document:
    """One page: what is asked, what it costs, what can go wrong, who owns it."""
    plan = words.plan
    order = ranked(plan)
    worst = [r for r in order if r.impact == "high" or r.residual != "low"][:5] or order[:3]
    rows = tuple(
        (
            bold(words.cell(r.title)),
            join(r.likelihood, " × ", r.impact),
            capital(owner(plan, r.owner)),
            join(r.residual),
            words.cell(r.decision_asked),
        )
        for r in worst
    )
    head = ("risk", "likelihood × impact", "owner", "residual risk", "decision asked")
    return Document(
        path=EXECUTIVE,
        title=join(named(plan.service), ": executive summary"),
        lead=(Paragraph(words.text(plan.verdict)),),
        sections=(
            Section(
                heading=join("What is asked of you"),
                id="what-is-asked-of-you",
                applies_to=("production",),
                blocks=_asked(words),
            ),
            Section(
                heading=join("What it costs"),
                id="what-it-costs",
                applies_to=("production",),
                blocks=(_costs(words),),
            ),
            Section(
                heading=join("What can go wrong, and what remains"),
                id="what-can-go-wrong-and-what-remains",
                applies_to=LIVE,
                blocks=(Table(head=tuple(join(h) for h in head), rows=rows),),
            ),
        ),
    )


def _asked(words: Words) -> tuple[Block, ...]:
    plan = words.plan
    blocks: list[Block] = []
    if plan.questions:
        items = tuple(
            join(words.sentence(q.asks), " It decides ", ended(words.text(q.decides)))
            for q in plan.questions
        )
        blocks.append(Paragraph(join("An answer to each of these:")))
        blocks.append(Bullets(items=items, ordered=True))
    if not plan.promotable.holds:
        blocks.append(
            Callout(
                tone="stop",
                title="What keeps production closed",
                blocks=(Bullets(items=tuple(words.sentence(r) for r in plan.promotable.because)),),
            )
        )
    if not blocks:
        blocks.append(Paragraph(join("Consent to the risks below, each by its owner.")))
    if not plan.cost.total:
        blocks.append(
            Paragraph(join("The cost is not known yet: ask for a price before you sign."))
        )
    proofs = tuple(
        join(bold(capital(owner(plan, t.owner))), ": ", words.text(t.title), ".")
        for phase in plan.roadmap
        for t in phase.tasks
        if t.blocks_production and not t.done_when.startswith("done:")
    )
    if proofs:
        blocks.append(
            Paragraph(
                join(
                    "People and time for what is planned and not yet proven. Production opens when "
                    "the evidence for each of these is there:"
                )
            )
        )
        blocks.append(Bullets(items=proofs))
    return tuple(blocks)


def _costs(words: Words) -> Paragraph:
    cost = words.plan.cost
    if cost.total:
        return Paragraph(
            join(
                bold(words.number(cost.total)),
                ", excluding ",
                listed([named(e) for e in cost.excludes]),
                ".",
            )
        )
    return Paragraph(words.sentence(cost.unpriced or "no price is known"))
