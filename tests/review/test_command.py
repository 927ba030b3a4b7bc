"""`aegis review` as a person runs it: exit codes, files known before, the past."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from aegis.cli.commands.explain import explain
from aegis.cli.commands.review import BASELINE, review

LOADS = "import pickle\n\nmodel = pickle.load(open('model.bin', 'rb'))\n"
ROOT = Path(__file__).parents[2]


def aegis_review(*arguments: object) -> Result:
    return CliRunner().invoke(review, [str(each) for each in arguments])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param((), 4, id="findings"),
        pytest.param(("--fail-on", "critical"), 0, id="not-that-severe"),
        pytest.param(("--history",), 2, id="history-of-no-checkout"),
        pytest.param(("--diff", "HEAD"), 2, id="change-of-no-checkout"),
        pytest.param(("--new-only",), 2, id="no-baseline-yet"),
    ],
)
def test_the_exit_code_says_what_happened(
    arguments: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    """0 done, 2 usage, 4 findings."""
    (tmp_path / "app.py").write_text(LOADS)

    assert aegis_review(tmp_path, *arguments).exit_code == code


def test_new_only_leaves_out_what_the_baseline_of_the_folder_knows(tmp_path: Path) -> None:
    """Without `--baseline` the file has its usual name."""
    (tmp_path / "app.py").write_text(LOADS)
    aegis_review(tmp_path, "--write-baseline", tmp_path / BASELINE)

    quiet = aegis_review(tmp_path, "--new-only")
    counted = aegis_review(tmp_path, "--baseline", tmp_path / BASELINE)

    assert quiet.exit_code == 0
    assert "baseline" not in quiet.output
    assert "known from the baseline: 1" in counted.output


def test_a_file_that_is_no_baseline_is_named(tmp_path: Path) -> None:
    """A sentence, no traceback."""
    (tmp_path / "app.py").write_text(LOADS)
    (tmp_path / "other.json").write_text("{}")

    said = aegis_review(tmp_path, "--baseline", tmp_path / "other.json")

    assert said.exit_code == 2
    assert "not a baseline" in said.output


def test_an_explained_rule_says_in_which_profile_it_speaks() -> None:
    """And how much it weighs; a question is called one."""
    said = [CliRunner().invoke(explain, [code]).output for code in ("AEG201", "AEG462", "AEG427")]

    assert "Severity high; it speaks in every profile." in said[0]
    assert "it speaks in the profiles review and audit." in said[1]
    assert "Severity medium, as a question" in said[2]


def test_the_history_says_how_far_it_is(tmp_path: Path) -> None:
    """Progress goes to the error stream, the report to the output."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "app.py").write_text("print(1)\n")

    said = aegis_review(tmp_path, "--history")

    assert said.exit_code == 0
    assert "history: 0 texts read" in said.stderr


@pytest.mark.parametrize(
    "name", ["action.yml", "ci-templates/gitlab.yml", ".pre-commit-hooks.yaml"]
)
def test_what_others_include_runs_options_that_exist(name: str) -> None:
    """Templates name only options of the command."""
    text = (ROOT / name).read_text("utf-8")
    known = {option for each in review.params for option in each.opts} | {"--quiet", "--no-tools"}

    assert yaml.safe_load(text)
    assert {word for word in text.split() if word[:2] == "--" and len(word) > 2} <= known
