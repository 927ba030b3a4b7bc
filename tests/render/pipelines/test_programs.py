"""The programs of five orchestrators: what they call, in which order, and what stops them.

`aegis` is a stand-in that says a verdict and writes down that it was asked. The scripts, the shell and
git are real; the orchestrators themselves are asked in `test_orchestrators.py`.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.render.pipelines.conftest import (
    ADDRESS,
    ROOT,
    asked,
    bank,
    branches,
    cloned,
    pinned,
    planned,
    says,
    sh,
)

from aegis.catalog import loader
from aegis.operations.bundle import platform_gaps, render_all, unrendered
from aegis.plan.types import Plan
from aegis.render.pipelines import SYSTEMS as RENDERED
from aegis.render.pipelines import render_pipelines
from aegis.render.pipelines.programs import PROGRAMS
from aegis.render.pipelines.programs.parts import RUN

WORDS = {"kubeflow-pipelines": "kubeflow"}
_CHOICES = [pytest.param(option, id=option) for option in sorted(PROGRAMS)]
_VERDICTS = [
    pytest.param("failed", "4", id="failed"),
    pytest.param("inconclusive", "3", id="inconclusive"),
    pytest.param("error", "1", id="error"),
    pytest.param("failed", "0", id="failed-without-an-exit-code"),
]


@pytest.fixture(scope="module", params=_CHOICES)
def option(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def chosen(option: str) -> Plan:
    """A plan of high impact whose team runs one of the five."""
    return bank(pipelines=WORDS.get(option, option))


@pytest.fixture(scope="module")
def files(chosen: Plan) -> dict[str, str]:
    return {a.path: str(a.content) for a in render_pipelines(chosen)}


@pytest.fixture
def merged(tmp_path: Path) -> tuple[Path, str]:
    """A project whose staging is merged, and the commit."""
    project = cloned(bank(pipelines="airflow"), tmp_path)
    pinned(project, "staging")
    return project, sh("git", "rev-parse", "HEAD", cwd=project).strip()


def step(
    project: Path, *arguments: str, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(project / "pipelines/release.sh"), *arguments],
        env=dict(env), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_passed_gate_proposes_what_staging_runs(merged: tuple[Path, str]) -> None:
    """The branch holds the same digests and the verdict; `main` is left to a person."""
    project, commit = merged
    env = says(project, "passed")
    assert step(project, "gate", "production", commit, env=env).returncode == 0
    assert branches(project) == []

    ran = step(project, "propose", "production", commit, env=env)

    branch = f"release/production-{commit}"
    assert ran.stdout.strip() == branch, ran.stderr
    bare = project.parent / "project.git"
    changed = sh("git", "diff", "--name-only", "main", branch, cwd=bare).split()
    assert "kubernetes/overlays/production/release.env" in changed
    assert any(path.startswith("evaluation/verdicts/production-") for path in changed)
    assert f"sha256:{'a' * 64}" in sh(
        "git", "show", f"{branch}:kubernetes/overlays/production/release.env", cwd=bare
    )
    assert asked(project) == ["production", "production"]


def test_the_same_proposal_twice_is_one(merged: tuple[Path, str]) -> None:
    """Which makes it safe to repeat after a machine was lost."""
    project, commit = merged
    env = says(project, "passed")
    first, second = (step(project, "propose", "staging", commit, env=env) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), second.stderr
    assert first.stdout == second.stdout
    assert branches(project) == [f"release/staging-{commit}"]


@pytest.mark.parametrize(("verdict", "code"), _VERDICTS)
@pytest.mark.parametrize("target", ["staging", "production"])
def test_no_other_verdict_proposes_anything(
    merged: tuple[Path, str], target: str, verdict: str, code: str
) -> None:
    project, commit = merged
    ran = step(project, "propose", target, commit, env=says(project, verdict, code))
    assert ran.returncode not in {0, 75}, "an answer is not to be repeated"
    assert verdict in ran.stderr or "no verdict «passed»" in ran.stderr
    assert branches(project) == []


def test_what_is_not_merged_does_not_move(merged: tuple[Path, str]) -> None:
    """A branch could weaken its own gate."""
    project, _ = merged
    sh("git", "commit", "--quiet", "--allow-empty", "--message", "mine", cwd=project)
    sh("git", "push", "--quiet", ADDRESS, "HEAD:mine", cwd=project)
    commit = sh("git", "rev-parse", "HEAD", cwd=project).strip()
    ran = step(project, "propose", "staging", commit, env=says(project, "passed"))
    assert (ran.returncode, branches(project)) == (3, [])
    assert "is not merged" in ran.stderr
    assert asked(project) == []


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("propose", "development"), id="nothing-moves-to-development"),
        pytest.param(("promote", "staging"), id="another-step"),
        pytest.param(("propose", "staging", "main"), id="a-name-that-moves"),
        pytest.param(("propose", "staging", "--upload-pack=x"), id="an-option"),
    ],
)
def test_other_words_are_refused(merged: tuple[Path, str], arguments: tuple[str, ...]) -> None:
    project, commit = merged
    words = arguments if len(arguments) > 2 else (*arguments, commit)
    assert step(project, *words, env=says(project, "passed")).returncode == 2
    assert (asked(project), branches(project)) == ([], [])


def test_a_repository_out_of_reach_is_told_from_a_refusal(merged: tuple[Path, str]) -> None:
    project, commit = merged
    env = {**says(project, "passed"), "REPOSITORY": str(project.parent / "nowhere.git")}
    assert step(project, "gate", "staging", commit, env=env).returncode == 75


def _runner(project: Path) -> dict[str, Any]:
    """The function of the programs that calls `release.sh`, as it stands in them."""
    names: dict[str, Any] = {"__file__": str(project / "pipelines/release.py")}
    exec("import os, subprocess\nfrom pathlib import Path\n" + RUN, names)  # noqa: S102
    return names


@pytest.mark.parametrize(
    ("verdict", "code", "repository", "raised"),
    [
        pytest.param("failed", "4", ADDRESS, "Refused", id="failed"),
        pytest.param("inconclusive", "3", ADDRESS, "Refused", id="inconclusive"),
        pytest.param(
            "passed", "0", "https://nowhere.invalid/x.git", "Unreachable", id="no-network"
        ),
    ],
)
def test_the_programs_know_a_refusal_from_a_lost_connection(
    merged: tuple[Path, str],
    monkeypatch: pytest.MonkeyPatch,
    verdict: str,
    code: str,
    repository: str,
    raised: str,
) -> None:
    """What is raised says what the gate said."""
    project, commit = merged
    for name, value in says(project, verdict, code).items():
        monkeypatch.setenv(name, value)
    names = _runner(project)
    with pytest.raises(names[raised], match="gate of staging ended with"):
        names["run"]("gate", "staging", commit, repository=repository, token="")


def test_the_scripts_see_nothing_else_of_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker's environment holds the secrets of its orchestrator."""
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines/release.sh").write_text("env\n")
    monkeypatch.setenv("WORKER_ONLY", "1")
    names = _runner(tmp_path)
    seen = names["run"]("gate", "staging", "0" * 40, repository="r", token="").splitlines()
    there = {line.split("=")[0] for line in seen} - {"PWD", "_", "SHLVL", "OLDPWD"}
    assert there <= {*names["KEPT"], "REPOSITORY", "RELEASE_TOKEN"}


def _steps(text: str) -> list[str]:
    """The steps that a program names as arguments of calls, in the order of its lines."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "name")]
            found += [
                (each.lineno, each.value)
                for each in given
                if isinstance(each, ast.Constant) and each.value in {"gate", "propose"}
            ]
    return [str(name) for _, name in sorted(found)]


@pytest.mark.obligation(42)
def test_each_program_asks_the_gate_and_then_proposes(option: str, files: dict[str, str]) -> None:
    """Two steps in this order, and no other way to the scripts."""
    text = files["pipelines/release.py"]
    compile(text, "release.py", "exec")
    assert list(dict.fromkeys(_steps(text))) == ["gate", "propose"]
    assert "promote.sh" not in text
    assert text.count("release.sh") >= 1
    assert PROGRAMS[option].text not in text, "what the plan says is filled in"


def test_nothing_releases_by_itself_and_no_secret_is_written(files: dict[str, str]) -> None:
    text = files["pipelines/release.py"]
    assert not re.search(
        r"cron|\binterval=|@daily|@hourly|Schedule|\.serve\(|sensor\b(?!\.)", _code(text)
    )
    assert not re.search(r"token\s*=\s*[\"']", text)
    assert "@SERVICE@" not in text
    assert "@RUN@" not in text


def _code(text: str) -> str:
    """Without comments and documentation, which may speak of schedules."""
    return ast.unparse(_undocumented(ast.parse(text)))


def _undocumented(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            body[0].value = ast.Constant(value="")
    return tree


def test_requirements_are_the_versions_of_the_catalog(option: str, files: dict[str, str]) -> None:
    tools = {tool.id: tool for tool in loader.tools()}
    pins = dict(line.split("==") for line in files["pipelines/requirements.txt"].splitlines())
    first = next(iter(pins.values()))
    assert first == tools[option].version.value
    assert all(re.fullmatch(r"\d+(\.\d+)+", version) for version in pins.values())


def test_temporal_is_tested_at_the_version_that_is_rendered() -> None:
    tested = (ROOT / "tests/tools/temporal/requirements.in").read_text().splitlines()
    (pin,) = PROGRAMS["temporal"].requirements.items()
    assert "==".join(pin) in tested


def test_it_reads_as_checked_code(files: dict[str, str], tmp_path: Path) -> None:
    """Ruff neither finds nor reformats anything in it, by its own defaults and at 100 columns."""
    path = tmp_path / "release.py"
    path.write_text(files["pipelines/release.py"])
    for command in (
        ["check", "--select=E,W,F,I,B,S,PL", "--ignore=S603,S607"],
        ["format", "--check"],
    ):
        ruff = [
            sys.executable,
            "-m",
            "ruff",
            *command,
            "--isolated",
            "--line-length=100",
            str(path),
        ]
        ran = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_person_is_asked_where_the_impact_is_high(
    option: str, chosen: Plan, files: dict[str, str]
) -> None:
    """In the run where the system can wait, by the rules of the repository where it cannot."""
    text, page = files["pipelines/release.py"], files["pipelines/README.md"]
    gaps = [f for f in platform_gaps(chosen) if f.where == "pipeline-orchestrator"]
    if PROGRAMS[option].approval:
        assert 'APPROVED: tuple[str, ...] = ("production",)' in text
        assert "no answer for" in page
        assert gaps == []
    else:
        assert "two reviews" in page
        assert len(gaps) == 1
    assert "APPROVAL" not in page


def test_nobody_is_asked_where_it_is_not(option: str) -> None:
    plan = planned("batch-llm-documents", pipelines=WORDS.get(option, option))
    assert not plan.brief.high_impact
    texts = {a.path: str(a.content) for a in render_pipelines(plan)}
    assert '("production",)' not in texts["pipelines/release.py"]
    assert not re.search(r"three days|two reviews|APPROVAL", texts["pipelines/README.md"])


@pytest.mark.obligation(42)
def test_the_choice_is_rendered(chosen: Plan) -> None:
    """No `AEG007` for it, and each file is one of the bundle's."""
    bundle = render_all(chosen)
    assert "pipeline-orchestrator" not in dict(unrendered(chosen, bundle))
    paths = {a.path for a in bundle}
    assert {f"pipelines/{n}" for n in ("release.py", "release.sh", "requirements.txt")} <= paths


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is absent: NOT judged")
def test_shellcheck_finds_nothing(files: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "release.sh"
    path.write_text(files["pipelines/release.sh"])
    ran = subprocess.run(["shellcheck", str(path)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_the_page_names_every_system() -> None:
    """Each by the word that the brief knows."""
    page = (ROOT / "docs/pipelines.md").read_text()
    for name in RENDERED:
        assert f"| `{WORDS.get(name, name)}` |" in page
