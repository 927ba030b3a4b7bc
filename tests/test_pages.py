"""Pages that follow from the program are current, and nothing is without its page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from aegis.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent


def test_generated_pages_and_the_readme_say_what_the_program_says() -> None:
    """`scripts/pages.py` has nothing left to write; the README's excerpt is today's output."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "pages.py", "--check"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr[-2000:]


def test_every_command_has_a_page_and_every_page_a_command() -> None:
    """No command without help to read, no page of a command that is gone."""
    pages = {p.stem for p in (ROOT / "docs" / "commands").glob("*.md")}

    assert pages == set(COMMANDS)
