"""How it breaks, how it comes back, and how a release goes back."""

from __future__ import annotations

import re

from aegis.base.prose import Text
from aegis.plan.types import LIVE, Check, FailureMode
from aegis.render.documents import voice
from aegis.render.documents.tree import (
    Block,
    Bullets,
    Callout,
    CodeBlock,
    Document,
    Inlines,
    Paragraph,
    Ref,
    Section,
    Table,
)
from aegis.render.documents.words import Words, bold, code, ended, join, listed, named, slug

PATH = "failure-modes"
_QUERY = "promtool query "
_VARIABLE = re.compile(r"\$[A-Z_]+")
_SHARES = {"staged-fleet": "share of the fleet", "job-swap": "share of the items"}
_BREACH = {"roll back": "**rolls back**", "hold": "**holds**"}


def failures(words: Words) -> tuple[Section, ...]:
    """Failure modes, the ladder, the release and its way back."""
    plan = words.plan
    return (
        Section(
            heading=join("Failure Modes & Rollback"),
            id="failure-modes--rollback",
            applies_to=LIVE,
            blocks=(
                Paragraph(join(voice.FAILURES[voice.nature(plan)])),
                _modes(words),
                Paragraph(
                    join(
                        "How each one goes, the query that shows it and the commands that mend it: ",
                        (Ref(join("failure modes"), PATH),),
                        ".",
                    )
                ),
            ),
        ),
        Section(
            heading=join("What users get instead of an error"),
            id="what-users-get-instead-of-an-error",
            level=3,
            applies_to=LIVE,
            blocks=(_ladder(words),),
        ),
        Section(
            heading=join("Release and way back"),
            id="release-and-way-back",
            level=3,
            applies_to=LIVE,
            blocks=release(words),
        ),
        Section(
            heading=join("Rehearsals"),
            id="rehearsals",
            level=3,
            applies_to=("staging",),
            blocks=(_experiments(words),),
        ),
    )


def _modes(words: Words) -> Table:
    rows = tuple(
        (
            bold(words.cell(m.title)),
            words.cell(m.trigger),
            join(words.cell(m.first_sign), *_alert(m)),
            words.cell(m.automatic),
            join(words.cell(m.manual), ".", *_runbook(m)),
        )
        for m in words.plan.failure_modes
    )
    head = ("what happens", "trigger", "first sign", "what happens by itself", "what you do")
    return Table(head=tuple(join(h) for h in head), rows=rows)


def _alert(mode: FailureMode) -> tuple[Inlines | str, ...]:
    """The alert that fires on it; where none can, who or what sees it stands in the first sign."""
    return ("; alert ", code(mode.alert)) if mode.alert else ("; no alert fires on it",)


def _runbook(mode: FailureMode) -> tuple[Inlines | str, ...]:
    return (" ", (Ref(join("Runbook"), f"runbooks/{mode.runbook}"),)) if mode.runbook else ()


def document(words: Words) -> Document:
    """Each failure on its own: how it goes, what shows it, what mends it."""
    return Document(
        path=PATH,
        title=join("Failure modes"),
        intro=(
            Paragraph(
                join(
                    "Each is told as it unfolds, so that it is recognised. ", *_placeholders(words)
                )
            ),
        ),
        sections=tuple(_page(words, m) for m in words.plan.failure_modes),
    )


def _placeholders(words: Words) -> tuple[Inlines | str, ...]:
    """What the reader fills in: the variables that the commands below really use."""
    text = "\n".join(c for m in words.plan.failure_modes for c in m.commands)
    found = dict.fromkeys(_VARIABLE.findall(text))
    if not found:
        return ("Commands run where the service runs.",)
    filled = listed([code(name) for name in found])
    return ("Commands run where the service runs; you fill in ", filled, ".")


def _page(words: Words, mode: FailureMode) -> Section:
    shows = [c for c in mode.commands if c.startswith(_QUERY)]
    mends = [c for c in mode.commands if not c.startswith(_QUERY)]
    blocks: list[Block] = [
        Paragraph(words.sentence(mode.story)),
        Paragraph(join(bold("See it: "), ended(join(words.cell(mode.first_sign), *_alert(mode))))),
    ]
    if shows:
        blocks.append(CodeBlock(text="\n".join(shows)))
    blocks.append(Paragraph(join(bold("Mend it: "), words.sentence(mode.manual))))
    if mends:
        blocks.append(CodeBlock(text="\n".join(mends)))
    return Section(
        heading=words.cell(mode.title), id=slug(mode.id), applies_to=LIVE, blocks=tuple(blocks)
    )


def _ladder(words: Words) -> Table:
    names = {c.id: c.name for c in words.plan.components}
    rows = tuple(
        (
            words.cell(d.trigger),
            words.cell(d.behaviour),
            join(named(names.get(d.component, d.component)), " ", code(d.component)),
        )
        for d in sorted(words.plan.degradation, key=lambda d: d.order)
    )
    return Table(head=(join("when"), join("then"), join("carried out by")), rows=rows)


def release(words: Words) -> tuple[Block, ...]:
    """Steps, what judges them, what they can detect, and the way back."""
    plan = words.plan.release
    back = words.number(plan.way_back_minutes)
    blocks: list[Block] = [
        Paragraph(join(voice.RELEASE[plan.strategy])),
        *_closed(words),
        _steps(words),
        _checks(words),
    ]
    if plan.gates:
        blocks.append(gates(words))
    if plan.detectability:
        blocks.append(
            Paragraph(join("What this traffic can and cannot show, before anybody relies on it:"))
        )
        blocks.append(Bullets(items=tuple(words.sentence(d) for d in plan.detectability)))
    blocks.append(
        Paragraph(
            join(
                bold("The way back"),
                " is automatic: ",
                words.text(plan.way_back),
                ". From breach to the old version: ",
                ended(back),
                " A false rollback is accepted at a rate of ",
                words.number(plan.alpha),
                ".",
            )
        )
    )
    return tuple(blocks)


def _closed(words: Words) -> tuple[Block, ...]:
    """Production is withheld while its evidence is missing."""
    status = words.plan.promotable
    if status.holds:
        return ()
    return (
        Callout(
            tone="stop",
            title="Production stays closed; the steps below are for staging until this is there",
            blocks=(Bullets(items=tuple(words.sentence(r) for r in status.because)),),
        ),
    )


def _steps(words: Words) -> Table:
    names = {c.id: c.name for c in words.plan.release.checks}
    rows = []
    for step in words.plan.release.steps:
        judged = [named(names.get(a, a)) for a in step.analysis]
        rows.append((words.number(step.weight), words.number(step.hold_minutes), listed(judged)))
    share = _SHARES.get(words.plan.release.strategy, "share of traffic")
    return Table(head=(join(share), join("hold"), join("judged by")), rows=tuple(rows))


def _checks(words: Words) -> Table:
    rows = tuple(
        (
            bold(named(c.name)),
            join(c.kind),
            code(c.metric),
            words.number(c.margin),
            _breach(c),
        )
        for c in words.plan.release.checks
    )
    head = ("check", "kind", "metric", "too much worse", "on breach; without data")
    return Table(head=tuple(join(h) for h in head), rows=rows)


def _breach(check: Check) -> Inlines:
    return join(_BREACH[check.on_breach], (Text("; "),), "holds, because no data is never a pass")


def gates(words: Words) -> Table:
    """Evaluations that must pass before traffic."""
    rows = tuple(
        (
            join(bold(named(g.dataset)), ", ", code(g.path)),
            words.number(g.items),
            join(bold(named(g.metric)), ", ", g.better, " is better"),
            words.number(g.threshold),
            join("before ", g.before),
            words.cell(g.detects),
        )
        for g in words.plan.release.gates
    )
    head = ("gate: data set", "size", "metric", "threshold", "opens", "what it can show")
    return Table(head=tuple(join(h) for h in head), rows=rows)


def _experiments(words: Words) -> Table:
    rows = tuple(
        (words.cell(m.title), words.cell(m.experiment), join(m.likelihood), join(m.impact))
        for m in words.plan.failure_modes
    )
    head = ("failure", "fault, hypothesis, abort", "likelihood", "impact")
    return Table(head=tuple(join(h) for h in head), rows=rows)
