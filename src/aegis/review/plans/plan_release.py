"""Plans whose release could not go back, or opens production on hope."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.brief.schema import LLM_KINDS
from aegis.plan.types import Plan
from aegis.review.rule import Hit, rule


@rule("AEG153", checks=Plan, severity=Severity.CRITICAL, hard=True)
def release_that_cannot_go_back(plan: Plan) -> Iterator[Hit]:
    """Release that does not go back by itself.

    Every step is judged, and at least one check sends the release back without a person. Missing
    data holds it; silence never promotes.
    """
    release = plan.release
    checks = {check.id: check for check in release.checks}
    if release.automatic is not True:
        yield Hit("plan.release.automatic", "the way back waits for a person")
    if not release.way_back.strip():
        yield Hit("plan.release.way_back", "nothing says how the old version returns")
    if not any(check.on_breach == "roll back" for check in release.checks):
        yield Hit("plan.release.checks", "no check sends the release back")
    for check in release.checks:
        if check.no_data != "hold":
            yield Hit(f"plan.release.checks.{check.id}", "missing data does not hold the release")
    for i, step in enumerate(release.steps):
        if not step.analysis or not set(step.analysis) <= set(checks):
            yield Hit(f"plan.release.steps.{i}", "nothing that exists judges this step")


@rule("AEG154", checks=Plan, severity=Severity.CRITICAL, hard=True)
def release_in_one_step(plan: Plan) -> Iterator[Hit]:
    """Everyone meets the new version first.

    A release has at least two steps, each larger than the one before, and the first is not
    everyone.
    """
    weights = [plan.numbers[step.weight].value for step in plan.release.steps
               if step.weight in plan.numbers]  # fmt: skip
    if len(weights) < 2 or weights[0] >= 100:
        yield Hit("plan.release.steps", "the first step is everyone")
    elif any(later <= earlier for earlier, later in itertools.pairwise(weights)):
        yield Hit("plan.release.steps", "a later step is not larger than the one before it")


@rule("AEG155", checks=Plan, severity=Severity.CRITICAL, hard=True)
def production_without_a_gate(plan: Plan) -> Iterator[Hit]:
    """Production opens without an evaluation gate.

    A gate has a data set, a metric and a threshold, and stands before the first step. Without one
    a release is judged by its users.
    """
    if not plan.promotable.holds:
        return
    if not plan.brief.evaluation:
        yield Hit("plan.promotable", "production may open, and no evaluation data set exists")
    elif not plan.release.gates:
        yield Hit(
            "plan.release.gates", "production may open, and no evaluation gate stands before it"
        )


@rule("AEG156", checks=Plan, severity=Severity.CRITICAL, hard=True)
def production_without_evidence(plan: Plan) -> Iterator[Hit]:
    """Production opens while evidence is missing.

    Reviews of a high-impact system, a pinned model, versioned prompts and a staging environment
    are what production waits for, whatever the plan says.
    """
    if not plan.promotable.holds:
        return
    brief = plan.brief
    missing = []
    if brief.high_impact:
        reviews = (("security review", brief.reviews.security),
                   ("compliance assessment", brief.reviews.compliance),
                   ("red-teaming", brief.reviews.red_team))  # fmt: skip
        missing += [name for name, review in reviews if review.status != "done"]
    if brief.model is None:
        missing.append("a model")
    elif not (brief.model.digest or brief.model.revision):
        missing.append("a pinned model")
    if not brief.environments.staging:
        missing.append("a staging environment")
    if brief.workload.kind in LLM_KINDS and brief.prompts.versioned is False:
        missing.append("versioned prompts")
    if missing:
        yield Hit("plan.promotable", f"production may open without: {', '.join(missing)}")


@rule("AEG158", checks=Plan, severity=Severity.HIGH)
def nothing_instead_of_an_error(plan: Plan) -> Iterator[Hit]:
    """No ladder of degradation.

    When the model is slow or gone, users get something smaller and honest instead of an error: a
    shed request, a smaller model, an older result, a plain sentence.
    """
    parts = {component.id for component in plan.components}
    if not plan.degradation:
        yield Hit("plan.degradation", "nothing happens instead of an error")
    for rung in plan.degradation:
        if rung.component not in parts:
            yield Hit(f"plan.degradation.{rung.order}", f"there is no component `{rung.component}`")


@rule("AEG148", checks=Plan, severity=Severity.MEDIUM)
def status_that_contradicts(plan: Plan) -> Iterator[Hit]:
    """Status that the plan contradicts.

    A plan with open questions is not complete, and a status that does not hold says why.
    """
    if plan.complete.holds == bool(plan.questions):
        yield Hit("plan.complete", f"complete is {plan.complete.holds}, "
                  f"and {'questions are' if plan.questions else 'no question is'} open")  # fmt: skip
    for name in ("complete", "admissible", "promotable"):
        status = getattr(plan, name)
        if not status.holds and not status.because:
            yield Hit(f"plan.{name}", "it does not hold, and nothing says why")
