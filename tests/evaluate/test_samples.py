"""Data sets and prompts: what is broken is named, what is said has a digest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.evaluate.errors import InputError
from aegis.evaluate.prompts import Prompt, read_prompt
from aegis.evaluate.samples import Dataset, Sample, Turn, read_samples

LINES = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.fixed_dictionaries(
            {"id": st.text(max_size=3), "input": st.text(max_size=5)},
            optional={"weight": st.floats(), "target": st.text(max_size=3)},
        ).map(json.dumps),
    ),
    max_size=12,
)


@given(LINES)
def test_every_line_is_a_sample_or_a_named_problem(lines: list[str]) -> None:
    """Whatever the lines hold, each is read or named with its number, and none is both."""
    rows = [line for text in lines for line in (text.splitlines() or [""])]
    found = read_samples(rows, path="d.jsonl")

    assert found.digest.startswith("sha256:")
    named = {int(p.split(":")[1]) for p in found.problems}
    assert len(found.samples) + len(named) == sum(bool(row.strip()) for row in rows)


def test_a_broken_line_loses_nothing_else() -> None:
    """Each fault is named with file and line; the good samples are all there."""
    lines = [
        '{"id": "a", "input": "x"}',
        "{",
        '{"id": "b"}',
        '{"id": "c", "input": "x", "weight": 0}',
        '{"id": "d", "input": "x", "color": "red"}',
        '{"id": "a", "input": "again"}',
        '{"id": "e", "input": "x", "weight": 1e999}',
        '{"id": "half", "input": "\\ud83d"}',
        '{"id": 7, "input": [{"role": "user", "content": "hi"}], "target": ["x", "y"]}',
    ]
    found = read_samples(lines, path="d.jsonl")

    assert [s.id for s in found.samples] == ["a", "half", "7"]
    assert [p.split(": ")[0] for p in found.problems] == [
        f"d.jsonl:{n}" for n in (2, 3, 4, 5, 6, 7)
    ]


def test_the_digest_moves_with_content_and_with_nothing_else() -> None:
    """Order and spelling of JSON do not count; a word, a weight and a slice do."""
    one = '{"id": "a", "input": "x"}'
    two = '{ "input":"y", "id":"b" }'
    base = read_samples([one, two], path="d").digest

    assert read_samples([two, "", one], path="other").digest == base
    for changed in ('{"id": "a", "input": "x "}', '{"id": "a", "input": "x", "weight": 2}',
                    '{"id": "a", "input": "x", "slice": "s"}'):  # fmt: skip
        assert read_samples([changed, two], path="d").digest != base


@pytest.mark.parametrize(
    ("given_input", "question"),
    [
        pytest.param("2+2?", "2+2?", id="text"),
        pytest.param((Turn(role="user", content="a"), Turn(role="assistant", content="b"),
                      Turn(role="user", content="c")), "c", id="last-turn-of-the-user"),
        pytest.param({"age": 3}, '{"age": 3}', id="features"),
        pytest.param((1.0, 2.5), "[1.0, 2.5]", id="row"),
    ],
)  # fmt: skip
def test_what_is_asked(given_input: object, question: str) -> None:
    """Every kind of input has one text that judges and leak scorers read."""
    assert Sample.model_validate({"id": "a", "input": given_input}).question == question


def test_a_prompt_fills_only_its_places_and_never_the_text_of_a_sample() -> None:
    """An input that looks like a place is data."""
    prompt = Prompt(version="1", system="S {{ context }}", user="Q: {{ input }} / {{ other }}")
    sample = Sample(id="a", input="{{ context }}", context=("one", "two"))

    assert prompt.messages(sample) == [
        {"role": "system", "content": "S one\n\ntwo"},
        {"role": "user", "content": "Q: {{ context }} / {{ other }}"},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("version: 1\nuser: hello", "leaves out", id="no-input"),
        pytest.param("system: x", "version: Field required", id="no-version"),
        pytest.param("version: 1\nsytem: x", "sytem: Extra inputs", id="misspelt"),
        pytest.param("a: [", "while parsing", id="no-yaml"),
    ],
)
def test_a_file_that_is_no_prompt_is_refused_with_what_is_wrong(text: str, said: str) -> None:
    """The file and the field are named."""
    with pytest.raises(InputError, match=said) as error:
        read_prompt(text, path="p.yaml")
    assert str(error.value).startswith("p.yaml")


@pytest.mark.parametrize("written", ["3", "1.2", "2026-11-22", "v3"])
def test_a_version_is_what_was_written(written: str) -> None:
    """YAML reads some versions as numbers or dates; a person does not."""
    assert read_prompt(f"version: {written}", path="p.yaml").version == written


def test_the_digest_of_an_empty_set_differs_from_that_of_one_sample() -> None:
    """Nothing is not something."""
    assert Dataset(samples=()).digest != Dataset(samples=(Sample(id="a", input=""),)).digest
