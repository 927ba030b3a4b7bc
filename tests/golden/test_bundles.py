"""What some briefs render to is what a person has read. To accept a change: `python scripts/golden.py`."""

from __future__ import annotations

import difflib
import importlib.util
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_SPEC = importlib.util.spec_from_file_location("golden", _ROOT / "scripts/golden.py")
assert _SPEC is not None
assert _SPEC.loader is not None
golden = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(golden)


@pytest.mark.parametrize("name", sorted(golden.BRIEFS))
def test_a_bundle_is_what_was_read(name: str) -> None:
    folder = golden.FOLDER / name
    read = {
        str(file.relative_to(folder)): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file()
    }
    now = golden.bundle(name)
    changed = [
        line
        for path in sorted(read.keys() | now.keys())
        if read.get(path) != now.get(path)
        for line in difflib.unified_diff(
            read.get(path, "").splitlines(),
            now.get(path, "").splitlines(),
            f"{path} (read)",
            path,
            "",
            "",
            1,
            "",
        )
    ]
    assert not changed, "\n".join(changed[:80])
