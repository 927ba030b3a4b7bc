"""Strata of residuals, and whether their intervals hold on families that did not make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from fit import Mask, Residuals
from rows import Row, Sample

from aegis.sizing.intervals import (
    HIGH_LOAD_SEQUENCES,
    CaseKind,
    Quantiles,
    Stratum,
    stratum_of,
)
from aegis.sizing.layout import Floats

Shape = tuple[str, ...]

FEWEST_ROWS = 60
LEVELS = (0.1, 0.5, 0.9)
BOUND_SHAPES: tuple[Shape, ...] = (("load",), ())
BOUND_FAMILIES = 4
DETAIL_SHAPES: tuple[Shape, ...] = (
    ("kind", "engine", "generation", "load"),
    ("kind", "generation", "load"),
    ("kind", "load"),
    (),
)
"""From the most particular description of a case to none."""


def kind_of(row: Row, sample: Sample) -> CaseKind:
    is_moe = sample.architectures[row.model].is_moe
    return CaseKind(
        kind="moe" if is_moe else "dense",
        engine=row.engine,
        generation=row.device.generation,
        load="high" if row.concurrency >= HIGH_LOAD_SEQUENCES else "low",
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """Held-out residuals with what each row is like."""

    kinds: list[CaseKind]
    families: np.ndarray[tuple[int, ...], np.dtype[np.str_]]
    residuals: Residuals


def bounds(judged: Judged, mask: Mask) -> tuple[Stratum, ...]:
    """The strata that give intervals: enough rows, and families enough to stand for others."""
    return _strata(judged, mask, BOUND_SHAPES, BOUND_FAMILIES)


def detail(judged: Judged, mask: Mask) -> tuple[Stratum, ...]:
    """The strata that tell our error; one family is enough."""
    return _strata(judged, mask, DETAIL_SHAPES, 1)


def _strata(
    judged: Judged, mask: Mask, shapes: Sequence[Shape], fewest_families: int
) -> tuple[Stratum, ...]:
    found: list[Stratum] = []
    for shape in shapes:
        keys = [tuple(getattr(kind, name) for name in shape) for kind in judged.kinds]
        for key in sorted(set(keys)):
            inside = mask & np.array([k == key for k in keys])
            families = np.unique(judged.families[inside])
            enough = inside.sum() >= FEWEST_ROWS and len(families) >= fewest_families
            if not shape or enough:
                found.append(_stratum(judged, inside, dict(zip(shape, key, strict=True))))
    return tuple(found)


def _stratum(judged: Judged, inside: Mask, key: dict[str, str]) -> Stratum:
    families = judged.families[inside]
    r = judged.residuals
    return Stratum.model_validate(
        {
            **key,
            "rows": int(inside.sum()),
            "families": len(np.unique(families)),
            "tpot": _quantiles(r.tpot[inside], families),
            "ttft": _quantiles(r.ttft[inside], families),
            "throughput": _quantiles(r.throughput[inside], families),
        }
    )


def _quantiles(
    residual: Floats, families: np.ndarray[tuple[int, ...], np.dtype[np.str_]]
) -> Quantiles:
    """Quantiles in which a family of many rows counts as its square root, not in full.

    What is wanted is the error on one more family, and rows of one family err alike.
    """
    names, counts = np.unique(families, return_counts=True)
    weight = 1 / np.sqrt(counts[np.searchsorted(names, families)])
    order = np.argsort(-residual)
    ratio = np.exp(-residual[order])
    share = (np.cumsum(weight[order]) - weight[order] / 2) / weight.sum()
    low, median, high = (float(np.interp(level, share, ratio)) for level in LEVELS)
    return Quantiles(
        low=round(low, 4),
        median=round(median, 4),
        high=round(high, 4),
        median_error_percent=round(float(np.median(np.abs(np.expm1(residual))) * 100), 1),
    )


def inside_interval(judged: Judged) -> dict[str, Mask]:
    """Per metric, whether each row lies in the interval that the other families give."""
    inside = {name: np.zeros(len(judged.kinds), dtype=np.bool_) for name in METRICS}
    for family in np.unique(judged.families):
        held = judged.families == family
        table = bounds(judged, ~held)
        for i in np.flatnonzero(held):
            stratum = stratum_of(judged.kinds[i], table)
            for name in METRICS:
                quantiles = stratum.of(name)
                ratio = float(np.exp(-getattr(judged.residuals, name)[i]))
                low, high = min(quantiles.low, 1.0), max(quantiles.high, 1.0)
                inside[name][i] = low <= ratio <= high
    return inside


METRICS = ("tpot", "ttft", "throughput")
