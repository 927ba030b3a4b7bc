"""The dossier itself: the recommendation first, then every part in its order."""

from __future__ import annotations

from collections.abc import Mapping

from aegis.plan.types import Plan, Status
from aegis.render.documents import (
    architecture,
    capacity,
    cost,
    evaluation,
    failures,
    governance,
    incident,
    observability,
    open_points,
    risks,
    roadmap,
    security,
    tradeoffs,
)
from aegis.render.documents.tree import (
    Block,
    Bullets,
    Callout,
    Document,
    Inlines,
    Paragraph,
    Ref,
    Table,
)
from aegis.render.documents.words import Words, bold, capital, ended, join, named, separated

PATH = "README"
_OPEN = "open: "


def documents(plan: Plan, figures: Mapping[str, str]) -> tuple[Document, ...]:
    """Every page, the dossier first."""
    words = Words(plan)
    return (
        dossier(words, figures),
        risks.executive(words),
        *tradeoffs.records(words),
        *incident.runbooks(words),
        incident.playbook(words),
        failures.document(words),
        capacity.document(words, figures),
        evaluation.document(words),
        observability.document(words),
        risks.register(words),
        open_points.document(words),
    )


def dossier(words: Words, figures: Mapping[str, str]) -> Document:
    """One page, in the order in which a reader needs it."""
    plan = words.plan
    return Document(
        path=PATH,
        title=join(named(plan.service), ": deployment dossier"),
        lead=(Paragraph(words.text(plan.verdict)),),
        intro=(*_refused(words), _standing(words), *_waivers(words), _pages()),
        family="dossier",
        sections=(
            architecture.summary(words),
            *architecture.architecture(words, figures),
            *roadmap.roadmap(words),
            *tradeoffs.trade_offs(words),
            *observability.observability(words),
            *failures.failures(words),
            security.security(words),
            cost.cost(words),
            governance.lineage(words),
            incident.incident(words),
            *security.llm_controls(words),
            governance.environments(words),
            *governance.requirements(words),
            *open_points.assumptions(words),
            *open_points.readiness(words),
            open_points.numbers(words),
        ),
    )


def _refused(words: Words) -> tuple[Block, ...]:
    status = words.plan.admissible
    if status.holds:
        return ()
    return (
        Callout(
            tone="stop",
            title="Refused by a hard rule; nothing may be applied",
            blocks=(Bullets(items=tuple(words.sentence(r) for r in status.because)),),
        ),
    )


def _standing(words: Words) -> Table:
    plan = words.plan
    claims = (
        ("Complete", plan.complete, "no question is open"),
        ("Admissible", plan.admissible, "no hard rule is broken"),
        (
            "Promotable to production",
            plan.promotable,
            "no open question, review or data set is against it; blocking tasks are proven on the way",
        ),
    )
    rows = tuple((bold(n), _answer(s), _because(words, s, good)) for n, s, good in claims)
    return Table(head=(join("may it be used"), join("answer"), join("because")), rows=rows)


def _answer(status: Status) -> Inlines:
    return join("**yes**" if status.holds else "**no**")


def _because(words: Words, status: Status, otherwise: str) -> Inlines:
    if not status.because:
        return ended(capital(join(otherwise)))
    first, *others = status.because
    rest = [r.removeprefix(_OPEN) if first.startswith(_OPEN) else r for r in others]
    return words.sentences((first, *rest))


def _waivers(words: Words) -> tuple[Block, ...]:
    waivers = words.plan.waivers
    if not waivers:
        return ()
    items = tuple(
        join(bold(named(w.rule)), ", by ", named(w.owner), " until ", named(w.until.isoformat()), ": ", named(w.reason))
        for w in waivers
    )  # fmt: skip
    return (
        Callout(
            tone="warning",
            title="Advisory rules set aside, against advice",
            blocks=(Bullets(items=items),),
        ),
    )


def _pages() -> Paragraph:
    pages: list[Inlines] = [
        (Ref(join(title), path),)
        for title, path in (
            ("executive summary", risks.EXECUTIVE),
            ("capacity model", capacity.PATH),
            ("evaluation plan", evaluation.PATH),
            ("observability", observability.PATH),
            ("failure modes", failures.PATH),
            ("incident playbook", incident.PATH),
            ("risk register", risks.REGISTER),
            ("numbers", open_points.NUMBERS),
        )
    ]
    return Paragraph(join("Beside this page: ", separated(pages, ", "), "."))
