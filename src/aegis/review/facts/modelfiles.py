"""Model files of a repository, through the gate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aegis.base.finding import Span
from aegis.review.facts.types import Fact, ModelFile
from aegis.review.models.inspect import inspect_model

_SAFE_TWINS = (".safetensors", ".onnx", ".gguf")
_PICKLES = frozenset(("pickle", "zip", "tar", "7z", "compressed"))


def model_file_facts(root: Path, models: list[tuple[str, int]], limit: int) -> Iterator[Fact]:
    """One fact per model file, read up to `limit` bytes."""
    folders = {path.rpartition("/")[0] for path, _ in models if path.endswith(_SAFE_TWINS)}
    for path, size in models:
        if path.endswith((".bin", ".model")) and size < 64:
            continue
        try:
            with (root / path).open("rb") as file:
                data = file.read(limit)
        except OSError:
            continue
        found = inspect_model(path, data, size)
        pickled = found.format in _PICKLES and not path.endswith((".npz", ".keras", ".nemo"))
        yield ModelFile(
            span=Span(path=path, line=1, column=1),
            path=path,
            format="pickle" if pickled else found.format,
            verdict=found.gate.value,
            problems=found.reasons,
            has_safe_twin=path.rpartition("/")[0] in folders,
        )
