"""The real programs, behind one small port; a program that is absent is named, never faked."""

from __future__ import annotations

import importlib.resources
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

NAMES = ("promtool", "amtool", "kubectl", "helm", "terraform", "tofu", "mermaid", "pulumi")
TIMEOUT_S = 300.0
_VERSION_ARGS: Mapping[str, tuple[str, ...]] = {
    "kubectl": ("version", "--client"),
    "helm": ("version", "--short"),
    "terraform": ("version",),
    "tofu": ("version",),
    "pulumi": ("-c", "import importlib.metadata as m; print(m.version('pulumi'))"),
}
_VERSION = re.compile(r"v?([0-9]+\.[0-9]+\.[0-9]+[^\s,+]*(?:\+\w+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a program said."""

    code: int
    output: str
    errors: str = ""

    @property
    def message(self) -> str:
        """The last lines, short enough for a finding."""
        both = f"{self.output}\n{self.errors}".splitlines()
        lines = [line for line in both if line.strip() and "SUCCESS" not in line]
        return " / ".join(line.strip() for line in lines[-4:])[:600] or f"exit code {self.code}"


class Tools(Protocol):
    """The port: which version of a program is there, and what it says in a folder."""

    def version(self, name: str) -> str | None:
        """The version, or None when the program is absent."""

    def run(self, name: str, args: Sequence[str], folder: Path) -> Outcome:
        """Runs the program in a folder."""

    @property
    def runs_code(self) -> bool:
        """Whether unit tests that stand in the files may be run."""


@dataclass(slots=True)
class LocalTools:
    """The programs on this machine's search path (or at the given places).

    «mermaid» is its npm package, found below the working folder or `NODE_PATH` and run by node;
    «pulumi» its Python package, run by this Python. `runs_code` allows unit tests that stand in
    the files, and are code.
    """

    places: Mapping[str, str] = field(default_factory=dict)
    runs_code: bool = False
    _versions: dict[str, str | None] = field(default_factory=dict)

    def version(self, name: str) -> str | None:
        if name not in self._versions:
            self._versions[name] = self._ask(name)
        return self._versions[name]

    def _ask(self, name: str) -> str | None:
        if not self._command(name):
            return None
        with tempfile.TemporaryDirectory() as folder:
            said = self.run(name, _VERSION_ARGS.get(name, ("--version",)), Path(folder))
        found = _VERSION.search(said.output + said.errors)
        if found is None:
            return "unknown version" if said.code == 0 else None
        return found.group(1).rstrip(",")

    def _command(self, name: str) -> tuple[str, ...]:
        """What starts a program; empty when it is absent."""
        if name == "mermaid":
            return self._mermaid()
        if name == "pulumi":
            return (sys.executable,) if importlib.util.find_spec("pulumi") else ()
        place = self.places.get(name) or shutil.which(name)
        return (place,) if place else ()

    def _mermaid(self) -> tuple[str, ...]:
        node = shutil.which("node")
        named = (self.places.get("mermaid", ""), *os.environ.get("NODE_PATH", "").split(os.pathsep))
        for folder in (*named, str(Path.cwd() / "node_modules")):
            if node and folder and (Path(folder) / "mermaid" / "package.json").is_file():
                script = importlib.resources.files("aegis.verify") / "data" / "mermaid.mjs"
                return (node, str(script), folder)
        return ()

    def run(self, name: str, args: Sequence[str], folder: Path) -> Outcome:
        command = self._command(name)
        if not command:
            return Outcome(code=127, output="", errors=f"{name} is not on this machine")
        try:
            done = subprocess.run(  # noqa: S603  # a program found on the path, no shell
                [*command, *args],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
                stdin=subprocess.DEVNULL,
                errors="replace",
            )
        except subprocess.TimeoutExpired:
            return Outcome(code=124, output="", errors=f"no answer in {TIMEOUT_S:.0f} s")
        except OSError as error:
            return Outcome(code=126, output="", errors=str(error))
        return Outcome(code=done.returncode, output=done.stdout, errors=done.stderr)
