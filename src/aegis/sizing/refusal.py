"""What sizing says when it cannot answer: why, and what would make it answerable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswerable:
    """A refusal with a way out; never a guess in place of an answer."""

    reason: str
    mend: str
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.reason}; {self.mend}"
