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

_PERSONAL = frozenset({"gdpr", "uk-gdpr", "hipaa", "ccpa", "swiss-fadp"})
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
            Paragraph(words.sentences(plan.continuous_training.split(". ", 1))),
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
    if any(r.regulation in _PERSONAL for r in plan.requirements):
        found.append(_personal(words))
    return tuple(found)


def _personal(words: Words) -> Section:
    """Training data and inference logs are two uses of the same people's data."""
    plan = words.plan
    kept = (
        words.number("retention.days")
        if "retention.days" in plan.numbers
        else join("not yet decided")
    )
    consent = plan.brief.data.training_consent
    trains = bool(plan.brief.model and plan.brief.model.training.by_us)
    rows = (
        (
            bold("Purpose"),
            join("to train and to judge the model")
            if trains
            else join("to judge the model; nothing is trained here"),
            join("to answer, to explain an answer later, and to mend what went wrong"),
        ),
        (
            bold("Basis, to be confirmed by the specialist"),
            join("the brief says of consent for training: ", code(consent)),
            join("the contract with the person, or the interest that counsel has weighed"),
        ),
        (
            bold("Retention"),
            join("as long as the version that it judged may be served, or has to be explained"),
            kept,
        ),
        (
            bold("Way to erase"),
            join("out of the data set, a new digest, and a note with the versions that saw it"),
            join("by request id from the audit store; backups follow with their own end date"),
        ),
    )
    return Section(
        heading=join("Personal data: two uses, kept apart"),
        id="personal-data-two-uses-kept-apart",
        level=3,
        applies_to=LIVE,
        blocks=(
            Table(
                head=(
                    join("question"),
                    join("training and evaluation data"),
                    join("inference logs"),
                ),
                rows=rows,
            ),
        ),
    )


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
