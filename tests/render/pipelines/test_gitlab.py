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
from tests.render.pipelines.conftest import ROOT, sh

from aegis.operations.bundle import render_all
from aegis.operations.planning import to_text
from aegis.plan.types import Plan

_RUNNER = ROOT / "tests/tools/gitlab/node_modules/.bin/gitlab-ci-local"
_NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    _NODE is None or not _RUNNER.exists() or shutil.which("rsync") is None,
    reason="gitlab-ci-local or its rsync is not installed: scripts/tools.sh; NOT judged",
)


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
