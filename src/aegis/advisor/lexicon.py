"""Words that state something, read once from tables; one compiled pattern for each value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeAlias, cast

from aegis.advisor.phrases import Phrases, letters_of
from aegis.base.yaml_text import parsed

Row: TypeAlias = dict[str, list[str]]
Table: TypeAlias = dict[str, Row]
DATA = files("aegis.advisor") / "data"


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a family, the words that state it, and how specific they are."""

    value: str
    words: tuple[str, ...]
    pattern: Phrases
    weight: int


@cache
def family(name: str) -> tuple[Entry, ...]:
    """Every value of a family of words, in the order of the table."""
    return tuple(_entry(value, rows) for value, rows in table("lexicon.yaml")[name].items())


@cache
def unit(name: str) -> re.Pattern[str]:
    """The words around a number that state one thing, at word boundaries."""
    return bounded(unit_words(name))


@cache
def unit_words(name: str) -> str:
    """The same as a piece of a pattern."""
    return str(table("units.yaml")[name])


@cache
def after_unit(name: str, gap: str = r"[\s-]*") -> re.Pattern[str]:
    """A unit right after a number."""
    return re.compile(rf"{gap}(?:{unit_words(name)})(?![\w])")


@cache
def regions() -> Mapping[str, Mapping[str, str]]:
    """Place → provider → region."""
    return {
        place: {str(k): str(v) for k, v in found.items()}
        for place, found in table("regions.yaml").items()
    }


@cache
def single_words() -> frozenset[str]:
    """Plain words of the lexicon that are long enough to be recognised when mistyped."""
    words: set[str] = set()
    for name in table("lexicon.yaml"):
        for entry in family(name):
            words |= set(re.findall(r"[a-z]{7,}", "|".join(entry.words)))
    return frozenset(words)


def bounded(words: str) -> re.Pattern[str]:
    """Words as a pattern: spaces stand for spaces or hyphens, and no letter touches either end."""
    return re.compile(_bounds(words))


def phrases(words: Iterable[str]) -> Phrases:
    """The same for many words of a table, of which a text has few."""
    return Phrases(words, letters=letters_of, pattern=_bounds)


def _bounds(words: str) -> str:
    inner = re.sub(r" (\?)?", lambda m: "[\\s-]?" if m[1] else r"[\s-]+", words)
    return rf"(?<![\w.@/])(?:{inner})(?![\w@])"


@cache
def data(name: str) -> dict[str, object]:
    """A file of the package's data, read once."""
    found = parsed((DATA / name).read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise TypeError(f"{name} is no table")
    return found


def table(name: str) -> dict[str, Table]:
    """The same, for files that are tables of words."""
    return cast("dict[str, Table]", data(name))


def _entry(value: str, rows: Row) -> Entry:
    weight = rows.get("weight", 1)
    words = tuple(
        without_accents(w)
        for language, found in rows.items()
        if language != "weight"
        for w in found
    )
    return Entry(
        value=value,
        words=words,
        pattern=phrases(words),
        weight=weight if isinstance(weight, int) else 1,
    )


def without_accents(text: str) -> str:
    """The same letters without accents, one for one: people leave them out."""
    return text if text.isascii() else "".join(map(base_letter, text))


@cache
def base_letter(character: str) -> str:
    """A Latin letter without its accent; any other character as it is."""
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() else character


@cache
def stand_ins() -> Mapping[float, str]:
    """Size in billions of parameters → the model that is sized in its place."""
    rows = table("meanwhile.yaml")["models"]
    return {float(str(size)): str(name) for size, name in rows.items()}


def region_meanwhile(provider: str, *, european: bool) -> str:
    """The region whose prices stand for a provider until somebody names one."""
    rows = table("meanwhile.yaml")["regions"]
    row = rows.get(provider)
    return str(dict(row)["eu" if european else "any"]) if row else "global"
