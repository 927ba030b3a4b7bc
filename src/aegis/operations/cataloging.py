"""Lists and explains what the catalog knows, with every citation."""

from __future__ import annotations

from aegis.catalog.loader import entries, model_id
from aegis.catalog.types import FAMILIES, Entry, Metric, Price, Requirement, Sourced
from aegis.operations.results import CatalogFact, CatalogResult, CatalogRow


class UnknownEntryError(Exception):
    """No such family or entry; carries the known words."""

    def __init__(self, word: str, known: tuple[str, ...]) -> None:
        super().__init__(word)
        self.word = word
        self.known = known


def list_family(family: str) -> CatalogResult:
    """Every entry of a family."""
    kind = FAMILIES.get(family)
    if kind is None:
        raise UnknownEntryError(family, tuple(FAMILIES))
    rows = tuple(
        CatalogRow(id=e.id, name=e.name, facts=len(_facts(e)), summary=e.summary)
        for e in entries(kind)
    )
    return CatalogResult(family=family, rows=rows)


def show_entry(family: str, entry_id: str) -> CatalogResult:
    """One entry: each value with its source and date, and what is unknown."""
    kind = FAMILIES.get(family)
    if kind is None:
        raise UnknownEntryError(family, tuple(FAMILIES))
    known = entries(kind)
    wanted = {entry_id.lower(), model_id(entry_id)}
    for entry in known:
        if entry.id in wanted or wanted & {a.lower() for a in entry.aliases}:
            return CatalogResult(
                family=family,
                entry=entry.id,
                facts=tuple(_facts(entry)),
                unknown=tuple(_unknown(entry)),
            )
    raise UnknownEntryError(entry_id, tuple(e.id for e in known))


def _facts(entry: Entry) -> list[CatalogFact]:
    found = []
    for field in type(entry).model_fields:
        value = getattr(entry, field)
        if isinstance(value, Sourced):
            found.append(_cite(entry, field, value))
        elif isinstance(value, dict):
            found += [
                _cite(entry, f"{field}.{k}", v) for k, v in value.items() if isinstance(v, Sourced)
            ]
        elif isinstance(value, tuple):
            found += [
                _row(entry, field, item)
                for item in value
                if isinstance(item, Price | Metric | Requirement)
            ]
    return found


def _cite(entry: Entry, field: str, value: Sourced[object]) -> CatalogFact:
    source = entry.sources[value.source]
    bound = {"lower": "at least ", "upper": "at most ", "exact": ""}[value.bound]
    return CatalogFact(
        field=field,
        value=f"{bound}{_plain(value.value)}",
        note=value.note,
        source=source.title,
        locator=f"{source.locator}, {value.locator}" if value.locator else source.locator,
        retrieved=source.retrieved.isoformat(),
    )


def _plain(value: object) -> str:
    """A value as people write it: a whole number without a fraction.

    >>> _plain(80.0), _plain(0.5), _plain("nvidia")
    ('80', '0.5', 'nvidia')
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _row(entry: Entry, field: str, item: Price | Metric | Requirement) -> CatalogFact:
    source = entry.sources[item.source]
    if isinstance(item, Price):
        label = f"{item.sku} in {item.region}, {item.kind}"
        value = f"{item.amount} {item.currency} per {item.per}, as of {item.as_of}"
    elif isinstance(item, Metric):
        label, value = item.name, f"{item.means} ({item.type})"
    else:
        label, value = item.id, item.asks
    return CatalogFact(
        field=f"{field}: {label}",
        value=value,
        source=source.title,
        locator=source.locator,
        retrieved=source.retrieved.isoformat(),
    )


def _unknown(entry: Entry) -> list[str]:
    """Fields that an entry of this family could have and this one does not."""
    return [f for f in type(entry).model_fields if getattr(entry, f) is None]
