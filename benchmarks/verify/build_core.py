"""Makes the file of core kinds by Kubernetes version: `... build_core SCHEMAS OUT`.

SCHEMAS is the folder `kubernetes-json-schema` of kubernetes-validate (PyPI, Apache-2.0), which has
the OpenAPI definitions that Kubernetes publishes with each release. Equal parts of all versions are
stored once.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path

from benchmarks.verify.build_kinds import CLUSTER, SKIPPED, SPECIAL
from pydantic import JsonValue

from aegis.verify.access import dig, listing, mapping, text
from aegis.verify.schema.compact import Kind, Node, Source, Table, kind_row

FIRST = (1, 28)
_FOLDER = re.compile(r"^v([0-9]+)\.([0-9]+)\.0-local$")
_PREFIX = "#/$defs/"
_UNIONS: dict[frozenset[str], Node] = {
    frozenset(("string", "integer")): {"ios": True},
    frozenset(("string", "number")): {"f": "quantity"},
}


_OPEN: Node = {"pu": True}


class _Reader:
    """One version's definitions, as nodes of the common table."""

    def __init__(self, table: Table, definitions: dict[str, JsonValue]) -> None:
        self.table, self.definitions = table, definitions
        self.made: dict[str, int] = {}

    def number(self, name: str) -> int:
        if name not in self.made:
            self.made[name] = self.table.intern(_OPEN)  # for a definition that holds itself
            special = SPECIAL.get(name)
            self.made[name] = (
                self.table.intern(special)
                if special is not None
                else self.node(mapping(self.definitions[name]))
            )
        return self.made[name]

    def node(self, schema: dict[str, JsonValue]) -> int:
        if reference := text(schema.get("$ref")):
            return self.number(reference.removeprefix(_PREFIX))
        union = frozenset(_type(mapping(part)) for part in listing(schema.get("oneOf")))
        if union:
            return self.table.intern(_UNIONS[union])
        node: Node = {}
        if kind := _type(schema):
            node["t"] = kind
        for name, short in (("format", "f"), ("required", "r"), ("enum", "e")):
            if schema.get(name) is not None:
                node[short] = schema[name]
        if properties := mapping(schema.get("properties")):
            node["p"] = {
                name: self.node(_unnamed(name, mapping(child)))
                for name, child in sorted(properties.items())
            }
        for name, short in (("additionalProperties", "ap"), ("items", "it")):
            if isinstance(child := schema.get(name), dict):
                node[short] = self.node(child)
        return self.table.intern(node)

    def kinds(self) -> list[Kind]:
        """Every kind with metadata, once for each version of its group."""
        found = []
        for name in sorted(self.definitions):
            properties = dig(self.definitions[name], "properties")
            versions = listing(dig(properties, "apiVersion", "enum"))
            kinds = listing(dig(properties, "kind", "enum"))
            if len(versions) != 1 or len(kinds) != 1 or "metadata" not in mapping(properties):
                continue
            short, version = text(kinds[0]), text(versions[0])
            if short in SKIPPED or short.endswith("List"):
                continue
            schema = mapping(self.definitions[name])
            inner = {
                k: v for k, v in mapping(properties).items() if k not in {"apiVersion", "kind"}
            }
            group, slash, tail = version.rpartition("/")
            found.append(
                Kind(
                    group=group if slash else "",
                    version=tail,
                    kind=short,
                    namespaced=short not in CLUSTER,
                    served=True,
                    deprecated=False,
                    core=True,
                    root=self.node({**schema, "properties": inner}),
                )
            )
        return found


def _unnamed(name: str, schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A field without the names that the schemas add to `apiVersion` and `kind`."""
    if name not in {"apiVersion", "kind"}:
        return schema
    return {key: value for key, value in schema.items() if key != "enum"}


def _type(schema: dict[str, JsonValue]) -> str:
    given = schema.get("type")
    words = [given] if isinstance(given, str) else [text(each) for each in listing(given)]
    return next((word for word in words if word != "null"), "")


def build(schemas: Path) -> str:
    """The file's JSON: sources, nodes, and rows of kinds by version."""
    table = Table()
    versions: dict[str, list[list[JsonValue]]] = {}
    sources: dict[str, list[str]] = {}
    for folder in sorted(schemas.iterdir()):
        found = _FOLDER.match(folder.name)
        if found is None or (int(found[1]), int(found[2])) < FIRST:
            continue
        version = f"{found[1]}.{found[2]}"
        document = json.loads((folder / "_definitions.json").read_text("utf-8"))
        reader = _Reader(table, mapping(document["$defs"]))
        versions[version] = [kind_row(kind) for kind in reader.kinds()]
        source = Source(name="Kubernetes OpenAPI", ref=f"v{version}.0", licence="Apache-2.0")
        sources[version] = [source.name, source.ref, source.commit, source.licence]
    return json.dumps(
        {"format": 1, "sources": sources, "versions": versions, "nodes": table.nodes},
        separators=(",", ":"),
        sort_keys=True,
    )


def main() -> None:
    """Writes OUT and says how large it is."""
    schemas, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.write_bytes(gzip.compress(build(schemas).encode(), 9, mtime=0))
    print(f"{out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
