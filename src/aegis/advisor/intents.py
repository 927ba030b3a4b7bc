"""What a person wants with a sentence: one of a closed list, by words."""

from __future__ import annotations

import re
from functools import cache

from aegis.advisor.lexicon import bounded, table
from aegis.advisor.reading import read


def intents_of(said: str) -> tuple[str, ...]:
    """The intents whose words stand in the text, the most specific first; empty when none does."""
    text = read(said).text.strip()
    return tuple(name for name, (_, pattern) in _table().items() if pattern.search(text))


def what_can_be_asked() -> dict[str, str]:
    """Every intent with an example of a sentence."""
    return {name: says for name, (says, _) in _table().items()}


@cache
def _table() -> dict[str, tuple[str, re.Pattern[str]]]:
    rows = table("intents.yaml")
    return {name: (str(row["says"]), bounded("|".join(row["words"]))) for name, row in rows.items()}
