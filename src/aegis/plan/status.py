"""What may be done with a plan: complete, admissible, promotable; each no with its reasons."""

from __future__ import annotations

from aegis.base.number import Estimate
from aegis.plan.case import Case
from aegis.plan.types import Question, Status


def complete(questions: tuple[Question, ...]) -> Status:
    """No question is open."""
    return Status(holds=not questions, because=tuple(f"open: {q.asks}" for q in questions))


def promotable(case: Case) -> Status:
    """The evidence that production needs is there: evaluation, reviews, people."""
    brief, missing = case.brief, []
    if not brief.evaluation:
        missing.append(
            "no evaluation set: nobody could tell whether answers are right (`evaluation`)"
        )
    if not brief.environments.staging:
        missing.append(
            "there is no staging environment to prove a release in (`environments.staging`)"
        )
    reviews = brief.reviews
    for field, what, review in (
        ("security", "the security review", reviews.security),
        ("compliance", "the compliance assessment", reviews.compliance),
        ("red_team", "red-teaming", reviews.red_team),
    ):
        if review.status == "skip":
            missing.append(f"the brief asks to skip {what}, which is refused (`reviews.{field}`)")
        elif review.status != "done" and case.high_impact:
            missing.append(f"{what} is not done (`reviews.{field}`)")
    missing += _wishes(case)
    capacity = case.capacity
    if (
        capacity
        and capacity.shape in {"accelerators", "instances"}
        and capacity.replicas == 0
        and brief.model
    ):
        missing.append("capacity is open: one replica has not been measured (`model.measurements`)")
    if "cost.month" in case.numbers and "budget.month" in case.numbers:
        estimate = case.numbers.all()["cost.month"]
        if isinstance(estimate, Estimate) and estimate.low > case.numbers.value("budget.month"):
            missing.append(
                "the estimate of {cost.month} does not fit the budget of {budget.month:plain} a month (`budget`)"
            )
    if brief.model is None:
        missing.append("no model is named (`model`)")
    elif not (brief.model.digest or brief.model.revision):
        missing.append("the model is not pinned to an immutable revision (`model.revision`)")
    if case.is_llm and brief.prompts.versioned is False:
        missing.append("prompts are not under version control (`prompts.versioned`)")
    return Status(holds=not missing, because=tuple(missing))


def _wishes(case: Case) -> list[str]:
    """What the brief asks for and cannot have."""
    wish, refused = case.brief.release, []
    if wish.strategy == "all-at-once":
        refused.append(
            "the brief asks to release to everyone at once, which is refused (`release.strategy`)"
        )
    if wish.rollback in {"none", "manual"}:
        refused.append(
            "the brief asks for no automated rollback, which is refused (`release.rollback`)"
        )
    if case.brief.monitoring.alerts is False:
        refused.append("the brief asks for no alerts, which is refused (`monitoring.alerts`)")
    return refused
