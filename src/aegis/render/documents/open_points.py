"""Assumptions, questions, readiness, and where the numbers come from."""

from __future__ import annotations

from aegis.base.number import Assumption, Estimate
from aegis.plan.types import Plan
from aegis.render.documents import tree
from aegis.render.documents.people import owner
from aegis.render.documents.tree import (
    Block,
    Bullets,
    Checklist,
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
    code,
    environments,
    join,
    named,
)

NUMBERS = "numbers"


def assumptions(words: Words) -> tuple[Section, ...]:
    """What was defaulted, with its effect, and the few questions that would settle it."""
    plan = words.plan
    stated = (
        Bullets(items=tuple(words.sentence(a) for a in plan.assumptions))
        if plan.assumptions
        else Paragraph(join("Nothing that matters was left to a default."))
    )
    return (
        Section(
            heading=join("Assumptions and Questions"),
            id="assumptions-and-questions",
            blocks=(stated, *_questions(words)),
        ),
    )


def _questions(words: Words) -> tuple[Block, ...]:
    questions = words.plan.questions
    if not questions:
        return (Paragraph(join("No question is open.")),)
    rows = tuple(
        (
            bold(words.cell(q.asks)),
            words.cell(q.decides),
            words.cell(q.meanwhile),
            code(q.field),
        )
        for q in questions
    )
    head = ("question", "what the answer decides", "until then", "answer it at")
    return (Table(head=tuple(join(h) for h in head), rows=rows),)


def readiness(words: Words) -> tuple[Section, ...]:
    """What has to be true before staging, and before production."""
    return (
        Section(
            heading=join("Readiness Checklist"),
            id="readiness-checklist",
            applies_to=("staging", "production"),
            blocks=(
                Paragraph(
                    join(
                        "Tick a line when somebody other than its author has seen the proof. What "
                        "the plan could check itself is ticked already."
                    )
                ),
            ),
        ),
        Section(
            heading=join("Before staging"),
            id="before-staging",
            level=3,
            applies_to=("staging",),
            blocks=(Checklist(items=_before_staging(words)),),
        ),
        Section(
            heading=join("Before production"),
            id="before-production",
            level=3,
            applies_to=("production",),
            blocks=(Checklist(items=_before_production(words)),),
        ),
    )


def _before_staging(words: Words) -> tuple[tree.Task, ...]:
    plan = words.plan
    items = [
        tree.Task(
            title=join("No hard rule stands against the plan"),
            details=tuple(words.text(r) for r in plan.admissible.because),
            done=plan.admissible.holds,
        )
    ]
    items += [
        tree.Task(title=join(bold(i.what), " is pinned: ", words.text(i.identity)),
                  done=i.status == "pinned")
        for i in plan.lineage
        if i.status != "not applicable"
    ]  # fmt: skip
    items += [
        tree.Task(title=join("Every metric of ", bold(named(o.name)), " arrives: ", code(o.metric)))
        for o in plan.objectives
    ]
    return tuple(items)


def _before_production(words: Words) -> tuple[tree.Task, ...]:
    plan = words.plan
    items = [tree.Task(title=words.cell(reason)) for reason in plan.promotable.because]
    items += [
        tree.Task(
            title=bold(words.cell(t.title)),
            details=(
                join("Owner: ", owner(plan, t.owner), "; done when ", words.text(t.done_when)),
            ),
        )
        for phase in plan.roadmap
        for t in phase.tasks
        if t.blocks_production
    ]
    items += [
        tree.Task(
            title=join("Control proven: ", bold(words.text(c.title))),
            details=(join("Test: ", words.text(c.test), "; ", environments(c.applies_to)),),
        )
        for c in plan.controls
    ]
    items += [
        tree.Task(
            title=join("Rehearsed once: ", (Ref(words.text(r.title), f"runbooks/{r.id}"),)),
        )
        for r in plan.runbooks
    ]
    items.append(
        tree.Task(
            title=join("The way back was taken once, in staging, with a stopwatch"),
            details=(join("Expected: ", words.number(plan.release.way_back_minutes)),),
        )
    )
    specialists = tuple(dict.fromkeys(r.specialist for r in plan.requirements))
    items += [tree.Task(title=join("Has been asked: ", named(s))) for s in specialists]
    return tuple(items)


def numbers(words: Words) -> Section:
    """How to read a figure here, and everything that is assumed."""
    plan = words.plan
    assumed = [i for i, n in plan.numbers.items() if isinstance(n, Assumption)]
    rows = tuple(_assumed(words, i) for i in assumed)
    blocks: list[Block] = [
        Paragraph(
            join(
                "Every figure in this dossier is a **fact** with a source, an **estimate** by a named "
                "formula with an interval, or an **assumption** with its reason. There is no fourth "
                "kind. The footnotes say which; the whole list is in ",
                (Ref(join("numbers and their sources"), NUMBERS),),
                ".",
            )
        )
    ]
    if rows:
        head = ("assumed", "id", "reason", "what settles it")
        blocks.append(Table(head=tuple(join(h) for h in head), rows=rows))
    return Section(
        heading=join("Numbers and Their Sources"),
        id="numbers-and-their-sources",
        blocks=tuple(blocks),
    )


def _assumed(words: Words, number_id: str) -> tuple[Inlines, ...]:
    number = words.plan.numbers[number_id]
    if not isinstance(number, Assumption):
        raise TypeError(number_id)
    return (
        words.number(number_id),
        code(number_id),
        named(number.reason),
        named(number.settled_by),
    )


def document(words: Words) -> Document:
    """Every number of the plan, by kind."""
    plan = words.plan
    kinds = (
        ("fact", "Facts", "Published, given by the brief, or measured."),
        ("estimate", "Estimates", "Computed by a named formula, within an interval."),
        ("assumption", "Assumptions", "Defaults, each with what would settle it."),
    )
    sections = []
    for kind, heading, says in kinds:
        ids = [i for i, n in plan.numbers.items() if n.kind == kind]
        if not ids:
            continue
        rows = tuple(
            (code(i), words.number(i), named(words.origins[i].sentence), _used(plan, i))
            for i in ids
        )
        head = ("id", "figure", "where it comes from", "replaced by")
        sections.append(
            Section(
                heading=join(heading),
                id=heading.lower(),
                blocks=(
                    Paragraph(join(says)),
                    Table(head=tuple(join(h) for h in head), rows=rows),
                ),
            )
        )
    return Document(path=NUMBERS, title=join("Numbers and their sources"), sections=tuple(sections))


def _used(plan: Plan, number_id: str) -> Inlines:
    number = plan.numbers[number_id]
    if isinstance(number, Estimate):
        return code(number.measure) if number.measure else join("–")
    if isinstance(number, Assumption):
        return named(number.settled_by)
    return join("–")
