"""YAML is read as kubectl reads it, and nothing that is written can break the reader."""

from __future__ import annotations

import math
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from aegis.verify.text import MAX_BYTES, MAX_DEPTH, Loaded, load


def value_of(text: str) -> JsonValue:
    loaded = load(text)
    assert len(loaded.documents) == 1, loaded.troubles
    return loaded.documents[0].value


def kinds(loaded: Loaded) -> list[str]:
    return [trouble.kind for trouble in loaded.troubles]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("0644", 420, id="leading-zero-is-octal"),
        pytest.param("0o644", 420, id="octal-prefix"),
        pytest.param("0x10", 16, id="hexadecimal"),
        pytest.param("0b101", 5, id="binary"),
        pytest.param("1_000", 1000, id="underscores"),
        pytest.param("-12", -12, id="negative"),
        pytest.param("1.20", 1.2, id="a-version-without-quotes-is-a-number"),
        pytest.param("1e3", 1000.0, id="exponent"),
        pytest.param("2026-11-22", "2026-11-22", id="dates-stay-texts"),
        pytest.param("12:30", "12:30", id="no-base-sixty"),
        pytest.param("~", None, id="null"),
        pytest.param("", None, id="nothing-is-null"),
        pytest.param("TRUE", True, id="true"),
        pytest.param("yes", True, id="yes-is-true"),
        pytest.param("N", False, id="n-is-false"),
        pytest.param("'yes'", "yes", id="quotes-make-a-text"),
        pytest.param("!!str 12", "12", id="tagged"),
        pytest.param("=", "=", id="an-equals-sign-is-a-text"),
        pytest.param("v1", "v1", id="word"),
        pytest.param("08", 8.0, id="no-octal-digit-falls-to-a-float"),
    ],
)
def test_a_scalar_is_read_as_kubectl_reads_it(text: str, value: JsonValue) -> None:
    """goyaml.v2's table of words and numbers, case by case."""
    assert value_of(f"a: {text}") == {"a": value}


def test_not_a_number_is_a_number() -> None:
    """`.nan` is a float, so that no later comparison takes it for a text."""
    found = value_of("a: .nan")

    assert isinstance(found, dict)
    assert isinstance(found["a"], float)
    assert math.isnan(found["a"])


@pytest.mark.parametrize("word", ["on", "off", "Yes", "NO", "y"])
def test_an_ambiguous_word_is_reported_where_it_stands(word: str) -> None:
    """Two readers would see two values, so a person is told."""
    loaded = load(f"a:\n  b: {word}\n")

    assert kinds(loaded) == ["ambiguous"]
    assert (loaded.troubles[0].line, loaded.troubles[0].column) == (2, 6)
    assert loaded.troubles[0].end_column == 6 + len(word)


def test_a_duplicate_key_is_reported_at_its_second_place() -> None:
    assert [(t.kind, t.line, t.column) for t in load("a: 1\nb: 2\na: 3\n").troubles] == [
        ("duplicate", 3, 1)
    ]


def test_a_place_is_found_by_its_path() -> None:
    """The last step names the key, the ones before it the values."""
    document = load("spec:\n  ports:\n    - name: http\n      port: 80\n").documents[0]

    port = document.find(("spec", "ports", 0, "port"))
    missing = document.find(("spec", "ports", 0, "protocol"))

    assert (port.line, port.column, port.end_column) == (4, 7, 11)
    assert missing.line == 3


def test_anchors_and_merge_keys_are_followed() -> None:
    """What a mapping says itself comes before what it merges."""
    text = "base: &base {a: 1, b: 2}\nmade:\n  <<: *base\n  b: 3\n"

    assert value_of(text) == {"base": {"a": 1, "b": 2}, "made": {"b": 3, "a": 1}}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("a: [1\nb: 2", "broken", id="open-bracket"),
        pytest.param("a: *nothing", "broken", id="unknown-alias"),
        pytest.param("\t- a", "broken", id="tab"),
        pytest.param("a: \x01", "broken", id="control-character"),
        pytest.param("[1]: a", "broken", id="a-list-as-a-key"),
        pytest.param("[" * 5000, "limit", id="too-deep"),
        pytest.param("a: " + "x" * MAX_BYTES, "limit", id="too-large"),
    ],
)
def test_what_cannot_be_read_is_one_trouble_with_a_line(text: str, kind: str) -> None:
    loaded = load(text)

    assert kinds(loaded) == [kind]
    assert loaded.troubles[0].line >= 1


def test_aliases_without_end_cost_nothing() -> None:
    """Nine levels of nine aliases would be 387 million values; reading stops at the limit."""
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]")
    started = time.process_time()

    loaded = load("\n".join(lines))

    assert kinds(loaded) == ["limit"]
    assert time.process_time() - started < 1


def test_what_came_before_the_fault_is_still_read() -> None:
    """A broken third document does not hide the first two."""
    loaded = load("a: 1\n---\nb: 2\n---\nc: [\n")

    assert [document.value for document in loaded.documents] == [{"a": 1}, {"b": 2}]
    assert kinds(loaded) == ["broken"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(value=JSON)
def test_json_that_is_written_quoted_comes_back(value: JsonValue) -> None:
    """JSON is YAML: what a strict writer writes is what is read."""
    text = yaml.safe_dump(value, default_style='"', allow_unicode=False)
    loaded = load(text)

    assert [d.value for d in loaded.documents] == [value]


@given(text=st.text(alphabet=st.sampled_from(list("ab: -[]{},&*#'\"\n\t|>!%@0<")), max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever is written, there are documents or troubles, never an exception."""
    loaded = load(text)

    assert all(trouble.line >= 1 and trouble.column >= 1 for trouble in loaded.troubles)


def test_the_depth_that_is_allowed_is_read() -> None:
    depth = MAX_DEPTH - 1

    assert load("[" * depth + "]" * depth).troubles == ()
