"""«Fast and cheap» gets a way that is both and still safe, with its risks and debts named and dated."""

from __future__ import annotations

import datetime

from aegis.advisor.blocks import Block
from aegis.operations.results import PlanResult
from aegis.plan.types import Plan

_A_MONTH = datetime.timedelta(days=30)
"""How long a debt of the fast way may stand before somebody must answer for it."""


def fast_path(result: PlanResult, plan: Plan, today: datetime.date) -> Block:
    """What may happen today, what production still needs, the risks taken and the debts that remain."""
    tasks = [t for phase in plan.roadmap for t in phase.tasks]
    opens = (
        "Staging may open now, with synthetic or masked data."
        if result.staging_open
        else "Development may start now; staging waits for the model to be named."
    )
    items = [f"**Now:** {opens}"]
    items += [
        f"**Before production:** [ ] {t.title} ({t.owner}); done when {t.done_when}"
        for t in tasks
        if t.blocks_production
    ][:6]
    risks = sorted(plan.risks, key=lambda r: {"high": 0, "moderate": 1, "low": 2}[r.impact])[:3]
    items += [
        f"**Risk you take:** {r.title} (owner: {r.owner}); {r.treatment}. Due: {r.due}."
        for r in risks
    ]
    by = (today + _A_MONTH).isoformat()
    debts = [t for t in tasks if not t.blocks_production and t.priority != "P0"][:3]
    items += [
        f"**Debt:** {t.title} (owner: {t.owner}); repaid when {t.done_when}. Due: `{by}`."
        for t in debts
    ]
    return Block(kind="fast_path", title="The fast way that is still safe", items=tuple(items))
