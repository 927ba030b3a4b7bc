"""`aegis review`, `verify`, `size`, `init` and `gateway --check` as processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PINNED = "a" * 40
SERVICE = """
from fastapi import FastAPI
from transformers import AutoModel

app = FastAPI()
model = AutoModel.from_pretrained("acme/triage-bert"{revision})


@app.post("/score")
def score(text: str) -> dict:
    return {{"score": float(model(text))}}
"""


def aegis(
    *arguments: str | Path, cwd: Path | None = None, text: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aegis.cli.main", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=120, cwd=cwd, input=text,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
    )  # fmt: skip


def repository(folder: Path, *, revision: str = "") -> Path:
    (folder / "serve").mkdir(parents=True)
    (folder / "serve" / "app.py").write_text(SERVICE.format(revision=revision), encoding="utf-8")
    (folder / "Dockerfile").write_text("FROM python:3.11\nCOPY serve /serve\n", encoding="utf-8")
    return folder


def test_a_moving_model_reference_is_found_with_its_place(tmp_path: Path) -> None:
    """The place, the reason and the mend stand in the text; exit 4 at the threshold."""
    result = aegis("review", repository(tmp_path), "--fail-on", "medium")

    assert result.returncode == 4
    assert "AEG201" in result.stdout
    assert "serve/app.py:6" in result.stdout


def test_a_pinned_revision_is_not_a_moving_one(tmp_path: Path) -> None:
    """The same service with forty hex digits has no such finding."""
    result = aegis("review", repository(tmp_path, revision=f', revision="{PINNED}"'))

    assert "AEG201" not in result.stdout


@pytest.mark.parametrize("form", ["json", "sarif", "gitlab"])
def test_reports_for_programs_are_json(tmp_path: Path, form: str) -> None:
    """Whatever the findings, the report parses."""
    document = json.loads(aegis("review", repository(tmp_path), "--format", form).stdout)

    assert document


def test_a_baseline_hides_what_is_known_and_shows_what_is_new(tmp_path: Path) -> None:
    """Written once; the next run is quiet, a new file with the same problem is not."""
    folder = repository(tmp_path / "repo", revision=f', revision="{PINNED}"')
    known = tmp_path / "known.json"
    aegis("review", folder, "--write-baseline", known)
    quiet = aegis("review", folder, "--baseline", known)
    (folder / "serve" / "worker.py").write_text(SERVICE.format(revision=""), encoding="utf-8")
    loud = aegis("review", folder, "--baseline", known)

    assert "AEG201" not in quiet.stdout
    assert "AEG201" in loud.stdout


def test_only_files_changed_since_a_revision_are_reported(tmp_path: Path) -> None:
    """`--diff HEAD` of a clean checkout has nothing to say."""
    folder = repository(tmp_path)
    git = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)

    assert "AEG201" not in aegis("review", folder, "--diff", "HEAD").stdout
    assert aegis("review", folder, "--diff", "no-such-revision").returncode == 2


def test_verify_names_the_nearest_field_and_who_judged(tmp_path: Path) -> None:
    """A misspelt field is refused as an API server would refuse it."""
    (tmp_path / "d.yaml").write_text(
        "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {port: [{port: 80}]}\n",
        encoding="utf-8",
    )
    result = aegis("verify", tmp_path, "--no-tools")

    assert result.returncode == 4
    assert "did you mean `ports`?" in result.stdout
    assert "judged by" in result.stdout


def test_verify_of_broken_yaml_is_a_finding_with_a_line(tmp_path: Path) -> None:
    """Never a traceback."""
    (tmp_path / "d.yaml").write_text("a: [1\nb: 2\n", encoding="utf-8")
    result = aegis("verify", tmp_path, "--no-tools")

    assert result.returncode == 4
    assert "d.yaml:" in result.stdout
    assert "Traceback" not in result.stderr


def _size(
    model: str = "meta-llama/Llama-3.1-8B-Instruct", input_tokens: int = 900
) -> tuple[str, ...]:
    return (
        "size", "--model", model, "--input", str(input_tokens), "--output", "250", "--tpot-p95", "40ms",
    )  # fmt: skip


SIZE = _size()


def test_size_answers_with_intervals_prices_and_our_error() -> None:
    """Candidates carry intervals; a price carries provider and date; our error is stated."""
    document = json.loads(aegis(*SIZE, "--peak-rps", "20", "--format", "json").stdout)
    row = document["rows"][0]

    assert row["ttft_ms"]["low"] <= row["ttft_ms"]["value"] <= row["ttft_ms"]["high"]
    assert row["cost"]["price"]["as_of"]
    assert row["cost"]["price"]["provider"]
    assert "median error" in row["our_error"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param((*SIZE, "--peak-rps", "0"), "0", id="zero-rate"),
        pytest.param((*_size("no/such"), "--peak-rps", "1"), "no model", id="unknown-model"),
        pytest.param(
            (*_size(input_tokens=900_000), "--peak-rps", "1"), "context", id="beyond-the-context"
        ),
        pytest.param(
            (*SIZE, "--peak-rps", "1", "--ttft-p95", "fast"), "no duration", id="no-duration"
        ),
    ],
)
def test_what_cannot_be_sized_says_what_would_help(arguments: tuple[str, ...], words: str) -> None:
    """Exit 2 and a sentence."""
    result = aegis(*arguments)

    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_init_by_flags_writes_a_brief_that_plans(tmp_path: Path) -> None:
    """What `init` writes, `plan` reads."""
    brief = tmp_path / "brief.yaml"
    made = aegis(
        "init",
        brief,
        "--set",
        "name=helper",
        "--set",
        "purpose=Answers staff",
        "--set",
        "workload.kind=chat",
        "--set",
        "model.reference=Qwen/Qwen3-8B",
    )
    planned = aegis("plan", brief, "-o", tmp_path / "out")

    assert made.returncode == 0, made.stderr
    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_an_interview_that_is_interrupted_goes_on_later(tmp_path: Path) -> None:
    """Every answer is on disk at once; the second run asks what is left."""
    brief = tmp_path / "brief.yaml"
    first = aegis("init", brief, text="helper\nAnswers staff questions\n")
    second = aegis("init", brief, text="")

    assert "goes on from there" in first.stdout
    assert "What is the service called?" in first.stdout
    assert "What is the service called?" not in second.stdout


def test_the_gateway_reads_the_policy_of_a_plan(tmp_path: Path) -> None:
    """`aegis gateway --check` says what a rendered policy does."""
    aegis("plan", ROOT / "examples" / "support-assistant" / "brief.yaml", "-o", tmp_path)
    result = aegis(
        "gateway",
        "--policy",
        tmp_path / "gateway" / "policy.yaml",
        "--upstream",
        "http://127.0.0.1:9",
        "--check",
    )

    assert result.returncode == 0, result.stderr
    assert "secrets-out (output: block)" in result.stdout
