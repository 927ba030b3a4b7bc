"""A version moves by digest, only after its own verdict; the scripts are run for real."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from aegis.operations.planning import to_text
from aegis.plan.types import Plan
from aegis.render.kubernetes import render_kubernetes
from aegis.render.pipelines import render_pipelines

# `aegis` is a shim here: it writes the verdict that the scenario wants.
_AEGIS = '#!/bin/sh\nprintf \'{"verdict": "%s"}\' "$VERDICT"\n'


@pytest.fixture
def repository(plans: dict[str, Plan], tmp_path: Path) -> Path:
    """A repository with the bundle of a cluster, development pinned by a build."""
    plan = plans["cluster-chat"]
    for artifact in (*render_kubernetes(plan), *render_pipelines(plan)):
        path = tmp_path / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        content = artifact.content
        if isinstance(content, str):
            path.write_text(content)
        elif artifact.documents:
            path.write_text(yaml.safe_dump_all(content))
        else:
            path.write_text(yaml.safe_dump(content))
        if artifact.executable:
            path.chmod(0o755)
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/aegis").write_text(_AEGIS)
    (tmp_path / "bin/aegis").chmod(0o755)
    return tmp_path


def pin(repository: Path, digit: str) -> None:
    path = repository / "kubernetes/overlays/development/release.env"
    lines = path.read_text().splitlines()
    pinned = [
        line.split("=")[0] + f"=sha256:{digit * 64}" if "_DIGEST=" in line else line
        for line in lines
    ]
    path.write_text("\n".join(pinned) + "\n")


def run(repository: Path, *command: str, verdict: str = "passed") -> int:
    env = {**os.environ, "PATH": f"{repository / 'bin'}:{os.environ['PATH']}", "VERDICT": verdict}
    return subprocess.run(
        ["sh", *command], cwd=repository, env=env, capture_output=True, check=False
    ).returncode


def images(repository: Path, environment: str) -> str:
    return (repository / f"kubernetes/overlays/{environment}/images/kustomization.yaml").read_text()


@pytest.mark.obligation(10, 11)
def test_the_same_digests_reach_production(repository: Path) -> None:
    pin(repository, "a")
    for source, target in (("development", "staging"), ("staging", "production")):
        assert run(repository, "pipelines/gate.sh", target) == 0
        assert run(repository, "pipelines/promote.sh", source, target) == 0

    assert images(repository, "production") == images(repository, "staging")
    assert f"sha256:{'a' * 64}" in images(repository, "production")


@pytest.mark.parametrize("verdict", ["failed", "inconclusive", "error"])
def test_only_a_passed_verdict_opens(repository: Path, verdict: str) -> None:
    """No data and no success are the same closed door."""
    pin(repository, "a")
    run(repository, "pipelines/gate.sh", "staging", verdict=verdict)

    assert run(repository, "pipelines/promote.sh", "development", "staging") == 3
    assert "unset" in images(repository, "staging")


def test_a_verdict_opens_only_for_the_version_it_was_made_for(repository: Path) -> None:
    pin(repository, "a")
    run(repository, "pipelines/gate.sh", "staging")
    pin(repository, "b")

    assert run(repository, "pipelines/promote.sh", "development", "staging") == 3


def test_nothing_unpinned_and_no_shortcut(repository: Path) -> None:
    """Production is reached through staging, by digests."""
    assert run(repository, "pipelines/promote.sh", "development", "staging") == 2
    pin(repository, "a")
    assert run(repository, "pipelines/promote.sh", "development", "production") == 2


def test_the_workflows_run_no_code_of_third_parties(plans: dict[str, Plan]) -> None:
    """No `uses:` at all, least rights by default, one release at a time."""
    found = [a for a in render_pipelines(plans["cluster-chat"]) if a.path.startswith(".github")]
    assert len(found) == 2
    for artifact in found:
        text = yaml.safe_dump(artifact.content)
        assert "uses:" not in text
        assert isinstance(artifact.content, dict)
        assert artifact.content["permissions"] == {}
        assert "secrets." not in text


def test_each_step_starts_from_what_the_one_before_was_merged_as(plans: dict[str, Plan]) -> None:
    """Production is proposed by a change of staging's file, not in the run that proposes staging."""
    watched = {
        artifact.path: yaml.safe_load(to_text(artifact))["on"]["push"]["paths"]
        for artifact in render_pipelines(plans["cluster-chat"])
        if artifact.path.startswith(".github")
    }
    assert watched == {
        ".github/workflows/release-staging.yaml": ["kubernetes/overlays/development/release.env"],
        ".github/workflows/release-production.yaml": ["kubernetes/overlays/staging/release.env"],
    }


@pytest.mark.obligation(10, 42)
@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is absent: NOT judged")
def test_shellcheck_finds_nothing(plan: Plan, tmp_path: Path) -> None:
    for artifact in render_pipelines(plan):
        if artifact.path.endswith(".sh") and isinstance(artifact.content, str):
            path = tmp_path / Path(artifact.path).name
            path.write_text(artifact.content)
            ran = subprocess.run(
                ["shellcheck", str(path)], capture_output=True, text=True, check=False
            )
            assert ran.returncode == 0, ran.stdout
