"""The Pulumi program: its own unit tests pass with Pulumi's mocks, and it is typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.render.iac import rendered

from aegis.base import conventions as names
from aegis.operations.planning import to_text
from aegis.plan.types import Plan
from aegis.render.iac import render_iac

TOOLS = Path(__file__).parents[2] / "tools/infrastructure/.venv/bin/python"
with_pulumi = pytest.mark.skipif(
    not TOOLS.exists(),
    reason="tests/tools/infrastructure is absent (scripts/tools.sh): the program was NOT run by Pulumi",
)


def write(plan: Plan, folder: Path) -> Path:
    for artifact in render_iac(plan):
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_text(artifact), "utf-8")
    return folder / "iac/pulumi"


def test_each_environment_is_a_stack_and_the_program_is_one() -> None:
    made = {a.path: a for a in render_iac(rendered.plan_on("aws", iac="pulumi"))}
    stacks = [made[f"iac/pulumi/Pulumi.{e}.yaml"].content for e in names.ENVIRONMENTS]
    settings = [stack["config"] for stack in stacks if isinstance(stack, dict)]

    assert len({frozenset(each) for each in settings if isinstance(each, dict)}) == 1
    assert "iac/pulumi/__main__.py" in made


def test_another_plan_changes_the_stacks_and_not_the_program() -> None:
    one = {a.path: a for a in render_iac(rendered.plan_on("aws", iac="pulumi"))}
    two = {a.path: a for a in render_iac(rendered.plan_on("aws", iac="pulumi", brief="ranking"))}
    changed = {path for path in one if one[path].content != two[path].content}

    assert changed == {
        "iac/README.md",
        "iac/pulumi/Pulumi.yaml",
        *(f"iac/pulumi/Pulumi.{e}.yaml" for e in names.ENVIRONMENTS),
    }


@with_pulumi
@pytest.mark.obligation(33)
@pytest.mark.slow
@pytest.mark.parametrize("brief", ["cluster-chat", "ranking"])
def test_its_own_tests_pass(brief: str, tmp_path: Path) -> None:
    """The rendered tests, run by Pulumi's library with mocks: no engine, no cloud."""
    folder = write(rendered.plan_on("aws", iac="pulumi", brief=brief), tmp_path)
    ran = subprocess.run(
        [str(TOOLS), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout


@with_pulumi
@pytest.mark.slow
def test_its_own_tests_can_fail(tmp_path: Path) -> None:
    """A store that keeps records a day longer than the plan says is found."""
    folder = write(rendered.plan_on("aws", iac="pulumi"), tmp_path)
    program = folder / "service.py"
    kept = '"days": self.settings.retention_days'
    program.write_text(program.read_text("utf-8").replace(kept, f"{kept} + 1"))
    ran = subprocess.run(
        [str(TOOLS), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "-k", "end"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert ran.returncode == 1, ran.stdout + ran.stderr


@with_pulumi
@pytest.mark.slow
def test_the_program_is_typed(tmp_path: Path) -> None:
    """mypy, strict, against Pulumi's own types."""
    folder = write(rendered.plan_on("aws", iac="pulumi"), tmp_path)
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(TOOLS),
         "__main__.py", "cluster.py", "service.py"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stdout
