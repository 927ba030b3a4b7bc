"""The Python files of a repository as modules: which file a name or a path means.

Names are resolved generously. Where several files can be meant, all are: a file that is called
reached and is not costs nothing, the contrary would hide a finding.
"""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterable, Iterator

_MANY = 3  # places of the same name; with more nobody knows which is meant


def above(folder: str) -> Iterator[str]:
    """A folder and all that hold it, the innermost first; the root is `""`."""
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _shared(one: str, other: str) -> int:
    """How many folders two paths have in common from the root."""
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count


def below(folder: str, name: str) -> str:
    """The path of a name in a folder; the root is `""`."""
    return f"{folder}/{name}" if folder else name


class Modules:
    """The `.py` files of a repository, found by dotted name or by path."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.files = frozenset(path for path in paths if path.endswith(".py"))
        self.folders: dict[str, list[str]] = {}
        self._tops: dict[str, set[str]] = {}
        self._named: dict[str, list[str]] = {}
        self.started: set[str] = set()
        self._known: dict[tuple[str, str, int], list[str]] = {}
        self._ordered = sorted(self.files)
        for path in self._ordered:
            folder, _, name = path.rpartition("/")
            self.folders.setdefault(folder, []).append(path)
            self._named.setdefault(name, []).append(path)
            self._tops.setdefault(name[:-3], set()).add(folder)
        for folder in [each for known in list(self.folders) for each in above(known)]:
            self.folders.setdefault(folder, [])
            if folder:
                self._tops.setdefault(posixpath.basename(folder), set()).add(
                    posixpath.dirname(folder)
                )

    def is_package(self, folder: str) -> bool:
        """Whether a folder says that it is a package."""
        return below(folder, "__init__.py") in self.files

    def is_named(self, name: str) -> bool:
        """Whether any file has this name."""
        return name in self._named

    def add_roots(self, paths: Iterable[str]) -> None:
        """Take folders as places where imports begin, by lists such as `/app:/app/src`."""
        ends = {each.strip("/.") for path in paths for each in path.split(":")}
        tails = {each.rpartition("/")[2] for each in ends if each}
        self.started.update(
            folder for folder in self.folders if posixpath.basename(folder) in tails
        )

    def within(self, folder: str) -> list[str]:
        """All files of a folder, at any depth."""
        start = f"{folder}/" if folder else ""
        return [path for path in self._ordered if path.startswith(start)]

    # --- names, as an import writes them --------------------------------------------------------

    def of_name(self, name: str, importer: str) -> list[str]:
        """Files that run when `importer` imports a dotted name; none when it is from elsewhere.

        Leading dots are relative to the importer. What cannot be followed to its end gives the
        packages on the way: `from package import function` runs `package/__init__.py`.
        """
        dots = len(name) - len(name.lstrip("."))
        parts = [part for part in name[dots:].split(".") if part]
        if dots:
            root = posixpath.dirname(importer)
            for _ in range(dots - 1):
                root = posixpath.dirname(root)
            return self._follow(root, parts)
        found: list[str] = []
        for root in self._roots(parts[0], importer) if parts else ():
            found += self._follow(root, parts)
        return found

    def _roots(self, first: str, importer: str) -> list[str]:
        """Folders from which a top-level name may be imported."""
        if first not in self._tops:
            return []
        key = first, posixpath.dirname(importer), len(self.started)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._find_roots(first, importer)
        return known

    def _find_roots(self, first: str, importer: str) -> list[str]:
        roots = self._tops[first]
        around = set(above(posixpath.dirname(importer)))
        plain = {root for root in roots if root in self.started or not self.is_package(root)}
        if plain & around or first in sys.stdlib_module_names:
            return sorted(plain & around)
        nearest = max((_shared(root, importer) for root in plain), default=0)
        return sorted(
            {root for root in plain if _shared(root, importer) == nearest} | roots & around
        )

    def _follow(self, root: str, parts: list[str]) -> list[str]:
        found = [below(root, "__init__.py")] if not parts and self.is_package(root) else []
        at = root
        for part in parts:
            at = below(at, part)
            if f"{at}.py" in self.files:
                found.append(f"{at}.py")
            if at not in self.folders:
                break
            if self.is_package(at):
                found.append(f"{at}/__init__.py")
        return found

    def folder_of_name(self, name: str, importer: str) -> list[str]:
        """Folders that a dotted name means as a package."""
        dots = len(name) - len(name.lstrip("."))
        rest = name[dots:].replace(".", "/").strip("/")
        around = list(above(posixpath.dirname(importer)))
        roots = around[dots - 1 : dots] if dots else self._roots(rest.partition("/")[0], importer)
        found = [below(root, rest) if rest else root for root in roots]
        return [folder for folder in found if folder and folder in self.folders]

    # --- paths, as a command writes them --------------------------------------------------------

    def of_path(self, path: str, near: str) -> list[str]:
        """Files that a path in a command may mean, seen from a folder; absolute ones lose their front.

        A folder stands for its `__main__.py`.
        """
        parts = [
            part for part in posixpath.normpath(path).split("/") if part not in {"", ".", ".."}
        ]
        while parts:
            tail = "/".join(parts)
            for name in (tail, f"{tail}/__main__.py"):
                found = self._at(name, near)
                if found:
                    return found
            if not path.startswith(("/", "$", "..")):
                break
            parts = parts[1:]
        return []

    def _at(self, tail: str, near: str) -> list[str]:
        for folder in above(near):
            if below(folder, tail) in self.files:
                return [below(folder, tail)]
        same = [
            path
            for path in self._named.get(posixpath.basename(tail), ())
            if path.endswith(f"/{tail}")
        ]
        nearest = max((_shared(path, below(near, "x")) for path in same), default=0)
        same = [path for path in same if _shared(path, below(near, "x")) == nearest]
        return same if len(same) <= _MANY else []
