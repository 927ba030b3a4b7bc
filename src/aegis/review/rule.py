"""A rule: one problem, its reason, and the function that finds it."""

from __future__ import annotations

import enum
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from aegis.base.finding import Certainty, Finding, Severity, Span

Subject = TypeVar("Subject")

_CODE = re.compile(r"AEG\d{3}")


class Profile(enum.StrEnum):
    """How much a reader wants to hear; each profile holds the ones before it."""

    GATE = "gate"
    REVIEW = "review"
    AUDIT = "audit"

    def holds(self, other: Profile) -> bool:
        """Whether a rule of `other` speaks in this profile."""
        return list(Profile).index(other) <= list(Profile).index(self)


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule applies: a span of a text, or a path in a brief or plan."""

    place: Span | str
    message: str
    label: str = field(default="", kw_only=True)
    mend: str = field(default="", kw_only=True)
    also: tuple[Span, ...] = field(default=(), kw_only=True)
    severity: Severity | None = field(default=None, kw_only=True)
    certainty: Certainty | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a rule's page, a report and `aegis explain` say about it; `judge` finds the hits."""

    code: str
    name: str
    title: str
    why: str
    severity: Severity
    certainty: Certainty
    hard: bool
    profile: Profile
    refs: tuple[str, ...]
    checks: type
    judge: Callable[[object], Iterator[Hit]]

    def findings(self, subject: object) -> Iterator[Finding]:
        """Every place of `subject` where the rule applies; none when it checks another type."""
        for hit in self.judge(subject):
            yield self._finding(hit)

    def _finding(self, hit: Hit) -> Finding:
        return Finding(
            code=self.code,
            name=self.name,
            title=self.title,
            severity=hit.severity or self.severity,
            certainty=hit.certainty or self.certainty,
            hard=self.hard,
            message=hit.message,
            where=hit.place if isinstance(hit.place, str) else "",
            span=hit.place if isinstance(hit.place, Span) else None,
            also=hit.also,
            why=self.why,
            mend=hit.mend,
            refs=self.refs,
            label=hit.label,
        )


def rule(
    code: str,
    *,
    checks: type[Subject],
    severity: Severity,
    hard: bool = False,
    refs: tuple[str, ...] = (),
    certainty: Certainty = Certainty.CERTAIN,
    profile: Profile = Profile.GATE,
) -> Callable[[Callable[[Subject], Iterator[Hit]]], Rule]:
    """Make a rule of a generator; its name, title and reason are the function's own.

    The function's name in kebab-case is the rule's name, the first line of its docstring the
    title, the rest the reason. Arguments are checked at import, so a rule without a reason
    cannot be loaded.
    """
    if not _CODE.fullmatch(code):
        raise ValueError(f"`{code}` is not of the form AEG123")

    def make(function: Callable[[Subject], Iterator[Hit]]) -> Rule:
        title, why = _title_and_why(function)

        def judge(subject: object) -> Iterator[Hit]:
            if isinstance(subject, checks):
                yield from function(subject)

        return Rule(
            code=code,
            name=function.__name__.replace("_", "-"),
            title=title,
            why=why,
            severity=severity,
            certainty=certainty,
            hard=hard,
            profile=profile,
            refs=refs,
            checks=checks,
            judge=judge,
        )

    return make


def check(rules: Iterable[Rule], subject: object) -> list[Finding]:
    """Findings of every rule on one subject, worst first and then by place."""
    found = [finding for each in rules for finding in each.findings(subject)]
    return sorted(found, key=lambda finding: finding.sort_key)


def _title_and_why(function: Callable[[Subject], Iterator[Hit]]) -> tuple[str, str]:
    doc = inspect.cleandoc(function.__doc__ or "")
    title, _, rest = doc.partition("\n")
    why = "\n\n".join(" ".join(part.split()) for part in rest.strip().split("\n\n"))
    if not title or not why:
        raise ValueError(f"rule `{function.__name__}` needs a title and a reason in its docstring")
    return title.rstrip(".").strip(), why
