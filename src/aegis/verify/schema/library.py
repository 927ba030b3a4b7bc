"""All kinds that are known, and the judgement of one object."""

from __future__ import annotations

import functools
import gzip
import importlib.resources
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from aegis.verify.schema.compact import Kind, Source, Table, definitions, read, read_versions
from aegis.verify.schema.compiled import Compiler
from aegis.verify.schema.composite import as_definitions
from aegis.verify.schema.problem import Check, Problem, Sink
from aegis.verify.schema.rules import run_rules

KUBERNETES = "1.36"
"""Whose core kinds are judged unless another version is named."""

KUBERNETES_VERSIONS = (
    "1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a schema says of one object; `value` has nulls dropped and defaults filled in."""

    problems: tuple[Problem, ...]
    unchecked: tuple[str, ...]
    value: JsonValue


@dataclass(slots=True)
class Library:
    """Kinds by group, version and kind; later tables replace the kinds of earlier ones.

    `base` has the first of the tables and compiles them, once for all who build on it.
    """

    tables: tuple[Table, ...]
    base: Library | None = None
    kubernetes: str = KUBERNETES
    _kinds: dict[tuple[str, str], tuple[Kind, int]] = field(default_factory=dict)
    _names: dict[tuple[str, str], list[Kind]] = field(default_factory=dict)
    _compilers: dict[tuple[int, bool], Compiler] = field(default_factory=dict)
    _roots: dict[tuple[str, str], Check] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, table in enumerate(self.tables):
            news = [kind for kind in table.kinds if not self._vaguer(kind, table)]
            for name in {(kind.group, kind.kind) for kind in news}:
                for kind in self._names.pop(name, []):
                    self._kinds.pop((kind.api_version, kind.kind), None)
            for kind in news:
                self._add(kind, number)

    def _add(self, kind: Kind, number: int) -> None:
        key = (kind.api_version, kind.kind)
        if key not in self._kinds:
            self._names.setdefault((kind.group, kind.kind), []).append(kind)
            self._kinds[key] = (kind, number)

    def _vaguer(self, kind: Kind, table: Table) -> bool:
        """Whether a definition leaves `spec` open that a known one describes.

        Projects publish such minimal definitions for installing; nothing can be checked by them.
        """
        known = self._kinds.get((kind.api_version, kind.kind))
        if known is None or not kind.served or not known[0].served:
            return False
        return not _described(kind, table) and _described(known[0], self.tables[known[1]])

    def find(self, api_version: str, kind: str) -> Kind | None:
        """The kind, served or not; None when no schema knows it."""
        found = self._kinds.get((api_version, kind))
        return found[0] if found else None

    def versions(self, group: str, kind: str) -> tuple[Kind, ...]:
        """All known versions of a kind."""
        return tuple(self._names.get((group, kind), ()))

    def source(self, api_version: str, kind: str) -> Source:
        """Where the schema of a kind comes from."""
        found, number = self._kinds[api_version, kind]
        return self.tables[number].sources[found.source]

    def judge(self, kind: Kind, value: Mapping[str, JsonValue]) -> Judgement:
        """Judges an object of a served kind."""
        sink = Sink()
        result = self._root(kind)(dict(value), None, sink)
        if not sink.problems:
            run_rules(sink)
        return Judgement(
            problems=tuple(sink.problems), unchecked=tuple(sink.unchecked), value=result
        )

    def _root(self, kind: Kind) -> Check:
        key = (kind.api_version, kind.kind)
        made = self._roots.get(key)
        if made is None:
            number = self._kinds[key][1]
            made = self._roots[key] = self._compiler(number, core=kind.core).root(kind)
        return made

    def _compiler(self, number: int, *, core: bool) -> Compiler:
        if self.base is not None and number < len(self.base.tables):
            return self.base._compiler(number, core=core)  # noqa: SLF001  # of the same class
        made = self._compilers.get((number, core))
        if made is None:
            made = Compiler(self.tables[number].nodes, core=core)
            self._compilers[number, core] = made
        return made


def _described(kind: Kind, table: Table) -> bool:
    properties = table.nodes[kind.root].get("p")
    number = properties.get("spec") if isinstance(properties, dict) else None
    return isinstance(number, int) and bool(table.nodes[number].get("p"))


def built_in_text() -> bytes:
    """The compact table that comes with Aegis, as JSON."""
    return _data("kinds.json.gz")


def _data(name: str) -> bytes:
    file = importlib.resources.files("aegis.verify") / "data" / name
    return gzip.decompress(file.read_bytes())


@functools.cache
def built_in(kubernetes: str = KUBERNETES) -> Library:
    """The kinds that come with Aegis, the core ones of a Kubernetes version.

    Raises:
        KeyError: no schemas of that version are at hand (`KUBERNETES_VERSIONS` are).
    """
    known = read(built_in_text())
    if kubernetes == KUBERNETES:
        return Library((known,))
    core = read_versions(_data("core.json.gz"))[kubernetes]
    others = [kind for kind in known.kinds if not kind.core]
    rest = Table(nodes=known.nodes, kinds=others, sources=known.sources)
    return Library((rest, core), kubernetes=kubernetes)


def extended(crds: Iterable[JsonValue], source: str, *, kubernetes: str = KUBERNETES) -> Library:
    """The kinds that come with Aegis, and those of other CustomResourceDefinitions.

    A definition given here replaces every version of the same kind that Aegis brings.
    """
    table = Table()
    documents = list(crds)
    found = definitions(documents)
    for document in documents:
        if isinstance(document, dict) and document.get("kind") == "CompositeResourceDefinition":
            found.extend(as_definitions(document))
    for definition in sorted(found, key=lambda crd: -len(str(crd))):
        table.add_crd(definition, Source(name=source))
    own = built_in(kubernetes)
    if not table.kinds:
        return own
    return Library((*own.tables, table), base=own, kubernetes=kubernetes)
