"""All kinds that are known, and the judgement of one object."""

from __future__ import annotations

import functools
import gzip
import importlib.resources
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from aegis.verify.schema.compact import Kind, Source, Table, definitions, read
from aegis.verify.schema.compiled import Compiler, run_rules
from aegis.verify.schema.problem import Check, Problem, Sink


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a schema says of one object; `value` has nulls dropped and defaults filled in."""

    problems: tuple[Problem, ...]
    unchecked: tuple[str, ...]
    value: JsonValue


@dataclass(slots=True)
class Library:
    """Kinds by group, version and kind; later tables replace the kinds of earlier ones."""

    tables: tuple[Table, ...]
    _kinds: dict[tuple[str, str], tuple[Kind, int]] = field(default_factory=dict)
    _names: dict[tuple[str, str], list[Kind]] = field(default_factory=dict)
    _compilers: dict[tuple[int, bool], Compiler] = field(default_factory=dict)
    _roots: dict[tuple[str, str], Check] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, table in enumerate(self.tables):
            replaced = {(kind.group, kind.kind) for kind in table.kinds}
            for name in replaced & self._names.keys():
                for kind in self._names.pop(name):
                    self._kinds.pop((kind.api_version, kind.kind), None)
            for kind in table.kinds:
                self._kinds[kind.api_version, kind.kind] = (kind, number)
                self._names.setdefault((kind.group, kind.kind), []).append(kind)

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
            compiler = self._compilers.get((number, kind.core))
            if compiler is None:
                compiler = Compiler(self.tables[number].nodes, core=kind.core)
                self._compilers[number, kind.core] = compiler
            made = self._roots[key] = compiler.root(kind)
        return made


def built_in_text() -> bytes:
    """The compact table that comes with Aegis, as JSON."""
    file = importlib.resources.files("aegis.verify") / "data" / "kinds.json.gz"
    return gzip.decompress(file.read_bytes())


@functools.cache
def built_in() -> Library:
    """The kinds that come with Aegis."""
    return Library((read(built_in_text()),))


def extended(crds: Iterable[JsonValue], source: str) -> Library:
    """The kinds that come with Aegis, and those of other CustomResourceDefinitions.

    A definition given here replaces every version of the same kind that Aegis brings.
    """
    table = Table()
    for definition in definitions(crds):
        table.add_crd(definition, Source(name=source))
    own = built_in()
    return Library((*own.tables, table)) if table.kinds else own
