"""kubectl for kustomizations and helm for charts: what they build is judged as any other objects."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from aegis.verify.access import listing, mapping, text
from aegis.verify.files import KUSTOMIZATIONS, File
from aegis.verify.tools.answers import Answers, Asked, inside
from aegis.verify.tools.port import Outcome, Tools

_NO_FILE = re.compile(r"([^\s:']+)'?: no such file")


def asked(folder: Path, opened: Sequence[File], tools: Tools) -> Iterator[Asked]:
    """One question for each kustomization that can be built here, and for each chart."""
    for file in opened:
        name = posixpath.basename(file.path)
        if name in KUSTOMIZATIONS and not _is_component(file):
            yield _overlay(folder, file, tools)
        elif name == "Chart.yaml":
            yield _chart(folder, file, tools)


def _overlay(folder: Path, file: File, tools: Tools) -> Asked:
    where = posixpath.dirname(inside(file.path)) or "."

    def job() -> Answers:
        answers = Answers()
        if _remote(file):
            answers.unchecked.append((file.path, "names a remote base: not fetched"))
            return answers
        said = tools.run("kubectl", ("kustomize", where), folder)
        if said.code != 0 and "no such file" in said.errors:
            # What is missing among resources is a finding of its own; anything else (a file for a
            # generator, say) may simply not have been given.
            answers.unchecked.append((file.path, f"kubectl kustomize: {_lacking(said)}"))
            return answers
        answers.record(tools, "kubectl", file.path, said, "kustomize-refused", folder)
        if said.code == 0:
            answers.built[file.path] = said.output
        return answers

    return Asked(tool="kubectl", paths=(file.path,), job=job)


def _chart(folder: Path, file: File, tools: Tools) -> Asked:
    where = posixpath.dirname(inside(file.path)) or "."

    def job() -> Answers:
        answers = Answers()
        said = tools.run("helm", ("template", "release", where), folder)
        answers.record(tools, "helm", file.path, said, "helm-refused", folder)
        if said.code == 0:
            answers.built[file.path] = said.output
        return answers

    return Asked(tool="helm", paths=(file.path,), job=job)


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
