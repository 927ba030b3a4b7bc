"""What every command that finds something has to report, whoever found it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aegis.base.finding import Certainty, Finding, Severity


class Described(Protocol):
    """What a report says of a code, beside its findings."""

    @property
    def code(self) -> str:
        """`AEG` and three digits."""

    @property
    def name(self) -> str:
        """The problem in kebab-case."""

    @property
    def title(self) -> str:
        """The problem in a few words."""

    @property
    def why(self) -> str:
        """What it does in production."""

    @property
    def severity(self) -> Severity:
        """How much it hurts, unless a finding says otherwise."""

    @property
    def certainty(self) -> Certainty:
        """How sure it is, unless a finding says otherwise."""

    @property
    def refs(self) -> tuple[str, ...]:
        """Sources, and entries of known taxonomies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """A finding that somebody set aside, with the reason they gave."""

    finding: Finding
    reason: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Findings worst first, questions, and what was set aside, known before or not read.

    `skipped` are pairs of a path and a reason; `judges` are other programs that were asked, each
    with its version.
    """

    command: str = "review"
    findings: tuple[Finding, ...] = ()
    questions: tuple[Finding, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    baselined: tuple[Finding, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    judges: tuple[tuple[str, str], ...] = ()

    def count(self, severity: Severity) -> int:
        return sum(1 for finding in self.findings if finding.severity is severity)

    def worst(self) -> Severity | None:
        """The worst severity among findings that reading alone can decide."""
        sure = [each for each in self.findings if each.certainty is not Certainty.ASK]
        return min((each.severity for each in sure), key=lambda each: each.rank, default=None)
