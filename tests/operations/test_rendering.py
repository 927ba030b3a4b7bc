"""Targets are rendered alone, what is not in the plan is said, and a change is shown file by file."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from aegis.base.artifact import Artifact
from aegis.operations.planning import plan_brief, to_text, write_bundle
from aegis.operations.rendering import TARGETS, changes, render_targets

BRIEF = (Path(__file__).parents[2] / "examples" / "support-assistant" / "brief.yaml").read_text(
    "utf-8"
)
DAY = datetime.date(2026, 11, 22)


def test_every_file_of_a_bundle_belongs_to_a_target() -> None:
    folders = {folder for folders, _ in TARGETS.values() for folder in folders}
    result = plan_brief(BRIEF, path="brief.yaml", today=DAY)
    assert {a.path.split("/", 1)[0] for a in result.bundle} <= folders


def test_a_second_target_leaves_the_first_alone(tmp_path: Path) -> None:
    for target in ("kubernetes", "terraform"):
        result = render_targets(BRIEF, path="brief.yaml", today=DAY, targets=[target])
        write_bundle(result, tmp_path, part=True)
    assert (tmp_path / "kubernetes").is_dir()
    assert (tmp_path / "iac").is_dir()
    whole = plan_brief(BRIEF, path="brief.yaml", today=DAY)
    assert {c.change for c in changes(whole, tmp_path, part=False)} == {"added"}


def test_a_target_that_the_plan_has_no_use_for_is_a_finding_with_the_way_on() -> None:
    result = render_targets(BRIEF, path="brief.yaml", today=DAY, targets=["flux"])
    finding = next(f for f in result.findings if f.code == "AEG008")
    assert "Argo CD" in finding.message
    assert "aegis explain gitops" in finding.mend


def test_what_a_changed_brief_changes_is_told_from_a_new_id(tmp_path: Path) -> None:
    write_bundle(plan_brief(BRIEF, path="brief.yaml", today=DAY), tmp_path)
    again = plan_brief(BRIEF, path="brief.yaml", today=DAY)
    assert not list(changes(again, tmp_path, part=False))
    larger = plan_brief(BRIEF.replace("peak_rps: 20", "peak_rps: 40"), path="brief.yaml", today=DAY)
    moved = {c.path: c for c in changes(larger, tmp_path, part=False)}
    assert moved["kubernetes/base/networkpolicy-deny.yaml"].change == "stamped"
    assert moved["kubernetes/base/scaledobject.yaml"].change == "changed"
    assert "ReplicaCount" in moved["kubernetes/base/scaledobject.yaml"].diff


@pytest.mark.parametrize("content", ["", "{", '{"files": 3}', "[]"])
def test_an_index_that_cannot_be_read_is_no_index(tmp_path: Path, content: str) -> None:
    (tmp_path / "bundle.json").write_text(content, "utf-8")
    result = plan_brief(BRIEF, path="brief.yaml", today=DAY)
    assert {c.change for c in changes(result, tmp_path, part=False)} == {"added"}


def test_a_platform_on_the_command_line_is_the_same_statement_as_in_the_brief() -> None:
    """The plan is made with it, and the result says that the brief said something else."""
    asked = render_targets(BRIEF, path="brief.yaml", today=DAY, targets=["kserve"])
    stated = plan_brief(
        BRIEF.replace("orchestrator: kubernetes", "orchestrator: kserve"),
        path="brief.yaml",
        today=DAY,
    )
    assert asked.plan is not None
    assert stated.plan is not None
    assert asked.plan.decisions == stated.plan.decisions
    said = next(f for f in asked.findings if f.code == "AEG010")
    assert "team.orchestrator: kserve" in said.message
    assert "the brief says `kubernetes`" in said.message


def test_a_platform_for_a_cluster_is_refused_where_no_cluster_serves() -> None:
    """Two people with one machine do not get a cluster by a flag."""
    brief = Path(__file__).parents[2] / "examples" / "startup-two-people" / "brief.yaml"
    result = render_targets(brief.read_text("utf-8"), path="b.yaml", today=DAY, targets=["kserve"])
    assert not result.bundle
    assert {f.code for f in result.findings} >= {"AEG008"}
    assert "AEG010" not in {f.code for f in result.findings}


def test_what_a_platform_cannot_say_is_a_finding_with_a_way_around() -> None:
    """The capability is asked before anything is written: nothing is dropped in silence."""
    lora = Path(__file__).parents[2] / "examples" / "multi-lora-tutor" / "brief.yaml"
    result = render_targets(
        lora.read_text("utf-8"), path="b.yaml", today=DAY, targets=["kubernetes"]
    )
    (gap,) = (f for f in result.findings if f.code == "AEG009" and f.where == "serving-platform")
    assert "prefix" in gap.message
    assert "InferencePool" in gap.mend


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("4357e80055533249", id="an-id-around-an-e"),
        pytest.param("0435780055533249", id="an-id-after-a-nought"),
        pytest.param("1.5E3", id="exponent"),
        pytest.param("0o17", id="octal"),
        pytest.param("n", id="boolean-of-old"),
    ],
)
def test_a_text_stays_a_text_for_readers_of_yaml_1_2(word: str) -> None:
    """Kubernetes reads YAML 1.2: digits after a nought are a number, and a label must be text."""
    written = to_text(Artifact(path="a.yaml", content={"label": word}, because=("registry",)))

    assert written == f'label: "{word}"\n'
