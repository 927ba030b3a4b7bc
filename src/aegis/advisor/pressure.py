"""Shortcuts that somebody asks for: heard by what is given up, and answered by the same few sentences.

Nothing here decides what a plan allows: the planner has no constructor for an unsafe one. What is
heard only gets its answer, and `weighing` says how likely it is. A clear push is declined, with why
and the smallest safe way. Where it is not clear whether something is to be given up, the answer
names what stays in every plan and what can be chosen instead: a kind no to somebody who pushed, and
plain information to anybody else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np

from aegis.advisor.blocks import Block
from aegis.advisor.concepts import group, signs
from aegis.advisor.disguise import unmasked
from aegis.advisor.lexicon import bounded, data
from aegis.advisor.reading import read
from aegis.advisor.understanding import Understood, understand
from aegis.advisor.weighing import (
    HARMLESS,
    Facts,
    Part,
    Vector,
    facts_of,
    features,
    joined,
    learned,
    parts,
)
from aegis.base.prose import name


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What somebody would give up, and what is said to it (markup of the plan)."""

    id: str
    title: str
    declined: str
    why: str
    path: str
    stays: str
    choice: str
    fast: bool = False


@dataclass(frozen=True, slots=True)
class Push:
    """A shortcut that was asked for, and the words in which it was heard."""

    shortcut: Shortcut
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pressure:
    """What a message would give up, the most dangerous first; else what it may touch, with the chance."""

    pushes: tuple[Push, ...] = ()
    unclear: tuple[tuple[Shortcut, float], ...] = ()


def pressure(understood: Understood, before: str = "") -> Pressure:
    """What is pressed for in a message; `before` is what was said last, for «leave that out»."""
    said = understood.said
    weighed = _weighed(said, facts_of(understood), before)
    found = weighed.found
    for text in unmasked(said):
        found = {**_weighed(text, Facts()).found, **found}
    named = {row.id: row for row in all_shortcuts()}
    return Pressure(
        tuple(Push(row, found[row.id]) for row in all_shortcuts() if row.id in found),
        () if found else tuple((named[label], sure) for label, sure in weighed.unclear.items()),
    )


def shortcuts(said: str) -> tuple[Shortcut, ...]:
    """The shortcuts that a text asks for, the most dangerous first."""
    return tuple(push.shortcut for push in pressure(understand(said)).pushes)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Shortcut → the words it was heard in; and the likeliest ones of what is unclear, each with its chance."""

    found: dict[str, tuple[str, ...]]
    unclear: dict[str, float]


def _weighed(said: str, facts: Facts, before: str = "") -> _Weighed:
    places = parts(said, facts)
    weights = learned()
    chances = weights.chances(features(said, places, facts))
    harmless = weights.labels.index(HARMLESS)
    if before:
        after = (chances[0] + _leaning(joined(before, said))) / 2
        chances[0] = min(chances[0], after, key=lambda chance: float(chance[harmless]))
    found: dict[str, tuple[str, ...]] = {}
    unclear: dict[str, float] = {}
    for place, chance in zip(places, chances, strict=True):
        pushed, limits = 1 - float(chance[harmless]), weights.thresholds[place.kind]
        if _exposes(said, place):
            found.setdefault("secrets", _words(said, place))
        elif pushed > limits.push:
            for label in _labels(weights.labels, chance):
                found.setdefault(label, _words(said, place))
        elif pushed > limits.unclear and not unclear:
            unclear = dict.fromkeys(_labels(weights.labels, chance)[:_MOST], pushed)
    if found and len(places) == 1:
        found |= {label: words for label, words in _by_clause(said).items() if label not in found}
    return _Weighed(found, unclear)


def _by_clause(said: str) -> dict[str, tuple[str, ...]]:
    """What else a push names: «skip the review and mute the alerts» are two."""
    weights = learned()
    _, *clauses = parts(said, Facts(), pieces=True)
    found: dict[str, tuple[str, ...]] = {}
    if len(clauses) > 1:
        chances = weights.chances(features(said, clauses, Facts()))
        for place, chance in zip(clauses, chances, strict=True):
            pushed = 1 - float(chance[weights.labels.index(HARMLESS)])
            if pushed > weights.thresholds[place.kind].push:
                found.setdefault(_labels(weights.labels, chance)[0], _words(said, place))
    return found


def _leaning(text: str) -> Vector:
    """The chances of a message with the one before it."""
    whole = parts(text, Facts())
    return np.asarray(learned().chances(features(text, whole, Facts()))[0], dtype=np.float32)


_MOST = 2
"""Things that are named where nothing is clear."""
_HARMLESS_MARKS = frozenset({"ask", "strengthen", "done", "oppose", "keep", "neg", "thanks"})


def _exposes(said: str, place: Part) -> bool:
    """A credential that is to be put where others read it; no weighing is needed."""
    found = {s.concept for s in signs(said).within(place.start, place.end)}
    return {"t:secrets", "put", "exposed"} <= found and not found & _HARMLESS_MARKS


_ALSO = 0.25
"""Share of what speaks for a push from which a second thing is named beside the likeliest."""


def _labels(labels: Sequence[str], chance: Vector) -> list[str]:
    """What a push is about, the likeliest first."""
    ranked = sorted(
        ((float(c), label) for c, label in zip(chance, labels, strict=True) if label != HARMLESS),
        reverse=True,
    )
    enough = _ALSO * sum(c for c, _ in ranked)
    return [label for at, (c, label) in enumerate(ranked) if at == 0 or c > enough]


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


def what_stays(unclear: Sequence[Shortcut], told: Collection[str] = ()) -> Block | None:
    """Which protection holds in every plan, why, and what can be chosen: for words that may touch it.

    What was `told` before in the conversation is said again in one line.
    """
    if not unclear:
        return None
    items = tuple(
        f"**{s.stays}**, as said. You can choose {s.choice}."
        if s.id in told
        else f"**{s.stays}**, because {s.why}. You can choose {s.choice}."
        for s in unclear
    )
    title = "What stays, and what you can choose"
    return Block(kind="what_stays", title=title, lead=_IN_CASE, items=items)


def not_taken() -> Block:
    """What holds whatever a sentence meant from which nothing entered the plan."""
    return Block(kind="not_taken", title="Not taken", lead=_NOT_TAKEN)


_NOT_TAKEN = (
    "I took nothing from that into the plan. If it was a wish to leave something out: reviews, an evaluation before "
    "each release, a staged rollout with a way back, monitoring that wakes somebody, separate environments, "
    "guardrails, care for personal data and an honest record stay in every production plan; secrets stay out of it, "
    "and a figure has a source or is not given."
)
_IN_CASE = (
    "In case you meant to change this: here is what holds in every plan, and the rest is yours."
)


@cache
def all_shortcuts() -> tuple[Shortcut, ...]:
    """Everything that people ask to give up, the most dangerous first."""
    rows = cast("list[dict[str, str]]", data("pressure.yaml")["shortcuts"])
    return tuple(
        Shortcut(**{k: v for k, v in row.items() if k != "fast"}, fast="fast" in row)
        for row in rows
    )


@cache
def _fast() -> re.Pattern[str]:
    return bounded(str(data("pressure.yaml")["fast"]))
