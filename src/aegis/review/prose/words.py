"""The closed list of words: which forms there are, and what each may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

_VOWELS = "aeiou"
_SHORT = 6  # letters of an adjective that is compared by its ending
_DOUBLED = frozenset(
    [
        "admit",
        "plan",
        "ship",
        "get",
        "let",
        "set",
        "put",
        "run",
        "cut",
        "hit",
        "fit",
        "pin",
        "cap",
        "map",
        "tag",
        "log",
        "plug",
        "stop",
        "drop",
        "trim",
        "step",
        "submit",
        "commit",
        "refer",
        "infer",
        "transfer",
        "prefer",
        "occur",
        "regret",
        "control",
        "cancel",
        "label",
        "model",
        "travel",
        "signal",
        "rebut",
        "spot",
        "snap",
        "split",
        "forget",
        "begin",
        "tap",
        "tip",
        "rot",
        "span",
        "stem",
        "star",
        "wrap",
        "debug",
        "unwrap",
        "unplug",
        "offset",
        "handoff",
        "throttle_",
    ]
)

_ONE_SYLLABLE = re.compile(r"[^aeiou]*[aeiou][bdglmnprt]$")


@dataclass(frozen=True, slots=True)
class Word:
    """A form as it is written, the lemmas that it may be of, and what it may be."""

    text: str
    lemmas: frozenset[str]
    parts: frozenset[str]  # function, noun, verb, adjective, adverb, comparative, name
    bare: bool = False  # the bare form of a verb, as in a command

    def is_of(self, lemmas: frozenset[str]) -> bool:
        """Whether it may be a form of one of these."""
        return not self.lemmas.isdisjoint(lemmas)


def find(text: str) -> Word | None:
    """The word with this form, in any case; None for what is not in the list."""
    return _words().get(text.lower())


def read(name: str) -> Mapping[str, object]:
    """A table of this package."""
    found = yaml.safe_load(files(__package__).joinpath(name).read_text("utf-8"))
    if not isinstance(found, dict):
        raise TypeError(f"{name} is no table")
    return found


@cache
def _words() -> Mapping[str, Word]:
    table = {part: str(text).split() for part, text in read("lexicon.yaml").items()}
    irregular = dict(each.split(":") for each in table.pop("irregular"))
    found: dict[str, tuple[set[str], set[str], bool]] = {}
    for part, lemmas in table.items():
        for lemma in lemmas:
            for form in _forms(part, lemma, irregular):
                known = found.setdefault(form, (set(), set(), False))
                known[0].add(lemma)
                known[1].add("function" if part == "negator" else part)
                if part == "verb" and form == lemma:
                    found[form] = (known[0], known[1], True)
    return {
        form: Word(form, frozenset(lemmas), frozenset(parts), bare)
        for form, (lemmas, parts, bare) in found.items()
    }


def _forms(part: str, lemma: str, irregular: Mapping[str, str]) -> Iterator[str]:
    yield lemma
    if part == "noun":
        yield _with_s(lemma)
    elif part == "adjective" and len(lemma) <= _SHORT and lemma.isalpha():
        yield from _compared(lemma)
    elif part == "verb":
        yield _with_s(lemma)
        yield _stem(lemma, "ing") + "ing"
        if lemma in irregular:
            yield from irregular[lemma].split(",")
        else:
            yield _past(lemma)


def _compared(lemma: str) -> Iterator[str]:
    """«fairer», «fairest»; longer adjectives are compared with «more», which is in the list."""
    stem = lemma[:-1] + "i" if lemma.endswith("y") else lemma.removesuffix("e")
    if re.search(r"[^aeiou][aeiou][bdgmnpt]$", stem):
        stem += stem[-1]
    yield f"{stem}er"
    yield f"{stem}est"


def _with_s(lemma: str) -> str:
    if lemma.endswith(("s", "x", "z", "ch", "sh")):
        return f"{lemma}es"
    if lemma.endswith("y") and lemma[-2:-1] not in _VOWELS:
        return f"{lemma[:-1]}ies"
    return f"{lemma}s"


def _past(lemma: str) -> str:
    if lemma.endswith("y") and lemma[-2] not in _VOWELS:
        return f"{lemma[:-1]}ied"
    return _stem(lemma, "ed") + "ed"


def _stem(lemma: str, ending: str) -> str:
    if lemma.endswith("ie") and ending == "ing":
        return f"{lemma[:-2]}y"
    if lemma.endswith("ee"):
        return lemma[:-1] if ending == "ed" else lemma
    if lemma.endswith("e"):
        return lemma[:-1]
    return lemma + lemma[-1] if lemma in _DOUBLED or _ONE_SYLLABLE.match(lemma) else lemma
