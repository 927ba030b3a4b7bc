"""An inventory as a CycloneDX 1.6 ML-BOM in JSON, held against the official schema before it is shown.

`cyclonedx-python-lib` brings the schemas, the list of SPDX licences and the validator. It has no
model cards and no components of data (11.12), so the document itself is put together here.

Source: CycloneDX 1.6, `bom-1.6.schema.json`, as the library carries it.
"""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cyclonedx.schema import SchemaVersion
from cyclonedx.spdx import fixup_id
from cyclonedx.validation.json import JsonStrictValidator
from pydantic import JsonValue

from aegis.supply.folder import Folder, HashedFile
from aegis.supply.inventory.described import Described, Part, part_of
from aegis.supply.scan import Unsafe

Object = dict[str, JsonValue]
_NAMESPACE = uuid.UUID("0d9d2f0e-6a5b-5a0e-9b5e-2f6f0c1d7a51")
MODEL, DATA = "machine-learning-model", "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that the model is made of or from; a folder where we could read it, else a name."""

    ref: str
    name: str
    kind: str = MODEL
    folder: Folder | None = None
    described: Described | None = None
    unsafe: tuple[Unsafe, ...] = ()
    use: str = ""
    """What a data set is for: training or evaluation."""
    digest: str = ""
    """A SHA-256 that somebody stated, in hex, where there is no folder."""
    licence: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """A model and all that belongs to it."""

    model: Item
    bases: tuple[Item, ...] = ()
    adapters: tuple[Item, ...] = ()
    data: tuple[Item, ...] = ()
    commit: str = ""
    repository: str = ""


def bom(inventory: Inventory, *, tool: str, timestamp: str = "") -> str:
    """The document as text: the same for the same inventory and time.

    `timestamp` is a date with time as in RFC 3339; an empty one is left out.

    Raises:
        AssertionError: the document is not what the official schema asks for, which is a bug of ours.
    """
    model = _component(inventory.model)
    if inventory.bases:
        model["pedigree"] = {"ancestors": [_component(each) for each in inventory.bases]}
    if inventory.commit:
        commits: list[JsonValue] = [_short({"uid": inventory.commit, "url": inventory.repository})]
        pedigree = model.setdefault("pedigree", {})
        assert isinstance(pedigree, dict)  # noqa: S101 - made above
        pedigree["commits"] = commits
    _add_card(model, inventory)
    parts = (*inventory.adapters, *inventory.data)
    refs: list[JsonValue] = [each.ref for each in parts]
    leaves: list[JsonValue] = [{"ref": ref} for ref in refs]
    metadata: Object = {
        "tools": {"components": [{"type": "application", "name": "aegis-deploy", "version": tool}]},
        "component": model,
    }
    if timestamp:
        metadata["timestamp"] = timestamp
    document: Object = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": [_component(each) for each in parts],
        "dependencies": [{"ref": inventory.model.ref, "dependsOn": refs}, *leaves],
    }
    named = uuid.uuid5(_NAMESPACE, json.dumps(document, sort_keys=True))
    document["serialNumber"] = f"urn:uuid:{named}"
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    problem = schema_problem(text)
    assert not problem, problem  # noqa: S101 - what we write is valid, or it is not written
    return text


@functools.cache
def _validator() -> JsonStrictValidator:
    return JsonStrictValidator(SchemaVersion.V1_6)


def schema_problem(text: str) -> str:
    """What the official schema of CycloneDX 1.6 says against a document; empty when nothing."""
    error = _validator().validate_str(text)
    return "" if error is None else str(error.data)


def _component(item: Item) -> Object:
    found: Object = {"type": item.kind, "bom-ref": item.ref, "name": item.name}
    if item.version:
        found["version"] = item.version
    licences = item.described.licences if item.described else ()
    if item.licence or licences:
        found["licenses"] = [
            _licence(each) for each in ((item.licence,) if item.licence else licences)
        ]
    properties = dict(_properties(item))
    if item.folder is not None:
        found["hashes"] = [{"alg": "SHA-256", "content": item.folder.digest}]
        if not item.folder.single:
            properties["aegis:hash"] = "dirHash of in-toto over the files below"
        if item.kind == MODEL:
            found["components"] = [_file(item, each) for each in item.folder.files]
    elif item.digest:
        found["hashes"] = [{"alg": "SHA-256", "content": item.digest}]
        properties["aegis:hash"] = "stated, not computed"
    if item.kind == DATA:
        found["data"] = [_short({"type": "dataset", "name": item.name, "description": item.use})]
    if properties:
        found["properties"] = [{"name": name, "value": text} for name, text in properties.items()]
    return found


def _file(item: Item, file: HashedFile) -> Object:
    properties: list[JsonValue] = [{"name": "aegis:part", "value": part_of(file.name).value}]
    for each in item.unsafe:
        if each.name == file.name:
            said = f"{each.gate}: {'; '.join(each.reasons)}"
            properties.append({"name": "aegis:unsafe", "value": said})
    return {
        "type": "file",
        "bom-ref": f"{item.ref}/{file.name}",
        "name": file.name,
        "hashes": [{"alg": "SHA-256", "content": file.sha256}],
        "properties": properties,
    }


def _properties(item: Item) -> Iterator[tuple[str, str]]:
    if item.folder is not None:
        yield "aegis:bytes", str(item.folder.size)
        yield "aegis:files", str(len(item.folder.files))
    described = item.described
    if described is None:
        return
    if described.tensors.parameters:
        yield "aegis:elements", str(described.tensors.parameters)
    for kind, count in described.tensors.elements.items():
        yield f"aegis:elements:{kind}", str(count)
    if described.quantization:
        yield "aegis:quantization", described.quantization
    if described.adapter:
        yield "aegis:adapter", described.adapter
    for name in described.tensors.unread:
        yield "aegis:no-header-read", name
    for name in described.base_models:
        yield "aegis:stated-base-model", name


def _licence(name: str) -> Object:
    """A licence of the SPDX list by its id, any other by its name.

    >>> _licence("apache-2.0"), _licence("llama3.1")
    ({'license': {'id': 'Apache-2.0'}}, {'license': {'name': 'llama3.1'}})
    """
    known = fixup_id(name)
    return {"license": {"id": known} if known else {"name": name}}


def _add_card(model: Object, inventory: Inventory) -> None:
    described = inventory.model.described
    stated = described.datasets if described else ()
    sets: list[JsonValue] = [{"ref": each.ref} for each in inventory.data]
    sets += [
        {"type": "dataset", "name": name, "description": "named by the model's card; not read"}
        for name in stated
    ]
    parameters = _short(
        {
            "task": described.task if described else "",
            "architectureFamily": described.family if described else "",
            "modelArchitecture": described.architecture if described else "",
            "datasets": sets,
        }
    )
    model["modelCard"] = {"modelParameters": parameters}


def _short(entry: Mapping[str, JsonValue]) -> Object:
    """The entry without what is empty."""
    return {key: value for key, value in entry.items() if value}


def missing(inventory: Inventory) -> tuple[str, ...]:
    """What a complete inventory would say besides, in words; the first is the one that counts."""
    model = inventory.model
    described = model.described
    files: Sequence[str] = [file.name for file in model.folder.files] if model.folder else ()
    hashed = bool(model.digest) or any(part_of(name) is Part.WEIGHTS for name in files)
    uses = {each.use for each in inventory.data}
    wanted = (
        (hashed, "the hash of the weights"),
        (
            bool(model.licence or (described and described.licences)),
            "a licence (card, GGUF field, --licence)",
        ),
        ("training" in uses, "training data with its digest (--data)"),
        ("evaluation" in uses, "evaluation data with its digest (--evaluation)"),
        (bool(inventory.bases), "the base model (--base-model)"),
        (bool(inventory.commit), "the commit of the code (--code)"),
    )
    return tuple(text for there, text in wanted if not there)
