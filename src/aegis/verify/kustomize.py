"""What a kustomization says about other files."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping

from pydantic import JsonValue

from aegis.base.finding import Finding, Span
from aegis.verify.access import Map, Steps, listing, mapping, text
from aegis.verify.files import KUSTOMIZATIONS, File
from aegis.verify.report import finding
from aegis.verify.text import Document

_PATCHES = ("patches", "patchesJson6902", "replacements")
_NAMED = ("resources", "components", "crds", "configurations", "patchesStrategicMerge")


def kustomizations(files: list[File]) -> Iterator[tuple[File, Document]]:
    """The kustomizations among some files."""
    for file in files:
        if posixpath.basename(file.path) in KUSTOMIZATIONS:
            yield from ((file, document) for document in file.loaded.documents)


def _references(value: JsonValue) -> Iterator[tuple[Steps, str]]:
    """Every path that a kustomization names, with its place in it."""
    for name in _NAMED:
        for index, entry in enumerate(listing(mapping(value).get(name))):
            if isinstance(entry, str) and "\n" not in entry:
                yield (name, index), entry
    for name in _PATCHES:
        for index, entry in enumerate(listing(mapping(value).get(name))):
            if path := text(mapping(entry).get("path")):
                yield (name, index, "path"), path


def _target(file: File, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(file.path), path))


def patched_files(files: list[File]) -> frozenset[str]:
    """Files that are parts of objects: patches and configurations."""
    found = {
        _target(file, path)
        for file, document in kustomizations(files)
        for steps, path in _references(document.value)
        if steps[0] not in {"resources", "components", "crds"}
    }
    folders = {posixpath.dirname(file.path) for file, _ in kustomizations(files)}
    resources = {
        _target(file, path)
        for file, document in kustomizations(files)
        for steps, path in _references(document.value)
        if steps[0] == "resources"
    }
    named = {
        file.path
        for file in files
        if ("patch" in posixpath.basename(file.path) and posixpath.dirname(file.path) in folders)
        or posixpath.dirname(file.path).endswith("/patches")
    }
    return frozenset(found | (named - resources))


def added_labels(files: list[File]) -> Mapping[str, Map]:
    """The labels that a kustomization adds to the files that it names, on pods and selectors too."""
    found: dict[str, dict[str, JsonValue]] = {}
    for file, document in kustomizations(files):
        value = mapping(document.value)
        labels = {**mapping(value.get("commonLabels"))}
        for entry in map(mapping, listing(value.get("labels"))):
            if entry.get("includeSelectors") is True:
                labels |= mapping(entry.get("pairs"))
        for steps, path in _references(document.value) if labels else ():
            if steps[0] == "resources":
                found.setdefault(_target(file, path), {}).update(labels)
    return found


def missing_files(files: list[File], known: Collection[str]) -> Iterator[Finding]:
    """A finding for each named file or folder that is not among the files."""
    folders = {posixpath.dirname(path) for path in known}
    folders |= {parent for folder in folders for parent in _parents(folder)}
    for file, document in kustomizations(files):
        for steps, path in _references(document.value):
            target = _target(file, path)
            outside = target.startswith("..") or "://" in path or path.startswith("github.com/")
            if outside or target in known or target in folders:
                continue
            place = document.find(steps)
            span = Span(path=file.path, line=place.line, column=place.column)
            yield finding("missing-resource-file", f"`{path}` is not there", span=span)


def _parents(folder: str) -> Iterator[str]:
    while folder.strip("/"):
        yield folder
        folder = posixpath.dirname(folder)
