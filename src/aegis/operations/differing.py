"""What moved between two plans, in words."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Finding
from aegis.base.number import Assumption, Estimate, Fact, Number, show
from aegis.base.say import say
from aegis.operations.results import Change, DiffResult
from aegis.plan.types import Decision, Plan
from aegis.review.plans.judge import judge_brief, judge_plan


def diff_plans(old: Plan, new: Plan) -> DiffResult:
    """Decisions first, then statuses, findings, numbers and questions; each with its reason."""
    changes = [
        *_inputs(old, new),
        *_decisions(old, new),
        *_statuses(old, new),
        *_findings(old, new),
        *_numbers(old, new),
        *_questions(old, new),
    ]
    return DiffResult(same=old.id == new.id, changes=tuple(changes))


def _inputs(old: Plan, new: Plan) -> Iterator[Change]:
    for field, what in (
        ("brief_sha256", "the brief"),
        ("catalog_sha256", "the catalog"),
        ("aegis_version", "Aegis itself"),
    ):
        before, after = getattr(old.inputs, field), getattr(new.inputs, field)
        if before != after:
            yield Change(
                kind="input",
                what=what,
                before=before[:12],
                after=after[:12],
                why="an input of the plan changed",
            )


def _decisions(old: Plan, new: Plan) -> Iterator[Change]:
    before = {d.id: d for d in old.decisions}
    after = {d.id: d for d in new.decisions}
    for key in [*before, *(k for k in after if k not in before)]:
        was, now = before.get(key), after.get(key)
        if was is None and now is not None:
            yield Change(
                kind="decision",
                what=key,
                before="",
                after=_choice(now, new),
                why=_because(now, new),
            )
        elif now is None and was is not None:
            yield Change(
                kind="decision",
                what=key,
                before=_choice(was, old),
                after="",
                why="the question no longer arises",
            )
        elif was and now and was.chosen != now.chosen:
            lost = next((o for o in now.options if o.id == was.chosen), None)
            why = _because(now, new)
            if lost is not None:
                why = f"{_choice(was, old)} is out: {say(lost.because, new.numbers)}"
            yield Change(
                kind="decision",
                what=key,
                before=_choice(was, old),
                after=_choice(now, new),
                why=why,
            )


def _choice(decision: Decision, plan: Plan) -> str:
    del plan
    return " + ".join(o.name for o in decision.winners)


def _because(decision: Decision, plan: Plan) -> str:
    return say(decision.reasons[0], plan.numbers)


def _statuses(old: Plan, new: Plan) -> Iterator[Change]:
    for field in ("complete", "admissible", "promotable"):
        was, now = getattr(old, field), getattr(new, field)
        if was.holds != now.holds:
            reasons = now.because or was.because
            yield Change(
                kind="status",
                what=field,
                before="yes" if was.holds else "no",
                after="yes" if now.holds else "no",
                why="; ".join(say(r, new.numbers if now.because else old.numbers) for r in reasons),
            )


def _findings(old: Plan, new: Plan) -> Iterator[Change]:
    """What the rules say of one plan and not of the other; a change of words alone is none."""
    before, after = _judged(old), _judged(new)
    for key, finding in {**before, **after}.items():
        if (key in before) != (key in after):
            yield Change(
                kind="finding",
                what=f"{finding.code} {finding.name}",
                before=finding.message if key in before else "",
                after=finding.message if key in after else "",
                why="" if key in before else finding.mend,
            )


def _judged(plan: Plan) -> dict[tuple[str, str], Finding]:
    found = (*judge_brief(plan.brief), *judge_plan(plan))
    return {(finding.code, finding.where): finding for finding in found}


def _numbers(old: Plan, new: Plan) -> Iterator[Change]:
    for key in sorted({*old.numbers, *new.numbers}):
        was, now = old.numbers.get(key), new.numbers.get(key)
        if was == now:
            continue
        yield Change(
            kind="number",
            what=key,
            before=show(was) if was else "",
            after=show(now) if now else "",
            why=_moved(old, new, now or was),
        )


def _moved(old: Plan, new: Plan, number: Number | None) -> str:
    match number:
        case Estimate(inputs=inputs):
            moved = [i for i in inputs if old.numbers.get(i) != new.numbers.get(i)]
            return f"follows from {', '.join(moved)}" if moved else "another choice or formula"
        case Fact(source=source):
            return (
                f"given by the brief at {source.path}"
                if hasattr(source, "path")
                else "another fact of the catalog"
            )
        case Assumption(reason=reason):
            return f"assumed: {reason}"
        case _:
            return ""


def _questions(old: Plan, new: Plan) -> Iterator[Change]:
    before, after = {q.id: q for q in old.questions}, {q.id: q for q in new.questions}
    for key in before:
        if key not in after:
            yield Change(kind="question", what=key, before="open", after="answered or outranked")
    for key, question in after.items():
        if key not in before:
            yield Change(
                kind="question",
                what=key,
                before="",
                after="open",
                why=say(question.asks, new.numbers),
            )
