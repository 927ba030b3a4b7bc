"""What the founding description asks of the dossier, read from its tree and its Markdown."""

# ruff: noqa: ANN001  # fixtures carry plans; their type lives in conftest
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from aegis.base.prose import Code, Name, Text
from aegis.plan.types import ALL
from aegis.render.documents.tree import (
    Bold,
    Bullets,
    Checklist,
    Diagram,
    Document,
    Paragraph,
    Ref,
    Section,
    Table,
    Task,
)
from aegis.render.documents.words import flat

# tests share no import with conftest: fixtures carry everything
SIX = (
    "Summary",
    "Recommended Architecture",
    "Implementation Roadmap",
    "Trade-offs & Alternatives",
    "Observability Requirements",
    "Failure Modes & Rollback",
)
FOUR = (
    "Security Controls",
    "Cost Controls and Estimation",
    "Data Lineage and Reproducibility",
    "Incident Response",
)


def parts(document: Document, heading: str) -> list[Section]:
    """A section of level two with everything under it."""
    found: list[Section] = []
    inside = False
    for section in document.sections:
        if section.level == 2:
            inside = flat(section.heading) == heading
        if inside:
            found.append(section)
    assert found, heading
    return found


def blocks_of(document: Document, heading: str, kind: type) -> list:  # type: ignore[type-arg]
    return [b for s in parts(document, heading) for b in s.blocks if isinstance(b, kind)]


@pytest.mark.obligation(71)
def test_the_first_block_is_the_recommendation_in_plain_prose(rendered) -> None:
    """The dossier starts with a paragraph of at most 60 words: no heading, list, table, question."""
    first = rendered.documents[0].lead[0]
    assert isinstance(first, Paragraph)
    text = flat(first.inlines)
    assert len(text.split()) <= 60
    assert "?" not in text
    line = rendered.dossier.splitlines()[0]
    assert not re.match(r"[#>|*+-]|\d+\.", line)
    assert re.search(r"<main>\s*<article[^>]*><div class=\"lead\"><p>", rendered.html)


@pytest.mark.obligation(74)
def test_the_six_components_come_in_order_and_none_is_empty(rendered) -> None:
    headings = [flat(s.heading) for s in rendered.documents[0].sections if s.level == 2]
    assert tuple(headings[: len(SIX)]) == SIX
    assert all(blocks_of(rendered.documents[0], h, object) for h in SIX)


@pytest.mark.obligation(102, 103, 104, 105)
def test_the_four_required_sections_are_there(rendered) -> None:
    document = rendered.documents[0]
    assert all(blocks_of(document, heading, object) for heading in FOUR)
    assert len(blocks_of(document, "Security Controls", Table)[0].rows) >= 3
    assert blocks_of(document, "Cost Controls and Estimation", Bullets)[0].items
    assert "incident-playbook.md" in rendered.dossier


@pytest.mark.obligation(75)
def test_the_summary_is_exactly_one_paragraph(rendered) -> None:
    summary = parts(rendered.documents[0], "Summary")
    assert [type(b) for s in summary for b in s.blocks] == [Paragraph]


@pytest.mark.obligation(76)
def test_the_drawing_has_the_components_of_the_plan_and_prose_beside_it(rendered) -> None:
    document = rendered.documents[0]
    (diagram,) = blocks_of(document, "Recommended Architecture", Diagram)
    drawn = set(re.findall(r'data-id="([^"]+)"', rendered.html))
    assert drawn == {c.id for c in rendered.plan.components} == {c.id for c in diagram.components}
    assert blocks_of(document, "Recommended Architecture", Paragraph)


@pytest.mark.obligation(77, 82)
def test_roadmap_tasks_tell_owner_priority_dependency_and_are_ticked_off(rendered) -> None:
    document = rendered.documents[0]
    tasks = [t for c in blocks_of(document, "Implementation Roadmap", Checklist) for t in c.items]
    wanted = [t for p in rendered.plan.roadmap for t in p.tasks]
    assert len(tasks) == len(wanted)
    for shown, task in zip(tasks, wanted, strict=True):
        details = " ".join(flat(d) for d in shown.details)
        assert f"{task.priority}, owner: " in details
        assert "applies to " in details
        assert "Done when: " in details
        assert "Why: " in details
        assert ("After: " in details) is bool(task.depends_on)
    assert rendered.dossier.count("- [ ] ") >= len(tasks)


@pytest.mark.obligation(78, 81)
def test_every_comparison_names_a_drawback_of_the_winner_and_an_advantage_of_each_loser(
    rendered,
) -> None:
    tables = [
        t
        for t in blocks_of(rendered.documents[0], "Trade-offs & Alternatives", Table)
        if flat(t.head[0]) == "option"
    ]
    assert tables
    for table in tables:
        assert len(table.rows) >= 2
        assert table.marked
        assert all(flat(row[1]) and flat(row[2]) and flat(row[3]) for row in table.rows)


@pytest.mark.obligation(87)
def test_every_recommendation_states_its_four_second_order_effects(rendered) -> None:
    labels = ["Cognitive load", "Maintenance", "Lock-in", "Compliance drift"]
    records = [d for d in rendered.documents if d.family == "decision"]
    assert len(records) == len(rendered.plan.decisions)
    for record in records:
        tables = [b for s in record.sections for b in s.blocks if isinstance(b, Table)]
        assert labels in [[flat(r[0]) for r in t.rows] for t in tables], record.path


@pytest.mark.obligation(79)
def test_every_objective_has_an_alert_or_says_why_not(rendered) -> None:
    table = blocks_of(rendered.documents[0], "Observability Requirements", Table)[0]
    assert len(table.rows) == len(rendered.plan.objectives)
    for row, objective in zip(table.rows, rendered.plan.objectives, strict=True):
        alerts = [a.id for a in rendered.plan.alerts if a.objective == objective.id]
        assert all(a in flat(row[-1]) for a in alerts)
        assert alerts or "none: " in flat(row[-1])
        assert objective.metric in flat(row[4])


@pytest.mark.obligation(80)
def test_every_failure_tells_trigger_sign_automatic_and_manual_action(rendered) -> None:
    table = blocks_of(rendered.documents[0], "Failure Modes & Rollback", Table)[0]
    assert len(table.rows) == len(rendered.plan.failure_modes)
    assert all(all(flat(cell).strip() for cell in row) for row in table.rows)


@pytest.mark.obligation(108)
def test_every_section_of_every_page_says_to_which_environments_it_applies(rendered) -> None:
    for document in rendered.documents:
        text = rendered.files[f"dossier/{document.path}.md"]
        assert text.count("*Applies to: ") == len(document.sections), document.path
        assert all(s.applies_to and set(s.applies_to) <= set(ALL) for s in document.sections)
    table = blocks_of(rendered.documents[0], "Environments", Table)[0]
    assert [flat(r[0]) for r in table.rows] == list(ALL)


@pytest.mark.obligation(106)
def test_four_checks_where_text_is_written_and_none_elsewhere(kinds) -> None:
    for kind, rendered in kinds.items():
        headings = [flat(s.heading) for s in rendered.documents[0].sections]
        assert ("LLM Controls" in headings) is (kind in {"chat", "agent"}), kind
    table = blocks_of(kinds["chat"].documents[0], "LLM Controls", Table)[0]
    assert [flat(r[0]) for r in table.rows] == [
        "Guardrails",
        "Rate limiting",
        "Prompt and response logging",
        "Evaluation harness",
    ]
    assert all(flat(row[2]) and flat(row[3]) for row in table.rows)


@pytest.mark.obligation(83, 84)
def test_assumptions_are_stated_and_at_most_three_questions_asked(rendered) -> None:
    text = "\n".join(
        flat(i)
        for b in blocks_of(rendered.documents[0], "Assumptions and Questions", Bullets)
        for i in b.items
    )
    assert len(rendered.plan.assumptions) == len(text.splitlines())
    tables = blocks_of(rendered.documents[0], "Assumptions and Questions", Table)
    asked = len(tables[0].rows) if tables else 0
    assert asked == len(rendered.plan.questions) <= 3


@pytest.mark.obligation(66)
def test_each_alert_leads_to_a_runbook_of_four_parts(rendered) -> None:
    runbooks = {d.path: d for d in rendered.documents if d.family == "runbook"}
    for alert in rendered.plan.alerts:
        headings = [flat(s.heading) for s in runbooks[f"runbooks/{alert.runbook}"].sections]
        assert headings[:4] == ["Detect", "Diagnose", "Mitigate", "Verify"]


@pytest.mark.obligation(65)
def test_each_decision_has_a_record_of_its_own(rendered) -> None:
    for number, decision in enumerate(rendered.plan.decisions, start=1):
        text = rendered.files[f"dossier/adr/{number:04d}-{decision.id}.md"]
        for heading in (
            "Status",
            "Context",
            "Decision",
            "Options",
            "Consequences",
            "When to revisit",
        ):
            assert f"## {heading}\n" in text


@pytest.mark.obligation(72)
def test_names_of_objectives_and_metrics_are_bold_at_first_mention_in_a_section(rendered) -> None:
    plan = rendered.plan
    for section in rendered.documents[0].sections:
        pieces = [piece for block in section.blocks for piece in spoken(block)]
        for objective in plan.objectives:
            for wanted in (objective.name, objective.metric):
                word = re.compile(rf"(?<![\w-]){re.escape(wanted)}(?![\w-])")
                first = next((bold for text, bold in pieces if word.search(text)), True)
                assert first, (flat(section.heading), wanted)


def spoken(block: object, *, bold: bool = False) -> Iterator[tuple[str, bool]]:
    """The texts of a block in reading order, and whether each is bold."""
    if isinstance(block, Table):
        block = block.rows
    elif isinstance(block, Paragraph):
        block = block.inlines
    elif isinstance(block, Bullets | Checklist):
        block = block.items
    elif isinstance(block, Task):
        block = (block.title, *block.details)
    if isinstance(block, tuple):
        for part in block:
            yield from spoken(part, bold=bold)
    elif isinstance(block, Bold | Ref):
        yield from spoken(block.inlines, bold=bold or isinstance(block, Bold))
    elif isinstance(block, Text | Name | Code):
        yield block.text, bold


@pytest.mark.obligation(73)
def test_metric_names_and_alert_ids_stand_in_code_only(rendered) -> None:
    identifiers = {o.metric for o in rendered.plan.objectives}
    identifiers |= {a.id for a in rendered.plan.alerts if "-" in a.id}
    for path, text in rendered.files.items():
        if not path.endswith(".md"):
            continue
        prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|\[\^[^\]]*\]", " ", text, flags=re.DOTALL)
        found = [i for i in identifiers if re.search(rf"(?<![\w-]){re.escape(i)}(?![\w-])", prose)]
        assert not found, (path, found)


@pytest.mark.obligation(70)
def test_the_tone_is_calm(rendered) -> None:
    """No exclamation mark, no hype, no apology in anything we wrote."""
    hype = re.compile(
        r"\b(seamless|cutting-edge|revolutionary|blazing|world-class|effortless|sorry"
        r"|unfortunately)\b",
        re.IGNORECASE,
    )
    for path, text in rendered.files.items():
        if path.endswith(".md"):
            prose = re.sub(r"```.*?```|`[^`]*`|> \[!\w+\]", " ", text, flags=re.DOTALL)
            assert "!" not in prose.replace("\\!", ""), path
            assert not hype.search(prose), path


@pytest.mark.obligation(110)
def test_no_sign_off_is_given_and_a_specialist_is_named(rendered) -> None:
    text = rendered.dossier
    assert not re.search(r"\b(is|are|be) (fully )?compliant\b|\byou comply\b", text, re.IGNORECASE)
    assert "No sign-off" in text
    for requirement in rendered.plan.requirements:
        assert requirement.specialist.split(",")[0] in text.replace("\\", "")


def test_what_opens_a_section_differs_between_kinds(kinds) -> None:
    """Of the paragraphs that open the six components none is shared by two different kinds."""
    openers = {
        kind: [flat(blocks_of(r.documents[0], heading, Paragraph)[0].inlines) for heading in SIX]
        for kind, r in kinds.items()
    }
    for one, mine in openers.items():
        for other, theirs in openers.items():
            assert one == other or not set(mine) & set(theirs), (one, other)


def test_every_number_shown_carries_its_origin(chat) -> None:
    """Each footnote reference has its definition on the page, each definition once."""
    for path, text in chat.files.items():
        if path.endswith(".md"):
            used = set(re.findall(r"\[\^([^\]]+)\](?!:)", text))
            defined = re.findall(r"^\[\^([^\]]+)\]:", text, flags=re.MULTILINE)
            assert used == set(defined), path
            assert len(defined) == len(set(defined)), path


def test_rendering_is_a_function(chat) -> None:
    """The same plan gives the same bytes."""
    from aegis.render.documents import render_documents  # noqa: PLC0415

    again = {a.path: a.content for a in render_documents(chat.plan) if isinstance(a.content, str)}
    assert again == dict(chat.files)
