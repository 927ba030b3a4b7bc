"""Lineage, environments, and requirements that may apply."""

from __future__ import annotations

from aegis.plan.types import LIVE, Plan, Requirement
from aegis.render.documents.people import owner
from aegis.render.documents.tree import (
    Block,
    Callout,
    Inlines,
    Paragraph,
    Section,
    Table,
)
from aegis.render.documents.words import Words, bold, capital, code, join, listed, named, slug

_STATUS = {
    "pinned": "pinned",
    "to pin": "**to pin**",
    "not applicable": "not applicable",
}


def lineage(words: Words) -> Section:
    """What has to be recorded so that one answer can be explained and made again."""
    plan = words.plan
    rows = tuple(
        (
            bold(i.what),
            words.cell(i.identity),
            join(_STATUS[i.status]),
            capital(owner(plan, i.owner)),
            words.cell(i.where),
        )
        for i in plan.lineage
    )
    inputs = plan.inputs
    digests = (
        (bold("brief"), code(f"sha256:{inputs.brief_sha256}")),
        (bold("catalog"), code(f"sha256:{inputs.catalog_sha256}")),
        (bold("Aegis"), code(inputs.aegis_version)),
        (bold("plan"), code(plan.id)),
    )
    head = ("what", "identity", "status", "owner", "where")
    return Section(
        heading=join("Data Lineage and Reproducibility"),
        id="data-lineage-and-reproducibility",
        blocks=(
            Paragraph(
                join(
                    "An answer can be explained later only if these identities stand in its record. "
                    "What is not pinned yet is marked, and stands on the roadmap."
                )
            ),
            Table(head=tuple(join(h) for h in head), rows=rows),
            Paragraph(words.sentence(plan.continuous_training)),
            Paragraph(
                join("This plan itself can be made again: same brief, same catalog, same bytes.")
            ),
            Table(head=(join("input"), join("digest")), rows=digests),
        ),
    )


def environments(words: Words) -> Section:
    """How development, staging and production differ."""
    rows = tuple(
        (
            bold(s.environment),
            words.cell(s.purpose),
            words.cell(s.data),
            words.cell(s.access),
            words.cell(s.capacity),
            words.cell(s.change),
        )
        for s in words.plan.stages
    )
    head = ("environment", "what it is for", "data", "access", "capacity", "how it changes")
    kept = next((d for d in words.plan.decisions if d.id == "environments"), None)
    lead: tuple[Block, ...] = (Paragraph(words.sentence(kept.title)),) if kept else ()
    return Section(
        heading=join("Environments"),
        id="environments",
        blocks=(*lead, Table(head=tuple(join(h) for h in head), rows=rows)),
    )


def requirements(words: Words) -> tuple[Section, ...]:
    """Articles and criteria that may apply; never a sign-off."""
    plan = words.plan
    found = [
        Section(
            heading=join("Requirements That May Apply"),
            id="requirements-that-may-apply",
            blocks=(_no_sign_off(plan),),
        )
    ]
    for regulation in dict.fromkeys(r.regulation for r in plan.requirements):
        items = [r for r in plan.requirements if r.regulation == regulation]
        found.append(
            Section(
                heading=named(items[0].name),
                id=slug(items[0].name),
                level=3,
                applies_to=LIVE,
                blocks=(
                    Paragraph(join(bold("Involve "), named(items[0].specialist), ".")),
                    _articles(words, items),
                ),
            )
        )
    return tuple(found)


def _no_sign_off(plan: Plan) -> Callout:
    text = (
        "This names what may apply and which part of the plan speaks to it. Whether it applies, and "
        "whether that is enough, only the specialist named in each part can say."
        if plan.requirements
        else "Nothing in the brief points to a law or framework in the catalog. Tell the brief where "
        "your users are and what the data is, and let a specialist confirm that the list is empty."
    )
    return Callout(tone="note", title="No sign-off", blocks=(Paragraph(join(text)),))


def _articles(words: Words, items: list[Requirement]) -> Table:
    rows = tuple(
        (
            named(r.article),
            words.cell(r.asks),
            _evidence(r),
            words.cell(r.open),
        )
        for r in items
    )
    head = ("article", "asks", "this plan speaks to it in", "open")
    return Table(head=tuple(join(h) for h in head), rows=rows)


def _evidence(requirement: Requirement) -> Inlines:
    if not requirement.evidence:
        return join("nothing yet")
    return listed([named(e.replace("-", " ")) for e in requirement.evidence])
