"""What a rule has to say about one place."""

from __future__ import annotations

import enum

from pydantic import Field

from aegis.base.model import Frozen


class Severity(enum.StrEnum):
    """How much it would hurt in production; ordered, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Certainty(enum.StrEnum):
    """How sure a rule is: `ask` means that reading alone cannot decide."""

    CERTAIN = "certain"
    LIKELY = "likely"
    ASK = "ask"


class Span(Frozen):
    """A place in a text; lines and columns count from 1, the end column is exclusive."""

    path: str
    line: int = Field(ge=1)
    column: int = Field(ge=1)
    end_line: int | None = None
    end_column: int | None = None
    excerpt: str = Field(default="", description="the source line, secrets already masked")

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Finding(Frozen):
    """One rule, one place (or one fact in many places)."""

    code: str = Field(pattern=r"^AEG\d{3}$")
    name: str = Field(description="kebab-case problem, as in «allow moving-model-reference»")
    title: str
    severity: Severity
    message: str
    hard: bool = Field(default=False, description="true: cannot be waived, closes the exit")
    certainty: Certainty = Certainty.CERTAIN
    where: str = Field(default="", description="path in a brief or plan, when there is no text")
    span: Span | None = None
    also: tuple[Span, ...] = ()
    why: str = ""
    mend: str = ""
    refs: tuple[str, ...] = ()
    label: str = Field(default="", description="short text under the caret")

    @property
    def sort_key(self) -> tuple[int, int, str, str, int, int, str]:
        """Worst first, then by place, so that two runs give the same order."""
        span = self.span
        place = (span.path, span.line, span.column) if span else (self.where, 0, 0)
        return (not self.hard, self.severity.rank, self.code, *place, self.message)
