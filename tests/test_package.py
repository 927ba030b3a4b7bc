"""Promises about the package as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

_AUDIT = """
import sys, threading
seen = []
WATCHED = {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.fork",
           "os.posix_spawn", "os.exec", "os.system"}
sys.addaudithook(lambda event, args: seen.append(event) if event in WATCHED else None)
before = threading.active_count()
import importlib, pkgutil
import aegis
MODULES = MODULE_LIST
for name in MODULES:
    importlib.import_module(name)
assert threading.active_count() == before, "an import started a thread"
assert not seen, seen
"""


def _modules() -> list[str]:
    source = ROOT / "src"
    return sorted(
        ".".join(file.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        for file in (source / "aegis").rglob("*.py")
        if file.name != "__main__.py"
    )


def test_importing_anything_opens_no_socket_and_starts_no_process_or_thread() -> None:
    """An audit hook watches while every module is imported in a fresh interpreter."""
    script = _AUDIT.replace("MODULE_LIST", repr(_modules()))
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )

    assert result.returncode == 0, result.stderr[-2000:]


def test_help_imports_neither_pydantic_nor_numpy() -> None:
    """`aegis --help` stays quick because nothing heavy is imported for it."""
    code = (
        "import sys\n"
        "from aegis.cli.main import cli\n"
        "try:\n    cli(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'pydantic', 'numpy', 'yaml'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )

    assert result.returncode == 0, result.stderr[-2000:]


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    names = [n for n in listed.stdout.decode().split("\0") if n]
    return [ROOT / n for n in names if (ROOT / n).is_file()]


def test_no_file_of_the_repository_holds_a_secret() -> None:
    """What we ask of others: `find_secrets` over every tracked text file finds nothing."""
    from aegis.detect.secrets import find_secrets  # noqa: PLC0415  # the package under test

    found = []
    for file in _tracked():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{file.relative_to(ROOT)}: {s.kind}" for s in find_secrets(text)]

    assert not found


def test_no_file_of_the_repository_names_a_machine() -> None:
    """Paths of somebody's home or build machine do not belong into a project."""
    marks = ["/" + "root/", "/" + "work/", "/" + "home/runner"]
    found = []
    for file in _tracked():
        if file.suffix in {".lock", ".gz", ".png"}:
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{file.relative_to(ROOT)}: {m}" for m in marks if m in text]

    assert not found
