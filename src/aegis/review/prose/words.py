"""The closed list of words: which forms there are, and what each may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from aegis.base.yaml_text import parsed

_FIELD, _ENGLISH = "lexicon.yaml", "english.yaml"
_SHORT = 6  # letters of an adjective that is compared by its ending
_LEAST = 4  # letters of a word from which another is made


@dataclass(frozen=True, slots=True)
class Word:
    """A form as it is written, the lemmas that it may be of, and what it may be."""

    text: str
    lemmas: frozenset[str]
    parts: frozenset[str]  # function, noun, thing, verb, adjective, adverb, comparative, name
    bare: bool = False  # the bare form of a verb, as in a command
    general: bool = False  # plain English, not a word of the field

    def is_of(self, lemmas: frozenset[str]) -> bool:
        """Whether it may be a form of one of these."""
        return not self.lemmas.isdisjoint(lemmas)


@lru_cache(maxsize=8192)
def find(text: str) -> Word | None:
    """The word with this form, in any case; None for what is neither in the list nor made of it."""
    form = text.lower()
    return _listed(form) or _made(form)


def read(name: str) -> Mapping[str, object]:
    """A table of this package."""
    found = parsed(files(__package__).joinpath(name).read_text("utf-8"))
    if not isinstance(found, dict):
        raise TypeError(f"{name} is no table")
    return found


@dataclass(frozen=True, slots=True)
class _List:
    """What each lemma may be, which of them are of the field, and forms that no rule makes."""

    parts: Mapping[str, tuple[str, ...]]
    field: frozenset[str]
    irregular: Mapping[str, tuple[str, ...]]
    lemmas_of: Mapping[str, tuple[str, ...]]
    barred: frozenset[str]


@cache
def _list() -> _List:
    parts: dict[str, tuple[str, ...]] = {}
    irregular: dict[str, tuple[str, ...]] = {}
    field: set[str] = set()
    barred: set[str] = set()
    for file in (_FIELD, _ENGLISH):
        for part, text in read(file).items():
            words = str(text).split()
            if part == "irregular":
                irregular |= {a: tuple(b.split(",")) for a, b in (w.split(":") for w in words)}
                continue
            if part == "barred":
                barred.update(words)
                continue
            field.update(words if file == _FIELD else ())
            for word in words:
                parts[word] = (*parts.get(word, ()), part)
    lemmas_of: dict[str, tuple[str, ...]] = {}
    for lemma, forms in irregular.items():
        for form in forms:
            lemmas_of[form] = (*lemmas_of.get(form, ()), lemma)
    return _List(parts, frozenset(field), irregular, lemmas_of, frozenset(barred))


_IS = {"negator": ("function",), "thing": ("noun", "thing")}


def _listed(form: str) -> Word | None:
    known = _list()
    lemmas: set[str] = set()
    parts: set[str] = set()
    bare = False
    for lemma in {*_bases(form), *known.lemmas_of.get(form, ())}:
        for part in known.parts.get(lemma, ()):
            if form == lemma or form in _forms(part, lemma, known.irregular):
                lemmas.add(lemma)
                parts.update(_IS.get(part, (part,)))
                bare |= part == "verb" and form == lemma
    if not lemmas:
        return None
    return Word(form, frozenset(lemmas), frozenset(parts), bare, lemmas.isdisjoint(known.field))


_ENDINGS = (
    ("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"), ("ed", ""), ("d", ""), ("ied", "y"), ("ing", ""), ("ing", "e"),
    ("ying", "ie"), ("er", ""), ("r", ""), ("ier", "y"), ("est", ""), ("st", ""), ("iest", "y"),
)  # fmt: skip


def _bases(form: str) -> Iterator[str]:
    """What a form may be made of; `_forms` proves it."""
    yield form
    for ending, instead in _ENDINGS:
        if form.endswith(ending):
            base = form[: -len(ending)] + instead
            yield base
            if base[-2:-1] == base[-1:]:
                yield base[:-1]


def _forms(part: str, lemma: str, irregular: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    if lemma in irregular:
        yield from irregular[lemma]
    if part in {"noun", "thing"}:
        yield from _with_s(lemma)
    elif part == "adjective" and len(lemma) <= _SHORT and lemma.isalpha():
        yield from _compared(lemma)
    elif part == "verb":
        yield from _with_s(lemma)
        yield from (f"{stem}ing" for stem in _stems(lemma, "ing"))
        if lemma not in irregular:
            yield from (f"{stem}ed" for stem in _stems(lemma, "ed"))


def _compared(lemma: str) -> Iterator[str]:
    """«fairer», «fairest»; longer adjectives are compared with «more», which is in the list."""
    stem = lemma[:-1] + "i" if lemma.endswith("y") else lemma.removesuffix("e")
    if re.search(r"[^aeiou][aeiou][bdgmnpt]$", stem):
        stem += stem[-1]
    yield f"{stem}er"
    yield f"{stem}est"


def _with_s(lemma: str) -> Iterator[str]:
    if lemma.endswith(("s", "x", "z", "ch", "sh", "o")):
        yield f"{lemma}es"
    if lemma.endswith("y") and lemma[-2:-1] not in "aeiou":
        yield f"{lemma[:-1]}ies"
    elif not lemma.endswith(("s", "x", "z", "ch", "sh")):
        yield f"{lemma}s"


def _stems(lemma: str, ending: str) -> Iterator[str]:
    """What stands before «-ing» or «-ed»; «labelling» and «labeling» are both written."""
    if lemma.endswith("ie") and ending == "ing":
        yield f"{lemma[:-2]}y"
    elif lemma.endswith("y") and lemma[-2:-1] not in "aeiou" and ending == "ed":
        yield f"{lemma[:-1]}i"
    elif lemma.endswith("ee"):
        yield lemma[:-1] if ending == "ed" else lemma
    elif lemma.endswith("e"):
        yield lemma[:-1]
    else:
        yield lemma
        if re.search(r"(?:[^aeiou]|qu)[aeiou][bdfglmnprt]$", lemma):
            yield lemma + lemma[-1]


_BEFORE = ("re", "un", "mis")
_AFTER = (  # an ending, what stood in its place, of what it was made, what it makes
    ("ly", "", "adjective", "adverb"), ("ily", "y", "adjective", "adverb"), ("bly", "ble", "adjective", "adverb"),
    ("ness", "", "adjective", "noun"), ("iness", "y", "adjective", "noun"), ("er", "", "verb", "noun"),
    ("r", "", "verb", "noun"), ("ers", "", "verb", "noun"), ("rs", "", "verb", "noun"),
    ("able", "", "verb", "adjective"), ("able", "e", "verb", "adjective"), ("ability", "", "verb", "noun"),
)  # fmt: skip


def _made(form: str) -> Word | None:
    """A word made of one of the list by a rule of English; its lemmas are those of that word too."""
    if form in _list().barred:
        return None
    for prefix in _BEFORE:
        rest = form.removeprefix(prefix)
        if not _LEAST <= len(rest) < len(form) or not (word := _listed(rest)):
            continue
        if "verb" in word.parts or (prefix == "un" and "adjective" in word.parts):
            return Word(form, word.lemmas | {form}, word.parts, word.bare, general=True)
    for ending, instead, of, part in _AFTER:
        base = form.removesuffix(ending) + instead
        if not form.endswith(ending) or len(base) < _LEAST:
            continue
        word = _listed(base)
        if word and of in word.parts and base in word.lemmas:
            return Word(form, word.lemmas | {form}, frozenset({part}), general=True)
    return None
