"""Every form of a review says the same, escapes what it must, and is stable."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from aegis.base.finding import Certainty, Finding, Severity, Span
from aegis.base.report.forges import github_report, gitlab_report, junit_report
from aegis.base.report.reported import Suppressed
from aegis.base.report.sarif import sarif_report
from aegis.review.report.json_report import baseline, json_report, read_baseline
from aegis.review.report.pages import html_report, markdown_report, verdict
from aegis.review.report.text import text_report
from aegis.review.review import Review
from aegis.review.rules import REPOSITORY_RULES

NASTY = 'a|b <script>alert("x")</script> & %0A ::error::'


def finding(code: str = "AEG201", line: int = 2, **changes: object) -> Finding:
    values: dict[str, object] = {
        "code": code,
        "name": "moving-model-reference",
        "title": "Model named by a reference that can move",
        "severity": Severity.HIGH,
        "message": "models are fetched by a name that can move",
        "label": "no revision",
        "why": "What you evaluate today is not what you serve tomorrow.",
        "mend": 'pin it: revision="<40 hex digits>"',
        "refs": ("OWASP LLM04:2026", "ATLAS AML.T0010.003", "CWE-494"),
        "span": Span(
            path="serve/app.py",
            line=line,
            column=9,
            end_line=line,
            end_column=21,
            excerpt='m = load("acme/triage")',
        ),
        "also": (Span(path="worker/a b.py", line=22, column=1),),
    }
    return Finding.model_validate(values | changes)


REVIEW = Review(
    findings=(finding(), finding("AEG316", 9, message=NASTY, title=NASTY, also=())),
    questions=(finding("AEG344", 4, certainty=Certainty.ASK, message="what then?"),),
    good=("weights are safetensors",),
    suppressed=(Suppressed(finding=finding("AEG317", 7), reason="until May", kind="comment"),),
    baselined=(finding("AEG318", 8),),
    skipped=(("big.bin", "too large"),),
    files=12,
)


def test_text_is_what_a_person_expects() -> None:
    """Severity, code, title, place; the line with a caret; why, mend and more places."""
    review = Review(findings=(finding(),), good=("weights are safetensors",), files=3)

    assert text_report(review) == snapshot("""\
high     AEG201  Model named by a reference that can move                           serve/app.py:2:9
  |
2 | m = load("acme/triage")
  |         ^^^^^^^^^^^^ no revision
   = models are fetched by a name that can move
   = What you evaluate today is not what you serve tomorrow.
   = pin it: revision="<40 hex digits>"   aegis explain AEG201   (OWASP LLM04:2026, ATLAS AML.T0010.003, CWE-494)
   = also: worker/a b.py:22

1 finding (1 high) in 3 files.
good: weights are safetensors
""")


def test_a_question_is_asked_as_one() -> None:
    """Its first word says so, and the summary counts it apart."""
    text = text_report(REVIEW)

    assert "ask      AEG344  what then?" in text
    assert "1 question only you can answer" in text
    assert "set aside with a reason: 1" in text
    assert "not read: big.bin (too large)" in text


def test_sarif_is_complete_and_points_into_itself() -> None:
    """Version, rule indices, fingerprints, suppressions, taxonomies."""
    document = json.loads(sarif_report(REVIEW, REPOSITORY_RULES, version="0.1.0"))
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    results = run["results"]

    assert document["version"] == "2.1.0"
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in results)
    assert len({each["partialFingerprints"]["aegis/v1"] for each in results}) == len(results) == 5
    assert [
        each["suppressions"][0]["justification"] for each in results if "suppressions" in each
    ] == ["until May"]
    assert {each["name"] for each in run["taxonomies"]} == {"OWASP", "ATLAS", "CWE"}
    assert (
        results[0]["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "worker/a%20b.py"
    )
    ids = {taxon["id"] for taxonomy in run["taxonomies"] for taxon in taxonomy["taxa"]}
    targets = {each["target"]["id"] for rule in rules for each in rule.get("relationships", [])}
    assert targets <= ids


def test_sarif_fits_its_schema() -> None:
    """The part of the OASIS schema that consumers rely on: types, required fields, closed lists."""
    document = json.loads(sarif_report(REVIEW, REPOSITORY_RULES, version="0.1.0"))

    for result in document["runs"][0]["results"]:
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["kind"] in {"fail", "open"}
        assert (result["level"] == "none") == (result["kind"] == "open")
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] >= 1
        assert region["startColumn"] >= 1


def test_junit_shows_known_and_waived_as_skipped() -> None:
    """They are not hidden: a reader sees that they were seen."""
    root = ET.fromstring(junit_report(REVIEW))  # noqa: S314 - our own text
    suite = root[0]

    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("5", "2", "3")
    assert [each.get("message") for each in suite.iter("skipped")] == [
        "a question, not a failure",
        "until May",
        "known from the baseline",
    ]
    assert ET.fromstring(junit_report(Review()))[0].get("tests") == "1"  # noqa: S314


def test_github_annotations_cannot_be_forged() -> None:
    """A message with the runner's own marks stays one line and one command."""
    lines = github_report(REVIEW).splitlines()

    assert len(lines) == 2
    assert lines[0].startswith("::error file=serve/app.py,line=2,col=9,title=AEG201 ")
    assert all(line.count("::") >= 2 and line.startswith("::error ") for line in lines)
    assert "%250A" in lines[1]


def test_gitlab_lists_findings_with_fingerprints() -> None:
    """Severities in GitLab's words."""
    entries = json.loads(gitlab_report(REVIEW))

    assert [each["severity"] for each in entries] == ["critical", "critical"]
    assert len({each["fingerprint"] for each in entries}) == 2


class Tags(HTMLParser):
    """Names of the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.references += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_html_needs_nothing_and_runs_nothing() -> None:
    """No script, nothing fetched, and what a repository says is only text."""
    parser = Tags()
    parser.feed(html_report(REVIEW))

    assert "script" not in parser.names
    assert parser.references == []


def test_markdown_escapes_what_would_break_a_table() -> None:
    """A pipe or a tag in a message stays in its cell."""
    rows = [line for line in markdown_report(REVIEW).splitlines() if line.startswith("| high")]

    assert len(rows) == 2
    assert all(row.replace("\\|", "").count("|") == 5 for row in rows)
    assert "<script>" not in markdown_report(REVIEW)


@pytest.mark.parametrize(
    ("severity", "first_words"),
    [
        (Severity.CRITICAL, "Do not deploy this yet"),
        (Severity.HIGH, "Mend 1 finding"),
        (Severity.LOW, "Nothing urgent"),
    ],
)
def test_the_verdict_comes_first_and_in_words(severity: Severity, first_words: str) -> None:
    """A reader of one line knows what to do."""
    assert verdict(Review(findings=(finding(severity=severity),))).startswith(first_words)


def test_a_clean_review_says_so() -> None:
    """And every form of it is well formed."""
    assert verdict(Review()) == "Nothing found that would hurt in production."
    assert json.loads(json_report(Review()))["findings"] == []
    assert gitlab_report(Review()) == "[]\n"


def test_a_baseline_is_read_back() -> None:
    """It holds fingerprints and no word of the repository."""
    text = baseline(REVIEW)

    said = (*REVIEW.findings, *REVIEW.questions, *REVIEW.unasked, *REVIEW.baselined)
    assert len(read_baseline(text)) == sum(1 + len(each.also) for each in said)
    assert "acme" not in text
    with pytest.raises(ValueError, match="not a baseline"):
        read_baseline("{}")


def test_explained_urls_name_pages_that_exist() -> None:
    """The help of a rule leads to its page."""
    root = Path(__file__).parents[3]
    text = sarif_report(REVIEW, REPOSITORY_RULES, version="0.1.0", pages="https://x.test/rules/")

    for rule in json.loads(text)["runs"][0]["tool"]["driver"]["rules"]:
        assert rule["helpUri"].startswith("https://x.test/rules/AEG")
        assert (root / "docs" / "rules" / rule["helpUri"].rpartition("/")[2]).exists()


@pytest.mark.parametrize(
    ("column", "end"),
    [
        pytest.param(1, 8, id="begin"),
        pytest.param(60, 140, id="over-the-edge"),
        pytest.param(150, 158, id="end"),
    ],
)
def test_an_excerpt_of_a_long_line_fits_a_terminal(column: int, end: int) -> None:
    """The caret stands under the first letter that is meant, and no line is wider than 100."""
    line = "".join(chr(97 + n % 26) for n in range(158))
    span = Span(path="a.py", line=12, column=column, end_line=12, end_column=end, excerpt=line)
    finding = REVIEW.findings[0].model_copy(update={"span": span, "label": "", "also": ()})

    shown = text_report(Review(findings=(finding,), files=1)).split("\n")
    at = next(number for number, each in enumerate(shown) if "^" in each)

    assert max(map(len, shown[at - 2 : at + 1])) <= 100
    assert shown[at - 1][shown[at].index("^")] == line[column - 1]
