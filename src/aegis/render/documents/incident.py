"""Incident response: the section, the playbook and a runbook for every alert."""

from __future__ import annotations

from aegis.plan.types import LIVE, Runbook
from aegis.render.documents import voice
from aegis.render.documents.people import owner
from aegis.render.documents.tree import (
    Bullets,
    CodeBlock,
    Document,
    Inlines,
    Paragraph,
    Ref,
    Section,
    Table,
)
from aegis.render.documents.words import (
    Words,
    bold,
    capital,
    code,
    flat,
    join,
    listed,
    named,
    slug,
)

PATH = "incident-playbook"


def incident(words: Words) -> Section:
    """Severities, roles, and where the playbook and the runbooks are."""
    plan = words.plan
    runbooks = tuple(
        (
            (Ref(words.cell(r.title), f"runbooks/{r.id}"),),
            listed([code(a.id) for a in plan.alerts if a.runbook == r.id]),
        )
        for r in plan.runbooks
    )
    return Section(
        heading=join("Incident Response"),
        id="incident-response",
        applies_to=LIVE,
        blocks=(
            Paragraph(join(voice.INCIDENT[voice.nature(plan)])),
            _severities(words),
            Paragraph(
                join(
                    "Roles, communication, evidence and what is particular to this kind of system: ",
                    (Ref(join("incident playbook"), PATH),),
                    ". What to do when a given alert rings:",
                )
            ),
            Table(head=(join("runbook"), join("rings for")), rows=runbooks),
        ),
    )


def _severities(words: Words) -> Table:
    rows = tuple((bold(named(n)), words.cell(t)) for n, t in words.plan.incident.severities)
    return Table(head=(join("severity"), join("means, and who is called")), rows=rows)


def playbook(words: Words) -> Document:
    """Who does what when it goes wrong, and what must not be lost."""
    plan = words.plan
    process = plan.incident
    roles = tuple((bold(named(n)), words.cell(t)) for n, t in process.roles)
    people = tuple((capital(owner(plan, role)),) for role in plan.brief.team.owners)
    return Document(
        path=PATH,
        title=join("Incident playbook"),
        intro=(Paragraph(join(voice.INCIDENT[voice.nature(plan)])),),
        sections=(
            _section("Severity", (_severities(words),)),
            _section(
                "Roles",
                (
                    Table(head=(join("role"), join("does")), rows=roles),
                    *((Table(head=(join("named by the brief"),), rows=people),) if people else ()),
                ),
            ),
            _section("Communication", (_bullets(words, process.communication),)),
            _section("Evidence to preserve", (_bullets(words, process.evidence),)),
            *(
                Section(
                    heading=words.cell(title),
                    id=slug(flat(words.cell(title))),
                    applies_to=LIVE,
                    blocks=(_steps(words, steps),),
                )
                for title, steps in process.branches
            ),
        ),
    )


def _section(heading: str, blocks: tuple[Table | Bullets, ...]) -> Section:
    return Section(heading=join(heading), id=slug(heading), applies_to=LIVE, blocks=blocks)


def _bullets(words: Words, items: tuple[str, ...]) -> Bullets:
    return Bullets(items=tuple(words.sentence(i) for i in items))


def _steps(words: Words, items: tuple[str, ...]) -> Bullets:
    return Bullets(items=tuple(words.sentence(i) for i in items), ordered=True)


def runbooks(words: Words) -> tuple[Document, ...]:
    return tuple(_runbook(words, r) for r in words.plan.runbooks)


def _runbook(words: Words, runbook: Runbook) -> Document:
    rings: list[Inlines] = [code(a.id) for a in words.plan.alerts if a.runbook == runbook.id]
    commands = (
        (
            Section(
                heading=join("Commands"),
                id="commands",
                applies_to=("production",),
                blocks=(CodeBlock(text="\n".join(runbook.commands)),),
            ),
        )
        if runbook.commands
        else ()
    )
    intro = (Paragraph(join("Rings for ", listed(rings), ".")),) if rings else ()
    return Document(
        path=f"runbooks/{runbook.id}",
        title=words.cell(runbook.title),
        family="runbook",
        intro=intro,
        sections=(
            _section("Detect", (_bullets(words, runbook.detect),)),
            _section("Diagnose", (_steps(words, runbook.diagnose),)),
            _section("Mitigate", (_steps(words, runbook.mitigate),)),
            _section("Verify", (_bullets(words, runbook.verify),)),
            *commands,
        ),
    )
