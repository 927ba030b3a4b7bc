"""Phrases that are compiled when they are needed find what one big alternation finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.advisor.lexicon import bounded, family, phrases, table
from aegis.advisor.phrases import letters_of

_WORDS = ("ab", "ab c", "a(?:b|c)d", r"b\w+", "colou?r", "c", "(?:a|b)")


@given(st.text(alphabet="abcdlour -.", max_size=60))
def test_matches_are_those_of_one_alternation(text: str) -> None:
    spans = [m.span() for m in phrases(_WORDS).finditer(text)]

    assert spans == [m.span() for m in bounded("|".join(_WORDS)).finditer(text)]


@pytest.mark.parametrize(
    ("phrase", "letters"),
    [
        pytest.param(r"(?:credit|risk) scor\w+", "scor", id="an-open-end"),
        pytest.param("colou?r", "colo", id="a-letter-that-may-be-missing"),
        pytest.param("a|b", "", id="either-or"),
        pytest.param(r"phi(?![\s-]?\d)", "phi", id="a-look-ahead"),
        pytest.param(r"(?:a(?:b(?:c)?)?)x", "x", id="groups-in-groups"),
    ],
)
def test_letters_stand_in_every_match(phrase: str, letters: str) -> None:
    assert letters_of(phrase) == letters


def test_the_whole_lexicon_finds_its_own_plain_phrases() -> None:
    plain = [
        (entry, word)
        for name in table("lexicon.yaml")
        for entry in family(name)
        for word in entry.words
        if re.fullmatch(r"[a-zà-ÿ ]+", word)
    ]

    assert len(plain) > 300
    assert [word for entry, word in plain if entry.pattern.search(word) is None] == []


def test_every_phrase_of_the_tables_is_a_regular_expression() -> None:
    words = [w for name in table("lexicon.yaml") for e in family(name) for w in e.words]
    words += [
        w
        for rows in table("asides.yaml").values()
        for by_language in rows.values()
        for w in _flat(by_language)
    ]
    words += [w for row in table("intents.yaml").values() for w in row["words"]]

    assert len([bounded(word) for word in words]) > 1000


def _flat(by_language: object) -> list[str]:
    assert isinstance(by_language, dict)
    return [word for words in by_language.values() for word in words]
