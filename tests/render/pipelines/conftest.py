"""A project in a folder, with a bare repository behind it, for whatever runs the steps of a release."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aegis.brief.read import read_brief
from aegis.operations.bundle import render_all
from aegis.operations.planning import to_text
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan

ROOT = Path(__file__).resolve().parents[3]
ADDRESS = "https://git.internal/team/bank.git"

_HOOK = """#!/bin/sh
i=0
while [ "$i" -lt "${GIT_PUSH_OPTION_COUNT:-0}" ]; do
  eval "echo \\"\\$GIT_PUSH_OPTION_$i\\"" >> options
  i=$((i + 1))
done
"""


def sh(*command: str, cwd: Path) -> str:
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan of a bank whose team runs GitLab."""
    path = ROOT / "tests/golden/briefs/chat-hybrid-bank.yaml"
    brief = read_brief(path.read_text(), path=path.name).brief
    assert brief is not None
    return make_plan(brief, Versions(catalog_sha256="0" * 64, aegis_version="test"))


@pytest.fixture
def project(plan: Plan, tmp_path: Path) -> Path:
    """A clone of the project whose last commit pins development, and the project it came from."""
    bare, clone = tmp_path / "project.git", tmp_path / "clone"
    sh("git", "init", "--quiet", "--bare", "--initial-branch=main", str(bare), cwd=tmp_path)
    sh("git", "config", "receive.advertisePushOptions", "true", cwd=bare)
    (bare / "hooks/pre-receive").write_text(_HOOK)
    (bare / "hooks/pre-receive").chmod(0o755)
    for artifact in render_all(plan):
        file = clone / artifact.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(to_text(artifact))
        if artifact.executable:
            file.chmod(0o755)
    (clone / ".gitlab-ci.yml").write_text("include: [{local: pipelines/gitlab-ci.yml}]\n")
    (clone / ".gitignore").write_text(".gitlab-ci-local/\n")
    aegis = tmp_path / "bin/aegis"
    aegis.parent.mkdir()
    aegis.write_text('#!/bin/sh\nprintf \'{"verdict": "%s"}\' "$VERDICT"\n')
    aegis.chmod(0o755)
    sh("git", "init", "--quiet", "--initial-branch=main", cwd=clone)
    for key, setting in (
        ("user.name", "test"),
        ("user.email", "test@test.internal"),
        (f"url.{bare}.insteadOf", ADDRESS),
        ("remote.origin.url", "git@git.internal:team/bank.git"),
    ):
        sh("git", "config", key, setting, cwd=clone)
    release = clone / "kubernetes/overlays/development/release.env"
    lines = [
        line.split("=")[0] + f"=sha256:{'a' * 64}" if "_DIGEST=" in line else line
        for line in release.read_text().splitlines()
    ]
    release.write_text("\n".join(lines) + "\n")
    sh("git", "add", "--all", cwd=clone)
    sh("git", "commit", "--quiet", "--message", "development is pinned", cwd=clone)
    sh("git", "push", "--quiet", ADDRESS, "main", cwd=clone)
    return clone
