"""An answer is a list of typed blocks; figures in them are numbers of the plan, never digits.

Every sentence is in the markup of `aegis.base.prose`, which refuses a bare figure when the block is
made. Advice on production is a `ProductionAnswer`: without monitoring, alerting, a way back and the
other mandatory blocks there is no constructor for it.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from aegis.base.model import Frozen
from aegis.base.number import Number
from aegis.plan.types import Environment, Plan, Prose

BlockKind = Literal[
    "verdict", "understood", "assumptions", "questions", "architecture", "roadmap", "tradeoffs",
    "observability", "failure_modes", "security", "cost", "lineage", "incident", "llm_controls",
    "environments", "second_order", "pushback", "what_stays", "fast_path", "secret_warning", "compliance_pointer",
    "evidence", "commentary", "changes", "explanation", "quotation", "help", "did_you_mean",
    "not_taken",
]  # fmt: skip


class Table(Frozen):
    """A comparison."""

    head: tuple[str, ...]
    rows: tuple[tuple[Prose, ...], ...]


class Block(Frozen):
    """One part of an answer; `lead` comes before the items."""

    kind: BlockKind
    title: str
    lead: Prose = ""
    items: tuple[Prose, ...] = ()
    table: Table | None = None
    applies_to: tuple[Environment, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.lead or self.items or self.table):
            raise ValueError(f"the block {self.kind} is empty")
        return self


class ProductionAnswer(Frozen):
    """Advice on putting something into production, with all that such advice owes its reader.

    The fields are the mandatory blocks, in the order in which they are read.
    """

    verdict: Block
    understood: Block | None = None
    assumptions: Block | None = None
    questions: Block | None = None
    architecture: Block
    roadmap: Block
    tradeoffs: Block
    observability: Block = Field(description="what is measured and what alerts")
    failure_modes: Block = Field(description="how it breaks, what happens by itself, the way back")
    security: Block
    cost: Block
    lineage: Block
    incident: Block
    llm_controls: Block | None = None
    environments: Block
    second_order: Block
    compliance_pointer: Block | None = None
    evidence: Block

    @model_validator(mode="after")
    def _owes_nothing(self) -> Self:
        for name in type(self).model_fields:
            block = getattr(self, name)
            if block is not None and block.kind != name:
                raise ValueError(f"{name} holds a block of another kind: {block.kind}")
        if len(self.observability.items) < 2:  # an objective, and an alert
            raise ValueError("production advice names what is measured and what alerts")
        return self

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks that are there, in order."""
        found = (getattr(self, name) for name in type(self).model_fields)
        return tuple(block for block in found if block is not None)


class Answer(Frozen):
    """What Aegis says in one turn. `numbers` holds every figure that a sentence refers to."""

    intent: str
    blocks: Annotated[tuple[Block, ...], Field(min_length=1)]
    numbers: dict[str, Number] = Field(default_factory=dict)
    plan: Plan | None = Field(default=None, exclude=True, repr=False)
    plan_id: str = ""
    staging_open: bool = False
    production_open: bool = False

    @property
    def kinds(self) -> tuple[BlockKind, ...]:
        """Which kinds of blocks it has, in order."""
        return tuple(block.kind for block in self.blocks)

    def block(self, kind: BlockKind) -> Block | None:
        """The first block of a kind."""
        return next((b for b in self.blocks if b.kind == kind), None)
