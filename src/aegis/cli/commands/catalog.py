"""`aegis catalog`: what Aegis knows, with sources."""

from __future__ import annotations

from collections.abc import Iterator

import click

from aegis.catalog.types import FAMILIES
from aegis.cli.view import counted, format_option, view_of, wrap
from aegis.operations.cataloging import UnknownEntryError, list_family, show_entry
from aegis.operations.results import CatalogResult, CatalogRow


@click.command("catalog")
@click.argument("family", required=False)
@click.argument("entry", required=False)
@format_option
def catalog(family: str | None, entry: str | None, *, output: str) -> None:
    """List the families, the entries of a FAMILY, or every fact of one ENTRY with its source.

    \b
      aegis catalog
      aegis catalog accelerators
      aegis catalog accelerators nvidia-l40s
      aegis catalog models meta-llama/Llama-3.1-8B-Instruct
    """  # noqa: D301
    try:
        if family is None:
            result = CatalogResult(family="", rows=tuple(_families()))
        elif entry is None:
            result = list_family(family)
        else:
            result = show_entry(family, entry)
    except UnknownEntryError as error:
        import difflib  # noqa: PLC0415  # only on a typing error

        close = difflib.get_close_matches(error.word.lower(), error.known, n=3, cutoff=0.4)
        words = close or error.known[:20]
        raise click.UsageError(
            f"the catalog has no `{error.word}`; {'did you mean ' if close else 'it has '}"
            + ", ".join(f"`{w}`" for w in words)
            + ("?" if close else "")
        ) from None
    view_of(output).show(result, lambda: _lines(result))


def _families() -> Iterator[CatalogRow]:
    for name in FAMILIES:
        listed = list_family(name)
        yield CatalogRow(
            id=name,
            name=name,
            facts=sum(r.facts for r in listed.rows),
            summary=counted(len(listed.rows), "entry", "entries"),
        )


def _lines(result: CatalogResult) -> Iterator[str]:
    if result.entry:
        yield f"{result.entry}  ({result.family})"
        for fact in result.facts:
            yield from wrap(f"{fact.field}: {fact.value}", first="  ", rest="      ")
            cited = f"{fact.source}, {fact.locator}, read {fact.retrieved}"
            yield from wrap(cited, first="      = ", rest="        ")
            if fact.note:
                yield from wrap(fact.note, first="      note: ", rest="        ")
        if result.unknown:
            yield from wrap(f"unknown: {', '.join(result.unknown)}", first="  ", rest="    ")
        return
    broad = max((len(r.id) for r in result.rows), default=0)
    for row in result.rows:
        yield from wrap(
            f"{row.name}, {counted(row.facts, 'sourced value')}. {row.summary}".rstrip(),
            first=f"  {row.id:<{broad}}  ",
        )
