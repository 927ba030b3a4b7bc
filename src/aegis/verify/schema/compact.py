"""Schemas without what only people read, each distinct part once.

A CustomResourceDefinition is mostly descriptions and copies of the pod template. The compact form
is a table of nodes that name their children by number, so the kinds of 28 projects are one small
file that loads at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from aegis.verify.access import listing, mapping

Node = dict[str, JsonValue]
Object = Mapping[str, JsonValue]

_KEPT = {
    "type": "t", "format": "f", "pattern": "re", "enum": "e", "default": "d",
    "minimum": "mn", "maximum": "mx", "multipleOf": "mul", "minLength": "nl", "maxLength": "xl",
    "minItems": "ni", "maxItems": "xi", "uniqueItems": "u", "minProperties": "np",
    "maxProperties": "xp", "required": "r", "nullable": "nul", "x-kubernetes-int-or-string": "ios",
    "x-kubernetes-preserve-unknown-fields": "pu", "x-kubernetes-embedded-resource": "er",
    "x-kubernetes-list-type": "lt", "x-kubernetes-list-map-keys": "lk",
}  # fmt: skip
_SOURCE = ("name", "ref", "commit", "licence")
_JUNCTORS = ("allOf", "anyOf", "oneOf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where schemas come from: a repository, its tag and commit, and its licence."""

    name: str
    ref: str = ""
    commit: str = ""
    licence: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.ref}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One version of one kind, and the number of its schema (-1: the version is not served)."""

    group: str
    version: str
    kind: str
    namespaced: bool
    served: bool
    deprecated: bool
    core: bool
    root: int
    scale: str = ""
    source: int = 0

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


@dataclass(slots=True)
class Table:
    """All nodes and kinds; equal nodes get one number."""

    nodes: list[Node] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def intern(self, node: Node) -> int:
        """The number of a node; its children are numbers already."""
        key = json.dumps(node, sort_keys=True, separators=(",", ":"))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.nodes)
            self.nodes.append(node)
        return number

    def source(self, source: Source) -> int:
        """The number of a source."""
        if source not in self.sources:
            self.sources.append(source)
        return self.sources.index(source)

    def add_schema(self, schema: JsonValue, *, words: bool) -> int:
        """Interns a structural schema; `words` keeps the messages of its rules."""
        if not isinstance(schema, dict):
            return self.intern({})
        node: Node = {
            short: schema[name] for name, short in _KEPT.items() if schema.get(name) is not None
        }
        for bound, short in (("exclusiveMinimum", "xmn"), ("exclusiveMaximum", "xmx")):
            if schema.get(bound) is True:
                node[short] = True
        self._children(node, schema, words=words)
        rules = schema.get("x-kubernetes-validations")
        if isinstance(rules, list) and rules:
            node["cel"] = [_rule(rule, words=words) for rule in rules if isinstance(rule, dict)]
        return self.intern(node)

    def _children(self, node: Node, schema: Object, *, words: bool) -> None:
        properties = schema.get("properties")
        if isinstance(properties, dict):
            node["p"] = {
                name: self.add_schema(child, words=words)
                for name, child in sorted(properties.items())
            }
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict):
            node["ap"] = self.add_schema(extra, words=words)
        elif extra is True:
            node["ap"] = True
        for name, short in (("items", "it"), ("not", "not")):
            if isinstance(schema.get(name), dict):
                node[short] = self.add_schema(schema[name], words=words)
        for name in _JUNCTORS:
            parts = schema.get(name)
            if isinstance(parts, list) and parts:
                node[name] = [self.add_schema(part, words=words) for part in parts]

    def add_crd(self, crd: Object, source: Source, *, words: bool = True) -> int:
        """Adds the versions of a CustomResourceDefinition; returns how many it has."""
        spec = mapping(crd.get("spec"))
        names = mapping(spec.get("names"))
        versions = [mapping(version) for version in listing(spec.get("versions"))]
        for version in versions:
            served = version.get("served") is True
            schema = mapping(version.get("schema")).get("openAPIV3Schema")
            subresources = mapping(version.get("subresources"))
            self.kinds.append(
                Kind(
                    group=str(spec.get("group", "")),
                    version=str(version.get("name", "")),
                    kind=str(names.get("kind", "")),
                    namespaced=spec.get("scope") != "Cluster",
                    served=served,
                    deprecated=version.get("deprecated") is True,
                    core=False,
                    root=self.add_schema(schema, words=words) if served else -1,
                    scale=str(mapping(subresources.get("scale")).get("specReplicasPath", "")),
                    source=self.source(source),
                )
            )
        return len(versions)

    def dump(self) -> str:
        """The table as JSON text; the same table gives the same text."""
        return json.dumps(
            {
                "format": 1,
                "sources": [[s.name, s.ref, s.commit, s.licence] for s in self.sources],
                "kinds": [kind_row(kind) for kind in self.kinds],
                "nodes": self.nodes,
            },
            separators=(",", ":"),
            sort_keys=True,
            ensure_ascii=False,
        )


def kind_row(kind: Kind) -> list[JsonValue]:
    """A kind as it stands in the file."""
    flags = "".join(
        letter
        for letter, on in zip(
            "nsdc", (kind.namespaced, kind.served, kind.deprecated, kind.core), strict=True
        )
        if on
    )
    return [kind.group, kind.version, kind.kind, flags, kind.root, kind.scale, kind.source]


def read(text: str | bytes) -> Table:
    """The table that `Table.dump` wrote."""
    data = json.loads(text)
    table = Table(
        nodes=data["nodes"],
        sources=[
            Source(name=name, ref=ref, commit=commit, licence=licence)
            for name, ref, commit, licence in data["sources"]
        ],
    )
    table.kinds = list(map(_kind, data["kinds"]))
    return table


def _kind(row: list[JsonValue]) -> Kind:
    group, version, kind, flags, root, scale, source = row
    marks = str(flags)
    return Kind(
        group=str(group),
        version=str(version),
        kind=str(kind),
        namespaced="n" in marks,
        served="s" in marks,
        deprecated="d" in marks,
        core="c" in marks,
        root=root if isinstance(root, int) else -1,
        scale=str(scale),
        source=source if isinstance(source, int) else 0,
    )


def read_versions(text: str | bytes) -> dict[str, Table]:
    """Core kinds by Kubernetes version; the tables share their nodes."""
    data = json.loads(text)
    return {
        version: Table(
            nodes=data["nodes"],
            kinds=list(map(_kind, rows)),
            sources=[Source(**dict(zip(_SOURCE, data["sources"][version], strict=True)))],
        )
        for version, rows in sorted(data["versions"].items())
    }


def definitions(documents: Iterable[JsonValue]) -> list[dict[str, JsonValue]]:
    """The CustomResourceDefinitions among some documents, also inside a List."""
    found: list[dict[str, JsonValue]] = []
    for document in documents:
        if not isinstance(document, dict):
            continue
        if document.get("kind") == "CustomResourceDefinition":
            found.append(document)
        elif document.get("kind") == "List":
            found.extend(definitions(listing(document.get("items"))))
    return found


def _rule(rule: Object, *, words: bool) -> JsonValue:
    kept: dict[str, JsonValue] = {"r": rule.get("rule", "")}
    if rule.get("optionalOldSelf") is True:
        kept["o"] = True
    if words and isinstance(rule.get("message"), str):
        kept["m"] = rule["message"]
    return kept
