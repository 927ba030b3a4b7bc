"""How far a feature moved, in units that people know."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np

from aegis.base.model import Frozen
from aegis.base.number import show_value
from aegis.monitor.gather import Sketch, VectorSketch
from aegis.stats.distance import population_stability, wasserstein
from aegis.stats.sketch import CategorySketch, NumericSketch, bucket, shares

_IQR_TO_SD = 1.349  # interquartile range of a normal distribution, in standard deviations
_FEWEST_OF_A_NAME = 20  # rows that share a value before a report says its name
_FEWEST_PERCENT = 1.0


class Move(Frozen):
    """One feature, before and now."""

    what: str
    before: str
    now: str
    by: str
    stability_index: float | None = None


Namer = Callable[[int], str]
"""What a bucket of categories holds, in words."""


def move(feature: str, old: Sketch, new: Sketch, namer: Namer) -> Move:
    """What changed between the reference and a window."""
    match old, new:
        case NumericSketch(), NumericSketch():
            return _numbers(feature, old, new)
        case CategorySketch(), CategorySketch():
            return _categories(feature, old, new, namer)
        case VectorSketch(), VectorSketch():
            return _vectors(feature, old, new)
        case _:
            raise ValueError(f"`{feature}` was sketched in two ways")


def _numbers(feature: str, old: NumericSketch, new: NumericSketch) -> Move:
    gone = _missing(old), _missing(new)
    if not new.rows or abs(gone[1] - gone[0]) >= 10:  # the change is that values are not there
        return Move(
            what=f"{feature}: missing values",
            before=f"{show_value(round(gone[0], 2))} %",
            now=f"{show_value(round(gone[1], 2))} %",
            by=f"{gone[1] - gone[0]:+.1f} points",
        )
    middles = old.quantile(0.5), new.quantile(0.5)
    unit = spread(old)
    shift = (middles[1] - middles[0]) / unit if unit else math.nan
    width = spread(new) / unit if unit else math.nan
    by = [f"{shift:+.2f} of its usual spread"] if math.isfinite(shift) else []
    if math.isfinite(width) and not 0.8 <= width <= 1.25:
        by.append(f"{width:.2g} times as wide")
    if not by or max(abs(shift), abs(math.log(max(width, 1e-9)))) < 0.1:
        by.append(f"its shape: values travel {_value(wasserstein(old, new))} on average")
    return Move(
        what=feature,
        before=f"median {_value(middles[0])}",
        now=f"median {_value(middles[1])}",
        by=", ".join(by),
        stability_index=round(population_stability(old.counts, new.counts), 3),
    )


def spread(sketch: NumericSketch) -> float:
    """The spread of a column as its standard deviation would be, without its tails.

    From the middle half; from the middle 98 % where more than half of the values are equal.
    """
    for low, high, scale in ((0.25, 0.75, _IQR_TO_SD), (0.01, 0.99, 4.65)):
        width = sketch.quantile(high) - sketch.quantile(low)
        if width > 2 * sketch.grid.scale / 64:  # wider than a cell
            return width / scale
    return 0.0


def _missing(sketch: NumericSketch | CategorySketch | VectorSketch) -> float:
    """Percent of the rows without a value."""
    return 100 * sketch.missing / max(sketch.missing + sketch.rows, 1)


def _categories(feature: str, old: CategorySketch, new: CategorySketch, namer: Namer) -> Move:
    before, now = shares(old.counts), shares(new.counts)
    apart = float(np.abs(now - before).sum()) / 2
    place = int(np.argmax(np.abs(now - before)))
    name = namer(place)
    gone = _missing(old), _missing(new)
    if abs(gone[1] - gone[0]) > 100 * abs(now - before)[place]:
        name, before_percent, now_percent = "missing values", gone[0], gone[1]
    else:
        before_percent, now_percent = 100 * float(before[place]), 100 * float(now[place])
    return Move(
        what=f"{feature}: {name}",
        before=f"{show_value(round(before_percent, 2))} % of rows",
        now=f"{show_value(round(now_percent, 2))} % of rows",
        by=f"{now_percent - before_percent:+.1f} points; {100 * apart:.0f} % of the rows lie elsewhere",
        stability_index=None,
    )


def common_name(place: int, rows: int, names: Mapping[str, int]) -> str:
    """The commonest value of a bucket, where enough rows share it to name nobody."""
    here = Counter({n: count for n, count in names.items() if bucket(n) == place})
    if not here:
        return "a value that was common is gone"
    name, count = here.most_common(1)[0]
    if count < _FEWEST_OF_A_NAME or 100 * count < _FEWEST_PERCENT * rows:
        return "a rare value (not shown)"
    return f"«{name[:40]}»"


def _vectors(feature: str, old: VectorSketch, new: VectorSketch) -> Move:
    apart = float(np.sqrt(((new.held.mean - old.held.mean) ** 2).sum()))
    noise = math.sqrt(float(old.held.eigenvalues.sum()) / max(new.rows, 1))
    return Move(
        what=feature,
        before=f"{old.rows:,} vectors",
        now=f"{new.rows:,} vectors",
        by=f"their centre lies {apart / noise:.1f} times as far away as chance moves it"
        if noise
        else f"their centre moved by {apart:.3g}",
    )


def _value(number: float) -> str:
    return show_value(float(f"{number:.3g}")) if math.isfinite(number) else "none"
