from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from cyclonedx.model.bom import Bom
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.supply.making import model

from aegis.supply.folder import Folder, HashedFile, hash_folder
from aegis.supply.inventory.bom import DATA, Inventory, Item, bom, missing, schema_problem
from aegis.supply.inventory.described import Described, describe
from aegis.supply.inventory.weights import Tensors

_TEXT = st.text(min_size=1, max_size=12)
_HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
_FILES = st.lists(
    st.builds(HashedFile, name=_TEXT, size=st.integers(0, 2**40), sha256=_HEX),
    min_size=1, max_size=4, unique_by=lambda file: file.name,
)  # fmt: skip


@given(
    files=_FILES, name=_TEXT, licences=st.lists(_TEXT, max_size=2), stated=st.lists(_TEXT, max_size=2),
    sets=st.lists(_TEXT, max_size=2), task=st.text(max_size=5),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
@pytest.mark.obligation(51)
def test_whatever_a_model_says_of_itself_the_document_is_valid(
    files: list[HashedFile], name: str, licences: list[str], stated: list[str], sets: list[str], task: str
) -> None:  # fmt: skip
    """Names, licences and claims are texts of strangers; the official schema holds for all of them."""
    described = Described(
        tensors=Tensors(elements={"F32": 1}, unread=("x",)), task=task, licences=tuple(licences),
        base_models=tuple(stated), datasets=tuple(sets),
    )  # fmt: skip
    folder = Folder(name=name, files=tuple(files))
    inventory = Inventory(
        model=Item(ref="model", name=name, folder=folder, described=described),
        bases=(Item(ref="base", name=name),),
        data=(Item(ref="data", name=name, kind=DATA, folder=folder, use="training"),),
        commit="ab" * 20, repository="https://example.org/r",
    )  # fmt: skip
    text = bom(inventory, tool="0.1.0", timestamp="2026-11-23T05:00:00+00:00")

    assert schema_problem(text) == ""
    assert bom(inventory, tool="0.1.0", timestamp="2026-11-23T05:00:00+00:00") == text


def test_the_schema_is_asked_in_earnest(tmp_path: Path) -> None:
    """A field too many, a hash that is none and a licence that SPDX does not know are all refused."""
    folder = hash_folder(model(tmp_path / "model"))
    text = bom(Inventory(model=Item(ref="model", name="m", folder=folder)), tool="0.1.0")
    for path, value in (
        (("surplus",), "x"),
        (("metadata", "component", "hashes", 0, "content"), "zz"),
        (("metadata", "component", "licenses"), [{"license": {"id": "no-such-licence"}}]),
        (("metadata", "component", "type"), "wizard"),
    ):
        broken = json.loads(text)
        at = broken
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        assert schema_problem(json.dumps(broken)), path


def test_every_file_stands_in_it_with_its_hash_and_its_part(tmp_path: Path) -> None:
    """Weights, tokenizer and configuration are told apart; a hash is that of the file."""
    root = model(tmp_path / "model")
    folder = hash_folder(root)
    item = Item(ref="model", name="m", folder=folder, described=describe(root, folder.files))
    component = json.loads(bom(Inventory(model=item), tool="0.1.0"))["metadata"]["component"]
    files = {
        each["name"]: (each["properties"][0]["value"], each["hashes"][0]["content"])
        for each in component["components"]
    }

    assert files == {
        name: (part, hashlib.sha256((root / name).read_bytes()).hexdigest())
        for name, part in {
            "LICENSE": "licence", "README.md": "card", "config.json": "configuration",
            "extra/notes.txt": "other", "tokenizer.json": "tokenizer",
            "model-00001-of-00002.safetensors": "weights",
            "model-00002-of-00002.safetensors": "weights",
        }.items()
    }  # fmt: skip
    assert component["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert component["modelCard"]["modelParameters"]["architectureFamily"] == "llama"


def test_another_reader_finds_the_same_files(tmp_path: Path) -> None:
    """The library's own model of a BOM reads names and hashes back, and no reference stands twice."""
    folder = hash_folder(model(tmp_path / "model"))
    item = Item(ref="model", name="m", folder=folder)
    data = Item(ref="training:m", name="m", kind=DATA, folder=folder, use="training")
    written = json.loads(
        bom(Inventory(model=item, data=(data,), adapters=(_named("a"),)), tool="0.1.0")
    )
    read = Bom.from_json(written)  # type: ignore[attr-defined]
    component = read.metadata.component
    refs = [each.bom_ref.value for each in (component, *component.components, *read.components)]

    assert {c.name: next(iter(c.hashes)).content for c in component.components} == folder.digests
    assert len(set(refs)) == len(refs)


def _named(name: str) -> Item:
    return Item(ref=f"adapter:{name}", name=name, digest="0" * 64)


def test_what_is_not_stated_is_said() -> None:
    """A file without weights has no hash of weights; a stated digest counts as one."""
    notes = Folder(name="m", files=(HashedFile(name="notes.txt", size=1, sha256="0" * 64),))
    bare = Inventory(model=Item(ref="model", name="m", folder=notes))
    stated = Inventory(model=Item(ref="model", name="m", digest="0" * 64, licence="mit"))

    assert missing(bare)[0] == "the hash of the weights"
    assert not any("hash" in each or "licence" in each for each in missing(stated))
    assert len(missing(bare)) == 6
