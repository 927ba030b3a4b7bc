from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.supply.making import gguf, model, safetensors, shell_in_a_pickle

from aegis.review.models.verdict import Gate
from aegis.supply.folder import hash_folder
from aegis.supply.scan import READ, unsafe_files


def _verdicts(root: Path) -> dict[str, Gate]:
    return {each.name: each.gate for each in unsafe_files(root, hash_folder(root).files)}


def test_a_folder_of_data_has_nothing_unsafe(tmp_path: Path) -> None:
    """Tensors, configuration, tokenizer, card: nothing that a loader would run."""
    root = model(tmp_path / "model")
    gguf(root / "model.gguf", {"general.architecture": "llama"}, {"a": (2, 2)})

    assert _verdicts(root) == {}


@pytest.mark.parametrize(
    ("name", "content", "gate"),
    [
        pytest.param("pytorch_model.bin", shell_in_a_pickle(), Gate.BLOCK, id="pickle"),
        pytest.param("weights.safetensors", shell_in_a_pickle(), Gate.BLOCK, id="disguised"),
        pytest.param("modeling_own.py", b"print()", Gate.REVIEW, id="code"),
        pytest.param(
            "tokenizer_config.json",
            json.dumps({"chat_template": "{{ x.__class__.__mro__ }}"}).encode(),
            Gate.BLOCK, id="template",
        ),
        pytest.param(
            "tokenizer_config.json",
            json.dumps({"chat_template": [{"name": "a", "template": "{{ cycler.x }}"}]}).encode(),
            Gate.BLOCK, id="one-of-several-templates",
        ),
        pytest.param("chat_template.jinja", b"{{ ''.__class__ }}", Gate.BLOCK, id="template-file"),
        pytest.param("config.json", b'{"auto_map": {"AutoModel": "x.Y"}}', Gate.REVIEW, id="auto-map"),
    ],
)  # fmt: skip
def test_what_could_run_is_found(tmp_path: Path, name: str, content: bytes, gate: Gate) -> None:
    """The gate of `aegis review`, and what only a folder can show: code, templates, maps to code."""
    root = model(tmp_path / "model")
    (root / name).write_bytes(content)

    assert _verdicts(root) == {name: gate}


def test_large_files_are_judged_by_what_they_are(tmp_path: Path) -> None:
    """Raw numbers beyond what is read stay numbers; an archive beyond it is for a person."""
    root = tmp_path / "model"
    root.mkdir()
    safetensors(root / "model.safetensors", {"a": (4,)})
    for name, head in (("model.onnx_data", b"\0\0\0\0"), ("pytorch_model.bin", b"PK\x03\x04")):
        with (root / name).open("wb") as file:
            file.write(head)
            file.truncate(READ + 10)

    assert _verdicts(root) == {"pytorch_model.bin": Gate.REVIEW}
