"""Makes tests/render/iac/composed.json: schemas of what our Crossplane composition is made of.

    python scripts/composed_schemas.py VERSION=FOLDER ...

Each folder holds CustomResourceDefinitions as published: `package/crds` of
crossplane-contrib/provider-upjet-aws v2.6.0, and `package/input` of function-patch-and-transform
v0.10.8 and function-environment-configs v0.7.1. Only the fields that we use are kept, with their
types and rules; descriptions are not.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
OUT = ROOT / "tests/render/iac/composed.json"
_KEPT = ("type", "enum", "required", "minimum", "maximum", "minLength", "format", "default",
         "x-kubernetes-validations", "x-kubernetes-preserve-unknown-fields",
         "x-kubernetes-embedded-resource", "additionalProperties")  # fmt: skip
Schema = dict[str, Any]


def main() -> None:
    """Writes the file from the folders named on the command line."""
    sys.path.insert(0, str(ROOT))
    from tests.render.iac.test_crossplane import judged  # noqa: PLC0415  # from the root only

    used: dict[tuple[str, str], list[Any]] = {}
    for each in judged():
        used.setdefault((each["apiVersion"], each["kind"]), []).append(each)
    found = {}
    for argument in sys.argv[1:]:
        version, _, folder = argument.partition("=")
        for definition in _definitions(Path(folder)):
            key = _key(definition)
            if key in used:
                found[key] = _pruned(definition, used[key], version)
    missing = set(used) - set(found)
    if missing:
        sys.exit(f"no definition of {sorted(missing)}")
    lines = ",\n".join(json.dumps(found[key], sort_keys=True) for key in sorted(found))
    OUT.write_text(f"[\n{lines}\n]\n", "utf-8")


def _definitions(folder: Path) -> Iterator[Schema]:
    for path in sorted(folder.glob("*.yaml")):
        definition = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)  # a safe loader
        if definition.get("kind") == "CustomResourceDefinition":
            yield definition


def _key(definition: Schema) -> tuple[str, str]:
    spec = definition["spec"]
    return f"{spec['group']}/{spec['versions'][-1]['name']}", spec["names"]["kind"]


def _pruned(definition: Schema, objects: list[Any], version: str) -> Schema:
    spec = definition["spec"]
    stored = spec["versions"][-1]
    schema = _fields(stored["schema"]["openAPIV3Schema"], objects)
    return {
        "apiVersion": definition["apiVersion"],
        "kind": definition["kind"],
        "metadata": {"name": definition["metadata"]["name"], "annotations": {"from": version}},
        "spec": {
            "group": spec["group"],
            "names": {k: spec["names"][k] for k in ("kind", "plural", "singular", "listKind")},
            "scope": spec["scope"],
            "versions": [
                {"name": stored["name"], "served": True, "storage": True,
                 "schema": {"openAPIV3Schema": schema}}
            ],
        },
    }  # fmt: skip


def _fields(schema: Mapping[str, Any], values: list[Any]) -> Schema:
    """The schema without the fields that no value uses."""
    kept = {name: schema[name] for name in _KEPT if name in schema}
    mappings = [value for value in values if isinstance(value, dict)]
    inner = [each for value in values if isinstance(value, list) for each in value]
    if "properties" in schema:
        needed = {*schema.get("required", ()), *(name for value in mappings for name in value)}
        needed |= {"managementPolicies", "initProvider", "forProvider"}  # rules read them
        kept["properties"] = {
            name: _fields(field, [value[name] for value in mappings if name in value])
            for name, field in schema["properties"].items()
            if name in needed
        }
    if "items" in schema:
        kept["items"] = _fields(schema["items"], inner)
    if not values:  # rules may read fields that are not kept
        kept.pop("x-kubernetes-validations", None)
    return kept


if __name__ == "__main__":
    main()
