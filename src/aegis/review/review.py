"""The result of reviewing one repository."""

from __future__ import annotations

from dataclasses import dataclass, field

from aegis.base.finding import Certainty, Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """A finding that somebody set aside, with the reason they gave."""

    finding: Finding
    reason: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Findings worst first, questions, what is good, and what was left out.

    `unasked` are the questions beyond the few that a person is asked at once.
    """

    findings: tuple[Finding, ...] = ()
    questions: tuple[Finding, ...] = ()
    unasked: tuple[Finding, ...] = ()
    good: tuple[str, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    baselined: tuple[Finding, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    files: int = 0
    profile: str = "gate"
    lines: dict[tuple[str, int], str] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        return sum(1 for finding in self.findings if finding.severity is severity)

    def worst(self) -> Severity | None:
        """The worst severity among findings that reading alone can decide."""
        sure = [each for each in self.findings if each.certainty is not Certainty.ASK]
        return min((each.severity for each in sure), key=lambda each: each.rank, default=None)
