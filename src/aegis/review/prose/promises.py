"""Claims about measured quantities, law, credentials and access; openings without a control; commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.review.prose.sentence import SPLITS, Sentence, is_noun_here, is_participle, of_class
from aegis.review.prose.words import Word


def measured(said: Sentence) -> Iterator[str]:
    """What a measured quantity *is* only a number of the plan can say."""
    for at, word in enumerate(said.words[1:-1], start=1):
        subject = _subject(said.words, at) if word.text in _COPULAS else None
        if (
            subject
            and subject.is_of(of_class("measure"))
            and not _answers(said.words[at + 1 : at + 4])
        ):
            yield f"says what «{subject.text}» is"
    for at in sorted({*said.where("degree"), *said.where("praise")}):
        if _says_how_much(said, at):
            yield f"says how much: «{said.words[at].text}»"
    compares = re.search(r"\bthan\b", said.text) and not re.search(
        r"\b(?:rather|other) than\b", said.text
    )
    if compares and (
        said.has("measure") or said.has("dear") or any("name" in w.parts for w in said.words)
    ):
        yield "compares what was not measured"
    for at, word in enumerate(said.words[:-2]):
        near = said.words[at + 1 : at + 3]
        if word.is_of(of_class("negator")) and any(w.is_of(of_class("free_of")) for w in near):
            yield "says that there is none of a measured quantity"


def _says_how_much(said: Sentence, at: int) -> bool:
    """An adjective of degree or praise as a predicate, or before a measured quantity."""
    after = said.words[at + 1] if at + 1 < len(said.words) else None
    if after is None or not after.parts & {"noun", "adjective", "name"}:
        return said.has("measure") or said.has("guard")
    return after.is_of(of_class("measure"))


_ANSWERS = frozenset(
    [
        "measured",
        "estimated",
        "known",
        "driven",
        "dominated",
        "decided",
        "bounded",
        "bound",
        "limited",
        "set",
        "shown",
        "priced",
        "watched",
        "recorded",
        "affected",
        "spent",
        "exceeded",
        "exhausted",
        "paid",
        "used",
        "a",
        "an",
        "what",
        "where",
        "why",
        "how",
        "only",
        "not",
        "unknown",
        "open",
        "visible",
        "different",
        "part",
        "often",
        "usually",
        "mostly",
    ]
)
_NO_ANSWER = frozenset(["price", "cost", "salary", "budget", "fraction", "half"])


_COPULAS = frozenset(
    [
        "is",
        "are",
        "stays",
        "remains",
        "becomes",
        "equals",
        "matches",
        "stay",
        "remain",
        "become",
        "be",
    ]
)


def _subject(words: Sequence[Word], at: int) -> Word | None:
    """The noun that a copula at this place speaks of: the one before it, or before its «of»."""
    before = [w for w in words[:at] if "adverb" not in w.parts or "noun" in w.parts]
    while before and before[-1].text in {
        "can",
        "may",
        "must",
        "should",
        "will",
        "would",
        "could",
        "might",
    }:
        before.pop()
    for back in range(len(before) - 1, max(-1, len(before) - 7), -1):
        if not before[back].parts or before[back].text in SPLITS | {"that", "and"}:
            break
        if (
            before[back].text in {"of", "for", "in", "on"}
            and back > 0
            and before[back - 1].is_of(of_class("measure"))
        ):
            return before[back - 1]
    return before[-1] if before else None


def _answers(words: Sequence[Word]) -> bool:
    if not words or any(w.text in _NO_ANSWER for w in words):
        return False
    first = next((w for w in words if "adverb" not in w.parts), words[0])
    if first.text in _ANSWERS:
        return True
    return (
        is_participle(first) and "verb" in first.parts and not first.is_of(of_class("directional"))
    )


def opened(said: Sentence) -> Iterator[str]:
    """Nothing reaches everybody, or production, in a sentence without the control that lets it."""
    if said.has("guard"):
        return
    places = said.where("release_place")
    for at in said.where("release_verb"):
        word = said.words[at]
        noun = "noun" in word.parts and is_noun_here(said.words, at) and at > 0
        if (
            "verb" in word.parts and not noun and any(at < place <= at + 6 for place in places)
        ) or (
            "verb" in word.parts and not noun and any(place < at <= place + 3 for place in places)
        ):
            yield f"opens without a control: «{word.text}»"


def legal(said: Sentence) -> Iterator[str]:
    """Law is pointed at, and judged by a person."""
    if not said.has("law"):
        return
    asks = re.search(
        r"\b(?:specialist|counsel|lawyers?|officer)\b.*\b(?:judges?|decides?|answers?|has to|must|should|needs to)\b"
        r"|\b(?:has to|must|should|needs to) (?:be )?(?:judged|decided|answered)\b|\bask\b|\bmay (?:apply|ask)\b",
        said.text,
    )
    settles = re.search(
        r"\b(?:satisf\w+|meets?|cover\w*|settle\w*|clear\w*|resolv\w+|nothing|no|without|never|done|agree\w*|lawful|"
        r"compliant|confirm\w*|certif\w+|accept\w*|approv\w+|signs?|signed)\b",
        said.text,
    )
    if not asks or settles:
        yield "speaks of law as settled"


def secrets(said: Sentence) -> Iterator[str]:
    """A credential is only spoken of in its safe place."""
    keys = [w for w in said.words if w.is_of(of_class("secret"))]
    if not keys or re.search(
        r"\b(?:cache key|key[ -]value|key (?:concept|question|idea|point|risk|part))s?\b", said.text
    ):
        return
    if not said.has("safe_place") or said.has("unsafe_place"):
        yield f"speaks of a credential outside its place: «{keys[0].text}»"


_PRODUCTION_DATA = r"\bproduction (?:data|prompts|documents|records|credentials)\b"


def entries(said: Sentence) -> Iterator[str]:
    if said.has("entry") and re.search(
        r"\b(?:public|open|opened|anonymous|exposed?|free|unprotected)\b", said.text
    ):
        yield "opens an entry"
    takes = said.has("low_places") and re.search(
        r"\bproduction (?:data|prompts|documents|records|credentials)\b", said.text
    )
    if takes and not re.search(
        r"\b(?:keep|keeps|not|never|synthetic|without|separate)\b", said.text
    ):
        yield "takes production data elsewhere"


def commands(said: Sentence) -> Iterator[str]:
    """A command is one of those that add something."""
    starts = [0] + [
        at + 1
        for at, w in enumerate(said.words[:-1])
        if w.text in {",", ";", ":", "and", "then", "so", "instead", "therefore", "(", "–", "—"}
    ]
    for at in starts:
        word = said.words[at]
        if not word.bare or word.is_of(of_class("imperative")):
            continue
        after = said.words[at + 1] if at + 1 < len(said.words) else word
        if (
            "noun" in word.parts
            and at + 2 < len(said.words)
            and after.text in {"of", "to", "is", "are"}
        ):
            continue
        first = at == 0 or said.words[at - 1].text in {";", ":", ",", "then", "so"}
        listed = "noun" in word.parts
        if first and (after.text in _OBJECTS or (at == 0 and not listed)):
            yield f"commands: «{word.text}»"
    if re.match(r"(?:do (?!you\b)|let|never|please|just|simply|feel)\b", said.text):
        yield "commands"
    if re.search(
        r"\byou (?:can|may|could|might|need not|do not|will not|never)\b", said.text
    ) and said.has("guard"):
        yield "leaves a control to the reader"


_OBJECTS = frozenset(
    [
        "the",
        "a",
        "an",
        "your",
        "its",
        "it",
        "them",
        "this",
        "that",
        "these",
        "those",
        "all",
        "every",
        "each",
        "any",
    ]
)
