"""Summary and recommended architecture."""

from __future__ import annotations

from collections.abc import Mapping

from aegis.plan.types import Plan
from aegis.render.documents import voice
from aegis.render.documents.capacity import capacity_blocks
from aegis.render.documents.tree import (
    Bullets,
    Diagram,
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
    ended,
    environments,
    join,
    listed,
    named,
    separated,
)

DECISION_PATHS = "adr"
# The decisions that carry the shape of the system, in the order in which one explains it.
_CARRYING = (
    "run-where", "serving-platform", "engine", "edge-runtime", "accelerator", "parallelism",
    "quantization", "gateway", "request-routing", "scaling",
)  # fmt: skip


def summary(words: Words) -> Section:
    """One paragraph: what it is, what carries it, what it needs, what stands in the way."""
    plan = words.plan
    sentences = [
        ended(join(bold(named(plan.service)), ": ", named(plan.purpose))),
        *_shape(words),
        *_need(words),
        _release(words),
        _standing(words),
    ]
    return Section(
        heading=join("Summary"),
        id="summary",
        blocks=(Paragraph(separated([s for s in sentences if s], " ")),),
    )


def _shape(words: Words) -> list[Inlines]:
    plan = words.plan
    where = plan.decision("run-where")
    first = words.sentence(f"{where.title}: {where.reasons[0]}")
    return [first]


def _need(words: Words) -> list[Inlines]:
    plan = words.plan
    sentences = [words.sentence(f"What runs out first is {plan.capacity.binding}")]
    if plan.cost.total:
        sentences.append(words.sentence(f"It costs {{{plan.cost.total}}}, within that interval"))
    return sentences


def _release(words: Words) -> Inlines:
    plan = words.plan
    back = f"{{{plan.release.way_back_minutes}:plain}}"
    return words.sentence(f"{plan.decision('release-strategy').title}, within {back} of a breach")


def _standing(words: Words) -> Inlines:
    plan = words.plan
    if not plan.admissible.holds:
        return join("A hard rule still stands against it; the table above says which.")
    if plan.promotable.holds:
        return join("The evidence that production asks for is there.")
    missing = [words.text(r.rstrip(".")) for r in plan.promotable.because]
    return ended(join("Production waits for this: ", separated(missing, "; ")))


def architecture(words: Words, figures: Mapping[str, str]) -> tuple[Section, ...]:
    """Prose, the drawing, the components, the capacity."""
    plan = words.plan
    return (
        Section(
            heading=join("Recommended Architecture"),
            id="recommended-architecture",
            blocks=(
                Paragraph(join(voice.ARCHITECTURE[voice.nature(plan)])),
                diagram(plan),
            ),
        ),
        Section(
            heading=join("What carries it"),
            id="what-carries-it",
            level=3,
            blocks=(_carrying(words),),
        ),
        Section(
            heading=join("Components"),
            id="components",
            level=3,
            blocks=(_components(words),),
        ),
        Section(
            heading=join("Capacity"),
            id="capacity",
            level=3,
            applies_to=("staging", "production"),
            blocks=capacity_blocks(words, figures),
        ),
    )


def diagram(plan: Plan) -> Diagram:
    return Diagram(
        title=f"Components of {plan.service} and what flows between them",
        components=plan.components,
        flows=plan.flows,
    )


def _carrying(words: Words) -> Bullets:
    plan = words.plan
    paths = decision_paths(plan)
    items = []
    for decision_id in _CARRYING:
        decision = next((d for d in plan.decisions if d.id == decision_id), None)
        if decision is None:
            continue
        title = (Ref(words.cell(decision.title), paths[decision.id]),)
        reasons = words.sentences(decision.reasons)
        items.append(join(ended(title), " ", reasons))
    return Bullets(items=tuple(items))


def decision_paths(plan: Plan) -> dict[str, str]:
    """Decision → path of its record."""
    return {
        d.id: f"{DECISION_PATHS}/{number:04d}-{d.id}"
        for number, d in enumerate(plan.decisions, start=1)
    }


def _components(words: Words) -> Table:
    plan = words.plan
    paths = decision_paths(plan)
    rows = []
    for component in plan.components:
        because = [(Ref(code(d), paths[d]),) for d in component.because if d in paths]
        rows.append(
            (
                bold(named(component.name)),
                code(component.id),
                words.cell(component.does),
                join(environments(component.environments)),
                listed(because) if because else join("–"),
            )
        )
    head = ("component", "id", "what it does", "environments", "decided in")
    return Table(head=tuple(join(h) for h in head), rows=tuple(rows))
