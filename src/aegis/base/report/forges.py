"""Findings for code forges and CI: JUnit, GitHub annotations, GitLab code quality."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape, quoteattr

from aegis.base.finding import Certainty, Finding, Severity
from aegis.base.report.fingerprint import fingerprints
from aegis.base.report.reported import Reported

_ANNOTATION = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}
_QUALITY = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def junit_report(found: Reported) -> str:
    """JUnit XML: a failed case per finding; questions, waived and known ones are skipped cases."""
    cases = [_case(each, _failure(each)) for each in found.findings]
    cases += [_case(each, _skipped("a question, not a failure")) for each in found.questions]
    cases += [_case(each.finding, _skipped(each.reason)) for each in found.suppressed]
    cases += [_case(each, _skipped("known from the baseline")) for each in found.baselined]
    if not cases:
        cases = [f'    <testcase classname="aegis" name="{found.command}"/>']
    skipped = len(found.questions) + len(found.suppressed) + len(found.baselined)
    head = (
        f'  <testsuite name="aegis {found.command}" tests="{len(cases)}" failures="{len(found.findings)}"'
        f' skipped="{skipped}" errors="0">'
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", head, *cases]
    return "\n".join([*lines, "  </testsuite>", "</testsuites>", ""])


def _case(finding: Finding, inner: str) -> str:
    place = str(finding.span) if finding.span else finding.where
    name = quoteattr(_printable(f"{finding.code} {finding.title}: {place}"))
    return f"    <testcase classname={quoteattr(finding.name)} name={name}>{inner}</testcase>"


def _failure(finding: Finding) -> str:
    text = f"{finding.message}\n{finding.label}\n{finding.why}\nmend: {finding.mend}"
    kind = quoteattr(finding.severity.value)
    return f"<failure type={kind} message={quoteattr(_printable(finding.message))}>{escape(_printable(text))}</failure>"


def _skipped(reason: str) -> str:
    return f"<skipped message={quoteattr(_printable(reason))}/>"


def _printable(text: str) -> str:
    """XML 1.0 allows no control characters besides tab and newline."""
    return (
        "".join(each if each in "\t\n" or each >= " " else "?" for each in text)
        .encode("utf-8", "replace")
        .decode("utf-8")
    )


def github_report(found: Reported) -> str:
    """Workflow commands, one line per finding, read by GitHub's runner."""
    lines = []
    for finding in found.findings:
        if finding.span is None:
            continue
        span = finding.span
        level = "notice" if finding.certainty is Certainty.ASK else _ANNOTATION[finding.severity]
        title = _property(f"{finding.code} {finding.title}")
        place = f"file={_property(span.path)},line={span.line},col={span.column},title={title}"
        text = f"{finding.message}. {finding.mend}" if finding.mend else finding.message
        lines.append(f"::{level} {place}::{_message(text)}")
    return "\n".join([*lines, ""])


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def gitlab_report(found: Reported) -> str:
    """GitLab's code-quality list, a subset of the Code Climate form."""
    entries = [
        {
            "description": f"{finding.title}: {finding.message}",
            "check_name": finding.code,
            "fingerprint": print_,
            "severity": _QUALITY[finding.severity],
            "location": {"path": finding.span.path, "lines": {"begin": finding.span.line}},
        }
        for print_, finding in fingerprints(found.findings).items()
        if finding.span is not None
    ]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"
