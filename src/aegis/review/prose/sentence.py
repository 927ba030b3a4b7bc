"""A sentence as words of the list, and the tables that rules look words up in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, cached_property

from pydantic import Field, field_validator

from aegis.base.model import Frozen
from aegis.review.prose.words import Word, find, read

PLAIN = re.compile(r"[A-Za-z][A-Za-z ,;:'()–—-]+[.?]")
TOKEN = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*|[,;:()–—.?]")
LEAST, MOST = 4, 40
NAME = "Thename"  # stands for a name of the plan while a sentence is read
_STOPS = frozenset(",;:()–—.?")
_PREFIXES = frozenset(
    ["multi", "semi", "sub", "re", "cross", "self", "non", "co", "inter", "intra", "pre"]
)


@dataclass(frozen=True)
class Sentence:
    words: tuple[Word, ...]  # punctuation is a word without parts
    text: str
    continues: bool = False  # a control was spoken of right before

    def has(self, of: str) -> bool:
        return any(w.is_of(of_class(of)) for w in self.words)

    def where(self, of: str) -> list[int]:
        lemmas = of_class(of)
        return [at for at, w in enumerate(self.words) if w.is_of(lemmas)]

    @cached_property
    def parts(self) -> list[list[Word]]:
        """The stretches between commas and conjunctions."""
        found: list[list[Word]] = [[]]
        for word in self.words:
            if word.text in SPLITS or not word.parts:
                found.append([])
            found[-1].append(word)
        return [part for part in found if any(w.parts for w in part)]

    @cached_property
    def guarded(self) -> list[list[Word]]:
        """The parts that speak of a control, by its name or by a pronoun after it."""
        found, follows = [], self.continues
        for part in self.parts:
            lead = [w for w in part if w.parts and w.text not in _JOINS][:1]
            names = any(w.is_of(of_class("guard")) for w in part)
            if names or (follows and lead and lead[0].text in _PRONOUNS):
                found.append(part)
                follows = True
            elif follows and lead and lead[0].text not in _PRONOUNS:
                follows = bool(found) and "which" in {w.text for w in part[:2]}
        return found

    @cached_property
    def contrasts(self) -> bool:
        """Whether a control is followed by a «but» in whose part it is not named."""
        guards = self.where("guard")
        buts = [at for at, w in enumerate(self.words) if w.text in _AGAINST]
        return bool(guards) and any(
            any(g < but for g in guards) and not any(g > but for g in guards) for but in buts
        )


SPLITS = frozenset(
    [
        "because",
        "so",
        "but",
        "since",
        "while",
        "although",
        "though",
        "whereas",
        "which",
        "who",
        "whose",
        "if",
        "when",
        "unless",
        "whether",
    ]
)
_JOINS = SPLITS | {"and", "or", ",", ";", ":", "then"}
_PRONOUNS = frozenset(
    ["it", "they", "this", "that", "these", "those", "which", "both", "its", "their", "such"]
)
_AGAINST = frozenset(["but", "although", "though", "yet", "whereas", "however"])


def speaks_of_a_control(sentence: str) -> bool:
    return any(
        (w := word_of(token)) and w.is_of(of_class("guard")) for token in TOKEN.findall(sentence)
    )


def without_names(text: str, names: Sequence[str]) -> str:
    for each in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(each)}(?![\w-])", NAME, text)
    return text


def word_of(token: str) -> Word | None:
    if token in _STOPS:
        return Word(token, frozenset(), frozenset())
    if token == NAME:
        return Word(token, frozenset(), frozenset({"name"}))
    if re.search(r"[a-z][A-Z]", token):
        return None
    if found := find(token) or (find(token[:-2]) if token.endswith("'s") else None):
        return found
    parts = [find(part) for part in token.split("-") if part.lower() not in _PREFIXES]
    if "-" not in token or not parts or not all(parts):
        return None
    known = [part for part in parts if part]
    lemmas: AbstractSet[str] = set().union(*(part.lemmas for part in known))
    general = any(part.general for part in known)
    return Word(token.lower(), frozenset(lemmas), known[-1].parts, general=general)


class Together(Frozen):
    """In a sentence with a word of `with`, no word of `ban`; one of `unless` anywhere lifts it."""

    id: str
    with_: str = Field(alias="with")
    ban: str
    near: int = MOST
    unless: str = ""


class Never(Frozen):
    """A form that is never said, whatever its words."""

    id: str
    form: re.Pattern[str]


class Rules(Frozen):
    """`rules.yaml`: classes of lemmas, and what may not stand together."""

    classes: dict[str, frozenset[str]]
    topics: dict[str, re.Pattern[str]]
    together: tuple[Together, ...]
    never: tuple[Never, ...]
    read_as: tuple[tuple[re.Pattern[str], str], ...]
    doubts: frozenset[str]  # kinds of reasons that are weighed; the others forbid

    @field_validator("classes", mode="before")
    @classmethod
    def _split(cls, value: dict[str, str]) -> dict[str, list[str]]:
        return {name: str(lemmas).split() for name, lemmas in value.items()}


@cache
def rules() -> Rules:
    """The tables."""
    return Rules.model_validate(read("rules.yaml"))


def of_class(of: str) -> frozenset[str]:
    return rules().classes[of]


DETERMINERS = frozenset(
    [
        "the",
        "a",
        "an",
        "your",
        "its",
        "their",
        "this",
        "that",
        "each",
        "every",
        "these",
        "those",
        "another",
    ]
)
BEFORE_NOUNS = DETERMINERS | frozenset(
    [
        "of",
        "in",
        "on",
        "at",
        "for",
        "with",
        "by",
        "from",
        "into",
        "between",
        "against",
        "per",
        "as",
        "through",
        "than",
        "own",
        "first",
        "last",
    ]
)


def is_noun_here(part: Sequence[Word], at: int) -> bool:
    """Whether a word that may be a noun or a verb stands where nouns stand."""
    if at == 0:
        return True
    before = part[at - 1]
    after = part[at + 1].text if at + 1 < len(part) else ""
    if before.text in BEFORE_NOUNS or before.text.endswith("'s") or "adjective" in before.parts:
        return True
    if ("verb" in before.parts and part[at].text.endswith("s")) or before.text.endswith("ed"):
        return after not in DETERMINERS
    return bool(before.parts & {"noun", "name"}) and after not in DETERMINERS | {"it", "them"}


def is_participle(word: Word) -> bool:
    return "verb" in word.parts and (word.text.endswith(("ed", "en")) or not word.bare)
