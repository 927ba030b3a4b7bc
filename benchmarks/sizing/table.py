"""The table of what was asked: our figure, the goal, and AIConfigurator's figure where it has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aegis.sizing.layout import Floats

NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measure; texts as they are to be read."""

    measure: str
    reached: str
    asked: str
    goal: str
    peer: str = ""


def markdown(lines: Sequence[Line]) -> str:
    """The lines as a Markdown table."""
    head = ("measure", "reached", "asked", "goal", "AIConfigurator")
    rows = [head, ("---",) * len(head)]
    rows += [(line.measure, line.reached, line.asked, line.goal, line.peer) for line in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def off(residual: Floats) -> Floats:
    """Absolute errors in per cent from logarithms of prediction over measurement."""
    known = residual[np.isfinite(residual)]
    return np.asarray(np.abs(np.expm1(known)) * 100, dtype=np.float64)


def median(residual: Floats) -> str:
    """The median error."""
    return f"{np.median(off(residual)):.1f} %"


def median_and_p90(residual: Floats) -> str:
    """The median error and its 90 % quantile."""
    return f"{np.median(off(residual)):.1f} / {np.quantile(off(residual), 0.9):.1f} %"


def error(residual: Floats) -> str:
    """Median, 90 % quantile and bias in per cent, in columns."""
    if not np.isfinite(residual).any():
        return f"{'–':>24s}"
    bias = np.expm1(np.nanmedian(residual)) * 100
    errors = off(residual)
    return f"{np.median(errors):5.1f} / {np.quantile(errors, 0.9):6.1f}  ({bias:+5.1f})"
