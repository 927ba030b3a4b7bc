"""`aegis supply inventory`: what a model is made of."""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from aegis.cli.commands.supply.options import (
    ANY,
    FOLDER,
    OUT,
    errors,
    links_option,
    size_text,
    unsafe_lines,
)
from aegis.cli.main import EXIT_REFUSED
from aegis.cli.view import counted, format_option, view_of, wrap
from aegis.operations.supplying.reading import named
from aegis.operations.supplying.results import InventoryResult

_SHOWN = 40


@click.command("inventory")
@click.argument("source", type=ANY)
@click.option("-o", "--out", type=OUT, required=True, help="the ML-BOM, beside the folder")
@click.option("--data", multiple=True, metavar="[NAME=]PATH", help="training data")
@click.option("--evaluation", multiple=True, metavar="[NAME=]PATH", help="evaluation data")
@click.option(
    "--base-model", multiple=True, metavar="[NAME=]PATH", help="model that it was made from"
)
@click.option(
    "--adapter", multiple=True, metavar="[NAME=]PATH", help="adapter that is served with it"
)
@click.option("--code", type=FOLDER, default=None, help="working copy of the code: its commit")
@click.option("--name", default="", help="what the model is called [the folder's name]")
@click.option("--revision", default="", help="its version, or the commit of the hub")
@click.option("--licence", default="", help="SPDX id or name, where the card does not say it")
@links_option
@format_option
def inventory(
    source: Path, *, out: Path, data: tuple[str, ...], evaluation: tuple[str, ...],
    base_model: tuple[str, ...], adapter: tuple[str, ...], code: Path | None, name: str, revision: str,
    licence: str, follow_links: bool, output: str,
) -> None:  # fmt: skip
    """Write what the model in SOURCE is made of, as a CycloneDX 1.6 ML-BOM.

    SOURCE is a model's folder or file; a brief (.yaml) gives what it states, unread. Every file stands
    in it with its SHA-256; licence, base model and data sets as card, configuration and headers name
    them; tensors by type. The document is held against the official schema before it is written. With
    SOURCE_DATE_EPOCH the same model gives the same bytes.

    Exit 3 when the hash of the weights cannot be stated.

    \b
      aegis supply inventory ./model --data train.jsonl --evaluation faq.jsonl --code . -o model.cdx.json
    """  # noqa: D301
    view = view_of(output)
    with errors():
        from aegis.operations.supplying.inventory import Beside, take_stock  # noqa: PLC0415

        beside = Beside(
            data=named(data), evaluation=named(evaluation), bases=named(base_model),
            adapters=named(adapter), code=code, name=name, revision=revision, licence=licence,
            follow_links=follow_links,
        )  # fmt: skip
        result = take_stock(source, out, beside, say=view.progress, timestamp=_now())
    view.show(result, lambda: _lines(result))
    if not result.has_weights_hash:
        sys.exit(EXIT_REFUSED)


def _now() -> str:
    """The time to the second, or that of SOURCE_DATE_EPOCH (reproducible-builds.org)."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    if fixed.isdigit():
        at = datetime.datetime.fromtimestamp(int(fixed), datetime.UTC)
    else:
        at = datetime.datetime.now(datetime.UTC)  # noqa: TID251  # the shell reads it
    return at.isoformat(timespec="seconds")


def _lines(result: InventoryResult) -> Iterator[str]:
    size = f", {size_text(result.bytes)}" if result.bytes else ""
    yield from wrap(f"{result.path}: {result.model}, {counted(len(result.parts), 'part')}{size}.")
    for part in result.parts[:_SHOWN]:
        digest = f"  {part.sha256[:12]}…" if part.sha256 else "  no digest"
        yield f"  {part.kind:<16}{part.name}{digest}"
    if len(result.parts) > _SHOWN:
        yield f"  … and {len(result.parts) - _SHOWN:,} more"
    if result.elements:
        types = ", ".join(f"{count:,} {kind}" for kind, count in result.elements.items())
        yield from wrap(types, first="  tensors: ")
    if result.licences:
        yield from wrap(", ".join(result.licences), first="  licence: ")
    yield from unsafe_lines(result.unsafe)
    for each in result.missing:
        yield from wrap(each, first="  not stated: ")
