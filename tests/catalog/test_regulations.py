"""Regulations: Aegis points to requirements and to a specialist, and never signs off."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator

import pytest

from aegis.base import prose
from aegis.brief.schema import Brief, Impact, Jurisdiction
from aegis.catalog import loader
from aegis.catalog.types import FAMILIES, Regulation, Requirement

REGULATIONS = {regulation.id: regulation for regulation in loader.regulations()}
EACH = pytest.mark.parametrize("regulation", REGULATIONS.values(), ids=REGULATIONS)
SIGN_OFF = re.compile(
    r"\bcompl(?:iant|ies|y)\b|\bcertified\b|\bguarantee[sd]?\b|\blegally safe\b", re.IGNORECASE
)
CONDITION = re.compile(r"^(data|area|jurisdiction|customer|impact|workload):([a-z0-9-]+)$")


@pytest.mark.parametrize(
    ("regulation_id", "requirement_ids"),
    [
        pytest.param(
            "eu-ai-act",
            [*(f"Art. {n}" for n in (9, 10, 11, 12, 13, 14, 15, 17, 26, 27, 50, 72, 73))],
            id="EU-AI-Act",
        ),
        pytest.param("eu-ai-act-transparency", ["Art. 5", "Art. 50(1)"], id="AI-Act-for-all"),
        pytest.param(
            "gdpr",
            [*(f"Art. {n}" for n in (5, 6, 9, 13, 14, 15, 17, 22, 25, 28, 30, 32, 33, 35, 44))],
            id="GDPR",
        ),
        pytest.param(
            "hipaa",
            ["§164.308(a)(1)", "§164.310(d)", "§164.312(b)", "§164.502(e)", "§164.504(e)"],
            id="HIPAA",
        ),
        pytest.param("soc2", ["CC6.1", "CC7.2", "CC8.1", "A1.2", "C1.1", "P4.2"], id="SOC-2"),
        pytest.param("pci-dss", ["3.2", "10.2", "12.8"], id="PCI-DSS"),
        pytest.param("iso-42001", ["8.4", "A.7.5"], id="ISO-42001"),
        pytest.param("nist-ai-rmf", ["MEASURE 2.7"], id="NIST-AI-RMF"),
        pytest.param("owasp-llm-top-10", ["LLM01:2025", "LLM10:2025"], id="OWASP"),
        pytest.param("mitre-atlas", ["AML.T0051"], id="ATLAS"),
    ],
)
def test_regulation_points_to_its_requirements(
    regulation_id: str, requirement_ids: list[str]
) -> None:
    """Each framework the founding description names is mapped to articles or controls by id."""
    ids = {requirement.id for requirement in REGULATIONS[regulation_id].requirements}

    assert set(requirement_ids) <= ids


def _texts(family: str) -> Iterator[tuple[str, str]]:
    """The files of a family, line by line, without titles and locators of sources."""
    for file in loader.files(family):
        for line in file.read_text("utf-8").splitlines():
            if not line.lstrip().startswith(("title:", "locator:")):
                yield file.name, line


@pytest.mark.parametrize(
    "family", ["regulations", "platforms", "tools", "techniques", "burn-windows"]
)
def test_no_entry_draws_a_legal_conclusion(family: str) -> None:
    """Aegis identifies requirements; nobody can quote an entry as a sign-off."""
    assert family in FAMILIES

    assert [(name, line) for name, line in _texts(family) if SIGN_OFF.search(line)] == []


@pytest.mark.parametrize(
    "claim",
    ["This design is compliant.", "It complies with Art. 9.", "SOC 2 certified", "Comply now"],
)
def test_a_legal_conclusion_would_be_found(claim: str) -> None:
    """The search above can fail."""
    assert SIGN_OFF.search(claim)


@EACH
def test_regulation_names_a_specialist_to_ask(regulation: Regulation) -> None:
    """The next step is a person, not a verdict of ours."""
    assert len(regulation.specialist.split()) >= 2


@EACH
def test_requirement_asks_shortly_and_offers_evidence(regulation: Regulation) -> None:
    """What is asked fits a line or two, in our own words, and a plan can answer it."""
    for requirement in regulation.requirements:
        assert 1 <= len(requirement.asks.split()) <= 32, requirement.id
        assert requirement.evidence, requirement.id
        assert len(set(requirement.evidence)) == len(requirement.evidence), requirement.id


@EACH
def test_requirement_ids_are_unique(regulation: Regulation) -> None:
    """A finding that cites an article cites one entry."""
    ids = [requirement.id for requirement in regulation.requirements]

    assert len(ids) == len(set(ids))


@EACH
def test_regulation_uses_every_source_it_cites(regulation: Regulation) -> None:
    """A source that no requirement refers to would be decoration."""
    used = {requirement.source for requirement in regulation.requirements}
    if regulation.in_force is not None:
        used.add(regulation.in_force.source)

    assert set(regulation.sources) == used


def _words(annotation: object) -> set[str]:
    """Every string that a (nested) literal annotation allows."""
    if isinstance(annotation, str):
        return {annotation}
    return {word for part in typing.get_args(annotation) for word in _words(part)}


@EACH
def test_condition_can_be_met_by_a_brief(regulation: Regulation) -> None:
    """A condition that no brief can state would keep a regulation silent for ever."""
    known = {
        "area": _words(Impact.model_fields["areas"].annotation),
        "jurisdiction": _words(Jurisdiction),
        "customer": _words(Brief.model_fields["frameworks"].annotation),
        "impact": _words(Impact.model_fields["level"].annotation),
        "data": {"personal", "health", "payment", "biometric", "children", "confidential"},
        "workload": {"llm"},
    }

    assert regulation.applies_when
    for condition in regulation.applies_when:
        match = CONDITION.match(condition)
        assert match is not None, condition
        assert match[2] in known[match[1]], condition


@EACH
def test_jurisdiction_is_one_a_brief_can_name_or_international(regulation: Regulation) -> None:
    """A consumer can leave out the laws of places the brief does not name."""
    assert regulation.jurisdiction in {*_words(Jurisdiction), "international"}


def test_annex_iii_areas_of_a_brief_lead_to_the_ai_act() -> None:
    """No area with high-risk uses is forgotten; `health` alone is not one of them."""
    areas = _words(Impact.model_fields["areas"].annotation) - {"health"}
    conditions = set(REGULATIONS["eu-ai-act"].applies_when)

    assert {f"area:{area}" for area in areas} <= conditions


def test_dates_of_the_ai_act_cite_the_act_that_moved_them() -> None:
    """The postponement of 2026 is in the dates, with its source and the advice to verify."""
    in_force = REGULATIONS["eu-ai-act"].in_force
    assert in_force is not None

    source = REGULATIONS["eu-ai-act"].sources[in_force.source]

    assert "2 December 2027" in in_force.value
    assert "2026/1744" in source.title
    assert "erify" in in_force.note


def test_every_kind_of_evidence_is_asked_for_somewhere() -> None:
    """Evidence that no requirement asks for would be a word without use."""
    kinds = _words(Requirement.model_fields["evidence"].annotation)
    asked = {e for r in REGULATIONS.values() for q in r.requirements for e in q.evidence}

    assert kinds - asked <= {"registration"}


def _judgements() -> Iterator[object]:
    for software in (*loader.platforms(), *loader.tools()):
        for text in (software.summary, *software.good_for, *software.costs):
            yield pytest.param(text, id=f"{software.id}: {text[:30]}")
    for technique in loader.techniques():
        texts = (technique.summary, technique.helps, technique.costs, technique.validate_by)
        for text in (*texts, *technique.needs):
            yield pytest.param(text, id=f"{technique.id}: {text[:30]}")
    for regulation in REGULATIONS.values():
        asks = (requirement.asks for requirement in regulation.requirements)
        for text in (regulation.summary, regulation.specialist, *asks):
            yield pytest.param(text, id=f"{regulation.id}: {text[:30]}")


@pytest.mark.parametrize("text", list(_judgements()))
def test_our_own_sentences_hold_no_bare_figure(text: str) -> None:
    """What the catalog says in words can stand in any document of a plan."""
    assert prose.parse(text)
