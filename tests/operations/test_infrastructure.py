"""Infrastructure as a target: what is written, what is not, and the finding that says so."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml

from aegis.operations.rendering import render_targets

ROOT = Path(__file__).parents[2]
DAY = datetime.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("path", "target", "folder"),
    [
        pytest.param("examples/support-assistant/brief.yaml", "terraform", "iac/aws", id="aws"),
        pytest.param("examples/embedding-search/brief.yaml", "terraform", "iac/google", id="google"),
        pytest.param("tests/golden/briefs/chat-hybrid-bank.yaml", "terraform", "iac/azure", id="azure"),
        pytest.param("examples/code-completion/brief.yaml", "pulumi", "iac/pulumi", id="pulumi"),
        pytest.param("tests/golden/briefs/chat-platform-api.yaml", "crossplane", "iac/crossplane",
                     id="crossplane"),
    ],
)  # fmt: skip
def test_a_brief_gets_its_cloud_in_its_tool(path: str, target: str, folder: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    result = render_targets(text, path=path, today=DAY, targets=[target])
    paths = [a.path for a in result.bundle]

    assert any(p.startswith(folder) for p in paths)
    assert all(p.startswith("iac/") for p in paths)
    assert not [f for f in result.findings if f.code in {"AEG007", "AEG008"} and f.where == "iac"]


def test_one_machine_with_terraform_is_told_what_sets_it_up() -> None:
    """A finding without an alternative would end there: the script of the bundle does the job."""
    text = (ROOT / "examples/vision-inspection/brief.yaml").read_text("utf-8")
    brief = yaml.safe_load(text)
    brief.setdefault("team", {})["iac"] = "terraform"
    result = render_targets(yaml.safe_dump(brief), path="brief.yaml", today=DAY, targets=[])
    (found,) = (f for f in result.findings if f.code == "AEG007")

    assert "`host/setup.sh`" in found.mend


@pytest.mark.obligation(40)
@pytest.mark.parametrize(
    ("path", "says"),
    [
        pytest.param("examples/moe-multicloud/brief.yaml", "nebius", id="a-cloud-without-modules"),
        pytest.param("tests/golden/briefs/chat-hybrid-bank.yaml", "tags cannot move", id="azure"),
        pytest.param("tests/golden/briefs/chat-platform-api.yaml", "Network and cluster", id="crossplane"),
        pytest.param("tests/golden/briefs/agent-read-only.yaml", "Amazon ECS", id="a-team-on-ecs"),
        pytest.param("examples/nightly-batch/brief.yaml", "kept in MLflow", id="a-registry"),
        pytest.param("examples/ranking-20k/brief.yaml", "come from Feast", id="a-feature-store"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_a_finding_with_a_way_around(path: str, says: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    found = [
        f
        for f in render_targets(text, path=path, today=DAY, targets=[]).findings
        if f.code == "AEG009"
    ]

    assert any(says in f.message for f in found)
    assert all(f.mend for f in found)


def test_a_tool_that_the_plan_did_not_choose_is_not_bent_into_it() -> None:
    text = (ROOT / "examples/support-assistant/brief.yaml").read_text("utf-8")
    result = render_targets(text, path="brief.yaml", today=DAY, targets=["pulumi"])

    assert not result.bundle
    assert [f.code for f in result.findings if f.code == "AEG008"] == ["AEG008"]
