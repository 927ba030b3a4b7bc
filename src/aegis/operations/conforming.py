"""A text of anybody's, held against the obligations."""

from __future__ import annotations

from pydantic import Field

from aegis.base.model import Frozen
from aegis.plan.types import Plan
from aegis.review.conformance import Text, conformance


class ConformanceRow(Frozen):
    """One obligation, and what the text lacks of it."""

    obligation: int
    says: str
    severity: str = Field(description="H hard rule, S strict requirement, N normal")
    faults: tuple[str, ...]


class ConformanceResult(Frozen):
    """Every obligation that a text can be judged by."""

    rows: tuple[ConformanceRow, ...]
    hard_faults: int
    figures_traced: bool = Field(
        description="whether a plan was given, so that figures could be traced"
    )


def conform(markdown: str, plan: Plan | None = None) -> ConformanceResult:
    """How a text stands to the obligations."""
    rows = tuple(
        ConformanceRow(obligation=v.id, says=v.says, severity=v.severity, faults=v.faults)
        for v in conformance(Text(markdown, plan))
    )
    hard = sum(bool(row.faults) for row in rows if row.severity == "H")
    return ConformanceResult(rows=rows, hard_faults=hard, figures_traced=plan is not None)
