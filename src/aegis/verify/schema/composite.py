"""Kinds that Crossplane makes from a CompositeResourceDefinition.

Crossplane writes a CustomResourceDefinition for each, with fields of its own beside those of the
definition. Source: crossplane/crossplane v2.3.4, `internal/xcrd/schemas.go`.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from aegis.verify.access import Map, dig, listing, mapping, text

_OPEN: JsonValue = {"x-kubernetes-preserve-unknown-fields": True}
_MACHINERY = (
    "crossplane",
    "claimRef",
    "compositeDeletePolicy",
    "compositionRef",
    "compositionRevisionRef",
    "compositionRevisionSelector",
    "compositionSelector",
    "compositionUpdatePolicy",
    "environmentConfigRefs",
    "publishConnectionDetailsTo",
    "resourceRef",
    "resourceRefs",
    "writeConnectionSecretToRef",
)


def as_definitions(document: Map) -> Iterator[Map]:
    """The CustomResourceDefinitions that Crossplane makes from one definition."""
    spec = mapping(document.get("spec"))
    legacy = text(document.get("apiVersion")).endswith("/v1")
    scope = text(spec.get("scope")) or ("LegacyCluster" if legacy else "Namespaced")
    names = mapping(spec.get("names"))
    yield _definition(spec, names, "Namespaced" if scope == "Namespaced" else "Cluster")
    claims = mapping(spec.get("claimNames"))
    if claims:
        yield _definition(spec, claims, "Namespaced")


def _definition(spec: Map, names: Map, scope: str) -> Map:
    versions: list[JsonValue] = [
        {
            "name": text(version.get("name")),
            "served": version.get("served") is True,
            "deprecated": version.get("deprecated") is True,
            "schema": {"openAPIV3Schema": _schema(mapping(dig(version, "schema")))},
        }
        for version in map(mapping, listing(spec.get("versions")))
    ]
    group = text(spec.get("group"))
    return {
        "kind": "CustomResourceDefinition",
        "spec": {"group": group, "names": names, "scope": scope, "versions": versions},
    }


def _schema(version: Map) -> JsonValue:
    root = mapping(version.get("openAPIV3Schema"))
    properties = mapping(root.get("properties"))
    spec = mapping(properties.get("spec")) or {"type": "object"}
    fields: Map = {**dict.fromkeys(_MACHINERY, _OPEN), **mapping(spec.get("properties"))}
    status: Map = {**mapping(properties.get("status")), "type": "object"}
    status["x-kubernetes-preserve-unknown-fields"] = True
    whole: Map = {**properties, "spec": {**spec, "properties": fields}, "status": status}
    return {**root, "type": "object", "properties": whole}
