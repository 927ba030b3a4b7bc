"""What every dossier says, read back from its Markdown as a reader would."""

from __future__ import annotations

import re

import pytest
from tests.obligations.corpus import (
    Case,
    bold,
    headings,
    kinds,
    plain,
    planned,
    section,
    tables,
    texts,
    tokens,
)

from aegis.base.number import Assumption
from aegis.review.plans.plan_words import _VERBS

Pool = tuple[Case, ...]
README = "dossier/README.md"
SIX = ("Summary", "Recommended Architecture", "Implementation Roadmap", "Trade-offs",
       "Observability Requirements", "Failure Modes")  # fmt: skip
FOUR = ("Security Controls", "Cost Controls", "Data Lineage", "Incident Response")


def page(case: Case, name: str = "README") -> str:
    """The Markdown of a document."""
    return case.documents()[f"dossier/{name}.md"]


@pytest.mark.obligation(71)
def test_a_dossier_begins_with_what_to_do(dossiers: Pool) -> None:
    """A paragraph of at most sixty words, before any heading, that begins with a verb."""
    for case, _ in planned(dossiers):
        text = page(case)
        assert kinds(text)[0] == "paragraph_open", case.name
        first = plain(next(t for t in tokens(text) if t.type == "inline"))
        assert first.split()[0].lower() in _VERBS, (case.name, first)
        assert len(first.split()) <= 60, (case.name, len(first.split()))
        assert "?" not in first, case.name


@pytest.mark.obligation(74)
def test_the_six_parts_are_there_in_their_order(dossiers: Pool) -> None:
    """None is missing, none is empty."""
    for case, _ in planned(dossiers):
        titles = [title for level, title in headings(page(case)) if level == 2]
        places = [next(i for i, t in enumerate(titles) if t.startswith(part)) for part in SIX]
        assert places == sorted(places), (case.name, titles)
        for part in SIX:
            assert len(section(page(case), part)) > 200, (case.name, part)


@pytest.mark.obligation(75)
def test_the_summary_is_one_paragraph(dossiers: Pool) -> None:
    """Beside the line that says to which environments it applies."""
    for case, _ in planned(dossiers):
        blocks = [
            t for t in tokens(section(page(case), "Summary")) if t.level == 0 and t.nesting >= 0
        ]
        inlines = [t for t in tokens(section(page(case), "Summary")) if t.type == "inline"]
        prose = [t for t in inlines if not plain(t).startswith("Applies to")]
        assert {t.type for t in blocks} <= {"paragraph_open", "footnote_block_open"}, case.name
        assert len(prose) == 1, case.name


@pytest.mark.obligation(76)
def test_the_diagram_shows_the_components_and_no_other(dossiers: Pool) -> None:
    """Prose beside it; each node is a part of the plan."""
    for case, plan in planned(dossiers):
        text = section(page(case), "Recommended Architecture")
        diagram = next(t.content for t in tokens(text) if t.type == "fence" and t.info == "mermaid")
        nodes = set(re.findall(r"^\s*([\w-]+)[\[({>]", diagram, re.MULTILINE))
        assert nodes == {part.id for part in plan.components}, case.name
        assert any(t.type == "paragraph_open" for t in tokens(text)), case.name


@pytest.mark.obligation(77, 82)
def test_the_roadmap_is_a_checklist_with_owners(dossiers: Pool) -> None:
    """Every task of the plan is an item to tick, with priority, owner and environments."""
    for case, plan in planned(dossiers):
        text = section(page(case), "Implementation Roadmap")
        lines = text.splitlines()
        marks = [i for i, line in enumerate(lines) if line.startswith("- [ ] ")]
        count = sum(len(phase.tasks) for phase in plan.roadmap)
        assert len(marks) == count, case.name
        for i in marks:
            below = lines[i + 1]
            assert re.search(r"\*\*P[012]\*\*", below), (case.name, below)
            assert "owner: " in below, (case.name, below)
            assert "applies to " in below, (case.name, below)
        after = sum(1 for phase in plan.roadmap for task in phase.tasks if task.depends_on)
        assert text.count("After: ") == after, case.name
        readiness = section(page(case), "Readiness Checklist")
        assert readiness.count("- [ ] ") + readiness.count("- [x] ") >= 10, case.name


@pytest.mark.obligation(78, 81)
def test_options_are_compared_in_tables(dossiers: Pool) -> None:
    """Each record has a table with what speaks for and against every option."""
    for case, plan in planned(dossiers):
        for number, decision in enumerate(plan.decisions, start=1):
            text = page(case, f"adr/{number:04d}-{decision.id}")
            table = next(t for t in tables(text) if t[0][0] == "option" and len(t[0]) >= 4)
            assert len(table) - 1 == len(decision.options), (case.name, decision.id)
            assert all(cell.strip() for row in table for cell in row), (case.name, decision.id)


@pytest.mark.obligation(23, 24, 25, 65, 87)
def test_every_decision_is_a_record(dossiers: Pool) -> None:
    """Status, context, decision, options, consequences with the four effects, when to revisit."""
    parts = ("Status", "Context", "Decision", "Options", "Consequences", "When to revisit")
    effects = {"Cognitive load", "Maintenance", "Lock-in", "Compliance drift"}
    for case, plan in planned(dossiers):
        for number, decision in enumerate(plan.decisions, start=1):
            text = page(case, f"adr/{number:04d}-{decision.id}")
            titles = [title for level, title in headings(text) if level == 2]
            assert tuple(t for t in titles if t in parts) == parts, (case.name, decision.id)
            later = {row[0] for table in tables(section(text, "Consequences")) for row in table}
            assert effects <= later, (case.name, decision.id)


@pytest.mark.obligation(66)
def test_every_alert_has_a_runbook_page(dossiers: Pool) -> None:
    """Detect, diagnose, mitigate, verify; none of them empty."""
    for case, plan in planned(dossiers):
        for alert in plan.alerts:
            text = page(case, f"runbooks/{alert.runbook}")
            for part in ("Detect", "Diagnose", "Mitigate", "Verify"):
                assert len(section(text, part)) > 40, (case.name, alert.id, part)


@pytest.mark.obligation(67, 105)
def test_the_playbook_has_every_part(dossiers: Pool) -> None:
    """Roles, severities, communication, evidence, and what is particular to this system."""
    for case, plan in planned(dossiers):
        text = page(case, "incident-playbook").lower()
        for word in ("roles", "severit", "communicat", "evidence"):
            assert any(word in title.lower() for _, title in headings(text)), (case.name, word)
        for title, _ in plan.incident.branches:
            assert title.lower()[:20] in text.replace("*", ""), (case.name, title)
        assert "incident-playbook.md" in section(page(case), "Incident Response"), case.name


@pytest.mark.obligation(69)
def test_the_register_and_the_summary_are_for_executives(dossiers: Pool) -> None:
    """Likelihood, impact, owner, residual risk and a decision asked; the summary is short."""
    for case, plan in planned(dossiers):
        head = [cell.lower() for table in tables(page(case, "risk-register")) for cell in table[0]]
        for word in ("likelihood", "impact", "owner", "remains", "decision"):
            assert any(word in cell for cell in head), (case.name, word)
        prose = page(case, "executive-summary").split("\n[^")[0]
        assert len(prose.split()) < 900, case.name
        assert plan.risks, case.name


@pytest.mark.obligation(72)
def test_what_matters_is_bold(dossiers: Pool) -> None:
    """Names of objectives in the part on observability, of criteria and of the chosen option."""
    for case, plan in planned(dossiers):
        strong = {b.lower() for b in bold(section(page(case), "Observability Requirements"))}
        for objective in plan.objectives:
            assert objective.name.lower() in strong, (case.name, objective.name)


@pytest.mark.obligation(73)
def test_identifiers_stand_in_code_spans(dossiers: Pool) -> None:
    """Metrics and paths of the brief, wherever they are named outside footnotes."""
    for case, plan in planned(dossiers):
        text = page(case).split("\n[^")[0]
        prose = " ".join(
            c.content for t in tokens(text) for c in t.children or () if c.type == "text"
        )
        metrics = {o.metric for o in plan.objectives} | {a.metric for a in plan.alerts}
        assert not {m for m in metrics if re.search(rf"\b{re.escape(m)}\b", prose)}, case.name
        assert metrics <= set(texts(text, "code_inline")), case.name


@pytest.mark.obligation(79)
def test_what_is_measured_and_what_is_alerted_stand_together(dossiers: Pool) -> None:
    """Every objective and every alert of the plan, by name, and what is not measured and why."""
    for case, plan in planned(dossiers):
        text = section(page(case), "Observability Requirements")
        cells = {cell for table in tables(text) for row in table for cell in row}
        for objective in plan.objectives:
            assert any(objective.name in cell for cell in cells), (case.name, objective.id)
        for alert in plan.alerts:
            assert any(alert.id in cell or alert.name in cell for cell in cells), (
                case.name,
                alert.id,
            )
        for absent in plan.not_applicable:
            assert absent.kind.value in text.lower(), (case.name, absent.kind)


@pytest.mark.obligation(80)
def test_each_way_to_break_says_how_to_recover(dossiers: Pool) -> None:
    """What shows it, what happens by itself and what a person does, in one row."""
    for case, plan in planned(dossiers):
        rows = [row for table in tables(section(page(case), "Failure Modes")) for row in table[1:]]
        for mode in plan.failure_modes:
            words = re.sub(r"[*`\[\]]", "", mode.title).split("{")[0][:30].lower()
            row = next((r for r in rows if r[0].lower().startswith(words)), None)
            assert row is not None, (case.name, mode.id)
            assert len([cell for cell in row if cell.strip()]) >= 4, (case.name, mode.id)


@pytest.mark.obligation(83)
def test_every_assumption_stands_in_the_dossier(dossiers: Pool) -> None:
    """What was defaulted in words, and each assumed number with its reason."""
    for case, plan in planned(dossiers):
        text = section(page(case), "Assumptions")
        items = text.count("\n- ") + text.count("\n| ")
        assert items >= len(plan.assumptions), case.name
        everything = page(case) + page(case, "numbers")
        for number in plan.numbers.values():
            if isinstance(number, Assumption):
                assert _said(number.reason) in _said(everything), (case.name, number.reason)


def _said(text: str) -> str:
    return re.sub(r"[^a-z ]", "", text.lower())


@pytest.mark.obligation(98)
def test_what_is_not_known_says_so_in_the_prescribed_words(dossiers: Pool) -> None:
    """An estimate says what will replace it; an unknown capacity says to benchmark."""
    for case, plan in planned(dossiers):
        text = " ".join(page(case).split()).lower()
        estimates = any(n.kind == "estimate" and n.low != n.high for n in plan.numbers.values())
        if estimates or plan.capacity.replicas == 0:
            assert "you will need to benchmark this in your environment" in text, case.name


@pytest.mark.obligation(102, 103, 104)
def test_the_required_sections_are_there_and_filled(dossiers: Pool) -> None:
    """Controls with owner and test, cost with what bounds it, lineage with every part."""
    for case, plan in planned(dossiers):
        titles = [title for level, title in headings(page(case)) if level == 2]
        for part in FOUR:
            assert any(title.startswith(part) for title in titles), (case.name, part)
        controls = section(page(case), "Security Controls")
        assert len(plan.controls) >= 3, case.name
        assert all(control.title.split("{")[0] in controls for control in plan.controls), case.name
        cost = section(page(case), "Cost Controls")
        assert cost.count("\n- ") >= len(plan.cost.controls), case.name
        lineage = section(page(case), "Data Lineage")
        for item in plan.lineage:
            assert item.what in lineage, (case.name, item.what)


@pytest.mark.obligation(106)
def test_a_language_model_has_its_four_controls(dossiers: Pool) -> None:
    """Guardrails, limits, logging with privacy, evaluation; each names its file; others have none."""
    for case, plan in planned(dossiers):
        text = section(page(case), "LLM Controls")
        if plan.kind not in {"chat", "completion", "rag", "agent"}:
            assert text == "", case.name
            continue
        for control in plan.llm_controls:
            assert control.artifact in text, (case.name, control.id)
        kept = {"raw": "as sent", "none": "neither prompt nor answer"}
        logged = kept.get(plan.chosen("data-retention"), "redact")
        for word in (logged, "retention", "access", "evaluat", "limit"):
            assert word in text.lower(), (case.name, word)


@pytest.mark.obligation(108)
def test_every_section_says_where_it_applies(dossiers: Pool) -> None:
    """A line under each heading of the second level names development, staging or production."""
    for case, _ in planned(dossiers):
        for path, text in case.documents().items():
            if not path.endswith(".md"):
                continue
            for level, title in headings(text):
                if level != 2:
                    continue
                first = next((x for x in section(text, title).splitlines() if x.strip()), "")
                assert first.startswith("*Applies to: "), (case.name, path, title)
                assert re.search("development|staging|production", first), (case.name, path, title)


@pytest.mark.obligation(31)
def test_the_team_learns_and_takes_over(dossiers: Pool) -> None:
    """Every task says why; one of the last hands over to somebody inside."""
    for case, plan in planned(dossiers):
        text = section(page(case), "Implementation Roadmap")
        count = sum(len(phase.tasks) for phase in plan.roadmap)
        assert text.count("Why: ") == count, case.name
        assert any(task.id == "handover" for task in plan.roadmap[-1].tasks), case.name


@pytest.mark.obligation(68)
def test_the_capacity_model_recomputes(dossiers: Pool) -> None:
    """Devices of production are replicas times devices of one replica, and the page lists both."""
    for case, plan in planned(dossiers):
        text = page(case, "capacity-model")
        for number in plan.capacity.numbers.values():
            assert number in text, (case.name, number)
        devices = plan.capacity.numbers.get("devices")
        if devices and plan.capacity.replicas:
            product = plan.capacity.replicas * plan.capacity.per_replica
            assert plan.numbers[devices].value == product, case.name
