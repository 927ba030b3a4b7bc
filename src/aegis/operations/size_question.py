"""What `aegis size` is asked, and where its facts come from."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field

from aegis.base.number import Source
from aegis.catalog.loader import accelerators, entries, find_model, models, prices
from aegis.catalog.types import Accelerator, PriceList
from aegis.sizing.architecture import Architecture, architecture_of
from aegis.sizing.calibration_file import Calibration, Machine
from aegis.sizing.candidates import Load, Objectives
from aegis.sizing.coefficients import EngineName
from aegis.sizing.cost import ManagedPrice
from aegis.sizing.hardware import Device, device_of
from aegis.sizing.prices import Offer, Wanted
from aegis.sizing.refusal import Unanswerable
from aegis.sizing.shortlist import Traffic, Ways


class CannotSizeError(Exception):
    """What stands in the way, and what would make it answerable."""

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.mend = mend


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Another model that may share the fleet, with its peak and mean lengths."""

    model: str
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeQuestion:
    """A model, its traffic and objectives, and what the answer may choose from.

    `arch` is that of a model the catalog does not have. `simulate` is how many devices are
    simulated; 0 leaves it at the formula. `offers` are prices of the user, which outrank the
    catalog's. `today` dates the prices. `curve` asks for latency over a range of loads; `beside`
    for other models on the same devices.
    """

    model: str
    traffic: Traffic
    objectives: Objectives
    today: datetime.date
    arch: Architecture | None = None
    ways: Ways = field(default_factory=Ways)
    engine: EngineName = "vllm"
    only: tuple[str, ...] = ()
    wanted: Wanted = field(default_factory=Wanted)
    offers: tuple[Offer, ...] = ()
    apis: tuple[str, ...] = ()
    zones: int = 1
    surge: int = 1
    simulate: int = 3
    disaggregate: bool = False
    transfer_bytes_per_s: float = 0.0
    load_gb_per_s: float | None = None
    curve: bool = False
    beside: tuple[Beside, ...] = ()


def known_architecture(model: str, given: Architecture | None) -> tuple[str, Architecture]:
    """The model's name and figures: as given, else the catalog's.

    Raises:
        CannotSizeError: the catalog does not have the model, or lacks figures of it.
    """
    if given is not None:
        return model, given
    entry = find_model(model)
    if entry is None:
        last = model.rsplit("/", maxsplit=1)[-1].lower()
        close = [m.name for m in models() if last in m.name.lower()][:3]
        hint = f"did you mean {' or '.join(close)}? " if close else ""
        raise CannotSizeError(
            f"the catalog has no model `{model}`",
            f"{hint}`aegis catalog models` lists them; for another one give its architecture with "
            "--config config.json, or serve it and measure: aegis bench URL --model NAME",
        )
    built = architecture_of(entry)
    if isinstance(built, Unanswerable):
        raise CannotSizeError(
            built.reason, f"{built.mend}; or serve it and measure: aegis bench URL --model NAME"
        )
    return entry.name, built


AMPLE_BYTES = 1e15
"""Memory of a machine of one's own: what its cache holds stands in the calibration."""


def machine_device(name: str, machine: Machine) -> Device:
    """A machine that the catalog does not have, as its owner described it."""
    return Device(
        name=name,
        generation="other",
        memory_bytes=AMPLE_BYTES,
        bandwidth_bytes_per_s=machine.bandwidth_bytes_per_s,
        bf16_flops=machine.flops,
        fp8_flops=machine.flops,
        int8_flops=machine.flops,
        fp4_flops=machine.flops,
        devices_per_node=1,
    )


def own_machine(question: SizeQuestion) -> Calibration | None:
    """The calibration of a machine of one's own that is the only device asked for."""
    own = [c for c in question.ways.calibrations if c.machine and (c.accelerator,) == question.only]
    return own[-1] if own else None


def as_accelerator(found: Calibration, today: datetime.date) -> Accelerator:
    """A machine of one's own as an entry: the calibration is its source."""
    report = found.reports[0]
    source = Source(title=f"calibration from {report.file}", locator=report.digest, retrieved=today)
    return Accelerator(
        id=found.accelerator,
        name=found.accelerator,
        vendor="yours",
        kind="cpu",
        sources={"calibration": source},
    )


def devices(question: SizeQuestion) -> list[tuple[Device, Accelerator]]:
    """The devices to look at: those named, else every GPU of the catalog with enough figures.

    Raises:
        CannotSizeError: a name is unknown, or no figure set is complete.
    """
    only, own = question.only, own_machine(question)
    if own is not None and own.machine is not None:
        device = machine_device(own.accelerator, own.machine)
        return [(device, as_accelerator(own, question.today))]
    known = {a.id: a for a in accelerators()}
    if unknown := [i for i in only if i not in known]:
        raise CannotSizeError(
            f"the catalog has no accelerator `{unknown[0]}`",
            "`aegis catalog accelerators` lists them; for a machine of your own calibrate first "
            "(aegis calibrate bench.json) and give the file with --calibration",
        )
    wanted = [known[i] for i in only] if only else [a for a in known.values() if a.kind == "gpu"]
    built = [(device_of(a), a) for a in wanted]
    usable = [(d, a) for d, a in built if isinstance(d, Device)]
    if not usable:
        reasons = "; ".join(d.reason for d, _ in built if isinstance(d, Unanswerable))
        raise CannotSizeError(
            reasons,
            "name a device whose memory, bandwidth and throughput are in the catalog, or serve the "
            "model on it and measure: aegis bench URL --model NAME",
        )
    return usable


def evaluation_of(precision: str) -> str:
    """What must be evaluated before that precision serves, from the catalog of techniques."""
    from aegis.catalog.types import Technique  # noqa: PLC0415  # only where one is shown

    wanted = {"int4": "int4-awq"}.get(precision, precision)
    return next((t.validate_by for t in entries(Technique) if t.id == wanted), "")


def managed_prices(model: str, apis: tuple[str, ...]) -> tuple[tuple[ManagedPrice, bool], ...]:
    """Prices of APIs for this model, and of those named; and whether it is this model."""
    own = _plain(model)
    found: list[tuple[ManagedPrice, bool]] = []
    for entry in prices():
        for sku in dict.fromkeys(p.sku for p in entry.prices if not p.accelerator):
            same = _plain(sku) == own
            if same or sku in apis:
                price = _managed(entry, sku)
                if price is not None:
                    found.append((price, same))
    return tuple(found)


def _managed(entry: PriceList, sku: str) -> ManagedPrice | None:
    rows = {p.per: p for p in entry.prices if p.sku == sku and p.currency == "USD"}
    into, out = rows.get("million_input_tokens"), rows.get("million_output_tokens")
    if into is None or out is None:
        return None
    source = entry.sources[out.source]
    return ManagedPrice(
        provider=out.provider,
        sku=sku,
        usd_per_million_input=into.amount,
        usd_per_million_output=out.amount,
        as_of=out.as_of.isoformat(),
        source=f"{source.title}, {source.locator}",
    )


def _plain(name: str) -> str:
    """A model's name without vendor and house style, to find it under a vendor's name.

    >>> _plain("accounts/fireworks/models/llama-v3p3-70b-instruct")
    'llama3.370b'
    >>> _plain("meta-llama/Llama-3.3-70B-Instruct") == _plain("meta-llama/Llama-3.3-70B-Instruct-Turbo")
    True
    """
    last = name.rsplit("/", maxsplit=1)[-1].lower()
    dotted = re.sub(r"v(\d+)p(\d+)", r"\1.\2", last)
    return re.sub(r"^meta-|-instruct|-turbo|[^a-z0-9.]", "", dotted)
