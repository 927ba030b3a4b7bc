"""The conversation as a model of the real `llm`, with its own command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

llm = pytest.importorskip("llm")

FIRST = "An 8B chatbot for 500 agents on AWS, 20 rps"
COMMAND = (
    "import llm.cli, llm.plugins, aegis.advisor.surfaces.llm_plugin as plugin;"
    "llm.plugins.pm.is_registered(plugin) or llm.plugins.pm.register(plugin);"
    "llm.cli.cli()"
)


def _llm(folder: Path, *arguments: str) -> str:
    """The command line of `llm`, with no plug-in but ours and its data in a folder."""
    # `LLM_LOAD_PLUGINS` keeps out plug-ins whose own dependencies are not here
    settings = {**os.environ, "LLM_USER_PATH": str(folder), "LLM_LOAD_PLUGINS": ""}
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        env=settings, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_llm_lists_the_model(tmp_path: Path) -> None:
    assert "aegis" in _llm(tmp_path, "models")


def test_a_conversation_of_llm_goes_on_from_its_plan(tmp_path: Path) -> None:
    """`llm -c` sends only the new sentence; the earlier ones are heard again from its log."""
    planned = _llm(tmp_path, "-m", "aegis", FIRST)
    assert "Recommended architecture" in planned
    why = _llm(tmp_path, "-c", "why vLLM?")
    assert "vLLM" in why
    assert "Before there is a plan" not in why


def test_a_stream_is_the_whole_answer(tmp_path: Path) -> None:
    assert _llm(tmp_path, "-m", "aegis", FIRST) == _llm(
        tmp_path, "-m", "aegis", "--no-stream", FIRST
    )


def test_the_package_names_the_plug_in() -> None:
    """`llm` finds it by the entry point."""
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    assert '[project.entry-points.llm]\naegis = "aegis.advisor.surfaces.llm_plugin"' in project
