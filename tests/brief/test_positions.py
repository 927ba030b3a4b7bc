"""A YAML text becomes values with places, or problems with places, and never anything worse."""

import itertools
import subprocess
import sys

import pytest

from aegis.brief.positions import MAX_BYTES, Place, locate


def _messages(text: str) -> list[str]:
    return [problem.message for problem in locate(text).problems]


def test_every_value_and_key_has_its_place() -> None:
    """Lines and columns count from 1, the end is exclusive, keys and values are told apart."""
    located = locate("name: tutor\nworkload:\n  tools:\n    - {name: read-page}\n")

    assert located.keys["workload", "tools"] == Place(line=3, column=3, end_line=3, end_column=8)
    assert located.values["name",] == Place(line=1, column=7, end_line=1, end_column=12)
    tool = located.values["workload", "tools", 0, "name"]
    assert (tool.line, tool.column) == (4, 14)


def test_a_missing_path_is_shown_at_what_encloses_it() -> None:
    """The nearest written ancestor stands in for a field that was left out."""
    located = locate("name: tutor\nteam:\n  size: 3\n")

    assert located.nearest(("team", "on_call")).line == 2
    assert located.nearest(("budget", "monthly_usd")).line == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "the file is empty", id="empty"),
        pytest.param("# only a comment\n", "the file is empty", id="comment-only"),
        pytest.param("name: a\nname: b\n", "`name` is given twice", id="duplicate-key"),
        pytest.param("a: {<<: {b: 1}}", "merge keys are not supported", id="merge-key"),
        pytest.param("? [a, b]\n: 1\n", "a key must be a plain word", id="compound-key"),
        pytest.param("a: 2026-02-31\n", "this value cannot be read", id="impossible-date"),
        pytest.param("a: !!binary aGk=\n", "this value cannot be read", id="binary"),
        pytest.param("a: !!set {x}\n", "", id="set-is-a-mapping"),
        pytest.param("a: !!python/name:os.system ''\n", "this value cannot be read", id="object"),
        pytest.param("a: \x07\n", "a control character stands here", id="control-character"),
        pytest.param("a: [1, 2\n", "not YAML", id="unclosed"),
        pytest.param("a: *nowhere\n", "not YAML: found undefined alias", id="undefined-alias"),
        pytest.param("a: 1\n---\nb: 2\n", "not YAML: but found another document", id="two-documents"),
        pytest.param("a: &a [*a]\n", "nested too deeply", id="alias-to-itself"),
        pytest.param("a: " + "[" * 40 + "]" * 40, "nested too deeply", id="deep"),
        pytest.param(f"a: {'x' * MAX_BYTES}", "the file is larger than 1,000,000 bytes", id="huge"),
    ],
)  # fmt: skip
def test_a_problem_of_the_text_is_named(text: str, message: str) -> None:
    """Each kind of broken text has a message of its own; a set reads as a mapping of nothings."""
    found = _messages(text)

    assert any(each.startswith(message) for each in found) if message else found == []


def test_aliases_cannot_multiply() -> None:
    """Nine aliases of nine aliases, eight levels: a small text cannot become a large value."""
    levels = "abcdefghi"
    text = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in itertools.pairwise(levels)
    )

    assert _messages(text) == ["too many values (do aliases multiply?)"]


def test_a_place_survives_broken_neighbours() -> None:
    """Two problems of one text are both reported, each at its own line."""
    located = locate("a: 2026-02-31\nb: 1\nb: 2\n")

    assert [(p.place.line, p.place.column) for p in located.problems] == [(1, 4), (3, 1)]


@pytest.mark.parametrize("opened", [pytest.param("[", id="lists"), pytest.param("{a: ", id="maps")])
def test_a_very_deep_text_does_not_end_the_process(opened: str) -> None:
    """The parser's recursion is bounded before it starts: it is in C and would end the process."""
    code = (
        "from aegis.brief.positions import locate;"
        f"print(locate('a: ' + {opened!r} * 100_000).problems[0].message)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "nested too deeply\n")
