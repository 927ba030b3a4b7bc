from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.supply.making import gguf, model

from aegis.supply.folder import hash_folder
from aegis.supply.inventory.described import describe, part_of


def test_the_card_and_the_configuration_are_read(tmp_path: Path) -> None:
    """Licence, base model, data sets and task from the card; family and architecture from config.json."""
    root = model(tmp_path / "model")
    found = describe(root, hash_folder(root).files)

    assert (found.licences, found.base_models, found.datasets) == (
        ("apache-2.0",), ("org/base",), ("org/set",)
    )  # fmt: skip
    assert (found.task, found.family, found.architecture) == (
        "text-generation", "llama", "LlamaForCausalLM"
    )  # fmt: skip
    assert found.tensors.parameters == 17


def test_an_adapter_says_what_it_adapts(tmp_path: Path) -> None:
    """The base model of adapter_config.json, and that it is an adapter."""
    root = model(tmp_path / "model")
    adapter = {"base_model_name_or_path": "org/other", "peft_type": "LORA"}
    (root / "adapter_config.json").write_text(json.dumps(adapter))
    found = describe(root, hash_folder(root).files)

    assert (found.adapter, found.quantization) == ("LORA", "")
    assert found.base_models == ("org/other", "org/base")


def test_a_gguf_file_speaks_for_itself(tmp_path: Path) -> None:
    """One file without a folder around it: licence, name and base model are its fields."""
    fields = {
        "general.license": "llama3.1", "general.name": "Small", "general.architecture": "llama",
        "general.base_model.0.name": "Large",
    }  # fmt: skip
    file = gguf(tmp_path / "m.gguf", fields, {"a": (2,)})
    found = describe(file, hash_folder(file).files)

    assert (found.licences, found.architecture, found.base_models) == (
        ("llama3.1",), "Small", ("Large",)
    )  # fmt: skip


@pytest.mark.parametrize(
    "card",
    [
        pytest.param("# no front matter", id="none"),
        pytest.param("---\nlicense: [", id="never-closed"),
        pytest.param("---\nlicense: [\n---\n", id="no-yaml"),
        pytest.param("---\n- a\n- b\n---\n", id="a-list"),
        pytest.param("---\nlicense: 7\ndatasets: {a: 1}\n---\n", id="other-types"),
    ],
)
def test_a_card_that_says_nothing_is_no_error(tmp_path: Path, card: str) -> None:
    """Cards are written by people; what is unreadable is not stated."""
    root = model(tmp_path / "model")
    (root / "README.md").write_text(card)
    (root / "config.json").write_text("[]")
    found = describe(root, hash_folder(root).files)

    assert (found.licences, found.datasets, found.family) == ((), (), "")


def test_a_licence_of_its_own_has_its_name(tmp_path: Path) -> None:
    """`other` says nothing; `license_name` does."""
    root = model(tmp_path / "model")
    (root / "README.md").write_text("---\nlicense: other\nlicense_name: own-licence\n---\n")

    assert describe(root, hash_folder(root).files).licences == ("own-licence",)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        pytest.param("a/pytorch_model.bin", "weights", id="torch"),
        pytest.param("model.onnx_data", "weights", id="external-data"),
        pytest.param("vocab.txt", "tokenizer", id="vocabulary"),
        pytest.param("tokenizer.model", "tokenizer", id="sentencepiece"),
        pytest.param("generation_config.json", "configuration", id="configuration"),
        pytest.param("modeling_x.py", "code", id="code"),
        pytest.param("LICENSE.txt", "licence", id="licence"),
        pytest.param("image.png", "other", id="other"),
    ],
)
def test_a_file_has_a_part(name: str, part: str) -> None:
    """By its name, as repositories of models use names."""
    assert part_of(name).value == part
