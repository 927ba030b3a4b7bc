"""What a device costs: offers from the catalog or from a user's file, behind one type.

A user's file is CSV with a header. `provider`, `accelerator` (an id of the catalog) and `amount`
are needed; `region`, `sku`, `accelerators` (devices in the instance, 1 unless given), `kind`,
`currency` (USD unless given) and `as_of` (a date) may follow. `amount` is for one hour of the
whole instance.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aegis.catalog.types import PriceList

PRICE_KINDS = ("on_demand", "spot", "reserved_1y", "reserved_3y", "negotiated", "user_supplied")
NEEDED = ("provider", "accelerator", "amount")
COLUMNS = (*NEEDED, "region", "sku", "accelerators", "kind", "currency", "as_of")
OLD_DAYS = 30
EXCLUDES = ("egress", "storage", "load balancer", "support", "tax", "idle staging")
HOURS_A_MONTH = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One instance at a price a hour, in USD; `devices` come together."""

    provider: str
    region: str
    sku: str
    accelerator: str
    devices: int
    kind: str
    usd_per_hour: float
    as_of: datetime.date | None
    source: str

    def cost_per_hour(self, devices: int) -> float:
        """Of so many devices, in whole instances.

        >>> eight = Offer(provider="p", region="global", sku="8x", accelerator="a", devices=8,
        ...               kind="on_demand", usd_per_hour=24.0, as_of=None, source="s")
        >>> eight.cost_per_hour(4), eight.cost_per_hour(9)
        (24.0, 48.0)
        """
        return math.ceil(devices / self.devices) * self.usd_per_hour

    def age_days(self, today: datetime.date) -> int | None:
        """Days since the price was read; None where nobody said when."""
        return None if self.as_of is None else (today - self.as_of).days


def from_catalog(lists: Iterable[PriceList]) -> tuple[Offer, ...]:
    """The dated offers of the catalog for whole devices, in USD."""
    return tuple(
        Offer(
            provider=price.provider,
            region=price.region,
            sku=price.sku,
            accelerator=price.accelerator,
            devices=price.accelerators,
            kind=price.kind,
            usd_per_hour=price.amount,
            as_of=price.as_of,
            source=f"{entry.sources[price.source].title}, {entry.sources[price.source].locator}",
        )
        for entry in lists
        for price in entry.prices
        if price.accelerator and price.accelerators and price.per == "hour"
        and price.currency == "USD"
    )  # fmt: skip


def from_csv(
    text: str, *, path: str, known: Iterable[str]
) -> tuple[tuple[Offer, ...], tuple[str, ...]]:
    """The offers of a user's file, and what is wrong with it, each with its line."""
    reader = csv.DictReader(io.StringIO(text))
    header = tuple(name.strip() for name in reader.fieldnames or ())
    if missing := [name for name in NEEDED if name not in header]:
        needed = f"needed: {', '.join(NEEDED)}; known: {', '.join(COLUMNS)}"
        return (), (f"{path}:1: no column {', '.join(missing)} ({needed})",)
    if unknown := [name for name in header if name not in COLUMNS]:
        listed = ", ".join(COLUMNS)
        return (), (f"{path}:1: unknown column {', '.join(unknown)}; known: {listed}",)
    ids, offers, problems = frozenset(known), [], []
    for row in reader:
        cells = {str(k).strip(): (v or "").strip() for k, v in row.items() if isinstance(v, str)}
        try:
            offers.append(_offer(cells, ids, path))
        except ValueError as error:
            problems.append(f"{path}:{reader.line_num}: {error}")
    if not offers and not problems:
        problems.append(f"{path}:2: no price follows the header")
    return tuple(offers), tuple(problems)


def _offer(cells: dict[str, str], known: frozenset[str], path: str) -> Offer:
    accelerator = cells["accelerator"]
    if accelerator not in known:
        raise ValueError(
            f"accelerator: `{accelerator}` is not in the catalog; `aegis catalog accelerators` "
            "lists the ids"
        )
    if not cells["provider"]:
        raise ValueError("provider: who sells it?")
    currency = cells.get("currency", "") or "USD"
    if currency != "USD":
        raise ValueError(f"currency: {currency} is not converted; give USD")
    kind = cells.get("kind", "") or "user_supplied"
    if kind not in PRICE_KINDS:
        raise ValueError(f"kind: `{kind}` is none of {', '.join(PRICE_KINDS)}")
    return Offer(
        provider=cells["provider"],
        region=cells.get("region", "") or "global",
        sku=cells.get("sku", ""),
        accelerator=accelerator,
        devices=int(_above_zero("accelerators", cells.get("accelerators", "") or "1")),
        kind=kind,
        usd_per_hour=_above_zero("amount", cells["amount"]),
        as_of=_date(cells.get("as_of", "")),
        source=path,
    )


def _above_zero(column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{column}: `{text}` is no number above zero")
    if column == "accelerators" and value != int(value):
        raise ValueError(f"{column}: `{text}` is no whole number")
    return value


def _date(text: str) -> datetime.date | None:
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"as_of: `{text}` is no date such as 2026-11-22") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which offers count: of this provider, region and kind; None is any."""

    provider: str | None = None
    region: str | None = None
    kind: str | None = "on_demand"

    def takes(self, offer: Offer) -> bool:
        """Whether the offer is one of these; a price without region holds everywhere."""
        return (
            (self.provider is None or offer.provider.lower() == self.provider.lower())
            and (self.region is None or offer.region in {self.region, "global"})
            and (self.kind is None or offer.kind in {self.kind, "user_supplied", "negotiated"})
        )


def offers_for(offers: Sequence[Offer], accelerator: str, wanted: Wanted) -> tuple[Offer, ...]:
    """The offers of a device that count, cheapest per device first."""
    found = [o for o in offers if o.accelerator == accelerator and wanted.takes(o)]
    return tuple(sorted(found, key=lambda o: (o.usd_per_hour / o.devices, o.provider, o.sku)))
