"""Terraform and OpenTofu: a module is initialised without a backend, validated, and tested by mocks."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aegis.base.finding import Finding, Span
from aegis.verify.access import dig, listing, mapping, text, whole
from aegis.verify.files import File
from aegis.verify.report import finding
from aegis.verify.tools.answers import Answers, Asked, inside
from aegis.verify.tools.port import Outcome, Tools

PROGRAMS = {"terraform": "terraform-refused", "tofu": "tofu-refused"}
_SOURCES = (".tf", ".tf.json")
_TESTS = (".tftest.hcl", ".tftest.json")
_INIT = ("init", "-backend=false", "-input=false", "-no-color")


def asked(folders: dict[str, Path], opened: Sequence[File], tools: Tools) -> Iterator[Asked]:
    """One question to each program about each folder with Terraform files.

    `folders` has a copy of the files for each program, since they write beside the sources.
    """
    modules: dict[str, list[File]] = {}
    for file in opened:
        if file.path.endswith(_SOURCES):
            modules.setdefault(posixpath.dirname(file.path), []).append(file)
    for where, sources in sorted(modules.items()):
        tests = [
            file
            for file in opened
            if file.path.endswith(_TESTS)
            and posixpath.dirname(file.path) in {where, posixpath.join(where, "tests")}
        ]
        for program in PROGRAMS:
            module = _Module(
                folder=folders[program], where=where, sources=sources, tests=tests, tools=tools
            )
            paths = tuple(file.path for file in (*sources, *tests))
            yield Asked(tool=program, paths=paths, job=partial(module.judge, program))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Module:
    folder: Path
    where: str
    sources: list[File]
    tests: list[File]
    tools: Tools

    def judge(self, program: str) -> Answers:
        answers, check = Answers(), PROGRAMS[program]
        place = self.folder / inside(self.where or ".")
        begun = self.tools.run(program, _INIT, place)
        if begun.code != 0:
            answers.unchecked += [
                (file.path, f"{program} init: {begun.message}") for file in self.sources
            ]
            return answers
        version = self.tools.version(program)
        said = self.tools.run(program, ("validate", "-json", "-no-color"), place)
        answers.judged += [(file.path, f"{program} {version} validate") for file in self.sources]
        answers.findings += _diagnostics(self.where, said, check)
        if said.code == 0 and self.tests:
            tested = self.tools.run(program, ("test", "-no-color"), place)
            for file in self.tests:
                answers.record(self.tools, program, file.path, tested, check, self.folder)
        return answers


def _diagnostics(where: str, said: Outcome, check: str) -> Iterator[Finding]:
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
        yield finding(check, message, span=Span(path=path, line=line, column=column))
