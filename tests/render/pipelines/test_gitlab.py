"""The pipeline of GitLab CI/CD, judged by its own schema and run by gitlab-ci-local.

The project is a repository in a folder: its address is redirected to it by git, and a hook writes
down the push options, which a real GitLab turns into a merge request.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from aegis.brief.read import read_brief
from aegis.operations.bundle import render_all
from aegis.operations.planning import to_text
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan

_ROOT = Path(__file__).resolve().parents[3]
_RUNNER = _ROOT / "tests/tools/gitlab/node_modules/.bin/gitlab-ci-local"
_NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    _NODE is None or not _RUNNER.exists() or shutil.which("rsync") is None,
    reason="gitlab-ci-local or its rsync is not installed: scripts/tools.sh; NOT judged",
)

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
    path = _ROOT / "tests/golden/briefs/chat-hybrid-bank.yaml"
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
        (f"url.{bare}.insteadOf", "https://git.internal/team/bank.git"),
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
    sh("git", "push", "--quiet", "https://git.internal/team/bank.git", "main", cwd=clone)
    return clone


def pipeline(project: Path, job: str, *, verdict: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "PATH": f"{project.parent / 'bin'}:{os.environ['PATH']}",
        "HOME": str(project.parent),
        "VERDICT": verdict,
    }
    return subprocess.run(
        [
            str(_NODE), str(_RUNNER), job, "--no-needs", "--force-shell-executor", "--no-evaluate-rule-changes",
            "--variable", f"VERDICT={verdict}", "--variable", "RELEASE_IMAGE=none",
            "--variable", "CI_PROJECT_URL=https://git.internal/team/bank",
        ],
        cwd=project, env=env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_a_passed_gate_proposes_the_same_digests(project: Path) -> None:
    ran = pipeline(project, "release-staging", verdict="passed")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    bare = project.parent / "project.git"
    (branch,) = sh(
        "git", "branch", "--list", "release/*", "--format=%(refname:short)", cwd=bare
    ).split()
    assert branch.startswith("release/staging-")
    moved = sh("git", "show", f"{branch}:kubernetes/overlays/staging/release.env", cwd=bare)
    assert f"sha256:{'a' * 64}" in moved
    options = (bare / "options").read_text().splitlines()
    assert options[:2] == ["merge_request.create", "merge_request.target=main"]
    main = sh("git", "show", "main:kubernetes/overlays/staging/release.env", cwd=bare)
    assert "sha256:" not in main, "a person merges"


@pytest.mark.parametrize("verdict", ["failed", "inconclusive"])
def test_another_verdict_proposes_nothing(project: Path, verdict: str) -> None:
    ran = pipeline(project, "release-staging", verdict=verdict)
    assert ran.returncode != 0
    assert "no verdict «passed» for this version" in ran.stdout + ran.stderr
    assert sh("git", "branch", "--list", "release/*", cwd=project.parent / "project.git") == ""


def test_each_job_watches_the_environment_before_it(plan: Plan) -> None:
    (found,) = (a for a in render_all(plan) if a.path == "pipelines/gitlab-ci.yml")
    jobs = yaml.safe_load(to_text(found))
    for target, source in (("staging", "development"), ("production", "staging")):
        (rule,) = jobs[f"release-{target}"]["rules"]
        assert rule["changes"] == [f"kubernetes/overlays/{source}/release.env"]
        assert jobs[f"release-{target}"]["environment"]["name"] == target
