"""The list of obligations is whole, and its page says what the tests say."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "obligations.py"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("obligations_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_row_is_there_once() -> None:
    """One hundred and twelve rows, numbered without a gap."""
    assert [row.id for row in _script().rows()] == list(range(1, 113))


def test_every_row_has_a_test_or_says_why_it_waits() -> None:
    """Nothing is promised in silence."""
    silent = [row.id for row in _script().rows() if not row.tests and not row.waits]

    assert silent == []


def test_no_hard_row_of_plans_and_documents_waits() -> None:
    """What a plan or a page can break today is proved today."""
    waiting = [row.id for row in _script().rows()
               if row.severity == "H" and row.status == "waits" and {"P", "D"} & set(row.target)]  # fmt: skip

    assert waiting == []


def test_the_page_is_current() -> None:
    """`python scripts/obligations.py` writes it."""
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], check=False)

    assert done.returncode == 0, "run: python scripts/obligations.py"
