"""What a folder says about its model: configuration, card, adapter, headers. Each is a claim of its author."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import JsonValue

from aegis.base.yaml_text import parsed
from aegis.supply.folder import HashedFile, base_of
from aegis.supply.inventory.weights import ENDINGS, Tensors, read_tensors

_TEXT = 4_000_000
_TOKENIZER = (
    "tokenizer",
    "vocab",
    "merges",
    "special_tokens",
    "added_tokens",
    "spiece",
    "sentencepiece",
)


class Part(enum.StrEnum):
    """What a file of a model is for."""

    WEIGHTS = "weights"
    TOKENIZER = "tokenizer"
    CONFIGURATION = "configuration"
    CARD = "card"
    LICENCE = "licence"
    CODE = "code"
    OTHER = "other"


def part_of(name: str) -> Part:
    """What a file is for, by its name.

    >>> part_of("model-00001-of-00002.safetensors").value, part_of("tokenizer.model").value
    ('weights', 'tokenizer')
    """
    last = name.rpartition("/")[2].lower()
    if last.startswith(_TOKENIZER) or last == "chat_template.jinja":
        return Part.TOKENIZER
    if last.startswith(("licence", "license", "copying", "notice")):
        return Part.LICENCE
    if last in {"readme.md", "model_card.md", "modelcard.md"}:
        return Part.CARD
    endings = (
        (ENDINGS, Part.WEIGHTS),
        ((".py", ".so", ".dll", ".dylib", ".sh"), Part.CODE),
        ((".json", ".yaml", ".yml", ".toml", ".pbtxt", ".jinja"), Part.CONFIGURATION),
    )
    return next((part for known, part in endings if last.endswith(known)), Part.OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What the files say; empty where they say nothing."""

    tensors: Tensors
    family: str = ""
    architecture: str = ""
    task: str = ""
    licences: tuple[str, ...] = ()
    base_models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    quantization: str = ""
    adapter: str = ""
    """Its kind, such as LORA, where the folder holds an adapter and no whole model."""


def describe(root: Path, files: Sequence[HashedFile]) -> Described:
    """What the folder's own files say about the model in it."""
    base = base_of(root)
    names = {file.name for file in files}
    card = _front_matter(base / "README.md") if "README.md" in names else {}
    config = _json(base / "config.json") if "config.json" in names else {}
    adapter = _json(base / "adapter_config.json") if "adapter_config.json" in names else {}
    tensors = read_tensors(base, [f.name for f in files if part_of(f.name) is Part.WEIGHTS])
    gguf = tensors.fields
    quantized = config.get("quantization_config")
    method = quantized.get("quant_method") if isinstance(quantized, dict) else None
    bases = (
        *_texts(adapter.get("base_model_name_or_path")),
        *_texts(card.get("base_model")),
        *_texts(gguf.get("general.base_model.0.repo_url") or gguf.get("general.base_model.0.name")),
    )
    return Described(
        tensors=tensors,
        family=_first(config.get("model_type"), gguf.get("general.architecture")),
        architecture=_first(config.get("architectures"), gguf.get("general.name")),
        task=_first(card.get("pipeline_tag")),
        licences=tuple(_licences(card, gguf)),
        base_models=tuple(dict.fromkeys(bases)),
        datasets=_texts(card.get("datasets")),
        quantization=_first(method),
        adapter=_first(adapter.get("peft_type"), "of an unnamed kind") if adapter else "",
    )


def _licences(card: Mapping[str, JsonValue], gguf: Mapping[str, str]) -> Iterator[str]:
    found = _texts(card.get("license")) or _texts(gguf.get("general.license"))
    for each in found:
        yield _first(card.get("license_name")) or each if each == "other" else each


def _texts(value: JsonValue) -> tuple[str, ...]:
    """A text or a list of texts, as several."""
    values = value if isinstance(value, list) else [value]
    return tuple(each.strip() for each in values if isinstance(each, str) and each.strip())


def _first(*values: JsonValue) -> str:
    return next((text for value in values for text in _texts(value)), "")


def _json(path: Path) -> Mapping[str, JsonValue]:
    try:
        found: JsonValue = json.loads(_text(path))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _front_matter(path: Path) -> Mapping[str, JsonValue]:
    """The YAML between the two lines of dashes at the beginning of a card."""
    head, _, rest = _text(path).partition("\n")
    block, closed, _ = rest.partition("\n---")
    if head.strip() != "---" or not closed:
        return {}
    try:
        found = parsed(block)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_TEXT).decode("utf-8", "replace")
