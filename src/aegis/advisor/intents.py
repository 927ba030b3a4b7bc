"""What a person wants with a sentence: one of a closed list, by words."""

from __future__ import annotations

from functools import cache

from aegis.advisor.lexicon import phrases, table
from aegis.advisor.phrases import Phrases
from aegis.advisor.reading import read


def intents_of(said: str) -> tuple[str, ...]:
    """The intents whose words stand in the text, the most specific first; empty when none does."""
    text = read(said).text.strip()
    return tuple(name for name, (_, pattern) in _table().items() if pattern.search(text))


def what_can_be_asked() -> dict[str, str]:
    """Every intent with an example of a sentence."""
    return {name: says for name, (says, _) in _table().items()}


@cache
def _table() -> dict[str, tuple[str, Phrases]]:
    rows = table("intents.yaml")
    return {name: (str(row["says"]), phrases(row["words"])) for name, row in rows.items()}
