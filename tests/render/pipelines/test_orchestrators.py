"""The five programs, run by the orchestrators themselves where these are installed.

Each has an environment of its own, `tests/tools/SYSTEM/.venv`: `scripts/tools.sh` makes that of Temporal, which
brings its server; `scripts/orchestrators.sh SYSTEM` makes the others, which are large. What runs is the rendered
file against a repository in a folder; `aegis` is a stand-in that says a verdict and records that it was asked.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.render.pipelines.conftest import (
    ADDRESS,
    ROOT,
    asked,
    bank,
    branches,
    cloned,
    pinned,
    says,
    sh,
)

_DRIVERS = Path(__file__).parent / "drivers"
_SLOW = {
    "airflow",
    "prefect",
}  # 12 to 15 seconds of a processor for a run, most of it their own database


def _system(name: str) -> object:
    python = ROOT / f"tests/tools/{name}/.venv/bin/python"
    absent = pytest.mark.skipif(
        not python.exists(),
        reason=f"tests/tools/{name}/.venv is absent (scripts/orchestrators.sh {name}): NOT run by {name}",
    )
    return pytest.param(
        name, id=name, marks=[absent, *([pytest.mark.slow] if name in _SLOW else [])]
    )


_ALL = [_system(name) for name in ("airflow", "dagster", "kubeflow", "prefect", "temporal")]
_ASKING = [_system(name) for name in ("prefect", "temporal")]


def run(
    system: str, folder: Path, target: str, verdict: str, *, code: str = "0", answer: str = "yes"
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A run of a system for a merged commit; its exit code is 0 when the system calls the run a success."""
    project = cloned(bank(pipelines=system), folder)
    pinned(project, "staging")
    commit = sh("git", "rev-parse", "HEAD", cwd=project).strip()
    python = ROOT / f"tests/tools/{system}/.venv/bin/python"
    program = str(project / "pipelines/release.py")
    ran = subprocess.run(
        [str(python), str(_DRIVERS / f"run_{system}.py"), program, target, commit, answer],
        env={**says(project, verdict, code), "REPOSITORY": ADDRESS},
        cwd=folder, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    return project, ran


@pytest.mark.obligation(42)
@pytest.mark.parametrize("system", _ALL)
def test_a_passed_gate_proposes_staging(system: str, tmp_path: Path) -> None:
    project, ran = run(system, tmp_path, "staging", "passed")
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    commit = sh("git", "rev-parse", "HEAD", cwd=project).strip()
    assert branches(project) == [f"release/staging-{commit}"]
    assert asked(project) == ["staging", "staging"], "the gate, then once more beside the proposal"


@pytest.mark.obligation(42)
@pytest.mark.parametrize("system", _ALL)
def test_a_gate_that_did_not_pass_is_asked_once_and_proposes_nothing(
    system: str, tmp_path: Path
) -> None:
    project, ran = run(system, tmp_path, "staging", "inconclusive", code="3")
    assert ran.returncode == (3 if system == "kubeflow" else 1), (
        ran.stdout[-3000:] + ran.stderr[-3000:]
    )
    assert branches(project) == []
    assert asked(project) == ["staging"]


@pytest.mark.parametrize(("answer", "proposed"), [("yes", 1), ("no", 0)])
@pytest.mark.parametrize("system", _ASKING)
def test_production_waits_for_a_person(
    system: str, tmp_path: Path, answer: str, proposed: int
) -> None:
    """The person is asked after the gate, and a no ends the run."""
    project, ran = run(system, tmp_path, "production", "passed", answer=answer)
    assert len(branches(project)) == proposed, ran.stdout[-3000:] + ran.stderr[-3000:]
    assert ran.returncode == 1 - proposed
    assert asked(project) == ["production"] * (1 + proposed)


@pytest.mark.parametrize("system", [_system("airflow")])
def test_airflow_asks_between_gate_and_proposal(system: str, tmp_path: Path) -> None:
    """Read from the loaded DAG: only a running API server takes an answer."""
    _, ran = run(system, tmp_path, "production", "passed")
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
