"""Setting findings aside, in the open: comments beside the line, waivers in `aegis.yaml`.

A comment needs a reason and may have an end date; a waiver needs an owner and an end date. What
has expired, or sets nothing aside, is a finding itself. Hard rules cannot be set aside.
"""

from __future__ import annotations

import datetime
import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from aegis.base.finding import Finding, Severity, Span
from aegis.review.documents.source import Source
from aegis.review.documents.yaml_view import UnreadableError, read_yaml

_COMMENT = re.compile(
    r"(?:#|//|<!--|/\*)\s*aegis:\s*ignore\[(?P<codes>[A-Z0-9,\s]+)\](?P<rest>[^\n]*)"
)
_UNTIL = re.compile(r"\buntil=(\S+)")
_TAIL = re.compile(r"\s*(?:-->|\*/)\s*$")
_CODE = re.compile(r"AEG\d{3}")


@dataclass(slots=True)
class Waiver:
    """One permission; `line` 0 means every line of the matching paths."""

    codes: tuple[str, ...]
    paths: str
    reason: str
    span: Span
    kind: str
    line: int = 0
    owner: str = ""
    until: datetime.date | None = None
    problem: str = ""
    used: bool = field(default=False)

    def covers(self, finding: Finding) -> bool:
        """Whether it names the finding's rule and every one of its places."""
        if finding.hard or self.problem or finding.code not in self.codes or finding.span is None:
            return False
        return self.holds(finding.span)

    def holds(self, span: Span) -> bool:
        """Whether it names this place."""
        if self.line:
            return span.path == self.paths and span.line == self.line
        return fnmatch.fnmatchcase(span.path, self.paths)


def comments_in(source: Source, today: datetime.date | None) -> Iterator[Waiver]:
    """Ignores written beside a line hold for that line; on a line of their own, for the next."""
    if b"aegis:" not in source.data:
        return
    for number, line in enumerate(source.lines, start=1):
        match = _COMMENT.search(line)
        if match is None:
            continue
        codes = tuple(_CODE.findall(match["codes"]))
        rest = _TAIL.sub("", match["rest"])
        until, problem = _date(rest, today)
        reason = _UNTIL.sub("", rest).strip()
        if not reason:
            problem = "gives no reason"
        yield Waiver(
            codes=codes,
            paths=source.path,
            reason=reason,
            span=source.at(number, match.start() + 1),
            kind="comment",
            line=number if line[: match.start()].strip() else number + 1,
            until=until,
            problem=problem,
        )


def _date(text: str, today: datetime.date | None) -> tuple[datetime.date | None, str]:
    match = _UNTIL.search(text)
    if match is None:
        return None, ""
    try:
        until = datetime.date.fromisoformat(match[1])
    except ValueError:
        return None, f"has an end date that is no date: {match[1]}"
    if today is not None and until < today:
        return until, f"ended on {until}"
    return until, ""


def waivers_in(source: Source, today: datetime.date | None) -> Iterator[Waiver]:
    """Waivers of an `aegis.yaml`: rule, paths, reason, owner and end date."""
    try:
        documents = read_yaml(source)
    except UnreadableError:
        return
    for document in documents:
        for each in document.get("review", "waivers").entries():
            rules = each.get("rules") or each.get("rule")
            until, problem = _date(f"until={each.get('until').text}", today)
            for key in ("reason", "owner", "until"):
                if not each.get(key).text:
                    problem = f"has no {key}"
            yield Waiver(
                codes=tuple(_CODE.findall(" ".join(word.text for word in rules.words()))),
                paths=each.get("paths").text or each.get("path").text or "*",
                reason=each.get("reason").text,
                span=each.span,
                kind="waiver",
                owner=each.get("owner").text,
                until=until,
                problem=problem,
            )


def complaints(waivers: list[Waiver]) -> Iterator[Finding]:
    """Findings about permissions that ended, lack a reason, or set nothing aside."""
    for waiver in waivers:
        if waiver.problem:
            code, name, message = "AEG803", "invalid-waiver", f"a {waiver.kind} {waiver.problem}"
        elif not waiver.used:
            code, name = "AEG804", "unused-waiver"
            message = (
                f"a {waiver.kind} for {', '.join(waiver.codes) or 'no rule'} sets nothing aside"
            )
        else:
            continue
        yield Finding(
            code=code,
            name=name,
            title=message,
            severity=Severity.MEDIUM,
            message=message,
            span=waiver.span,
            why="What is set aside must be known, owned and looked at again.",
            mend="renew it with a reason and a date, or remove it",
        )
