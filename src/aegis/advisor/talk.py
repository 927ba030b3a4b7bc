"""A conversation as a value, and the plan of where it stands."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from aegis.advisor.blocks import Answer, Block
from aegis.advisor.changing import Numbers
from aegis.advisor.drafting import EMPTY, Draft, brief_data, missing
from aegis.advisor.pressure import Pressure
from aegis.advisor.understanding import Stated, Understood
from aegis.brief.write import brief_yaml
from aegis.operations.planning import decide
from aegis.operations.results import PlanResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation so far: the draft, the what-if that waits, what may be undone, what was asked or proposed.

    `said` is the last sentence, without secrets, because the next may lean on it («leave that out»);
    `told` names the protections that were said to stay.
    """

    draft: Draft = EMPTY
    tentative: Draft | None = None
    before: tuple[Draft, ...] = ()
    asked: tuple[str, ...] = ()
    proposed: tuple[Stated, ...] = ()
    said: str = ""
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One sentence of a person, read; what looked like a secret is masked in `said`."""

    said: str
    understood: Understood
    intents: tuple[str, ...]
    pressed: Pressure
    secrets: int

    @property
    def asks(self) -> bool:
        """Whether it is put as a question or a request."""
        return self.said.rstrip().endswith("?") or self.said.lower().startswith(_ASKING)


_ASKING = (
    "what", "why", "how", "where", "which", "who", "when", "is ", "are ", "can ", "could ", "should ",
    "do ", "does ", "explain", "compare", "show", "warum", "wie", "was ", "pourquoi", "comment",
    "por qué", "cómo", "cheaper", "faster",
)  # fmt: skip


_NONE: Numbers = MappingProxyType({})


def brief_text(draft: Draft) -> str:
    """The brief of a draft as YAML."""
    return brief_yaml(brief_data(draft), frozenset(), schema="aegis-brief.schema.json")


def planned(draft: Draft, today: datetime.date) -> PlanResult | None:
    """The judged plan of a draft; None while fields are missing without which there is no brief."""
    if missing(draft):
        return None
    return _decided(brief_text(draft), today)


@lru_cache(maxsize=8)
def _decided(brief: str, today: datetime.date) -> PlanResult:
    """A turn asks for the plan before it and after it, and the next turn asks again."""
    return decide(brief, path="conversation", today=today)


def answer_of(
    intent: str, blocks: tuple[Block, ...], result: PlanResult, others: Numbers = _NONE
) -> Answer:
    """Blocks with the numbers of the plan they speak of, and those of the plans they compare it with."""
    plan = result.plan
    return Answer(
        intent=intent,
        blocks=blocks,
        numbers={**others, **(plan.numbers if plan else {})},
        plan=plan,
        plan_id=plan.id if plan else "",
        staging_open=result.staging_open,
        production_open=result.production_open,
    )
