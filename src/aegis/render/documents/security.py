"""Security controls, and the four checks of a system that writes text."""

from __future__ import annotations

from aegis.plan.types import LIVE, Control
from aegis.render.documents import voice
from aegis.render.documents.people import owner
from aegis.render.documents.tree import Bullets, Inlines, Paragraph, Section, Table
from aegis.render.documents.words import (
    Words,
    bold,
    capital,
    code,
    environments,
    join,
    named,
    separated,
)

_CHECKS = {
    "guardrails": "Guardrails",
    "rate-limiting": "Rate limiting",
    "prompt-logging": "Prompt and response logging",
    "evaluation-harness": "Evaluation harness",
}


def security(words: Words) -> Section:
    """Each control with its owner and the test that proves it."""
    plan = words.plan
    rows = tuple(
        (
            bold(words.cell(c.title)),
            _against(c),
            words.cell(c.what),
            capital(owner(plan, c.owner)),
            words.cell(c.test),
            join(environments(c.applies_to)),
        )
        for c in plan.controls
    )
    head = ("control", "against", "what it does", "owner", "test", "environments")
    secrets = next((d for d in plan.decisions if d.id == "secrets"), None)
    handling = (Paragraph(words.sentence(secrets.title)),) if secrets else ()
    return Section(
        heading=join("Security Controls"),
        id="security-controls",
        applies_to=LIVE,
        blocks=(
            Paragraph(join(voice.SECURITY[voice.nature(plan)])),
            *handling,
            Table(head=tuple(join(h) for h in head), rows=rows),
        ),
    )


def _against(control: Control) -> Inlines:
    refs = [named(r) for r in control.refs]
    threat = join(control.threat.replace("-", " "))
    return join(threat, " (", separated(refs), ")") if refs else threat


def llm_controls(words: Words) -> tuple[Section, ...]:
    """Guardrails, limits, records with privacy, evaluation; nothing where no text is written."""
    plan = words.plan
    if not plan.llm_controls:
        return ()
    rows = tuple(
        (
            bold(_CHECKS[c.id]),
            words.cell(c.what),
            words.cell(c.privacy),
            code(c.artifact),
            code(c.component),
        )
        for c in plan.llm_controls
    )
    head = ("check", "what it does", "privacy", "artifact", "component")
    prompts = Bullets(
        items=(
            join(
                "**Prompts are code**: versioned, reviewed, evaluated before release, and named by "
                "digest in every record."
            ),
            join(
                "**Nothing here is set once**: each rule is measured for what it blocks wrongly, and "
                "the set of examples grows with incidents."
            ),
        )
    )
    return (
        Section(
            heading=join("LLM Controls"),
            id="llm-controls",
            applies_to=LIVE,
            blocks=(Table(head=tuple(join(h) for h in head), rows=rows), prompts),
        ),
    )
