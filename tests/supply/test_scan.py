from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.supply.making import gguf, model, shell_in_a_pickle

from aegis.review.models.verdict import Gate
from aegis.supply.folder import PIECE, HashedFile, hash_folder
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
        pytest.param("notes.json", shell_in_a_pickle(), Gate.BLOCK, id="pickle-called-json"),
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


@pytest.mark.parametrize(
    ("name", "head", "gate"),
    [
        pytest.param("model.onnx_data", b"\0" * 8, None, id="raw"),
        pytest.param("raw.bin", b"\0" * 8, None, id="raw-with-a-name-of-pickles"),
        pytest.param("pytorch_model.bin", b"PK\x03\x04", Gate.REVIEW, id="archive"),
        pytest.param("model.pkl", b"\x80\x04", Gate.REVIEW, id="pickle"),
        pytest.param("old.npy", b"\x93NUMPY", Gate.REVIEW, id="array-with-a-damaged-header"),
    ],
)
def test_large_files_are_judged_by_what_they_are(
    tmp_path: Path, name: str, head: bytes, gate: Gate | None
) -> None:
    """Raw numbers beyond what is read stay numbers; an archive beyond it is for a person."""
    with (tmp_path / name).open("wb") as file:
        file.write(head)
        file.truncate(READ + 10)
    found = unsafe_files(tmp_path, [HashedFile(name=name, size=READ + 10, sha256="")])

    assert [each.gate for each in found] == ([gate] if gate else [])


@pytest.mark.parametrize("at", [0, PIECE - 20, 3 * PIECE])
def test_words_are_found_wherever_they_stand(tmp_path: Path, at: int) -> None:
    """A Lambda layer in an HDF5 file, an operator of one's own in an ONNX file: pieces overlap."""
    root = tmp_path / "model"
    root.mkdir()
    for name, head, word in (
        ("model.h5", b"\x89HDF\r\n\x1a\n", b'"class_name": "Lambda"'), ("m.onnx", b"", b"ai.onnx.contrib"),
    ):  # fmt: skip
        (root / name).write_bytes(head + bytes(at) + word + bytes(PIECE))

    assert _verdicts(root) == {"model.h5": Gate.BLOCK, "m.onnx": Gate.REVIEW}


def test_a_pointer_is_not_the_weights(tmp_path: Path) -> None:
    """A clone without `git lfs pull` holds a few lines where the tensors should be."""
    root = model(tmp_path / "model")
    (root / "w.bin").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    )
    (found,) = unsafe_files(root, hash_folder(root).files)

    assert found.reasons == ("is a pointer to a file, not the file: `git lfs pull`",)
