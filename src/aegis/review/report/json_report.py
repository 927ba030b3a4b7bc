"""A review for a program: one JSON document with a version of its own."""

from __future__ import annotations

import json

from aegis.base.finding import Finding
from aegis.review.fingerprint import fingerprints
from aegis.review.review import Review

SCHEMA = "aegis.review/1"


def json_report(review: Review) -> str:
    """The review as JSON with sorted keys; equal reviews give equal bytes."""
    document = {
        "schema": SCHEMA,
        "profile": review.profile,
        "files": review.files,
        "findings": _listed(review.findings),
        "questions": _listed(review.questions),
        "good": list(review.good),
        "suppressed": [
            {
                "finding": each.finding.model_dump(mode="json"),
                "reason": each.reason,
                "kind": each.kind,
            }
            for each in review.suppressed
        ],
        "baselined": _listed(review.baselined),
        "skipped": [{"path": path, "reason": reason} for path, reason in review.skipped],
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _listed(findings: tuple[Finding, ...]) -> list[dict[str, object]]:
    return [
        {"fingerprint": print_, **finding.model_dump(mode="json")}
        for print_, finding in fingerprints(findings).items()
    ]


def baseline(review: Review) -> str:
    """Fingerprints of everything found, to be passed in as known the next time; no text of any."""
    prints = sorted(
        {
            *fingerprints(review.findings),
            *fingerprints(review.questions),
            *fingerprints(review.baselined),
        }
    )
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
