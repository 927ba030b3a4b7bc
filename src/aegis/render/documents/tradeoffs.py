"""Trade-offs and alternatives, and one decision record for every decision."""

from __future__ import annotations

from aegis.plan.types import Decision, Environment, Option, Plan, Question
from aegis.render.documents import voice
from aegis.render.documents.architecture import decision_paths
from aegis.render.documents.tree import (
    Block,
    Bullets,
    Document,
    Inlines,
    Paragraph,
    Ref,
    Section,
    Table,
)
from aegis.render.documents.words import (
    Words,
    bold,
    capital,
    code,
    ended,
    flat,
    join,
    listed,
    named,
    slug,
)

_VERDICTS = {"chosen": "**chosen**", "possible": "possible", "rejected": "not now"}
_WEIGHTS = {"must": "must hold", "high": "weighs much", "medium": "weighs", "low": "weighs little"}
_IMPROVES = {
    "reliable": "more reliable",
    "understandable": "easier to understand",
    "valuable": "more valuable",
}


def trade_offs(words: Words) -> tuple[Section, ...]:
    """Comparison tables for the decisions that were weighed, then every decision in one table."""
    plan = words.plan
    weighed = [d for d in plan.decisions if d.criteria and d.alternatives]
    return (
        Section(
            heading=join("Trade-offs & Alternatives"),
            id="trade-offs--alternatives",
            blocks=(Paragraph(join(voice.TRADE_OFFS[voice.nature(plan)])),),
        ),
        *(_weighed(words, d) for d in weighed),
        Section(
            heading=join("Every decision at a glance"),
            id="every-decision-at-a-glance",
            level=3,
            blocks=(_all(words),),
        ),
    )


def _weighed(words: Words, decision: Decision) -> Section:
    heading = words.cell(decision.question)
    record = decision_paths(words.plan)[decision.id]
    return Section(
        heading=heading,
        id=slug(flat(heading)),
        level=3,
        applies_to=decision.applies_to,
        blocks=(
            Paragraph(join(words.sentence(decision.title), " ", words.sentences(decision.reasons))),
            options(words, decision),
            second_order(words, decision),
            Paragraph(
                join(
                    bold(capital(listed([join(_IMPROVES[i]) for i in decision.improves]))),
                    ", shown by ",
                    words.text(decision.shown_by),
                    ". ",
                    bold("Revisit when "),
                    words.text(decision.revisit_when),
                    " (",
                    (Ref(join("record"), record),),
                    ").",
                )
            ),
        ),
    )


def options(words: Words, decision: Decision) -> Table:
    """Every option with an honest word on both sides."""
    rows = tuple(
        (
            bold(named(o.name)) if o.verdict == "chosen" else named(o.name),
            words.cell(o.advantage),
            words.cell(o.drawback),
            _reason(words, o),
        )
        for o in decision.options
    )
    chosen = frozenset(i for i, o in enumerate(decision.options) if o.verdict == "chosen")
    head = ("option", "what speaks for it", "what speaks against it", "verdict")
    return Table(head=tuple(join(h) for h in head), rows=rows, marked=chosen)


def _reason(words: Words, option: Option) -> Inlines:
    return join(capital(join(_VERDICTS[option.verdict])), ": ", words.text(option.because))


def second_order(words: Words, decision: Decision) -> Table:
    """What a choice costs later, under four labels."""
    later = decision.second_order
    rows = (
        (bold("Cognitive load"), words.cell(later.cognitive_load)),
        (bold("Maintenance"), words.cell(later.maintenance)),
        (bold("Lock-in"), words.cell(later.lock_in)),
        (bold("Compliance drift"), words.cell(later.compliance_drift)),
    )
    return Table(head=(join("second-order effect"), join("what to expect")), rows=rows)


def _all(words: Words) -> Table:
    paths = decision_paths(words.plan)
    rows = []
    for decision in words.plan.decisions:
        drawbacks = [words.text(o.drawback) for o in decision.winners]
        losers = [
            join(named(o.name), ": ", words.text(o.advantage)) for o in decision.alternatives[:2]
        ]
        rows.append(
            (
                (Ref(words.cell(decision.question), paths[decision.id]),),
                words.cell(decision.title),
                capital(_joined(drawbacks)),
                _joined(losers) or join("no other option was considered"),
            )
        )
    head = ("question", "choice", "its drawback", "what the next options would have given")
    return Table(head=tuple(join(h) for h in head), rows=tuple(rows))


def _joined(parts: list[Inlines]) -> Inlines:
    return join(*[p for i, part in enumerate(parts) for p in (("; ",) if i else ()) + (part,)])


def records(words: Words) -> tuple[Document, ...]:
    """A record per decision."""
    paths = decision_paths(words.plan)
    return tuple(_record(words, d, paths[d.id]) for d in words.plan.decisions)


def _record(words: Words, decision: Decision, path: str) -> Document:
    plan = words.plan
    applies = decision.applies_to
    status = "accepted" if plan.admissible.holds else "proposed"
    open_questions = [q for q in plan.questions if decision.id in q.decisions]
    context: list[Block] = [Paragraph(join(words.sentence(decision.question), " ", _case(plan)))]
    if decision.criteria:
        weights = tuple((bold(named(c.name)), join(_WEIGHTS[c.weight])) for c in decision.criteria)
        context.append(Table(head=(join("criterion"), join("weight")), rows=weights))
    if open_questions:
        context.append(
            Paragraph(join("Still open, and able to move this: ", _asked(words, open_questions)))
        )
    sections = [
        _section("Status", applies, Paragraph(join(f"{status.capitalize()}, by plan `{plan.id}`."))),
        _section("Context", applies, *context),
        _section(
            "Decision",
            applies,
            Paragraph(words.sentence(decision.title)),
            Bullets(items=tuple(words.sentence(r) for r in decision.reasons)),
        ),
        _section("Options", applies, options(words, decision), *_ratings(decision)),
        _section(
            "Consequences",
            applies,
            Paragraph(
                join(
                    "It makes the system ",
                    listed([join(_IMPROVES[i]) for i in decision.improves]),
                    "; what will show it: ",
                    ended(words.text(decision.shown_by)),
                )
            ),
            second_order(words, decision),
            *((Bullets(items=tuple(words.sentence(n) for n in decision.notes)),) if decision.notes else ()),
        ),
        _section("When to revisit", applies, *_sensitivity(words, decision)),
    ]  # fmt: skip
    return Document(
        path=path, title=words.cell(decision.title), sections=tuple(sections), family="decision"
    )


def _case(plan: Plan) -> Inlines:
    placed = plan.brief.placement.where
    where = join(", placed ", code(placed)) if placed else ()
    return join(
        "Asked for ", bold(named(plan.service)), ", a ", code(plan.kind), " workload", where, "."
    )


def _section(heading: str, applies: tuple[Environment, ...], *blocks: Block) -> Section:
    return Section(
        heading=join(heading),
        id=slug(heading),
        applies_to=applies,
        blocks=blocks,
    )


def _asked(words: Words, questions: list[Question]) -> Inlines:
    return _joined([words.text(q.asks) for q in questions])


def _ratings(decision: Decision) -> tuple[Table, ...]:
    rated = [o for o in decision.options if o.ratings]
    if not decision.criteria or not rated:
        return ()
    head = (join("criterion"), *(named(o.name) for o in rated))
    rows = tuple(
        (bold(named(c.name)), *(join(o.ratings.get(c.name, "–")) for o in rated))
        for c in decision.criteria
    )
    return (Table(head=head, rows=rows),)


def _sensitivity(words: Words, decision: Decision) -> tuple[Block, ...]:
    revisit = Paragraph(join("Revisit when ", ended(words.text(decision.revisit_when))))
    rejected = [o for o in decision.alternatives if o.verdict == "rejected"]
    if not rejected:
        return (revisit,)
    rows = tuple((named(o.name), words.cell(o.because)) for o in rejected)
    return (
        revisit,
        Paragraph(join("What would have to stop being true for another option to be open:")),
        Table(head=(join("option"), join("requirement that rules it out today")), rows=rows),
    )
