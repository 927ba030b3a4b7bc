"""The command line as a person and as a program use it: real processes, real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
ASSISTANT = EXAMPLES / "support-assistant" / "brief.yaml"


def aegis(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the installed command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "aegis.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
    )


@pytest.mark.parametrize(
    ("example", "flags", "code"),
    [
        pytest.param("support-assistant", [], 0, id="staging-may-open"),
        pytest.param("support-assistant", ["--require", "production"], 3, id="production-may-not"),
        pytest.param("support-assistant", ["--fail-on", "high"], 4, id="findings-at-the-threshold"),
        pytest.param("stopped-no-evaluation", [], 0, id="stopped-at-staging"),
        pytest.param("refused-no-way-back", [], 3, id="refused-no-way-back"),
        pytest.param("refused-skip-reviews", [], 3, id="refused-skipped-reviews"),
    ],
)
def test_exit_codes_mean_what_the_help_says(
    tmp_path: Path, example: str, flags: list[str], code: int
) -> None:
    """0 done, 3 refused, 4 findings at or above --fail-on."""
    result = aegis("plan", EXAMPLES / example / "brief.yaml", "-o", tmp_path / "out", *flags)

    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_a_refused_brief_leaves_nothing_on_disk(tmp_path: Path) -> None:
    """A hard rule closes the exit: not even an empty folder is written."""
    out = tmp_path / "out"
    result = aegis("plan", EXAMPLES / "refused-no-way-back" / "brief.yaml", "-o", out)

    assert "nothing was written" in " ".join(result.stdout.split())
    assert not out.exists()


def test_the_answer_begins_with_the_recommendation(tmp_path: Path) -> None:
    """The first words are the verdict in plain prose; the last say what a script can rely on."""
    lines = aegis("plan", ASSISTANT, "-o", tmp_path / "out").stdout.splitlines()

    assert lines[0].startswith("Deploy Llama-3.1-8B-Instruct on vLLM")
    assert "blocks production" in "\n".join(lines)
    assert lines[-1].strip().startswith("exit 0")


def test_json_is_one_document_that_its_schema_accepts(tmp_path: Path) -> None:
    """`--format json` validates against `aegis schema plan-result`."""
    import jsonschema  # noqa: PLC0415  # only here

    result = aegis("plan", ASSISTANT, "-o", tmp_path / "out", "--format", "json")
    schema = json.loads(aegis("schema", "plan-result").stdout)
    document = json.loads(result.stdout)

    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["staging_open"] is True
    assert document["production_open"] is False


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    """Same brief, same catalog, same files."""
    for name in ("a", "b"):
        aegis("plan", ASSISTANT, "-o", tmp_path / name)
    files = sorted(
        p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file()
    )

    assert files
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_a_hand_made_change_is_kept_beside_the_new_file(tmp_path: Path) -> None:
    """Planning again never overwrites what somebody wrote into a file of ours."""
    out = tmp_path / "out"
    aegis("plan", ASSISTANT, "-o", out)
    page = out / "dossier" / "README.md"
    page.write_text("my own notes\n", encoding="utf-8")
    mine = out / "notes.txt"
    mine.write_text("keep me\n", encoding="utf-8")

    aegis("plan", ASSISTANT, "-o", out)

    assert (out / "dossier" / "README.md.yours").read_text(encoding="utf-8") == "my own notes\n"
    assert page.read_text(encoding="utf-8") != "my own notes\n"
    assert mine.read_text(encoding="utf-8") == "keep me\n"


def test_a_typing_error_in_a_brief_names_line_column_and_the_nearest_word(tmp_path: Path) -> None:
    """An error says what is wrong, where, and what to do; all of them at once."""
    brief = tmp_path / "brief.yaml"
    text = ASSISTANT.read_text(encoding="utf-8")
    brief.write_text(
        text.replace("kind: rag", "kind: rga").replace("residency:", "residense:"), encoding="utf-8"
    )
    result = aegis("plan", brief)

    assert result.returncode == 2
    assert "did you mean `rag`?" in result.stdout
    assert "did you mean `residency`?" in result.stdout
    assert f"{brief}:" in result.stdout


def test_diff_explains_what_moved(tmp_path: Path) -> None:
    """More traffic: the numbers that follow from it move, and the diff says from what."""
    brief = tmp_path / "brief.yaml"
    text = ASSISTANT.read_text(encoding="utf-8")
    brief.write_text(text.replace("peak_rps: 20", "peak_rps: 80"), encoding="utf-8")
    aegis("plan", ASSISTANT, "-o", tmp_path / "old")
    aegis("plan", brief, "-o", tmp_path / "new")

    result = aegis("diff", tmp_path / "old", tmp_path / "new")

    assert result.returncode == 0
    assert "traffic.peak: 20 req/s → 80 req/s" in result.stdout
    assert "follows from" in result.stdout


def test_diff_of_a_plan_with_itself_is_empty(tmp_path: Path) -> None:
    """Nothing moved, and it says so."""
    aegis("plan", ASSISTANT, "-o", tmp_path / "one")

    assert (
        aegis("diff", tmp_path / "one", tmp_path / "one").stdout.strip()
        == "The plans are the same."
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["catalog"], ["accelerators", "regulations"], id="families"),
        pytest.param(["catalog", "accelerators", "nvidia-l40s"], ["864", "read 2026"], id="entry"),
        pytest.param(["catalog", "engines", "tei"], ["port: 80\n"], id="whole-number"),
        pytest.param(["explain", "AEG107"], ["evaluation"], id="rule"),
        pytest.param(["schema"], ['"workload"'], id="schema"),
        pytest.param(["--help"], ["aegis plan examples/support-assistant/brief.yaml"], id="help"),
    ],
)
def test_commands_answer(arguments: list[str], words: list[str]) -> None:
    """Each lists or explains what it says it does."""
    result = aegis(*arguments)

    assert result.returncode == 0, result.stderr
    for word in words:
        assert word in result.stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        pytest.param(["plna"], "Did you mean `aegis plan`?", id="command"),
        pytest.param(["catalog", "acelerators"], "did you mean `accelerators`", id="family"),
        pytest.param(["catalog", "accelerators", "nvidia-l40z"], "`nvidia-l40`", id="entry"),
        pytest.param(["explain", "AEG999"], "there is no rule `AEG999`", id="rule"),
        pytest.param(["diff", ".", "."], "plan.json", id="no-plan"),
    ],
)
def test_wrong_usage_is_told_what_to_do(tmp_path: Path, arguments: list[str], hint: str) -> None:
    """Exit 2, one sentence, the nearest word."""
    result = aegis(*arguments, cwd=tmp_path)

    assert result.returncode == 2
    assert hint in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe\x00\x01", id="not-utf-8"),
        pytest.param(b"- just\n- a list\n", id="a-list"),
        pytest.param(b"a: &a [*a]\n", id="an-alias-of-itself"),
        pytest.param(b"name: [unclosed\n", id="unclosed"),
    ],
)
def test_any_bytes_as_a_brief_give_an_error_a_person_can_use(
    tmp_path: Path, content: bytes
) -> None:
    """Exit 2 with a code and a place, never a traceback."""
    brief = tmp_path / "brief.yaml"
    brief.write_bytes(content)
    result = aegis("plan", brief)

    assert result.returncode == 2
    assert "error[AEG0" in result.stdout
    assert "Traceback" not in result.stderr
