"""Reads catalog entries; refuses one without a source or with a field it does not know."""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import TypeVar, cast

from aegis.base.yaml_text import parsed
from aegis.catalog.types import (
    FAMILIES,
    Accelerator,
    BurnWindowFacts,
    Engine,
    Entry,
    Model,
    Platform,
    PriceList,
    Regulation,
    Technique,
    Tool,
)

E = TypeVar("E", bound=Entry)


def data_folder() -> Traversable:
    """Where the entries lie: one folder a family, one file an entry."""
    return importlib.resources.files("aegis.catalog") / "data"


def parse(family: str, text: str) -> Entry:
    """One entry, or `ValidationError` that names the field.

    >>> parse("accelerators", "id: x")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    pydantic_core._pydantic_core.ValidationError: ...
    """
    return FAMILIES[family].model_validate(parsed(text))


def files(family: str) -> Iterator[Traversable]:
    """The files of a family, in order of their names."""
    folder = data_folder() / family
    if folder.is_dir():
        yield from sorted(
            (f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name
        )


@functools.cache
def _load(family: str, name: str) -> Entry:
    return parse(family, (data_folder() / family / name).read_text("utf-8"))


def entries(kind: type[E]) -> tuple[E, ...]:
    """All entries of one family, in order of their ids."""
    family = next(name for name, entry in FAMILIES.items() if entry is kind)
    return cast("tuple[E, ...]", _family(family))


@functools.cache
def _family(family: str) -> tuple[Entry, ...]:
    return tuple(_load(family, file.name) for file in files(family))


def accelerators() -> tuple[Accelerator, ...]:
    return entries(Accelerator)


def models() -> tuple[Model, ...]:
    return entries(Model)


def engines() -> tuple[Engine, ...]:
    return entries(Engine)


def platforms() -> tuple[Platform, ...]:
    return entries(Platform)


def tools() -> tuple[Tool, ...]:
    return entries(Tool)


def prices() -> tuple[PriceList, ...]:
    return entries(PriceList)


def regulations() -> tuple[Regulation, ...]:
    return entries(Regulation)


def techniques() -> tuple[Technique, ...]:
    return entries(Technique)


def burn_windows() -> tuple[BurnWindowFacts, ...]:
    return entries(BurnWindowFacts)


def model_id(reference: str) -> str:
    """The file name of a model reference.

    >>> model_id("meta-llama/Llama-3.1-8B-Instruct")
    'meta-llama--llama-3.1-8b-instruct'
    """
    return reference.strip().lower().replace("/", "--")


def find_model(reference: str) -> Model | None:
    """The entry of a model, by its reference; other models are not read."""
    name = f"{model_id(reference)}.yaml"
    if (data_folder() / "models" / name).is_file():
        return cast("Model", _load("models", name))
    return None


@functools.cache
def digest() -> str:
    """SHA-256 over every file of the catalog, so that a plan can name what it was made from."""
    hasher = hashlib.sha256()
    for family in sorted(FAMILIES):
        for file in files(family):
            hasher.update(f"{family}/{file.name}\0".encode())
            hasher.update(file.read_bytes())
    return hasher.hexdigest()
