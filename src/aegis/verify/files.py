"""What kind of file a file is, and which objects it holds."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from aegis.base.conventions import ENVIRONMENTS
from aegis.verify.access import Map, Steps, listing, mapping
from aegis.verify.text import Document, Loaded, Trouble, load

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_DATA_SUFFIXES = (".yaml", ".yml", ".json")
_SHORT = {"dev": "development", "stage": "staging", "prod": "production"}


_SHAPES = (
    ("kubernetes", ("apiVersion", "kind")),
    ("prometheus-rules", ("groups",)),
    ("prometheus-tests", ("rule_files", "tests")),
    ("alertmanager", ("route", "receivers")),
    ("prometheus", ("scrape_configs",)),
    ("grafana", ("panels", "schemaVersion")),
    ("otel-collector", ("receivers", "exporters", "service")),
)
_MERMAID = re.compile(r"^( *)```mermaid *\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_DIRECTIVE = re.compile(r"^[^\"'#\n]*(?:^|[\s:]) *(?:\{[{%]|%\{|\$\{[^}\n]*[ (])", re.MULTILINE)
"""A directive outside quotes, as Helm, Jinja and Terraform have them and YAML does not."""

_TEMPLATE = "a template: render it and verify the result"
_NOTHING = Loaded(documents=(), troubles=())


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that was read; `skipped` says why a file was not judged at all."""

    path: str
    text: str
    loaded: Loaded = _NOTHING
    skipped: str = ""

    @property
    def environment(self) -> str:
        """The environment that a folder of the path names, or empty."""
        for part in self.path.lower().split("/"):
            word = _SHORT.get(part.rsplit(".", 1)[0], part.rsplit(".", 1)[0])
            if word in ENVIRONMENTS:
                return word
        return ""


def read(path: str, content: bytes | str) -> File:
    """The file, parsed when it is YAML or JSON; never an exception."""
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if not path.lower().endswith(_DATA_SUFFIXES):
                return File(path=path, text="", skipped="it is no text")
            line = error.object.count(b"\n", 0, error.start) + 1
            trouble = Trouble(kind="broken", message="is not UTF-8", line=line, column=1)
            return File(path=path, text="", loaded=Loaded(documents=(), troubles=(trouble,)))
    if not path.lower().endswith(_DATA_SUFFIXES):
        return File(path=path, text=content, skipped="")
    if _is_template(path, content):
        return File(path=path, text=content, skipped=_TEMPLATE)
    loaded = load(content)
    broken = any(trouble.kind == "broken" for trouble in loaded.troubles)
    if broken and _DIRECTIVE.search(content):
        return File(path=path, text=content, skipped=_TEMPLATE)
    return File(path=path, text=content, loaded=loaded)


def _is_template(path: str, content: str) -> bool:
    return "{{" in content and "/templates/" in f"/{path}" and "\n" in content


def documents(file: File) -> Iterator[tuple[Document, Map, Steps]]:
    """The maps of a file that claim to be Kubernetes objects, also inside a List."""
    for document in file.loaded.documents:
        value = document.value
        if not isinstance(value, dict) or "kind" not in value or "apiVersion" not in value:
            continue
        if value.get("kind") == "List" and isinstance(value.get("items"), list):
            for index, item in enumerate(listing(value.get("items"))):
                if isinstance(item, dict):
                    yield document, item, ("items", index)
        else:
            yield document, value, ()


def diagrams(file: File) -> Iterator[tuple[int, str]]:
    """Mermaid diagrams of a file, each with the line on which it begins."""
    if file.path.endswith(".mmd"):
        yield 1, file.text
    elif file.path.endswith(".md"):
        for found in _MERMAID.finditer(file.text):
            yield file.text.count("\n", 0, found.start()) + 2, found.group(2)


def shape(file: File) -> str:
    """Which family a file belongs to: its name says so, or its first map."""
    if file.path.endswith((".mmd", ".md")):
        return "mermaid"
    values = [document.value for document in file.loaded.documents]
    first = next((mapping(value) for value in values if isinstance(value, dict)), {})
    if posixpath.basename(file.path) in KUSTOMIZATIONS:
        return "kustomization"
    return next((name for name, keys in _SHAPES if all(key in first for key in keys)), "other")
