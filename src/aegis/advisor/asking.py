"""Questions about a plan: each is a query on its decisions, sections or numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aegis.advisor import sections
from aegis.advisor.blocks import Answer, Block
from aegis.advisor.changing import Numbers, cheaper, faster
from aegis.advisor.explaining import about, compared, provenance, rule_or_term
from aegis.advisor.talk import answer_of
from aegis.operations.results import PlanResult
from aegis.plan.types import Plan

_SECTIONS: Mapping[str, Callable[[Plan], Block | None]] = {
    "rollback": sections.release,
    "monitoring": sections.observability,
    "failures": sections.failure_modes,
    "incident": sections.incident,
    "cost": sections.cost,
    "capacity": sections.capacity,
    "latency": sections.capacity,
    "security": sections.security,
    "compliance": sections.compliance,
    "evaluation": sections.gates,
    "environments": sections.environments,
    "data": sections.lineage,
    "risks": sections.risks,
    "roadmap": sections.roadmap,
    "architecture": sections.architecture,
    "secondorder": sections.second_order,
    "alternatives": sections.tradeoffs,
    "assumptions": sections.assumptions,
    "open": sections.questions,
}


def _quoted(said: str) -> tuple[Block, ...]:
    found = rule_or_term(said)
    return (found,) if found else ()


_QUERIES: Mapping[str, Callable[[Plan, str], tuple[Block, ...]]] = {
    "why": about,
    "whynot": about,
    "compare": lambda plan, said: compared(plan, said) or about(plan, said),
    "provenance": lambda plan, said: (provenance(plan, said),),
    "rule": lambda _, said: _quoted(said),
    "term": lambda _, said: _quoted(said),
}
_RECOMPUTED: Mapping[str, Callable[[Plan], tuple[Block, Numbers]]] = {
    "cheaper": cheaper,
    "faster": faster,
}
_REVIEW = Block(
    kind="help",
    title="Review",
    lead="`aegis review .` reads a repository with no configuration and says what would hurt in production.",
)
ASKS = frozenset({*_SECTIONS, *_QUERIES, *_RECOMPUTED, "ready", "review"})
"""Intents that are questions about a plan."""


def explained(result: PlanResult, plan: Plan, intent: str, said: str) -> Answer | None:
    """The answer to a question of this intent; None when the words name nothing in the plan."""
    others: Numbers = {}
    blocks: tuple[Block, ...] = ()
    if intent in _QUERIES:
        blocks = _QUERIES[intent](plan, said)
    elif intent in _RECOMPUTED:
        block, others = _RECOMPUTED[intent](plan)
        blocks = (block,)
    elif intent == "ready":
        blocks = (sections.verdict(result, plan), sections.roadmap(plan, whole=False))
    elif intent == "review":
        blocks = (_REVIEW,)
    elif section := _SECTIONS[intent](plan):
        blocks = (section,)
    return answer_of(intent, blocks, result, others) if blocks else None
