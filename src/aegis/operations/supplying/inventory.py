"""The inventory of a model: from its folder, or as far as a brief states it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from aegis.brief.read import read_brief
from aegis.brief.schema import Brief, ModelRef
from aegis.operations.supplying.code import code_link
from aegis.operations.supplying.reading import Say, outside, read_folder, write
from aegis.operations.supplying.results import InventoryResult, Part
from aegis.supply.errors import SupplyError
from aegis.supply.inventory.bom import DATA, MODEL, Inventory, Item, bom, missing
from aegis.supply.inventory.described import describe, part_of
from aegis.supply.scan import Unsafe, unsafe_files

WEIGHTS_HASH = "the hash of the weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What belongs to a model and does not lie in its folder: names and paths."""

    data: dict[str, Path] = field(default_factory=dict)
    evaluation: dict[str, Path] = field(default_factory=dict)
    bases: dict[str, Path] = field(default_factory=dict)
    adapters: dict[str, Path] = field(default_factory=dict)
    code: Path | None = None
    name: str = ""
    revision: str = ""
    licence: str = ""
    follow_links: bool = False


def take_stock(
    source: Path, out: Path, beside: Beside, *, say: Say, timestamp: str = ""
) -> InventoryResult:
    """An ML-BOM of a model's folder or file, or of what a brief (`.yaml`, `.yml`) states of one.

    Raises:
        SupplyError: something cannot be read, or the brief is none.
    """
    brief = source.is_file() and source.suffix.lower() in {".yaml", ".yml"}
    outside(out, source)
    found = _of_brief(source, beside, say) if brief else _of_folder(source, beside, say)
    text = bom(found, tool=version("aegis-deploy"), timestamp=timestamp)
    write(out, text)
    model, said = found.model, missing(found)
    return InventoryResult(
        path=str(out),
        model=model.name,
        parts=tuple(_parts(found)),
        bytes=model.folder.size if model.folder else 0,
        licences=(model.licence,)
        if model.licence
        else model.described.licences
        if model.described
        else (),
        elements=dict(model.described.tensors.elements) if model.described else {},
        has_weights_hash=WEIGHTS_HASH not in said,
        missing=said,
        unsafe=tuple(_unsafe(found)),
    )


def _of_folder(source: Path, beside: Beside, say: Say) -> Inventory:
    model = replace(
        _model("model", beside.name or source.resolve().name, source, beside, say),
        licence=beside.licence, version=beside.revision,
    )  # fmt: skip
    return _with(model, beside, say)


def _with(model: Item, beside: Beside, say: Say, data: tuple[Item, ...] = ()) -> Inventory:
    code = code_link("code", beside.code) if beside.code else None
    if code is not None and code.problem:
        raise SupplyError(code.problem)
    stated = model.described.base_models if model.described else ()
    bases = tuple(_models("base", beside.bases, beside, say)) or tuple(
        Item(ref=f"base:{name}", name=name) for name in stated
    )
    return Inventory(
        model=model,
        bases=bases,
        adapters=tuple(_models("adapter", beside.adapters, beside, say)),
        data=(
            *data,
            *_data("training", beside.data, beside, say),
            *_data("evaluation", beside.evaluation, beside, say),
        ),
        commit=code.digest["gitCommit"] if code else "",
        repository=code.uri.removeprefix("git+") if code else "",
    )


def _models(kind: str, paths: dict[str, Path], beside: Beside, say: Say) -> Iterator[Item]:
    for name, path in paths.items():
        yield _model(f"{kind}:{name}", name, path, beside, say)


def _model(ref: str, name: str, path: Path, beside: Beside, say: Say) -> Item:
    folder = read_folder(path, say, follow_links=beside.follow_links)
    return Item(
        ref=ref, name=name, folder=folder, described=describe(path, folder.files),
        unsafe=unsafe_files(path, folder.files),
    )  # fmt: skip


def _data(use: str, paths: dict[str, Path], beside: Beside, say: Say) -> Iterator[Item]:
    for name, path in paths.items():
        folder = read_folder(path, say, follow_links=beside.follow_links)
        yield Item(ref=f"{use}:{name}", name=name, kind=DATA, folder=folder, use=use)


def _of_brief(source: Path, beside: Beside, say: Say) -> Inventory:
    read = read_brief(source.read_text(encoding="utf-8"), path=str(source))
    if read.brief is None:
        first = next(iter(read.findings), None)
        where = f" {first.span}" if first and first.span else ""
        raise SupplyError(f"{source} is no brief:{where} {first.message if first else ''}".strip())
    if read.brief.model is None:
        raise SupplyError(f"{source} names no model: say `model.reference`")
    return _stated(read.brief, read.brief.model, beside, say)


def _stated(brief: Brief, stated: ModelRef, beside: Beside, say: Say) -> Inventory:
    """What a brief says: references, digests and sets, none of which is read."""
    model = Item(
        ref="model",
        name=stated.reference,
        kind=MODEL,
        digest=(stated.digest or "").removeprefix("sha256:"),
        licence=beside.licence or stated.licence or "",
        version=beside.revision or stated.revision or "",
    )
    sets = tuple(
        Item(
            ref=f"evaluation:{each.name}", name=each.name, kind=DATA, use="evaluation",
            digest=(each.digest or "").removeprefix("sha256:"),
        )
        for each in brief.evaluation or ()
        if each.name not in beside.evaluation
    )  # fmt: skip
    return _with(model, beside, say, sets)


def _parts(found: Inventory) -> Iterator[Part]:
    model = found.model
    if model.folder is None:
        yield Part(kind="model", name=model.name, sha256=model.digest)
    for file in model.folder.files if model.folder else ():
        yield Part(kind=part_of(file.name).value, name=file.name, sha256=file.sha256)
    for kind, items in (("base model", found.bases), ("adapter", found.adapters)):
        for item in items:
            yield Part(kind=kind, name=item.name, sha256=_digest(item))
    for item in found.data:
        yield Part(kind=f"{item.use} data", name=item.name, sha256=_digest(item))
    if found.commit:
        yield Part(kind="code", name=found.commit)


def _unsafe(found: Inventory) -> Iterator[Unsafe]:
    """Of the model by their names, of what belongs to it with its name before theirs."""
    yield from found.model.unsafe
    for item in (*found.bases, *found.adapters):
        for each in item.unsafe:
            yield each.model_copy(update={"name": f"{item.name}/{each.name}"})


def _digest(item: Item) -> str:
    if item.folder is None:
        return item.digest
    return item.folder.digest
