"""The 28 pitfalls as laws: rendered bundles keep each, and a bundle that breaks one is found out."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml
from tests.verify.pitfalls import LAWS, WIRES, Edit, Law

from aegis.operations.planning import to_text
from aegis.operations.rendering import render_targets
from aegis.verify.api import verify_files
from aegis.verify.report import checks

ROOT = Path(__file__).resolve().parents[2]
BRIEFS = sorted((*ROOT.glob("examples/*/brief.yaml"), *ROOT.glob("tests/golden/briefs/*.yaml")))
BROKEN = ROOT / "examples" / "support-assistant" / "brief.yaml"
"""Argo CD, Argo Rollouts, KEDA, Gateway API, External Secrets and vLLM in one bundle."""

READ_NOW = {BROKEN, ROOT / "examples" / "agent-backoffice" / "brief.yaml"}
BROKEN_RULES = frozenset(edit.check for law in LAWS for edit in law.edits) | frozenset(
    edit.check for edit in WIRES
)


@functools.cache
def bundle(brief: Path) -> Mapping[str, str]:
    """Every file that a brief renders; none for a brief that is refused."""
    made = render_targets(
        brief.read_text("utf-8"), path=str(brief), today=datetime.date(2026, 11, 22), targets=[]
    )
    return {artifact.path: to_text(artifact) for artifact in made.bundle}


@functools.cache
def found(brief: Path) -> frozenset[str]:
    """Names of the checks that say something about a rendered bundle."""
    return frozenset(finding.name for finding in verify_files(bundle(brief)).findings)


def each_brief() -> list[object]:
    return [
        pytest.param(
            brief,
            id=brief.stem if brief.stem != "brief" else brief.parent.name,
            marks=() if brief in READ_NOW else pytest.mark.slow,
        )
        for brief in BRIEFS
    ]


def each_law() -> list[object]:
    return [pytest.param(law, id=f"P{law.number}-{law.name.replace(' ', '-')}") for law in LAWS]


def each_edit() -> Sequence[object]:
    return [
        pytest.param(edit, id=f"P{law.number}-{position}-{edit.check}")
        for law in LAWS
        for position, edit in enumerate(law.edits)
    ] + [
        pytest.param(edit, id=f"wire-{position}-{edit.check}")
        for position, edit in enumerate(WIRES)
    ]


def test_all_28_are_laws_and_each_says_what_stays_unseen() -> None:
    assert [law.number for law in LAWS] == list(range(1, 29))
    assert all(law.unseen for law in LAWS)
    assert [law.number for law in LAWS if not law.edits] == [6]


@pytest.mark.parametrize("law", each_law())
def test_a_law_holds_in_rendered_bundles_and_its_checks_have_pages(law: Law) -> None:
    """`test_pages.py` runs the examples of each page."""
    broken = {edit.check for edit in law.edits}

    for brief in sorted(READ_NOW):
        assert bundle(brief)
        assert not broken & found(brief)
    assert broken <= set(checks())


@pytest.mark.parametrize("edit", each_edit())
def test_a_bundle_that_breaks_a_law_is_found_out(edit: Edit) -> None:
    """A rendered bundle is changed in one place; the finding stands in the changed file."""
    changed = edit(bundle(BROKEN))

    findings = [each for each in verify_files(changed).findings if each.name == edit.check]

    assert findings
    assert edit.path in {
        span.path for each in findings for span in (each.span, *each.also) if span is not None
    }


@pytest.mark.parametrize("brief", each_brief())
def test_no_law_is_broken_by_what_a_brief_renders(brief: Path) -> None:
    """Examples and golden briefs, every target, all three environments."""
    assert not BROKEN_RULES & found(brief)


@pytest.mark.parametrize("brief", each_brief())
def test_yaml_of_a_bundle_reads_the_same_under_both_versions(brief: Path) -> None:
    """P28: what Aegis writes has no word that YAML 1.1 takes for something else."""
    for path, text in bundle(brief).items():
        if path.endswith((".yaml", ".yml")):
            troubles = [f for f in verify_files({path: text}).findings if f.code < "AEG904"]
            assert troubles == []
            assert list(yaml.safe_load_all(text)) is not None
