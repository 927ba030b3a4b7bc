"""Claims about measured quantities, law, credentials and access; openings without a control; commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.review.prose.sentence import (
    DETERMINERS,
    SPLITS,
    Sentence,
    is_noun_here,
    is_participle,
    of_class,
)
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
            yield f"says what a quantity is: «{subject.text}»"
    for at in sorted({*said.where("degree"), *said.where("praise")}):
        if _says_how_much(said, at):
            yield f"says how much: «{said.words[at].text}»"
    if said.has("dear") and re.search(r"\bthan\b", said.text):
        yield "compares what was not measured"
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
    before = said.words[at - 1].text if at else ""
    if before in DETERMINERS or (after is not None and after.parts & {"noun", "adjective", "name"}):
        return after is not None and after.is_of(of_class("measure"))
    praised = said.words[at].is_of(of_class("praise")) and said.has("guard")
    return praised or any(_is_a_quantity(said.words, m) for m in said.where("measure"))


def _is_a_quantity(words: Sequence[Word], at: int) -> bool:
    """Whether a word of a measured quantity is the noun and not the verb («spend them on labels»)."""
    return "verb" not in words[at].parts or is_noun_here(words, at)


def likened(said: Sentence) -> Iterator[str]:
    """A quantity is not said by the likeness of a thing that has nothing to do with it."""
    things = [at for at, w in enumerate(said.words) if w.general and "noun" in w.parts]
    marks = said.where("likens")
    for thing in things:
        if any(mark < thing <= mark + 7 for mark in marks) and (
            said.has("quantity") or said.has("dear")
        ):
            yield f"a likeness: «{said.words[thing].text}»"
    of = re.search(r"\b(?:is|are) (?:that|those|the \w+) of (?:an? )?(\w+)", said.text)
    if of and said.has("measure") and any(said.words[t].text == of[1] for t in things):
        yield f"a likeness: «{of[1]}»"
    size = re.search(
        r"\b(?:size|price|cost|speed|weight|gap|difference|length) (?:of|between) (?:an?|the) (\w+)(?: (\w+))?",
        said.text,
    )
    if size and any(said.words[t].text in size.groups() for t in things):
        yield f"a likeness: «{size[1]}»"
    if said.has("comes"):
        spans = [
            at
            for at, w in enumerate(said.words)
            if w.text in {"before", "while", "between", "until", "where", "as"}
        ]
        found = next((t for t in things for span in spans if span < t <= span + 7), None)
        if found is not None:
            yield f"a time by likeness: «{said.words[found].text}»"


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
            "verb" in word.parts
            and not noun
            and not word.bare
            and any(place < at <= place + 3 for place in places)
        ):
            yield f"opens without a control: «{word.text}»"


def legal(said: Sentence) -> Iterator[str]:
    """Law is pointed at, and judged by a person."""
    if not said.has("law"):
        return
    if _CONSULTS.search(said.text) and not _SETTLES.search(said.text):
        return
    asks = re.search(
        r"\b(?:specialist|counsel|lawyers?|officer|department)\b.*\b(?:judges?|decides?|answers?|has to|"
        r"must|should|needs to)\b"
        r"|\b(?:has to|must|should|needs to) (?:be )?(?:judged|decided|answered)\b|\bask\b|\bmay (?:apply|ask)\b"
        r"|\bquestions? for\b|\binvolve\b|\bwill ask\b|\blegal (?:department|team|question|hold|advice|boundary)\b",
        said.text,
    )
    claims = re.search(
        r"\b(?:legal|legally|lawful|compliant|certified|compliance|certification|jurisdiction)\b",
        said.text,
    )
    settles = re.search(
        r"\b(?:satisf\w+|meets?|cover\w*|settle\w*|clear\w*|resolv\w+|nothing|no|without|never|done|agree\w*|lawful|"
        r"compliant|confirm\w*|certif\w+|accept\w*|approv\w+|signs?|signed|likes?|loves?|pleases?|happy|fine|pass(?:es|ed)?|"
        r"allows?|permits?|fits?|conforms?|fulfils?|respects?|compl(?:y|ies)|problem|issue|trouble|worry|ignores?|not|"
        r"applies)\b",
        said.text,
    )
    if settles or (claims and not asks) or (not asks and said.where("law")[0] < _SUBJECT):
        yield "speaks of law as settled"


_CONSULTS = re.compile(
    r"(?:^|[,;] |\bso )(?:ask|let|have|bring|involve|raise|agree|check|confirm|read|find out|treat)\b.{0,60}"
    r"\b(?:counsel|lawyers?|legal|compliance|privacy (?:team|officer)|specialists?|auditors?|regulatory affairs)\b"
)
_SETTLES = re.compile(
    r"\b(?:satisf\w+|meets?|settle\w*|resolv\w+|nothing|no|without|already|done|lawful|compliant|certif\w+|happy|fine|"
    r"later|after|afterwards|only|skip|launch|exempt|enough|once|when)\b"
)
_SUBJECT = 4  # words; what stands there is what a sentence speaks of


def secrets(said: Sentence) -> Iterator[str]:
    """A credential is only spoken of in its safe place."""
    keys = [w for w in said.words if w.is_of(of_class("secret"))]
    if not keys or re.search(
        r"\b(?:(?:cache|idempotency|partition|routing|primary|sort) keys?|in the key|key on|key[ -]value|"
        r"key (?:concept|question|idea|point|risk|part))s?\b",
        said.text,
    ):
        return
    if not said.has("safe_place") or said.has("unsafe_place"):
        yield f"speaks of a credential outside its place: «{keys[0].text}»"


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
    if re.match(r"(?:never|please|just|simply|feel)\b", said.text) or _LETS_GO.search(said.text):
        yield "commands"
    if re.search(
        r"\byou (?:can|may|could|might|need not|do not|will not|never)\b", said.text
    ) and said.has("guard"):
        yield "leaves a control to the reader"


_LETS_GO = re.compile(
    r"\b(?:do not|don't|never|no need to) (?:\w+ly )?(?:worry|wait|bother|overthink|hesitate|fear|ask|"
    r"need|care|mind|fret|"
    r"fuss|stop|think|look|check|test|review|measure|watch|evaluate|delay|involve|insist|block|slow|obsess|panic|get|be)\b"
    r"|(?:^|[,;:] )let (?:it|them|him|her|us|me|users|customers|people|traffic|"
    r"(?:the|an?|your|its) (?:\w+ )?(?:agent|assistant|bot|model))\b"
)
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
