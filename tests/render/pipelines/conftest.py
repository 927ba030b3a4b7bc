"""A project in a folder, with a bare repository behind it, for whatever runs the steps of a release."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from aegis.brief.read import read_brief
from aegis.operations.planning import to_text
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan
from aegis.render.kubernetes import render_kubernetes
from aegis.render.pipelines import render_pipelines

ROOT = Path(__file__).resolve().parents[3]
ADDRESS = "https://git.internal/team/bank.git"

_HOOK = """#!/bin/sh
i=0
while [ "$i" -lt "${GIT_PUSH_OPTION_COUNT:-0}" ]; do
  eval "echo \\"\\$GIT_PUSH_OPTION_$i\\"" >> options
  i=$((i + 1))
done
"""

# The real one ends with 3 when inconclusive and 4 when failed; this one with what `says/exit` holds.
_AEGIS = """#!/bin/sh
says=$(dirname "$0")/says
mkdir -p "$says"
echo "$*" >> "$says/asked"
verdict=${VERDICT:-$(cat "$says/verdict")}
printf '{"verdict": "%s"}' "$verdict"
exit "$(cat "$says/exit" 2>/dev/null || echo 0)"
"""


def sh(*command: str, cwd: Path) -> str:
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@functools.cache
def planned(name: str, **team: str) -> Plan:
    """The plan of one of the briefs, with what is said of its team."""
    path = ROOT / f"tests/golden/briefs/{name}.yaml"
    brief = read_brief(path.read_text(), path=path.name).brief
    assert brief is not None
    told = brief.model_copy(update={"team": brief.team.model_copy(update=team)})
    return make_plan(told, Versions(catalog_sha256="0" * 64, aegis_version="test"))


def bank(**team: str) -> Plan:
    """A plan of a bank, whose credit decisions are of high impact; its team runs GitLab, or what is said."""
    return planned("chat-hybrid-bank", **team)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan of a bank whose team runs GitLab."""
    return bank()


def pinned(clone: Path, environment: str) -> None:
    """What a build, or the merge of a proposal, leaves in the file of an environment."""
    release = clone / f"kubernetes/overlays/{environment}/release.env"
    lines = [
        line.split("=")[0] + f"=sha256:{'a' * 64}" if "_DIGEST=" in line else line
        for line in release.read_text().splitlines()
    ]
    release.write_text("\n".join(lines) + "\n")
    sh("git", "add", "--all", cwd=clone)
    sh("git", "commit", "--quiet", "--message", f"{environment} is pinned", cwd=clone)
    sh("git", "push", "--quiet", ADDRESS, "main", cwd=clone)


def branches(project: Path) -> list[str]:
    """What was proposed, as the repository behind the clone knows it."""
    bare = project.parent / "project.git"
    listed = sh("git", "branch", "--list", "release/*", "--format=%(refname:short)", cwd=bare)
    return listed.split()


def cloned(plan: Plan, folder: Path) -> Path:
    """A clone of a project that holds the bundle, and the project it came from; development is pinned.

    `aegis` is a stand-in: it writes the verdict that `$VERDICT` or the file beside it says.
    """
    bare, clone = folder / "project.git", folder / "clone"
    sh("git", "init", "--quiet", "--bare", "--initial-branch=main", str(bare), cwd=folder)
    sh("git", "config", "receive.advertisePushOptions", "true", cwd=bare)
    (bare / "hooks/pre-receive").write_text(_HOOK)
    (bare / "hooks/pre-receive").chmod(0o755)
    for artifact in (*render_kubernetes(plan), *render_pipelines(plan)):
        file = clone / artifact.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(to_text(artifact))
        if artifact.executable:
            file.chmod(0o755)
    (clone / ".gitlab-ci.yml").write_text("include: [{local: pipelines/gitlab-ci.yml}]\n")
    (clone / ".gitignore").write_text(".gitlab-ci-local/\n")
    aegis = folder / "bin/aegis"
    aegis.parent.mkdir()
    aegis.write_text(_AEGIS)
    aegis.chmod(0o755)
    sh("git", "init", "--quiet", "--initial-branch=main", cwd=clone)
    for key, setting in (
        ("user.name", "test"),
        ("user.email", "test@test.internal"),
        (f"url.{bare}.insteadOf", ADDRESS),
        ("remote.origin.url", "git@git.internal:team/bank.git"),
    ):
        sh("git", "config", key, setting, cwd=clone)
    pinned(clone, "development")
    return clone


def says(project: Path, verdict: str, code: str = "0") -> Mapping[str, str]:
    """The verdict that the stand-in gives from now on, and an environment in which it is found."""
    folder = project.parent / "bin/says"
    folder.mkdir(exist_ok=True)
    (folder / "verdict").write_text(verdict)
    (folder / "exit").write_text(code)
    home = project.parent / "home"
    home.mkdir(exist_ok=True)
    bare = project.parent / "project.git"
    (home / ".gitconfig").write_text(f'[url "{bare}"]\n  insteadOf = {ADDRESS}\n')
    return {
        "PATH": f"{project.parent / 'bin'}:{os.environ['PATH']}",
        "HOME": str(home),
        "REPOSITORY": ADDRESS,
        "RELEASE_TOKEN": "",
    }


def asked(project: Path) -> list[str]:
    """What the stand-in was asked, in order: the environments that were to open."""
    record = project.parent / "bin/says/asked"
    lines = record.read_text().splitlines() if record.exists() else []
    return [line.split("--opens ")[1].split()[0] for line in lines]


@pytest.fixture
def project(plan: Plan, tmp_path: Path) -> Path:
    """A clone of the project whose last commit pins development, and the project it came from."""
    return cloned(plan, tmp_path)
