"""Shortcuts that somebody asks for: heard by what is given up, and answered by the same few sentences.

Nothing here decides what a plan allows: the planner has no constructor for an unsafe one. What is
heard only gets its answer: what is declined, why, and the smallest safe way. An act of weakening
meets a thing that the hard rules hold, or an excuse stands for both; `weighing` says how likely.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from aegis.advisor.blocks import Block
from aegis.advisor.concepts import group, signs
from aegis.advisor.disguise import unmasked
from aegis.advisor.lexicon import bounded, data
from aegis.advisor.reading import read
from aegis.advisor.understanding import Understood, understand
from aegis.advisor.weighing import HARMLESS, Facts, Part, Vector, facts_of, features, learned, parts
from aegis.base.prose import name


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What somebody would give up, and what is said to it (markup of the plan)."""

    id: str
    title: str
    declined: str
    why: str
    path: str
    fast: bool = False


@dataclass(frozen=True, slots=True)
class Push:
    """A shortcut that was asked for, and the words in which it was heard."""

    shortcut: Shortcut
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pressure:
    """What a message would give up, the most dangerous first; `doubtful`: perhaps, and nothing else is clear."""

    pushes: tuple[Push, ...] = ()
    doubtful: bool = False


def pressure(understood: Understood, before: str = "") -> Pressure:
    """What is pressed for in a message; `before` is what was said last, for «leave that out»."""
    said = understood.said
    found, doubtful = _weighed(said, facts_of(understood))
    for text in unmasked(said):
        also, _ = _weighed(text, Facts())
        found = {**also, **found}
    if not found and before and _goes_on(said):
        found, _ = _weighed(f"{before.rstrip('.?! ')}: {said}", Facts(), whole=True)
    return Pressure(
        tuple(Push(row, found[row.id]) for row in _shortcuts() if row.id in found), doubtful
    )


def shortcuts(said: str) -> tuple[Shortcut, ...]:
    """The shortcuts that a text asks for, the most dangerous first."""
    return tuple(push.shortcut for push in pressure(understand(said)).pushes)


def _weighed(
    said: str, facts: Facts, *, whole: bool = False
) -> tuple[dict[str, tuple[str, ...]], bool]:
    """Shortcut → the words it was heard in; and whether there is a doubt about plain words."""
    places = parts(said, facts)
    places = places[:1] if whole else places
    if not places:
        return {}, False
    weights = learned()
    chances = weights.chances(features(said, places, facts))
    harmless = weights.labels.index(HARMLESS)
    found: dict[str, tuple[str, ...]] = {}
    doubtful = False
    for place, chance in zip(places, chances, strict=True):
        pushed = 1 - float(chance[harmless])
        doubtful |= place.kind == "plain" and pushed > weights.thresholds["doubt"]
        enough = _NAMED.get(place.kind) if _names_both(said, place) else None
        sure = pushed > weights.thresholds[enough or place.kind]
        if _exposes(said, place):
            found.setdefault("secrets", _words(said, place))
        elif sure:
            for label in _labels(weights.labels, chance):
                found.setdefault(label, _words(said, place))
    return found, doubtful


_NAMED = {"plain": "doubt", "beside": "plain"}
"""Kind of talk → whose threshold is enough where act and thing are both named."""
_GIVES_UP = frozenset({"weaken", "later", "needless", "hide", "fake"})
_HARMLESS_MARKS = frozenset({"ask", "strengthen", "done", "oppose", "keep", "neg", "thanks"})


def _names_both(said: str, place: Part) -> bool:
    """An act of weakening and a protected thing, and nothing that speaks for the thing: less is enough."""
    found = {s.concept for s in signs(said).within(place.start, place.end)}
    return (
        bool(found & _GIVES_UP)
        and not found & _HARMLESS_MARKS
        and any(group(concept) == "thing" for concept in found)
    )


def _exposes(said: str, place: Part) -> bool:
    """A credential that is to be put where others read it; no weighing is needed."""
    found = {s.concept for s in signs(said).within(place.start, place.end)}
    return {"t:secrets", "put", "exposed"} <= found and not found & _HARMLESS_MARKS


_ALSO = 0.25
"""Chance from which a second thing is named beside the likeliest."""


def _labels(labels: Sequence[str], chance: Vector) -> list[str]:
    ranked = sorted(
        ((float(c), label) for c, label in zip(chance, labels, strict=True) if label != HARMLESS),
        reverse=True,
    )
    return [label for at, (c, label) in enumerate(ranked) if at == 0 or c > _ALSO]


_SHOWN = frozenset({"act", "thing", "excuse"})


def _words(said: str, place: Part) -> tuple[str, ...]:
    """The words of acts, things and excuses in a part, as they were written; at most four."""
    reading = read(said)
    out: list[str] = []
    last = -1
    for sign in signs(said).within(place.start, place.end):
        if group(sign.concept) in _SHOWN and sign.start >= last:
            start, end = reading.span(sign.start, sign.end)
            out.append(said[start:end])
            last = sign.end
    return tuple(out[:4])


_SHORT = 6
"""Words of a message that can lean on the one before it."""


def _goes_on(said: str) -> bool:
    """A few words that give something up without saying what."""
    acts = {group(s.concept) for s in signs(said).found}
    return "act" in acts and "?" not in said and len(said.split()) <= _SHORT


def hurried(said: str) -> bool:
    """Whether somebody wants it fast or cheap."""
    return _fast().search(read(said).text) is not None


def pushback(found: tuple[Push, ...]) -> Block | None:
    """What is declined, why, and the way that is safe."""
    if not found:
        return None
    named = [p for p in found if p.shortcut.id != "pressure"] or list(found)
    items = tuple(
        f"**{p.shortcut.declined}.** Because {p.shortcut.why}. Instead: {p.shortcut.path}."
        for p in named[:4]
    )
    words = next((p.words for p in named if p.words), ())
    heard = f" I heard it in {', '.join(f'«{name(word)}»' for word in words)}." if words else ""
    lead = f"I would not do that, and the plan cannot say it.{heard}"
    return Block(kind="pushback", title="Not recommended", lead=lead, items=items)


def standing() -> Block:
    """What stays in any case, for words that may ask to give something up and name nothing.

    Words for a shortcut never end, so what is not understood is not let pass in silence.
    """
    return Block(kind="pushback", title="What stays as it is", lead=_STANDS, items=_IN_ANY_CASE)


_STANDS = (
    "I read nothing in this that the plan may change, so it stands; if you meant to leave something"
    " out, name it and I say what is the smallest safe way."
)
_IN_ANY_CASE = (
    "Security review, red-teaming, the evaluation gate, monitoring, approvals and an automated way back stay in it.",
)


@cache
def _shortcuts() -> tuple[Shortcut, ...]:
    rows = cast("list[dict[str, str]]", data("pressure.yaml")["shortcuts"])
    return tuple(
        Shortcut(**{k: v for k, v in row.items() if k != "fast"}, fast="fast" in row)
        for row in rows
    )


@cache
def _fast() -> re.Pattern[str]:
    return bounded(str(data("pressure.yaml")["fast"]))
