"""Plans whose choices cannot be followed: no alternative, no drawback, no effect later."""

from __future__ import annotations

import typing
from collections.abc import Iterator

from pydantic import BaseModel

from aegis.base.finding import Severity
from aegis.brief.schema import Brief
from aegis.plan.types import Decision, Plan
from aegis.review.rule import Hit, rule

MAX_QUESTIONS = 3


@rule("AEG168", checks=Plan, severity=Severity.HIGH)
def choice_without_an_honest_word(plan: Plan) -> Iterator[Hit]:
    """Choice without an honest word on both sides.

    Every decision names an alternative with its advantage, and the winner with its drawback. A
    table in which one column has only good news is an advertisement.
    """
    if not plan.decisions:
        yield Hit("plan.decisions", "the plan decides nothing")
    for decision in plan.decisions:
        yield from _honest(decision)


def _honest(decision: Decision) -> Iterator[Hit]:
    place = f"plan.decisions.{decision.id}"
    if not decision.alternatives:
        yield Hit(place, "no alternative was considered")
    if not decision.winners:
        yield Hit(place, "no option is the chosen one")
    for option in decision.winners:
        if not option.drawback.strip():
            yield Hit(f"{place}.options.{option.id}", "the chosen option has no drawback")
    for option in decision.alternatives:
        if not option.advantage.strip() or not option.because.strip():
            yield Hit(f"{place}.options.{option.id}", "no advantage, or no reason why not")


@rule("AEG174", checks=Plan, severity=Severity.HIGH)
def effects_not_thought_through(plan: Plan) -> Iterator[Hit]:
    """Second-order effects left out.

    Cognitive load of the team, maintenance, lock-in and compliance drift: what a choice costs
    after the launch is said with the choice.
    """
    for decision in plan.decisions:
        for part in ("cognitive_load", "maintenance", "lock_in", "compliance_drift"):
            if not getattr(decision.second_order, part).strip():
                yield Hit(f"plan.decisions.{decision.id}.second_order", f"nothing on {part}")


@rule("AEG187", checks=Plan, severity=Severity.LOW)
def choice_for_nothing(plan: Plan) -> Iterator[Hit]:
    """Choice that improves nothing anybody could see.

    A recommendation makes the system more reliable, more understandable or more valuable, and
    names the metric that will show it and when to look again.
    """
    for decision in plan.decisions:
        if (
            not decision.improves
            or not decision.shown_by.strip()
            or not decision.revisit_when.strip()
        ):
            yield Hit(
                f"plan.decisions.{decision.id}", "it does not say what improves and what shows it"
            )


@rule("AEG175", checks=Plan, severity=Severity.HIGH)
def questions_that_miss(plan: Plan) -> Iterator[Hit]:
    """Question that decides nothing, or too many of them.

    At most three questions, each naming decisions that its answer moves and the field of the brief
    that answers it. A question that moves nothing costs the reader's patience.
    """
    if len(plan.questions) > MAX_QUESTIONS:
        yield Hit("plan.questions", f"{len(plan.questions)} questions; at most three")
    known = {decision.id for decision in plan.decisions}
    for question in plan.questions:
        place = f"plan.questions.{question.id}"
        if not set(question.decisions) & known or not set(question.decisions) <= known:
            yield Hit(place, "it names no decision that exists")
        if not _is_a_field(question.field):
            yield Hit(place, f"`{question.field}` is not a field of a brief")
        if not question.meanwhile.strip():
            yield Hit(place, "it does not say what is assumed meanwhile")


def _is_a_field(path: str) -> bool:
    model: type[BaseModel] | None = Brief
    for part in path.split("."):
        field = model.model_fields.get(part) if model else None
        if field is None:
            return False
        model = _model_inside(field.annotation)
    return True


def _model_inside(annotation: object) -> type[BaseModel] | None:
    """The model that `X | None` or `tuple[X, ...]` holds; None for a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_model_inside(argument) for argument in typing.get_args(annotation))
    return next((model for model in inside if model), None)


@rule("AEG184", checks=Plan, severity=Severity.HIGH)
def waiver_in_silence(plan: Plan) -> Iterator[Hit]:
    """Waiver that the plan keeps to itself.

    What was set aside stands in the plan and in the risk register, with owner, reason and end, and
    is marked as against advice.
    """
    listed = {(waiver.rule, waiver.until) for waiver in plan.waivers}
    for waiver in plan.brief.waivers:
        registered = any(
            risk.against_advice and waiver.rule.lower() in risk.id.lower() for risk in plan.risks
        )
        if (waiver.rule, waiver.until) not in listed or not registered:
            yield Hit(
                "plan.waivers", f"the waiver of {waiver.rule} is not in the plan and its risks"
            )
