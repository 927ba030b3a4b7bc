"""Blocks that speak of the conversation itself: what was understood, assumed, refused."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.advisor.blocks import Answer, Block
from aegis.advisor.drafting import Draft, region_taken, stands_in
from aegis.advisor.intents import what_can_be_asked
from aegis.advisor.talk import Heard
from aegis.base.prose import name
from aegis.operations.results import PlanResult


def secret_warning(heard: Heard) -> Block | None:
    """What to do about a credential that was pasted; it is not repeated."""
    if not heard.secrets:
        return None
    return Block(
        kind="secret_warning",
        title="That was a secret",
        lead="What you sent looks like a credential. It was not kept, shown or used.",
        items=(
            "**Rotate it now**: it has left the place where it was safe.",
            "Put the new one into a store and refer to it by name: the plan's `secrets` decision names one.",
        ),
    )  # fmt: skip


def understood(heard: Heard) -> Block | None:
    """What was read out of the words, so that a misreading is seen at once."""
    items = [
        f"`{s.field}` = `{shown(s.value)}`, from «{name(s.words)}»{f' ({s.note})' if s.note else ''}"
        for s in heard.understood.stated
    ]
    items += [
        f"`{a.field}`: «{name(a.words)}» or «{name(b.words)}»? Neither is taken until you say which."
        for a, b in heard.understood.unsure
    ]
    return Block(kind="understood", title="Understood", items=tuple(items)) if items else None


def shown(value: object) -> str:
    """A value of a brief as a person would write it."""
    if isinstance(value, list):
        return ", ".join(shown(v) for v in value)
    if isinstance(value, dict):
        return " ".join(str(v) for v in value.values())
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def also_assumed(draft: Draft) -> Iterator[str]:
    """Assumptions of the conversation, beside those of the plan."""
    replacement = stands_in(draft)
    if replacement:
        yield f"You named a size and no model: {name(replacement)} is sized in its place until you name yours."
    if region := region_taken(draft):
        yield f"No region was named: {name(region)} is taken for prices until you name yours; residency is open."
    if currency := draft.stated.get("budget.other_currency"):
        yield f"Your budget «{name(currency.words)}» is kept as you said it; prices are in USD, and nothing is converted."
    if draft.value("objectives.latency_p50_ms"):
        yield "You named a median; objectives of a plan are on the p95, so it is noted and not planned for."
    if draft.value("evaluation") == "yes":
        yield "You have labelled examples; the gate needs their path, metric and threshold to open production."
    chip = draft.stated.get("placement.accelerators.0.id")
    if chip is not None and draft.value("placement.accelerators.0.count") is None:
        yield f"You named «{name(chip.words)}» without a count, so the accelerator stays the planner's choice."


def refused(result: PlanResult | None, heard: Heard) -> Answer:
    """There is no plan for this, and why; the draft stays as it was."""
    findings = result.findings if result else ()
    items = tuple(
        f"`{f.code}` `{_plain(f.message)}`{f': `{_plain(f.mend)}`' if f.mend else ''}"
        for f in findings
    )
    lead = "Do not deploy this as it stands; the reasons follow, and the draft was left as it was before."
    verdict = Block(kind="verdict", title="Recommendation", lead=lead, items=items)
    heard_of = understood(heard)
    return Answer(intent="refuse", blocks=(verdict, *((heard_of,) if heard_of else ())))


def _plain(text: str) -> str:
    return " ".join(text.replace("`", "").split())


def help_with(heard: Heard, *, stands: bool = False) -> Answer:
    """What can be asked, the nearest first; with a plan that stands, that it does."""
    examples = what_can_be_asked()
    near = [i for i in heard.intents if i in examples]
    ordered = [*near, *(each for each in examples if each not in near)]
    items = tuple(f"`{examples[each]}`" for each in ordered[:12])
    asked = not heard.intents or "help" in heard.intents
    lead = (
        "I can answer these, and everything you state about the system changes the plan."
        if asked
        else "I am not sure what you ask. I can answer these."
    )
    kept = f" {_IN_FORCE}" if stands and "help" not in heard.intents else ""
    return one(
        "help", Block(kind="help", title="What can be asked", lead=f"{lead}{kept}", items=items)
    )


_IN_FORCE = "The plan stands as it was, with its review, evaluation gate, monitoring and way back."
"""Said once, in one line, where words changed nothing: so nobody believes that they did."""


def one(intent: str, block: Block) -> Answer:
    """An answer of a single block."""
    return Answer(intent=intent, blocks=(block,))
