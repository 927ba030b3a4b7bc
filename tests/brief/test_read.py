"""A brief is read whole: every error at once, each with its place, its excerpt and a way on."""

import time

import pytest
from inline_snapshot import snapshot

from aegis.base.finding import Finding
from aegis.brief.read import PAGES, ReadBrief, read_brief

MINIMAL = "name: tutor\npurpose: Helps pupils\nworkload: {kind: chat}\n"


def _shown(read: ReadBrief) -> list[str]:
    return [_line(finding) for finding in read.findings]


def _line(finding: Finding) -> str:
    span = finding.span
    place = f"{span.line}:{span.column}-{span.end_column}" if span else "nowhere"
    return f"{place} {finding.code} {finding.message}"


def _only(text: str) -> Finding:
    (finding,) = read_brief(text).findings
    return finding


def test_the_smallest_brief_is_name_purpose_and_kind() -> None:
    """Three fields are a brief; all else may be asked."""
    read = read_brief(MINIMAL)

    assert read.findings == ()
    assert read.brief is not None
    assert read.brief.workload.kind == "chat"


def test_all_errors_of_a_file_are_reported_at_once() -> None:
    """One reading shows them all in the order of the lines, with line, column and end."""
    text = """\
version: 2
name: School Tutor
workload:
  kind: chatt
  traffic: {peak_rps: 3, mean_rps: 20}
  input_tokens: {mean: 100, p95: 20}
team:
  on_call: always
  sizze: 3
objectives:
  availability_percent: 100
data: {classes: [personel, helth]}
reviews:
  security: {status: done, date: soon}
"""
    assert _shown(read_brief(text)) == snapshot(
        [
            "1:1-11 AEG004 `purpose` is missing",
            "1:10-11 AEG002 unknown word `2` for `version`",
            "2:7-19 AEG003 `name`: string should match pattern '^[a-z][a-z0-9-]{1,40}$'",
            "4:9-14 AEG002 unknown word `chatt` for `workload.kind`",
            "5:12-39 AEG003 `workload.traffic`: mean_rps is higher than peak_rps",
            "6:17-37 AEG003 `workload.input_tokens`: p95 is shorter than the mean",
            "8:12-18 AEG002 unknown word `always` for `team.on_call`",
            "9:3-8 AEG002 unknown field `sizze`",
            "11:25-28 AEG003 `objectives.availability_percent`: input should be less than 100",
            "12:18-26 AEG002 unknown word `personel` for `data.classes.0`",
            "12:28-33 AEG002 unknown word `helth` for `data.classes.1`",
            "14:34-38 AEG003 `reviews.security.date`: input should be a valid date or datetime, input is too short",
        ]
    )


def test_an_error_shows_the_line_it_stands_in() -> None:
    """The excerpt is the line itself, and the caret range lies on the word."""
    span = _only(MINIMAL.replace("chat", "chatt")).span

    assert span is not None
    assert span.excerpt == "workload: {kind: chatt}"
    assert span.excerpt[span.column - 1 : (span.end_column or 0) - 1] == "chatt"


@pytest.mark.parametrize(
    ("line", "mend"),
    [
        pytest.param("team: {on_cal: none}", "did you mean `on_call`?", id="field"),
        pytest.param("team: {on_call: 24/7}", "did you mean `24x7`?", id="word"),
        pytest.param("data: {classes: [Health]}", "did you mean `health`?", id="capital-letter"),
        pytest.param("placement: {where: on_premises}", "did you mean `on-premises`?", id="dash"),
        pytest.param("placement: {where: onprem}", "here it is called `on-premises`", id="short"),
        pytest.param(
            "placement: {clouds: [{provider: amazon, regions: [x]}]}",
            "here it is called `aws`", id="another-name",
        ),
        pytest.param("team: {orchestrator: k8s}", "here it is called `kubernetes`", id="k8s"),
        pytest.param("team: {orchestrator: zzzz}", "known here: `azure-ml`", id="nothing-near"),
        pytest.param("version: 2", "known here: `1`", id="version"),
        pytest.param("data: {training_consent: no}", 'write "no" with quotes', id="yaml-boolean"),
    ],
)  # fmt: skip
def test_an_unknown_word_comes_with_the_nearest_known_one(line: str, mend: str) -> None:
    """What the writer probably meant stands in the help, or every known word."""
    assert _only(MINIMAL + line).mend.startswith(mend)


@pytest.mark.parametrize(
    ("line", "where", "message"),
    [
        pytest.param("workload: 5", (3, 11), "`workload`: input should be a valid", id="map"),
        pytest.param(
            "workload: {kind: batch}", (3, 11), "`workload`: kind is batch", id="batch-without-job"
        ),
        pytest.param(
            "workload: {kind: robotics}", (3, 11), "`workload`: kind is robotics", id="no-device"
        ),
        pytest.param(
            "workload: {kind: chat, adapters: many}", (3, 34), "`workload.adapters`: input", id="int"
        ),
        pytest.param(
            "workload: {kind: chat}\nteam: {owners: {boss: me}}",
            (4, 17), "unknown word `boss` for `team.owners.boss`", id="role",
        ),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_shown_where_it_stands(
    line: str, where: tuple[int, int], message: str
) -> None:
    """A rule over several fields points at the mapping that breaks it, not at the first line."""
    text = MINIMAL.replace("workload: {kind: chat}\n", line)
    finding = _only(text)

    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == where
    assert finding.message.startswith(message)


@pytest.mark.parametrize(
    "text", [pytest.param("[a, b]", id="list"), pytest.param("tutor", id="word")]
)
def test_what_is_no_mapping_says_how_a_brief_begins(text: str) -> None:
    """A list or a word is answered with the three fields that a brief begins with."""
    finding = _only(text)

    assert finding.message == "a brief is a mapping of fields"
    assert "`name:`, `purpose:` and `workload:`" in finding.mend


def test_tabs_are_named() -> None:
    """YAML says that a token cannot start; the help says that the tab is it."""
    finding = _only("name: tutor\nworkload:\n\tkind: chat\n")

    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (3, 1)
    assert "spaces, not tabs" in finding.mend


def test_a_duplicate_field_is_an_error_even_when_the_rest_is_right() -> None:
    """The later one would win in silence; so there is no brief until one is removed."""
    read = read_brief(MINIMAL + "name: other\n")

    assert read.brief is None
    assert _shown(read) == ["4:1-5 AEG001 `name` is given twice"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: 1\n" * 20_000, id="one-key-many-times"),
        pytest.param("".join(f"k{i}: 1\n" for i in range(15_000)), id="many-unknown-keys"),
    ],
)
def test_a_file_of_errors_is_answered_in_seconds(text: str) -> None:
    """At most a hundred findings of a kind, in time that grows with the text and no faster."""
    start = time.process_time()
    findings = read_brief(text).findings

    assert 0 < len(findings) <= 200
    assert time.process_time() - start < 4


def test_a_place_is_found_again_for_other_packages() -> None:
    """`span` turns a path into a place, or into the place of what encloses it."""
    read = read_brief(MINIMAL + "team:\n  size: 4\n")
    size, on_call = read.span("team.size"), read.span("team.on_call")

    assert size is not None
    assert on_call is not None
    assert (size.line, size.excerpt) == (5, "  size: 4")
    assert on_call.line == 4


def test_every_finding_has_a_known_page() -> None:
    """Codes, names and titles come from one table."""
    text = "name: X\nwork: 1\nname: y\n"

    for finding in read_brief(text).findings:
        assert PAGES[finding.code] == (finding.name, finding.title)
