"""How far off the roofline was on models it had not seen, by kind of case.

The file `data/intervals.yaml` holds quantiles of measurement over prediction from a fit that had
never seen the model family in question. They bound the central 80 % of an estimate, and they are
what we tell a reader about our own error.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Literal

from aegis.base.model import Frozen
from aegis.sizing.data_files import table
from aegis.sizing.hardware import Generation

Metric = Literal["tpot", "ttft", "throughput"]
Kind = Literal["dense", "moe"]
Load = Literal["low", "high"]

HIGH_LOAD_SEQUENCES = 32
"""Concurrent requests per replica from which load counts as high."""

UNSEEN_WIDENING = 1.5
"""Interval widths (log) for a generation or engine without measurements grow by this factor."""


class Quantiles(Frozen):
    """Measurement over prediction: 10 %, 50 % and 90 % quantile, and the median error."""

    low: float
    median: float
    high: float
    median_error_percent: float


class Stratum(Frozen):
    """One kind of case; an empty field means any."""

    kind: Kind | Literal[""] = ""
    engine: str = ""
    generation: str = ""
    load: Load | Literal[""] = ""
    rows: int
    families: int
    tpot: Quantiles
    ttft: Quantiles
    throughput: Quantiles

    def of(self, metric: Metric) -> Quantiles:
        match metric:
            case "tpot":
                return self.tpot
            case "ttft":
                return self.ttft
            case "throughput":
                return self.throughput

    def describes(self, case: CaseKind) -> bool:
        """Whether the case is of this kind."""
        return (
            self.kind in {"", case.kind}
            and self.engine in {"", case.engine}
            and self.generation in {"", case.generation}
            and self.load in {"", case.load}
        )


class IntervalFile(Frozen):
    """`data/intervals.yaml` as it is read, most particular stratum first.

    `strata` give the bounds; each rests on several families, because rows of one family err
    alike. `detail` tells the error of more particular cases, with fewer families behind it.
    """

    fitted: str
    strata: tuple[Stratum, ...]
    detail: tuple[Stratum, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseKind:
    """What a case is like, for the choice of its stratum."""

    kind: Kind
    engine: str
    generation: Generation
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with the bounds of its central 80 %, and what they rest on."""

    value: float
    low: float
    high: float
    rows: int
    median_error_percent: float
    basis: str


@functools.cache
def interval_file() -> IntervalFile:
    """The committed strata."""
    return IntervalFile.model_validate(table("intervals.yaml"))


def stratum_of(case: CaseKind, strata: tuple[Stratum, ...] | None = None) -> Stratum:
    """The first, that is most particular, stratum that describes the case."""
    found = interval_file().strata if strata is None else strata
    return next(stratum for stratum in found if stratum.describes(case))


def interval(metric: Metric, value: float, case: CaseKind) -> Interval:
    """The estimate with its bounds; wider where nothing of that generation was measured."""
    known = interval_file()
    bounds = stratum_of(case).of(metric)
    detail = stratum_of(case, known.detail)
    is_seen = any(part.generation == case.generation for part in known.detail)
    widening = 1.0 if is_seen else UNSEEN_WIDENING
    note = "" if is_seen else f"; no measurement on {case.generation} hardware, so widened"
    return Interval(
        value=value,
        low=value * min(bounds.low**widening, 1.0),
        high=value * max(bounds.high**widening, 1.0),
        rows=detail.rows,
        median_error_percent=detail.of(metric).median_error_percent,
        basis=f"{detail.rows} measured rows of {_about(detail)}, model family held out{note}",
    )


def _about(stratum: Stratum) -> str:
    kind = {"dense": "dense models", "moe": "mixtures of experts", "": "any model"}[stratum.kind]
    parts = [kind]
    if stratum.engine:
        parts.append(f"on {stratum.engine}")
    if stratum.generation:
        parts.append(f"on {stratum.generation}")
    if stratum.load:
        parts.append(f"at {stratum.load} load")
    return " ".join(parts)


def width(quantiles: Quantiles) -> float:
    """How wide an interval is, as the logarithm of upper over lower bound."""
    return math.log(quantiles.high / quantiles.low)
