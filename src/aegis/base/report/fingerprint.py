"""What stays of a finding when lines move: its rule, its file and the text of its line."""

from __future__ import annotations

import hashlib
import re

from aegis.base.finding import Finding, Span

_SPACES = re.compile(r"\s+")


def fingerprint(finding: Finding, occurrence: int = 0) -> str:
    """A stable id of 32 hexadecimal digits.

    Made of the code, the message, the path and the line's text without spaces; never of the line
    number. `occurrence` tells equal lines of one file apart, in order. Excerpts are masked before
    they get here, so no secret is hashed into it.
    """
    span = finding.span
    place = f"{span.path}\n{_SPACES.sub('', span.excerpt)}" if span else finding.where
    text = f"{finding.code}\n{finding.message}\n{place}\n{occurrence}"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def fingerprints(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    """Findings by fingerprint, in their order."""
    seen: dict[str, int] = {}
    found: dict[str, Finding] = {}
    for finding in findings:
        base = fingerprint(finding)
        number = seen.get(base, 0)
        seen[base] = number + 1
        found[base if not number else fingerprint(finding, number)] = finding
    return found


def places(finding: Finding) -> dict[str, Span | None]:
    """Every place of a finding by a fingerprint of its own, the first as in `fingerprint`.

    A new place of a finding that is known is new.
    """
    found: dict[str, Span | None] = {}
    seen: dict[str, int] = {}
    for span in (finding.span, *finding.also):
        here = finding.model_copy(update={"span": span})
        base = fingerprint(here)
        number = seen.get(base, 0)
        seen[base] = number + 1
        found[base if not number else fingerprint(here, number)] = span
    return found
