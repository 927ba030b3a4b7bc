"""JUnit XML, as CI systems read it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # it writes here, and reads nothing
from collections.abc import Sequence
from dataclasses import dataclass

from aegis.base.verdict import Verdict

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A test case. What is inconclusive is an error: no CI may take it for a pass."""

    name: str
    verdict: Verdict
    message: str = ""
    detail: str = ""
    time_s: float | None = None


def junit(suite: str, cases: Sequence[Case]) -> str:
    """One suite with its cases.

    >>> "<failure" in junit("gates", [Case(name="faq", verdict=Verdict.FAILED, message="worse")])
    True
    """
    root = ET.Element("testsuites")
    counts = [case.verdict for case in cases]
    element = ET.SubElement(
        root,
        "testsuite",
        name=_clean(suite),
        tests=str(len(cases)),
        failures=str(counts.count(Verdict.FAILED)),
        errors=str(sum(v in {Verdict.INCONCLUSIVE, Verdict.ERROR} for v in counts)),
    )
    for case in cases:
        shown = ET.SubElement(element, "testcase", name=_clean(case.name), classname=_clean(suite))
        if case.time_s is not None:
            shown.set("time", f"{case.time_s:.3f}")
        if case.verdict is not Verdict.PASSED:
            kind = "failure" if case.verdict is Verdict.FAILED else "error"
            said = ET.SubElement(shown, kind, message=_clean(case.message or str(case.verdict)))
            said.text = _clean(case.detail) or None
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _FORBIDDEN.sub("�", text)
