"""A review for a program: one JSON document with a version of its own."""

from __future__ import annotations

import json
from typing import Literal

from pydantic import Field

from aegis.base.finding import Finding
from aegis.base.model import Frozen
from aegis.base.report.fingerprint import fingerprints, places
from aegis.review.review import Review

SCHEMA = "aegis.review/1"


class Printed(Finding):
    """A finding with what it is known by, wherever its lines move."""

    fingerprint: str


class Aside(Frozen):
    """A finding that somebody set aside, and the reason given."""

    finding: Finding
    reason: str
    kind: str


class Skipped(Frozen):
    """A file that was not read, and why."""

    path: str
    reason: str


class ReviewDocument(Frozen):
    """What `aegis review --format json` prints."""

    schema_: Literal["aegis.review/1"] = Field(default="aegis.review/1", alias="schema")
    profile: str
    files: int
    findings: tuple[Printed, ...]
    questions: tuple[Printed, ...]
    good: tuple[str, ...]
    suppressed: tuple[Aside, ...]
    baselined: tuple[Printed, ...]
    skipped: tuple[Skipped, ...]


def json_report(review: Review) -> str:
    """The review as JSON with sorted keys; equal reviews give equal bytes."""
    document = ReviewDocument(
        profile=review.profile,
        files=review.files,
        findings=_listed(review.findings),
        questions=_listed(review.questions),
        good=tuple(review.good),
        suppressed=tuple(
            Aside(finding=each.finding, reason=each.reason, kind=each.kind)
            for each in review.suppressed
        ),
        baselined=_listed(review.baselined),
        skipped=tuple(Skipped(path=path, reason=reason) for path, reason in review.skipped),
    )
    found = document.model_dump(mode="json", by_alias=True)
    return json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _listed(findings: tuple[Finding, ...]) -> tuple[Printed, ...]:
    return tuple(
        Printed(fingerprint=print_, **dict(finding))
        for print_, finding in fingerprints(findings).items()
    )


def baseline(review: Review) -> str:
    """Fingerprints of every place of everything found, to be passed in as known the next time; no text of any."""
    said = (*review.findings, *review.questions, *review.unasked, *review.baselined)
    prints = sorted({print_ for finding in said for print_ in places(finding)})
    return json.dumps({"schema": "aegis.baseline/1", "fingerprints": prints}, indent=2) + "\n"


def read_baseline(text: str) -> frozenset[str]:
    """Fingerprints of a baseline.

    Raises:
        ValueError: the text is not a baseline.
    """
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("schema") != "aegis.baseline/1":
        raise ValueError("not a baseline of aegis review")
    return frozenset(str(each) for each in document.get("fingerprints", []))
