"""Findings as SARIF 2.1.0 (OASIS standard, 2020-03-27).

Fingerprints are made of the rule, the message, the path and the line's text, so they survive
moved lines. What was set aside is reported with its justification.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from aegis.base.finding import Certainty, Finding, Severity, Span
from aegis.base.report.fingerprint import fingerprint, fingerprints
from aegis.base.report.reported import Described, Reported

Json = dict[str, object]

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# Scores that GitHub reads as critical, high, medium and low (its documentation, «SARIF support»).
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.0",
    Severity.LOW: "3.0",
    Severity.INFO: "1.0",
}
_TAXONOMIES = {"OWASP": "OWASP Top 10 for LLM applications", "ATLAS": "MITRE ATLAS", "CWE": "CWE"}


def sarif_report(
    reported: Reported, rules: Iterable[Described], *, version: str, pages: str = ""
) -> str:
    """The findings as SARIF.

    `rules` describe the codes, `version` is Aegis's own, and `pages` is the address under which
    the rule pages stand, when they stand anywhere.
    """
    known = {rule.code: rule for rule in rules}
    found = (*reported.findings, *reported.questions)
    aside_too = (each.finding for each in reported.suppressed)
    codes = sorted({each.code for each in (*found, *aside_too, *reported.baselined)})
    order = {code: index for index, code in enumerate(codes)}
    taxa = _taxa(known, codes)
    results = [_result(each, print_, order) for print_, each in fingerprints(found).items()]
    for aside in reported.suppressed:
        result = _result(aside.finding, fingerprint(aside.finding), order)
        kind = "inSource" if aside.kind == "comment" else "external"
        result["suppressions"] = [{"kind": kind, "justification": aside.reason}]
        results.append(result)
    results += [
        {**_result(known_one, print_, order), "baselineState": "unchanged"}
        for print_, known_one in fingerprints(reported.baselined).items()
    ]
    driver: Json = {
        "name": "aegis",
        "semanticVersion": version,
        "rules": [_rule(code, known.get(code), found, pages) for code in codes],
        "supportedTaxonomies": [{"name": name} for name in sorted(taxa)],
    }
    tool: Json = {"driver": driver}
    if reported.judges:
        tool["extensions"] = [{"name": name, "version": each} for name, each in reported.judges]
    run: Json = {
        "tool": tool,
        "columnKind": "unicodeCodePoints",
        "taxonomies": [
            {
                "name": name,
                "fullName": _TAXONOMIES[name],
                "taxa": [{"id": each} for each in sorted(ids)],
            }
            for name, ids in sorted(taxa.items())
        ],
        "results": results,
    }
    if reported.skipped:
        run["invocations"] = [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": f"not checked: {path} ({reason})"}}
                    for path, reason in reported.skipped
                ],
            }
        ]
    document: Json = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _taxa(known: dict[str, Described], codes: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code in codes:
        for ref in known[code].refs if code in known else ():
            name, identifier = _taxon(ref)
            if name:
                found.setdefault(name, set()).add(identifier)
    return found


def _taxon(ref: str) -> tuple[str, str]:
    if ref.startswith("CWE-"):
        return "CWE", ref
    name, _, identifier = ref.partition(" ")
    return (name, identifier) if name in {"OWASP", "ATLAS"} else ("", "")


def _rule(code: str, rule: Described | None, findings: tuple[Finding, ...], pages: str) -> Json:
    first = next((each for each in findings if each.code == code), None)
    if rule is None:
        text = first.title if first else code
        return {"id": code, "shortDescription": {"text": text}}
    relationships = [
        {"target": {"id": identifier, "toolComponent": {"name": name}}, "kinds": ["relevant"]}
        for name, identifier in map(_taxon, rule.refs)
        if name
    ]
    described: Json = {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": _help(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "security-severity": _SCORES[rule.severity],
            "precision": "high" if rule.certainty is Certainty.CERTAIN else "medium",
            "tags": ["ai-deployment", *rule.refs],
        },
    }
    if pages:
        described["helpUri"] = f"{pages.rstrip('/')}/{code}.md"
    if relationships:
        described["relationships"] = relationships
    return described


def _help(rule: Described) -> str:
    return f"{rule.why}\n\nSources: {', '.join(rule.refs)}" if rule.refs else rule.why


def _result(finding: Finding, print_: str, order: dict[str, int]) -> Json:
    text = finding.message + (f": {finding.label}" if finding.label else "")
    if finding.mend:
        text += f". Mend: {finding.mend}"
    result: Json = {
        "ruleId": finding.code,
        "ruleIndex": order[finding.code],
        "level": "note" if finding.certainty is Certainty.ASK else _LEVELS[finding.severity],
        "kind": "open" if finding.certainty is Certainty.ASK else "fail",
        "message": {"text": text},
        "partialFingerprints": {"aegis/v1": print_},
        "properties": {"certainty": finding.certainty.value, "severity": finding.severity.value},
    }
    if result["kind"] == "open":
        result["level"] = "none"
    if finding.span is not None:
        result["locations"] = [_location(finding.span)]
    if finding.also:
        result["relatedLocations"] = [
            {"id": index, **_location(span)} for index, span in enumerate(finding.also, start=1)
        ]
    return result


def _location(span: Span) -> Json:
    region: Json = {"startLine": span.line, "startColumn": span.column}
    if span.end_line is not None and span.end_column is not None:
        region |= {"endLine": span.end_line, "endColumn": span.end_column}
    if span.excerpt:
        region["snippet"] = {"text": span.excerpt}
    return {"physicalLocation": {"artifactLocation": _artifact(span.path), "region": region}}


def _artifact(path: str) -> Json:
    from urllib.parse import quote  # noqa: PLC0415 - only reports need it

    uri = quote(path, safe="/-._~")
    return {"uri": f"file://{uri}"} if path[:1] == "/" else {"uri": uri, "uriBaseId": "%SRCROOT%"}
