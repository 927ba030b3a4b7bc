"""The page of every check: it exists, says what the table says, and its examples are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aegis.verify.api import verify_files
from aegis.verify.codes import Check
from aegis.verify.report import ALL_CHECKS

PAGES = Path(__file__).resolve().parents[2] / "docs" / "rules"
_BLOCK = re.compile(r"^```yaml (flags|passes)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^# file: (\S+)\n")
NO_EXAMPLE = {"promtool-refused", "amtool-refused", "kustomize-refused", "terraform-refused",
              "tool-failed", "mermaid-refused", "tofu-refused", "unit-tests-failed", "helm-refused"}  # fmt: skip
"""What real tools say is proven in `test_tools.py`."""


def page(check: Check) -> str:
    return (PAGES / f"{check.code}.md").read_text("utf-8")


def examples() -> list[object]:
    return [
        pytest.param(check, verdict, text, id=f"{check.code}-{check.name}-{verdict}")
        for check in ALL_CHECKS
        for verdict, text in _BLOCK.findall(page(check))
    ]


@pytest.mark.parametrize("check", ALL_CHECKS, ids=lambda check: check.code)
def test_every_check_has_a_page_that_says_what_the_table_says(check: Check) -> None:
    """Title, name, reason and remedy of the page are those a finding carries."""
    text = page(check)

    assert text.startswith(f"# {check.code}: {check.title}\n")
    assert f"`{check.name}`" in text
    assert check.why in text
    assert check.mend in text


@pytest.mark.parametrize("check", ALL_CHECKS, ids=lambda check: check.code)
def test_every_page_shows_what_is_flagged_and_what_passes(check: Check) -> None:
    """Checks of our own have both examples."""
    shown = {verdict for verdict, _ in _BLOCK.findall(page(check))}

    assert shown == (set() if check.name in NO_EXAMPLE else {"flags", "passes"})


@pytest.mark.parametrize(("check", "verdict", "text"), examples())
def test_the_examples_of_a_page_are_true(check: Check, verdict: str, text: str) -> None:
    """A `flags` block gives this finding at a line of it; a `passes` block does not."""
    named = _FILE.match(text)
    path = named.group(1) if named else "example.yaml"

    findings = [f for f in verify_files({path: text}).findings if f.name == check.name]

    assert bool(findings) is (verdict == "flags")
    for finding in findings:
        assert finding.code == check.code
        assert finding.span is not None
        assert 1 <= finding.span.line <= text.count("\n") + 1


@pytest.mark.parametrize(("check", "verdict", "text"), examples())
def test_what_passes_would_be_accepted(check: Check, verdict: str, text: str) -> None:
    """No `passes` block is something that an API server or a webhook refuses."""
    if verdict == "flags":
        return
    named = _FILE.match(text)
    path = named.group(1) if named else "example.yaml"

    refused = [
        f"{f.name}: {f.message}"
        for f in verify_files({path: text}).findings
        if "AEG910" <= f.code < "AEG930" or f.code in {"AEG900", "AEG901", "AEG904"}
    ]

    assert refused == [], check.name


def test_codes_and_names_are_unique_and_in_order() -> None:
    """A code is never used twice, and the table is in the order of codes within each part."""
    codes = [check.code for check in ALL_CHECKS]

    assert len(set(codes)) == len(codes)
    assert len({check.name for check in ALL_CHECKS}) == len(codes)
    assert all("AEG900" <= code <= "AEG999" for code in codes)
