"""What the real programs answer, and how an answer becomes a finding."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aegis.base.finding import Finding, Span
from aegis.verify.report import Program, finding
from aegis.verify.tools.port import Outcome, Tools

_SINCE: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "amtool": {
        "url_file": (0, 26),
        "bot_token_file": (0, 26),
        "user_key_file": (0, 26),
        "token_file": (0, 26),
        "msteams_configs": (0, 26),
        "webhook_url_file": (0, 27),
        "jira_configs": (0, 28),
        "rocketchat_configs": (0, 28),
        "incidentio_configs": (0, 29),
        "chat_id_file": (0, 31),
    }
}
"""Fields and the release that brought them (prometheus/alertmanager CHANGELOG.md)."""

_UNKNOWN_FIELD = re.compile(r"field (\w+) not found in type")
_LINE = re.compile(r"(?:^|\s|:)(?:line )?([0-9]+):([0-9]+): ")


@dataclass(slots=True)
class Answers:
    """Findings, who judged which file, objects as they render, and what was not checked."""

    findings: list[Finding] = field(default_factory=list)
    judged: list[tuple[str, str]] = field(default_factory=list)
    built: dict[str, str] = field(default_factory=dict)
    unchecked: list[tuple[str, str]] = field(default_factory=list)
    programs: tuple[Program, ...] = ()
    absent: tuple[str, ...] = ()

    def take(self, other: Answers) -> None:
        """Adds the answers of another job."""
        self.findings += other.findings
        self.judged += other.judged
        self.built |= other.built
        self.unchecked += other.unchecked

    def record(
        self, tools: Tools, tool: str, path: str, said: Outcome, check: str, folder: Path
    ) -> None:
        """Keeps what a program said of a file: that it judged it, and what it refused."""
        version = tools.version(tool) or ""
        if said.code != 0 and (old := _too_old(tool, version, said)):
            self.unchecked.append((path, f"{tool} {version} does not know {old}"))
            return
        self.judged.append((path, f"{tool} {version}"))
        if said.code == 0:
            return
        name = "tool-failed" if said.code in {124, 126, 127} else check
        message = said.message.replace(f"{folder}/", "")
        place = _LINE.search(message)
        line, column = (int(place.group(1)), int(place.group(2))) if place else (1, 1)
        span = Span(path=path, line=max(line, 1), column=max(column, 1))
        self.findings.append(finding(name, f"{tool}: {message}", span=span))


Job = Callable[[], Answers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A program, the files about which it is asked, and how; run only where the program is."""

    tool: str
    paths: tuple[str, ...]
    job: Job


def inside(path: str) -> str:
    """Where a file is put below the temporary folder, wherever its own path leads.

    >>> inside("/a/../b.yaml"), inside("../../c.yaml"), inside("./d/e.yaml")
    ('b.yaml', 'up/up/c.yaml', 'd/e.yaml')
    """
    parts = posixpath.normpath(path).strip("/").split("/")
    return "/".join("up" if part == ".." else part for part in parts)


def write_files(files: Mapping[str, bytes | str], folder: Path) -> None:
    """Writes files below a folder, never outside of it."""
    for path, content in files.items():
        place = folder / inside(path)
        if place.is_dir() or any(parent.is_file() for parent in place.parents):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)


def _too_old(tool: str, version: str, said: Outcome) -> str:
    """What a program refuses only because it is older than the field, or nothing."""
    number = tuple(int(part) for part in re.findall(r"[0-9]+", version)[:2])
    unknown = set(_UNKNOWN_FIELD.findall(f"{said.output}\n{said.errors}"))
    newer = [
        f"`{field}` (since {since[0]}.{since[1]})"
        for field, since in sorted(_SINCE.get(tool, {}).items())
        if field in unknown and number < since
    ]
    return ", ".join(newer) if newer and len(newer) == len(unknown) else ""
