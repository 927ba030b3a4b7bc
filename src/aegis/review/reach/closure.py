"""What runs of a repository, and what is known not to: starts, and all that they import."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from aegis.review.documents.source import Source
from aegis.review.facts.types import Fact
from aegis.review.reach.imports import (
    imported,
    lists_its_folder,
    loads_by_name,
    prefixes,
    strings,
)
from aegis.review.reach.modules import Modules, above, below
from aegis.review.reach.starts import Starts, starts_of

# What makes a folder a project of its own, with starts of its own.
_MANIFEST = re.compile(
    r"^(?:requirements[\w.-]*\.txt|pyproject\.toml|setup\.py|setup\.cfg|pipfile|environment\.ya?ml|host\.json"
    r"|(?:docker|container)file[\w.-]*|[\w.-]+\.dockerfile|procfile|serverless\.ya?ml|package\.json)$"
)
# What is started together with a file: the pages of a Streamlit application.
_BESIDE = ("pages",)


@dataclass(frozen=True, slots=True)
class Reach:
    """Files that run, and files of which is known that nothing runs them.

    Of a file in neither set nothing is known, and it counts as before.
    """

    running: frozenset[str] = frozenset()
    idle: frozenset[str] = frozenset()


def reach_of(sources: Iterable[Source], facts: dict[type[Fact], list[Fact]]) -> Reach:
    """Follow what a repository starts through its imports.

    A file is idle only where its own project has a start that was found, none that was not, and
    no import leads to it.
    """
    by_path = {source.path: source for source in sources}
    modules = Modules(by_path)
    if not modules.files:
        return Reach()
    starts = starts_of(modules, by_path.values(), facts)
    if not starts.firm:
        return Reach()
    running = _Closure(modules, by_path).of(starts)
    projects = _projects(by_path, modules)
    known = {_project(path, projects) for path in starts.firm}
    known -= {_project(below(folder, "x"), projects) for folder in starts.lost}
    idle = (path for path in modules.files - running if _project(path, projects) in known)
    return Reach(frozenset(running), frozenset(idle))


def _projects(paths: Iterable[str], modules: Modules) -> frozenset[str]:
    """Folders with a manifest and Python below them; the root is one."""
    found = {
        posixpath.dirname(path)
        for path in paths
        if _MANIFEST.match(posixpath.basename(path).lower())
    }
    return frozenset(found & modules.folders.keys() | {""})


def _project(path: str, projects: frozenset[str]) -> str:
    return next(folder for folder in above(posixpath.dirname(path)) if folder in projects)


class _Text(NamedTuple):
    """What a file imports, and its strings that may name a module."""

    imports: tuple[str, ...]
    strings: tuple[str, ...]


class _Closure:
    """Everything that a set of files imports, at any distance."""

    def __init__(self, modules: Modules, sources: Mapping[str, Source]) -> None:
        self._modules = modules
        self._sources = sources
        self._texts: dict[str, _Text] = {}
        self._found: set[str] = set()
        self._pending: list[str] = []
        # Files that import what only run time knows, and packages of modules named by strings.
        self._loaders: set[str] = set()
        self._by_string: set[str] = set()

    def of(self, starts: Starts) -> set[str]:
        """The files that run."""
        for path in sorted(starts.firm | starts.also):
            folder = posixpath.dirname(path)
            self._modules.started.add(folder)
            self._reach([path])
            for name in _BESIDE:
                self._reach(self._modules.folders.get(below(folder, name), ()))
        while True:
            roots = len(self._modules.started)
            self._drain()
            if len(self._modules.started) > roots:
                self._pending = sorted(self._found)  # what was imported may now be found here
                continue
            loaders, self._loaders = self._loaders, set()
            for path in sorted(loaders):
                self._load(path)
            if not self._pending and not self._loaders:
                return self._found

    def _reach(self, paths: Iterable[str]) -> None:
        for path in paths:
            if path not in self._found:
                self._found.add(path)
                self._pending.append(path)

    def _drain(self) -> None:
        while self._pending:
            path = self._pending.pop()
            source = self._sources[path]
            for folder in self._packages_of(path):
                self._reach([below(folder, "__init__.py")])
            if b"sys.path" in source.data:
                self._more_roots(source)
            for name in self._read(source).imports:
                self._import(name, path)
            self._strings(source)
            if loads_by_name(source.text):
                self._loaders.add(path)

    def _read(self, source: Source) -> _Text:
        """A file is followed again when more roots are known, and searched once."""
        found = self._texts.get(source.path)
        if found is None:
            text = source.text
            found = self._texts[source.path] = _Text(tuple(imported(text)), tuple(strings(text)))
        return found

    def _more_roots(self, source: Source) -> None:
        """Folders that a file adds to the path of imports: its own, those above, those it names."""
        around = list(above(posixpath.dirname(source.path)))
        named = {name.strip("/.") for name in self._read(source).strings}
        self._modules.started.update(around)
        self._modules.started.update(
            below(folder, name)
            for folder in around
            for name in named
            if name and below(folder, name) in self._modules.folders
        )

    def _packages_of(self, path: str) -> list[str]:
        """Packages around a file, which are imported before it."""
        found = []
        for folder in above(posixpath.dirname(path)):
            if not self._modules.is_package(folder):
                break
            found.append(folder)
        return found

    def _import(self, name: str, importer: str) -> None:
        if name.endswith("*"):
            for folder in self._modules.folder_of_name(name[:-1].removesuffix("."), importer):
                self._reach(self._modules.folders[folder])
            return
        self._reach(self._modules.of_name(name, importer))

    def _strings(self, source: Source) -> None:
        """Modules and files that strings name, as settings, routers and workers do."""
        applications = b"INSTALLED_APPS" in source.data
        for text in self._read(source).strings:
            if text.endswith(".py"):
                self._reach(self._modules.of_path(text, posixpath.dirname(source.path)))
            elif applications:
                self._application(text, source.path)
            elif "." in text and "/" not in text:
                found = self._modules.of_name(text, source.path)
                self._reach(found)
                self._by_string.update(posixpath.dirname(path) for path in found)

    def _application(self, name: str, settings: str) -> None:
        """An application of Django: its models, views, tasks and commands are found by their names."""
        for part in (name, name.partition(".apps.")[0]):
            for folder in self._modules.folder_of_name(part, settings):
                self._reach(self._modules.within(folder))
        self._reach(self._modules.of_name(name, settings))

    def _load(self, path: str) -> None:
        """What a file may import by names that only run time knows: the packages it ranges over.

        Those that it names, or looks through; else those of modules that strings of reached files
        name; else its whole top-level package.
        """
        source, here = self._sources[path], posixpath.dirname(path)
        over = {
            folder
            for name in (*prefixes(source.text), *self._read(source).strings)
            for folder in self._named_folders(name, path)
        }
        if lists_its_folder(source.text):
            over.add(here)
        top = ([*self._packages_of(path)] or [here])[-1]
        inside = f"{top}/" if top else ""
        over = over or {each for each in self._by_string if f"{each}/".startswith(inside)}
        for folder in sorted(over or {top}):
            self._reach(self._modules.within(folder))

    def _named_folders(self, name: str, path: str) -> list[str]:
        plain = name.strip("/")
        beside = below(posixpath.dirname(path), plain)
        found = self._modules.folder_of_name(name, path) if "/" not in name else []
        return [*found, *([beside] if plain and beside in self._modules.folders else [])]
