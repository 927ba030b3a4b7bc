"""What may be done with a plan: complete, admissible, promotable; each no with its reasons."""

from __future__ import annotations

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
    if brief.reviews.security.status != "done" and case.high_impact:
        missing.append("the security review is not done (`reviews.security`)")
    if case.high_impact:
        if brief.reviews.compliance.status != "done":
            missing.append("the compliance assessment is not done (`reviews.compliance`)")
        if brief.reviews.red_team.status != "done":
            missing.append("red-teaming is not done (`reviews.red_team`)")
    if brief.model is None:
        missing.append("no model is named (`model`)")
    elif not (brief.model.digest or brief.model.revision):
        missing.append("the model is not pinned to an immutable revision (`model.revision`)")
    if case.is_llm and brief.prompts.versioned is False:
        missing.append("prompts are not under version control (`prompts.versioned`)")
    return Status(holds=not missing, because=tuple(missing))
