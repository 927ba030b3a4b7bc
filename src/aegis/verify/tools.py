"""The real programs, behind one small port; a program that is absent is named, never faked."""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import yaml

from aegis.base.finding import Finding, Span
from aegis.verify.access import dig, listing, mapping, text, whole
from aegis.verify.files import KUSTOMIZATIONS, File, documents, shape
from aegis.verify.report import Program, finding

NAMES = ("promtool", "amtool", "kubectl", "terraform")
TIMEOUT_S = 300.0
_VERSION_ARGS: Mapping[str, tuple[str, ...]] = {
    "promtool": ("--version",),
    "amtool": ("--version",),
    "kubectl": ("version", "--client"),
    "terraform": ("version",),
}
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

_NO_FILE = re.compile(r"([^\s:']+)'?: no such file")
_UNKNOWN_FIELD = re.compile(r"field (\w+) not found in type")
_VERSION = re.compile(r"v?([0-9]+\.[0-9]+\.[0-9]+\S*)")
_LINE = re.compile(r"(?:^|\s|:)(?:line )?([0-9]+):([0-9]+): ")


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


@dataclass(slots=True)
class LocalTools:
    """The programs on this machine's search path (or at the given places)."""

    places: Mapping[str, str] = field(default_factory=dict)
    _versions: dict[str, str | None] = field(default_factory=dict)

    def version(self, name: str) -> str | None:
        if name not in self._versions:
            self._versions[name] = self._ask(name)
        return self._versions[name]

    def _ask(self, name: str) -> str | None:
        if self._place(name) is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            said = self.run(name, _VERSION_ARGS.get(name, ("--version",)), Path(folder))
        found = _VERSION.search(said.output + said.errors)
        return found.group(1).rstrip(",") if found else "unknown version"

    def _place(self, name: str) -> str | None:
        return self.places.get(name) or shutil.which(name)

    def run(self, name: str, args: Sequence[str], folder: Path) -> Outcome:
        place = self._place(name)
        if place is None:
            return Outcome(code=127, output="", errors=f"{name} is not on this machine")
        try:
            done = subprocess.run(  # noqa: S603  # a program found on the path, no shell
                [place, *args],
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


@dataclass(slots=True)
class ToolReport:
    """Findings, who judged which file, overlays as they render, and what was not checked."""

    findings: list[Finding] = field(default_factory=list)
    judged: list[tuple[str, str]] = field(default_factory=list)
    built: dict[str, str] = field(default_factory=dict)
    unchecked: list[tuple[str, str]] = field(default_factory=list)
    programs: tuple[Program, ...] = ()
    absent: tuple[str, ...] = ()


def judge_with_tools(
    files: Mapping[str, bytes | str], opened: Sequence[File], tools: Tools
) -> ToolReport:
    """Asks each program that is present about the files it knows."""
    known = [(name, tools.version(name)) for name in NAMES]
    report = ToolReport(
        programs=tuple(Program(name=name, version=each) for name, each in known if each),
        absent=tuple(name for name, each in known if each is None),
    )
    with tempfile.TemporaryDirectory(prefix="aegis-verify-") as name:
        folder = Path(name)
        write_files(files, folder)
        for judge in (_rules, _rule_objects, _rule_tests, _alertmanager, _overlays, _terraform):
            judge(folder, opened, tools, report)
    return report


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


def _record(
    report: ToolReport,
    tools: Tools,
    tool: str,
    path: str,
    said: Outcome,
    name: str,
    folder: Path,
) -> None:
    version = tools.version(tool) or ""
    if said.code != 0 and (old := _too_old(tool, version, said)):
        report.unchecked.append((path, f"{tool} {version} does not know {old}"))
        return
    report.judged.append((path, f"{tool} {version}"))
    if said.code == 0:
        return
    check = "tool-failed" if said.code in {124, 126, 127} else name
    message = said.message.replace(f"{folder}/", "")
    place = _LINE.search(message)
    line, column = (int(place.group(1)), int(place.group(2))) if place else (1, 1)
    span = Span(path=path, line=max(line, 1), column=max(column, 1))
    report.findings.append(finding(check, f"{tool}: {message}", span=span))


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


def _present(tools: Tools, tool: str, path: str, report: ToolReport) -> bool:
    if tools.version(tool) is not None:
        return True
    report.unchecked.append((path, f"{tool} is not on this machine"))
    return False


def _rules(folder: Path, opened: Sequence[File], tools: Tools, report: ToolReport) -> None:
    for file in opened:
        if shape(file) == "prometheus-rules" and _present(tools, "promtool", file.path, report):
            said = tools.run("promtool", ("check", "rules", inside(file.path)), folder)
            _record(report, tools, "promtool", file.path, said, "promtool-refused", folder)


def _rule_objects(folder: Path, opened: Sequence[File], tools: Tools, report: ToolReport) -> None:
    for file in opened:
        for number, (_, value, _) in enumerate(documents(file)):
            groups = dig(value, "spec", "groups")
            if value.get("kind") != "PrometheusRule" or not isinstance(groups, list):
                continue
            if not _present(tools, "promtool", file.path, report):
                return
            name = f"aegis-rules-{number}.yaml"
            (folder / name).write_text(yaml.safe_dump({"groups": groups}), "utf-8")
            said = tools.run("promtool", ("check", "rules", name), folder)
            _record(report, tools, "promtool", file.path, said, "promtool-refused", folder)


def _rule_tests(folder: Path, opened: Sequence[File], tools: Tools, report: ToolReport) -> None:
    for file in opened:
        if shape(file) == "prometheus-tests" and _present(tools, "promtool", file.path, report):
            where = folder / posixpath.dirname(inside(file.path))
            name = posixpath.basename(file.path)
            said = tools.run("promtool", ("test", "rules", name), where)
            _record(report, tools, "promtool", file.path, said, "promtool-refused", folder)


def _alertmanager(folder: Path, opened: Sequence[File], tools: Tools, report: ToolReport) -> None:
    for file in opened:
        if shape(file) == "alertmanager" and _present(tools, "amtool", file.path, report):
            said = tools.run("amtool", ("check-config", inside(file.path)), folder)
            _record(report, tools, "amtool", file.path, said, "amtool-refused", folder)


def _overlays(folder: Path, opened: Sequence[File], tools: Tools, report: ToolReport) -> None:
    for file in opened:
        if posixpath.basename(file.path) not in KUSTOMIZATIONS or _is_component(file):
            continue
        if not _present(tools, "kubectl", file.path, report):
            continue
        if _remote(file):
            report.unchecked.append((file.path, "names a remote base: not fetched"))
            continue
        where = posixpath.dirname(inside(file.path)) or "."
        said = tools.run("kubectl", ("kustomize", where), folder)
        if said.code != 0 and "no such file" in said.errors:
            # What is missing among resources is a finding of its own; anything else (a file for a
            # generator, say) may simply not have been given.
            report.unchecked.append((file.path, f"kubectl kustomize: {_lacking(said)}"))
            continue
        _record(report, tools, "kubectl", file.path, said, "kustomize-refused", folder)
        if said.code == 0:
            report.built[file.path] = said.output


def _lacking(said: Outcome) -> str:
    found = _NO_FILE.search(said.errors)
    name = posixpath.basename(found.group(1)) if found else "a file"
    return f"`{name}` was not among the files"


def _is_component(file: File) -> bool:
    return any(mapping(d.value).get("kind") == "Component" for d in file.loaded.documents)


def _remote(file: File) -> bool:
    return any(
        "://" in text(entry) or text(entry).startswith("github.com/")
        for document in file.loaded.documents
        for name in ("resources", "components")
        for entry in listing(mapping(document.value).get(name))
    )


def _modules(opened: Sequence[File]) -> Iterator[tuple[str, File]]:
    seen: set[str] = set()
    for file in opened:
        where = posixpath.dirname(file.path)
        if file.path.endswith(".tf") and where not in seen:
            seen.add(where)
            yield where, file


def _terraform(folder: Path, opened: Sequence[File], tools: Tools, report: ToolReport) -> None:
    for where, file in _modules(opened):
        if not _present(tools, "terraform", file.path, report):
            continue
        place = folder / posixpath.dirname(inside(file.path))
        begun = tools.run(
            "terraform", ("init", "-backend=false", "-input=false", "-no-color"), place
        )
        if begun.code != 0:
            report.unchecked.append((file.path, f"terraform init: {begun.message}"))
            continue
        report.judged.append((file.path, f"terraform {tools.version('terraform')} validate"))
        said = tools.run("terraform", ("validate", "-json", "-no-color"), place)
        report.findings.extend(_diagnostics(where, said))
        tests = any(
            other.path.endswith(".tftest.hcl") and other.path.startswith(f"{where}/")
            for other in opened
        )
        if said.code == 0 and tests:
            tested = tools.run("terraform", ("test", "-no-color"), place)
            _record(report, tools, "terraform", file.path, tested, "terraform-refused", folder)


def _diagnostics(where: str, said: Outcome) -> Iterator[Finding]:
    try:
        answer = json.loads(said.output)
    except ValueError:
        answer = {}
    for entry in listing(mapping(answer).get("diagnostics")):
        if dig(entry, "severity") != "error":
            continue
        start = mapping(dig(entry, "range", "start"))
        path = posixpath.join(where, text(dig(entry, "range", "filename")) or "main.tf")
        line, column = whole(start.get("line")) or 1, whole(start.get("column")) or 1
        detail = " ".join(text(dig(entry, "detail")).split())
        message = f"{text(dig(entry, 'summary'))}: {detail}"[:600]
        span = Span(path=path, line=line, column=column)
        yield finding("terraform-refused", message, span=span)
