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
    sentences = [ended(join(bold(named(plan.service)), ": ", named(plan.purpose)))]
    if not plan.admissible.holds:
        sentences.append(_refused(words))
    sentences += [_carriers(words), _need(words), _price(words), _release(words)]
    if plan.admissible.holds:
        sentences.append(_standing(words))
    return Section(
        heading=join("Summary"),
        id="summary",
        blocks=(Paragraph(separated(sentences, " ")),),
    )


def _winner(plan: Plan, decision_id: str) -> Inlines:
    decision = next((d for d in plan.decisions if d.id == decision_id), None)
    return listed([named(o.name) for o in decision.winners]) if decision else ()


def _carriers(words: Words) -> Inlines:
    """What runs it, in the words of the shape it has."""
    plan = words.plan
    engine, door = _winner(plan, "engine"), _winner(plan, "gateway")
    reason = words.sentence(plan.decision("run-where").reasons[0])
    match plan.capacity.shape:
        case "managed":
            return join("The model is bought as an API, and ", door, " stays yours. ", reason)
        case "job":
            return join("It runs as ", _winner(plan, "run-where"), _with(engine), ". ", reason)
        case "device":
            runtime = _winner(plan, "edge-runtime")
            return join("It runs inside the device", _with(runtime), ". ", reason)
        case _:
            place = _winner(plan, "run-where")
            front = join(", with ", door, " in front") if door else ()
            return join("It runs on ", engine, " in ", place, front, ". ", reason)


def _with(part: Inlines) -> Inlines:
    return join(", with ", part) if part else ()


def _need(words: Words) -> Inlines:
    plan = words.plan
    sized, binding = plan.capacity.numbers, plan.capacity.binding
    if "replicas" in sized and "traffic.peak" in plan.numbers:
        return join(
            "The peak of ", words.number("traffic.peak"), " needs ",
            words.number(sized["replicas"]), "; what runs out first is ",
            ended(words.text(binding)),
        )  # fmt: skip
    if plan.capacity.shape in {"device", "managed"}:
        return words.sentence(f"What limits it is {binding}")
    known = binding.removeprefix("unknown: ")
    return words.sentence(f"Capacity is open: {known}" if known != binding else binding)


def _price(words: Words) -> Inlines:
    cost = words.plan.cost
    if cost.total:
        return join(
            "The estimate is ", words.number(cost.total),
            "; the part on cost says what it leaves out.",
        )  # fmt: skip
    return words.sentence(f"On cost: {cost.unpriced or 'no price is known'}")


def _release(words: Words) -> Inlines:
    release = words.plan.release
    before, after = voice.SUMMARY_RELEASE[release.strategy].split("BACK")
    return join(before, "within ", words.number(release.way_back_minutes), after)


def _refused(words: Words) -> Inlines:
    reasons = words.sentences(words.plan.admissible.because)
    return join(
        "It is refused as it stands. ", reasons, " What follows holds once that is settled."
    )


def _standing(words: Words) -> Inlines:
    plan = words.plan
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
