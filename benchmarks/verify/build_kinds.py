"""Builds the kinds that come with Aegis: `python -m benchmarks.verify.build_kinds SHARED OUT [SWAGGER]`.

SHARED is the folder with `crds/` beside the repository (`AEGIS_SHARED`); OUT the compact file;
SWAGGER the OpenAPI file of the Kubernetes Python client (without it the core kinds of an earlier
OUT are kept). Names, tags and commits are read from the table in `crds/README.md`.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path

from benchmarks.verify.dynamo import add_dynamo
from pydantic import JsonValue

from aegis.verify.schema.compact import Kind, Node, Source, Table, definitions, read
from aegis.verify.text import load

CORE = Source(
    name="kubernetes-client/python",
    ref="36.0.0+snapshot (Kubernetes 1.36)",
    commit="024658493d124f046fc0a9827a2a3165cf2aee28",
    licence="Apache-2.0",
)
_ROW = re.compile(r"^\| `([^`]+)` \| .* \| ([\w./-]+) @ (\S+) \| `")
_COMMIT = re.compile(r"^- (\S+) (\S+): `([0-9a-f]{40})` \(([\w.-]+)\)")
SKIPPED = frozenset({"JSONSchemaProps", "Event", "List"})
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
SPECIAL: dict[str, Node] = {
    _META: {"meta": True},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"f": "quantity"},
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"ios": True},
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": {"t": "string", "f": "date-time"},
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": {"t": "string", "f": "date-time"},
    "io.k8s.apimachinery.pkg.runtime.RawExtension": {"t": "object", "pu": True},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": {"pu": True},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps": {
        "t": "object",
        "pu": True,
    },
}
CLUSTER = frozenset({
    "Namespace", "Node", "PersistentVolume", "ClusterRole", "ClusterRoleBinding",
    "PriorityClass", "StorageClass", "IngressClass", "RuntimeClass", "CSIDriver", "CSINode",
    "VolumeAttachment", "CustomResourceDefinition", "APIService", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration", "FlowSchema", "PriorityLevelConfiguration", "DeviceClass",
    "ResourceSlice", "CertificateSigningRequest", "IPAddress", "ServiceCIDR",
    "VolumeAttributesClass", "ClusterTrustBundle", "TokenReview", "SubjectAccessReview",
    "SelfSubjectAccessReview", "SelfSubjectReview", "SelfSubjectRulesReview",
    "StorageVersion", "StorageVersionMigration", "ComponentStatus", "DeviceTaintRule",
})  # fmt: skip


def sources(readme: str) -> dict[str, Source]:
    """File under `crds/` → where it comes from."""
    commits: dict[tuple[str, str], tuple[str, str]] = {}
    for line in readme.splitlines():
        if found := _COMMIT.match(line):
            commits[found.group(1), found.group(2)] = (found.group(3), found.group(4))
    files: dict[str, Source] = {}
    for line in readme.splitlines():
        if found := _ROW.match(line):
            path, name, ref = found.groups()
            commit, licence = commits.get((name, ref), ("", "Apache-2.0"))
            files[path] = Source(name=name, ref=ref, commit=commit, licence=licence)
    return files


def add_crds(table: Table, folder: Path) -> None:
    """Every CustomResourceDefinition of the folder, in the order of the file names."""
    known = sources((folder / "README.md").read_text("utf-8"))
    for path in sorted(folder.glob("*/*.yaml*")):
        if path.parent.name.startswith("_"):
            continue
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        source = known[path.relative_to(folder).as_posix()]
        for crd in definitions(document.value for document in load(raw.decode()).documents):
            table.add_crd(crd, source, words=False)


def add_core(table: Table, swagger: dict[str, JsonValue]) -> None:
    """Every kind of the Kubernetes OpenAPI document."""
    reader = _OpenApi(table, swagger)
    number = table.source(CORE)
    for name in sorted(reader.definitions):
        schema = reader.definitions[name]
        kinds = schema.get("x-kubernetes-group-version-kind")
        properties = schema.get("properties")
        if not isinstance(kinds, list) or len(kinds) != 1 or not isinstance(properties, dict):
            continue
        kind = kinds[0]
        if not isinstance(kind, dict) or "metadata" not in properties:
            continue
        short = str(kind["kind"])
        if short in SKIPPED or short.endswith("List"):
            continue
        table.kinds.append(
            Kind(
                group=str(kind["group"]),
                version=str(kind["version"]),
                kind=short,
                namespaced=short not in CLUSTER,
                served=True,
                deprecated=False,
                core=True,
                root=reader.number(name),
                source=number,
            )
        )


class _OpenApi:
    def __init__(self, table: Table, swagger: dict[str, JsonValue]) -> None:
        self.table = table
        found = swagger["definitions"]
        self.definitions: dict[str, dict[str, JsonValue]] = {
            name: schema
            for name, schema in (found if isinstance(found, dict) else {}).items()
            if isinstance(schema, dict)
        }
        self.made: dict[str, int] = {}

    def number(self, name: str) -> int:
        if name not in self.made:
            special = SPECIAL.get(name)
            self.made[name] = (
                self.table.intern(special)
                if special is not None
                else self.node(self.definitions[name])
            )
        return self.made[name]

    def node(self, schema: dict[str, JsonValue]) -> int:
        reference = schema.get("$ref")
        if isinstance(reference, str):
            return self.number(reference.removeprefix("#/definitions/"))
        node: Node = {}
        for name, short in (("type", "t"), ("format", "f"), ("required", "r"), ("enum", "e")):
            if schema.get(name) is not None:
                node[short] = schema[name]
        properties = schema.get("properties")
        if isinstance(properties, dict):
            node["p"] = {
                name: self.node(child)
                for name, child in sorted(properties.items())
                if isinstance(child, dict)
            }
        for name, short in (("additionalProperties", "ap"), ("items", "it")):
            child = schema.get(name)
            if isinstance(child, dict):
                node[short] = self.node(child)
        return self.table.intern(node)


def keep_core(table: Table, old: Table) -> None:
    """Copies the core kinds of an earlier file."""
    moved: dict[int, int] = {}

    def move(number: int) -> int:
        if number not in moved:
            node = dict(old.nodes[number])
            properties = node.get("p")
            if isinstance(properties, dict):
                node["p"] = {k: move(n) for k, n in properties.items() if isinstance(n, int)}
            for name in ("ap", "it"):
                child = node.get(name)
                if isinstance(child, int) and not isinstance(child, bool):
                    node[name] = move(child)
            moved[number] = table.intern(node)
        return moved[number]

    for kind in old.kinds:
        if kind.core:
            root, source = move(kind.root), table.source(old.sources[kind.source])
            fields = {name: getattr(kind, name) for name in Kind.__slots__}
            table.kinds.append(Kind(**{**fields, "root": root, "source": source}))


def build(shared: Path, swagger: Path | None, old: bytes | None) -> Table:
    """The whole table."""
    table = Table()
    if swagger is not None:
        add_core(table, json.loads(swagger.read_text("utf-8")))
    elif old is not None:
        keep_core(table, read(gzip.decompress(old)))
    add_crds(table, shared / "crds")
    add_dynamo(table)
    return table


def packed(table: Table) -> bytes:
    """The file: the same table gives the same bytes."""
    return gzip.compress(table.dump().encode(), 9, mtime=0)


def main() -> None:
    """Writes OUT and says how large it is."""
    shared, out = Path(sys.argv[1]), Path(sys.argv[2])
    swagger = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    table = build(shared, swagger, out.read_bytes() if out.exists() else None)
    out.write_bytes(packed(table))
    size = out.stat().st_size
    print(f"{len(table.kinds)} kinds, {len(table.nodes)} nodes, {size:,} bytes")


if __name__ == "__main__":
    main()
