"""What an on-call engineer reads at night is words, in every example's runbooks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BRIEFS = ["startup-two-people", "support-assistant", "robot-perception", "nightly-batch"]
MAIN = "from aegis.cli.main import main; main()"
SHORT = re.compile(r"^(?:\d+\.|-) .{0,3}$", re.MULTILINE)


@pytest.mark.parametrize("name", BRIEFS)
def test_a_plan_warns_about_nothing_and_its_runbooks_are_sentences(
    name: str, tmp_path: Path
) -> None:
    """No step is a stray letter, and the command leaves nothing on standard error."""
    brief = ROOT / "examples" / name / "brief.yaml"
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "plan", str(brief), "-o", str(tmp_path / "plan")],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    pages = sorted((tmp_path / "plan" / "dossier" / "runbooks").glob("*.md"))

    assert (done.returncode, done.stderr) == (0, "")
    assert pages
    assert [page.name for page in pages if SHORT.search(page.read_text())] == []
