"""What the reviewer knows about the world: dated tables from `review/data`, read once."""

from __future__ import annotations

import datetime
import functools
import re
from dataclasses import dataclass
from importlib import resources

from aegis.base.yaml_text import parsed


@dataclass(frozen=True, slots=True)
class Product:
    """A known image; see the head of `data/products.yaml` for the fields."""

    id: str
    images: tuple[str, ...]
    role: str
    ports: tuple[int, ...]
    auth: str
    switch: tuple[str, ...] = ()
    unlock: tuple[str, ...] = ()
    ready: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retired:
    """A hosted model and the last day its vendor served it."""

    id: str
    vendor: str
    retired: datetime.date


def _table(name: str) -> object:
    text = resources.files("aegis.review").joinpath("data", name).read_text("utf-8")
    return parsed(text)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


@functools.cache
def products() -> tuple[Product, ...]:
    """Every known product, in the order of the table."""
    rows = _table("products.yaml")
    assert isinstance(rows, list)  # noqa: S101 - our own file
    return tuple(
        Product(
            id=str(row["id"]),
            images=_texts(row["images"]),
            role=str(row["role"]),
            ports=tuple(int(port) for port in row["ports"]),
            auth=str(row["auth"]),
            switch=_texts(row.get("switch")),
            unlock=_texts(row.get("unlock")),
            ready=_texts(row.get("ready")),
        )
        for row in rows
    )


@functools.cache
def product_by_id() -> dict[str, Product]:
    return {product.id: product for product in products()}


@functools.cache
def retired_models() -> dict[str, Retired]:
    """Retired hosted models by id."""
    table = _table("retired_models.yaml")
    assert isinstance(table, dict)  # noqa: S101 - our own file
    return {
        str(row["id"]): Retired(str(row["id"]), str(row["vendor"]), row["retired"])
        for row in table["models"]
    }


@functools.cache
def ended_images() -> dict[str, dict[str, str]]:
    """Last days of versions whose makers mend them no more, by the image's name and version."""
    return _ends("images")


@functools.cache
def ended_kubernetes() -> dict[str, str]:
    """Last days of versions of Kubernetes that get no fixes upstream."""
    return _ends("")["kubernetes"]


def _ends(part: str) -> dict[str, dict[str, str]]:
    table = _table("platforms.yaml")
    assert isinstance(table, dict)  # noqa: S101 - our own file
    rows = table[part] if part else {"kubernetes": table["kubernetes"]}
    return {name: {each: str(day) for each, day in days.items()} for name, days in rows.items()}


@functools.cache
def _licences() -> tuple[tuple[str, str], ...]:
    table = _table("licences.yaml")
    assert isinstance(table, dict)  # noqa: S101 - our own file
    return tuple((str(row["name"]), str(row["licence"])) for row in table["models"])


def limited_licence(model: str) -> str:
    """The licence of a model that may not be used commercially; empty when none is known.

    >>> limited_licence("facebook/musicgen-small")
    'CC-BY-NC-4.0'
    """
    name = model.removeprefix("hf://").lower()
    return next((licence for known, licence in _licences() if name.startswith(known)), "")


@functools.cache
def checks() -> dict[str, tuple[str, ...]]:
    """Codes of the rules behind each check of the catalogue, by the check's id."""
    table = _table("catalogue.yaml")
    assert isinstance(table, dict)  # noqa: S101 - our own file
    return {str(name): _texts(row["rules"]) for name, row in table.items()}


# Parts of an image's name that say that it shows what a store holds and is none itself.
_PAGES = re.compile(
    r"dashboards?|kibana|admin|adminer|express|insight|commander|-ui\b|web-?ui|console|exporter"
)
_STORES = frozenset(("database", "vector-db"))
# Parts of an image's name that say that it controls model servers and is none itself.
_CONTROLLERS = ("operator", "controller", "router", "manager", "webhook", "exporter", "sidecar")


def product_of(image: str) -> Product | None:
    """The product that an image is, by its name without tag; controllers are no servers."""
    name = image.lower()
    last = name.rpartition("/")[2]
    if any(word in last for word in _CONTROLLERS):
        return None
    shows = _PAGES.search(last) is not None
    for product in products():
        if shows and product.role in _STORES:
            continue
        for known in product.images:
            if "/" in known or "-" in known:
                if known in name:
                    return product
            elif known in {last, name}:
                return product
    return None


# What starts a product, when its image has a name of your own.
_COMMANDS = (
    ("vllm", re.compile(r"\bvllm\s+serve\b|vllm\.entrypoints")),
    ("sglang", re.compile(r"sglang\.launch_server|\bsglang\s+serve\b")),
    ("tgi", re.compile(r"\btext-generation-launcher\b")),
    ("triton", re.compile(r"\btritonserver\b")),
    ("llama-cpp", re.compile(r"\bllama-server\b|llama_cpp\.server")),
    ("ollama", re.compile(r"\bollama\s+serve\b")),
    ("ray", re.compile(r"\bray\s+start\b[^\n]*--head")),
    ("torchserve", re.compile(r"\btorchserve\s+--start\b")),
)


def product_of_command(command: str) -> Product | None:
    """The product that a command starts."""
    known = product_by_id()
    return next((known[name] for name, pattern in _COMMANDS if pattern.search(command)), None)
