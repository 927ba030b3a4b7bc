"""What is measured and what wakes somebody: the section, and a page with every detail."""

from __future__ import annotations

from aegis.plan.types import LIVE, Objective, Plan
from aegis.render.documents import voice
from aegis.render.documents.tree import (
    Block,
    Document,
    Inlines,
    Paragraph,
    Ref,
    Section,
    Table,
)
from aegis.render.documents.words import Words, bold, capital, code, join, listed, named

PATH = "observability"
_MEASURED = {
    "requests": "every request",
    "samples": "judged samples",
    "feedback": "what users say",
    "probe": "a probe from outside",
    "job": "every run",
}


def observability(words: Words) -> tuple[Section, ...]:
    """Objectives, alerts, windows, and what does not apply."""
    plan = words.plan
    return (
        Section(
            heading=join("Observability Requirements"),
            id="observability-requirements",
            applies_to=LIVE,
            blocks=(
                Paragraph(join(voice.OBSERVABILITY[voice.nature(plan)])),
                objectives(words),
            ),
        ),
        Section(
            heading=join("Alerts"),
            id="alerts",
            level=3,
            applies_to=LIVE,
            blocks=(alerts(words), *_windows(words)),
        ),
        *_absent(words, "Not measured, and why"),
    )


def objectives(words: Words) -> Table:
    rows = tuple(
        (
            join(bold(named(o.name)), " ", code(o.id)),
            words.cell(o.sli),
            _objective(words, o),
            words.number(o.window_days),
            join(code(o.metric), ", from ", code(o.emitted_by)),
            _alerts_of(words.plan, o),
        )
        for o in words.plan.objectives
    )
    head = ("objective", "SLI: good events over valid events", "SLO", "window", "metric", "alerts")
    return Table(head=tuple(join(h) for h in head), rows=rows)


def _objective(words: Words, objective: Objective) -> Inlines:
    share = words.number(objective.target)
    if objective.threshold:
        return join(share, " within ", words.number(objective.threshold))
    return share


def _alerts_of(plan: Plan, objective: Objective) -> Inlines:
    found = [
        (Ref(code(a.id), f"runbooks/{a.runbook}"),)
        for a in plan.alerts
        if a.objective == objective.id
    ]
    return listed(found) if found else join("none: read in the weekly review")


def alerts(words: Words) -> Table:
    rows = tuple(
        (
            join(code(a.id), ": ", named(a.name)),
            bold(a.severity),
            words.cell(a.condition),
            code(a.metric),
            join(
                words.sentence(a.first_step), " ", (Ref(join("Runbook"), f"runbooks/{a.runbook}"),)
            ),
        )
        for a in words.plan.alerts
    )
    head = ("alert", "severity", "fires when", "metric", "first step")
    return Table(head=tuple(join(h) for h in head), rows=rows)


def _windows(words: Words) -> tuple[Block, ...]:
    numbers = words.plan.numbers
    rows = []
    for window in words.plan.burn_windows:
        budget, length = f"burn.{window.name}.budget", f"burn.{window.name}.window"
        if budget in numbers and length in numbers:
            rows.append(
                (
                    bold(named(window.name)),
                    join(window.severity),
                    words.number(budget),
                    words.number(length),
                )
            )
    if not rows:
        return ()
    head = ("window", "severity", "budget spent", "within")
    return (
        Paragraph(
            join(
                "Burn-rate alerts look through a long and a short window at once: the long one "
                "says that it matters, the short one that it is still going on."
            )
        ),
        Table(head=tuple(join(h) for h in head), rows=tuple(rows)),
    )


def _absent(words: Words, heading: str) -> tuple[Section, ...]:
    absent = words.plan.not_applicable
    if not absent:
        return ()
    rows = tuple((bold(named(n.kind.value)), words.cell(n.reason)) for n in absent)
    return (
        Section(
            heading=join(heading),
            id="not-measured-and-why",
            level=3,
            applies_to=LIVE,
            blocks=(Table(head=(join("quality"), join("reason")), rows=rows),),
        ),
    )


def document(words: Words) -> Document:
    """What each objective rests on, and what happens when its budget is spent."""
    plan = words.plan
    policies = tuple(
        (
            bold(named(o.name)),
            join(_MEASURED[o.measured_by]),
            code(o.metric),
            words.cell(o.budget_policy),
        )
        for o in plan.objectives
    )
    emitted = tuple(
        (named(c.name), code(c.id), listed([code(m) for m in c.emits]))
        for c in plan.components
        if c.emits
    )
    return Document(
        path=PATH,
        title=join("Observability"),
        intro=(Paragraph(capital(join(voice.OBSERVABILITY[voice.nature(plan)]))),),
        sections=(
            Section(
                heading=join("Objectives"), id="objectives", applies_to=LIVE,
                blocks=(objectives(words),),
            ),
            Section(
                heading=join("What happens when a budget is spent"),
                id="what-happens-when-a-budget-is-spent", applies_to=("production",),
                blocks=(Table(
                    head=(join("objective"), join("measured on"), join("metric"), join("policy")),
                    rows=policies,
                ),),
            ),
            Section(
                heading=join("Who exports what"), id="who-exports-what",
                blocks=(Table(
                    head=(join("component"), join("id"), join("metrics")), rows=emitted),),
            ),
            Section(
                heading=join("Alerts"), id="alerts", applies_to=LIVE,
                blocks=(alerts(words), *_windows(words)),
            ),
            *_absent(words, "Not measured, and why"),
        ),
    )  # fmt: skip
