"""The implementation roadmap: phases of tasks to tick off."""

from __future__ import annotations

from aegis.plan.types import Environment, Phase, Task
from aegis.render.documents import tree, voice
from aegis.render.documents.people import owner
from aegis.render.documents.tree import Checklist, Inlines, Paragraph, Section
from aegis.render.documents.words import (
    Words,
    bold,
    environments,
    join,
    listed,
    named,
    slug,
)


def roadmap(words: Words) -> tuple[Section, ...]:
    """One section a phase, after the sentence that says what orders them."""
    plan = words.plan
    titles = {t.id: words.text(t.title) for p in plan.roadmap for t in p.tasks}
    return (
        Section(
            heading=join("Implementation Roadmap"),
            id="implementation-roadmap",
            blocks=(
                Paragraph(join(voice.ROADMAP[voice.nature(plan)])),
                Paragraph(
                    join(
                        "Priorities: ",
                        bold(named("P0")),
                        " comes first, ",
                        bold(named("P1")),
                        " before wide use, ",
                        bold(named("P2")),
                        " when there is time. Every task has an owner on your side.",
                    )
                ),
            ),
        ),
        *(_phase(words, phase, titles) for phase in plan.roadmap),
    )


def _phase(words: Words, phase: Phase, titles: dict[str, Inlines]) -> Section:
    touched: set[Environment] = {e for t in phase.tasks for e in t.applies_to}
    return Section(
        heading=named(phase.name),
        id=slug(phase.name),
        level=3,
        applies_to=tuple(touched),
        blocks=(
            Paragraph(words.sentence(phase.goal)),
            Checklist(items=tuple(_task(words, t, titles) for t in phase.tasks)),
        ),
    )


def _task(words: Words, task: Task, titles: dict[str, Inlines]) -> tree.Task:
    facts = join(
        bold(named(task.priority)),
        ", owner: ",
        owner(words.plan, task.owner),
        f", applies to {environments(task.applies_to)}",
        ", **blocks production**" if task.blocks_production else "",
    )
    waits = [titles[d] for d in task.depends_on if d in titles]
    after = (join("After: ", listed([join("«", t, "»") for t in waits])),) if waits else ()
    return tree.Task(
        title=bold(words.cell(task.title)),
        details=(
            facts,
            *after,
            join("Done when: ", words.text(task.done_when)),
            join("Why: ", words.text(task.why)),
        ),
    )
