"""The template of Argo Workflows: accepted by its published schema, and its steps run by a real shell."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.render.pipelines.conftest import branches, says, sh

from aegis.operations.planning import to_text
from aegis.operations.verifying import verify_paths
from aegis.plan.types import Plan
from aegis.render.pipelines.argo import argo_workflow


@pytest.fixture
def template(plan: Plan, tmp_path: Path) -> Path:
    (found,) = argo_workflow(plan)
    path = tmp_path / "argo-workflow.yaml"
    path.write_text(to_text(found))
    return path


def test_the_published_schema_accepts_it(template: Path) -> None:
    assert verify_paths([template]).findings == ()


def _run(
    template: Path, project: Path, target: str, verdict: str
) -> subprocess.CompletedProcess[str]:
    """The container's command, in a home of its own, with git's address led to the project."""
    (made,) = yaml.safe_load(template.read_text())["spec"]["templates"]
    given = {"target": target, "commit": sh("git", "rev-parse", "HEAD", cwd=project).strip()}
    container = made["container"]
    words = [*container["command"], *container["args"]]
    command = [
        re.sub(r"\{\{workflow\.parameters\.(\w+)\}\}", lambda m: given[m[1]], word)
        for word in words
    ]
    return subprocess.run(
        command,
        env={**says(project, verdict), "TMPDIR": str(project.parent)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_passed_gate_pushes_a_branch_with_the_same_digests(template: Path, project: Path) -> None:
    ran = _run(template, project, "staging", "passed")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (branch,) = branches(project)
    release = f"{branch}:kubernetes/overlays/staging/release.env"
    bare = project.parent / "project.git"
    assert f"sha256:{'a' * 64}" in sh("git", "show", release, cwd=bare)


@pytest.mark.parametrize(
    ("target", "verdict"), [("staging", "failed"), ("development", "passed"), ("prod", "passed")]
)
def test_nothing_else_pushes_anything(
    template: Path, project: Path, target: str, verdict: str
) -> None:
    ran = _run(template, project, target, verdict)
    assert ran.returncode != 0
    assert branches(project) == []


def test_it_may_push_a_branch_and_nothing_in_the_cluster(template: Path) -> None:
    spec = yaml.safe_load(template.read_text())["spec"]
    assert spec["automountServiceAccountToken"] is False
    (token,) = (e for e in spec["templates"][0]["container"]["env"] if "valueFrom" in e)
    assert set(token["valueFrom"]) == {"secretKeyRef"}
