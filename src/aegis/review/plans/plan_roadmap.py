"""Plans whose roadmap cannot be walked, ends at the launch, or goes around the reviews."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.plan.types import PRODUCTION, Plan, Task
from aegis.review.rule import Hit, rule

REVIEWS = {
    "security-review": "the security review",
    "compliance-assessment": "the compliance assessment",
    "red-team": "red-teaming",
}


def _tasks(plan: Plan) -> dict[str, Task]:
    return {task.id: task for phase in plan.roadmap for task in phase.tasks}


@rule("AEG157", checks=Plan, severity=Severity.CRITICAL, hard=True)
def reviews_not_on_the_way(plan: Plan) -> Iterator[Hit]:
    """High impact, and a review is not on the way to production.

    Security review, compliance assessment and red-teaming are tasks of the roadmap, with owners,
    in a phase before the first task in production.
    """
    if not plan.brief.high_impact:
        return
    before: set[str] = set()
    for phase in plan.roadmap:
        if any(task.applies_to == PRODUCTION for task in phase.tasks):
            break
        before |= {task.id for task in phase.tasks}
    for task, what in REVIEWS.items():
        if task not in before:
            yield Hit("plan.roadmap", f"{what} does not stand before production",
                      mend=f"a task `{task}` with an owner, in an earlier phase")  # fmt: skip


@rule("AEG167", checks=Plan, severity=Severity.HIGH)
def roadmap_that_cannot_be_walked(plan: Plan) -> Iterator[Hit]:
    """Roadmap that cannot be walked.

    Tasks wait for tasks that exist, and nothing waits for itself. Each says when it is done.
    """
    tasks = _tasks(plan)
    if not tasks:
        yield Hit("plan.roadmap", "there is no roadmap")
    if len(tasks) < sum(len(phase.tasks) for phase in plan.roadmap):
        yield Hit("plan.roadmap", "two tasks have the same name")
    for task in tasks.values():
        for other in task.depends_on:
            if other not in tasks:
                yield Hit(
                    f"plan.roadmap.{task.id}", f"it waits for `{other}`, which does not exist"
                )
        if not task.done_when.strip():
            yield Hit(f"plan.roadmap.{task.id}", "nobody can tell when it is done")
    if circle := _circle(tasks):
        yield Hit("plan.roadmap", f"these wait for each other: {', '.join(circle)}")


def _circle(tasks: dict[str, Task]) -> list[str]:
    """Tasks that can never start because they wait for each other; empty when there are none."""
    waiting = {t.id: {d for d in t.depends_on if d in tasks} for t in tasks.values()}
    while ready := [task for task, others in waiting.items() if not others]:
        for task in ready:
            del waiting[task]
        for others in waiting.values():
            others.difference_update(ready)
    return sorted(waiting)


@rule("AEG172", checks=Plan, severity=Severity.HIGH)
def nothing_after_the_launch(plan: Plan) -> Iterator[Hit]:
    """Nothing planned after the launch.

    A deployment is a commitment, not an event: reviews of objectives and drift, drills, a
    hand-over and the criteria of its end are tasks with owners in a phase of their own.
    """
    opened = next(
        (
            i
            for i, phase in enumerate(plan.roadmap)
            if any(task.applies_to == PRODUCTION for task in phase.tasks)
        ),
        None,
    )
    if opened is None or opened == len(plan.roadmap) - 1:
        yield Hit("plan.roadmap", "no phase follows the opening of production")
