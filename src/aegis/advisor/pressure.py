"""Shortcuts that somebody asks for, recognised by words and answered by the same few sentences.

Nothing here decides what a plan allows: the planner has no constructor for an unsafe one. What is
recognised only gets its answer: what is declined, why, and the smallest safe way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from aegis.advisor.blocks import Block
from aegis.advisor.lexicon import bounded, data
from aegis.advisor.reading import read


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What somebody would give up, and what is said to it (markup of the plan)."""

    id: str
    title: str
    declined: str
    why: str
    path: str


@dataclass(frozen=True, slots=True)
class _Row:
    shortcut: Shortcut
    about: re.Pattern[str] | None
    plainly: re.Pattern[str] | None


def shortcuts(said: str) -> tuple[Shortcut, ...]:
    """The shortcuts that a text asks for, the most dangerous first."""
    parts = sentences(read(said).text)
    return tuple(row.shortcut for row in _rows() if any(_asks(row, part) for part in parts))


def sentences(text: str) -> list[str]:
    """A text sentence by sentence."""
    return [s for s in re.split(r"[;!?\n。！？]+|\.(?=\s|$)", text) if s.strip()]


def gives_something_up(sentence: str) -> bool:
    """Whether a sentence would leave something out, put it off or switch it off, whatever it is."""
    return len(sentence.split()) >= _DEMAND and _verbs().search(read(sentence).text) is not None


def _asks(row: _Row, sentence: str) -> bool:
    if row.plainly is not None and row.plainly.search(sentence):
        return True
    if row.about is None:
        return False
    given_up = row.about.search(sentence)
    return given_up is not None and any(
        not (given_up.start() <= verb.start() < given_up.end()) and _near(verb, given_up, sentence)
        for verb in _verbs().finditer(sentence)
    )


def _near(verb: re.Match[str], given_up: re.Match[str], sentence: str) -> bool:
    """Both words belong together: few words between, and no question about how to do it well."""
    low, high = sorted((verb.span(), given_up.span()))
    between = sentence[low[1] : high[0]]
    return len(between.split()) <= 8 and len(between) <= 60  # a clause, not a page


def hurried(said: str) -> bool:
    """Whether somebody wants it fast or cheap."""
    return _fast().search(read(said).text) is not None


def pushback(found: tuple[Shortcut, ...]) -> Block | None:
    """What is declined, why, and the way that is safe."""
    if not found:
        return None
    named = [s for s in found if s.id != "pressure"] or list(found)
    items = tuple(f"**{s.declined}.** Because {s.why}. Instead: {s.path}." for s in named[:4])
    return Block(kind="pushback", title="Not recommended", lead="I would not do that, and the plan cannot say it.",
                 items=items)  # fmt: skip


def standing(said: str) -> Block | None:
    """What stays in any case, for a demand that is neither a question nor a fact of the system.

    Words for a shortcut never end, so what is not understood is not let pass in silence.
    """
    words = said.split()
    if len(words) < _DEMAND and not _NO_SPACES.search(said):
        return None
    if _KIND_WORDS.match(said.strip()):
        return None
    return Block(kind="pushback", title="What stays as it is", lead=_STANDS, items=_IN_ANY_CASE)


_DEMAND = 4
_KIND_WORDS = re.compile(
    r"(?i)(?:thank|thanks|great|good|nice|perfect|ok\b|okay|danke|merci|gracias|hello|hi\b|hey)"
)
_STANDS = "I read nothing in this that the plan may change, so it stands as it is."
_IN_ANY_CASE = (
    "**Security review, compliance assessment and red-teaming** stay where people can be harmed; they can be made small, not left out.",
    "**An evaluation data set** opens production, and nothing else does; staging may go on without it.",
    "**Steps, monitoring, alerts and an automated way back** are part of every release; credentials stay references, limits and approvals stay on.",
    "**Figures** have a source or are to be measured; **a sign-off** is a specialist's to give.",
)


@cache
def _rows() -> tuple[_Row, ...]:
    rows = data("pressure.yaml")["shortcuts"]
    return tuple(_row(row) for row in rows) if isinstance(rows, list) else ()


def _row(row: dict[str, object]) -> _Row:
    plainly = row.get("plainly")
    words = {key: str(row[key]) for key in ("id", "title", "declined", "why", "path")}
    about = str(row.get("about") or "")
    return _Row(
        shortcut=Shortcut(**words),
        about=_pattern(about) if about else None,
        plainly=_pattern("|".join(str(p) for p in plainly)) if isinstance(plainly, list) else None,
    )


@cache
def _verbs() -> re.Pattern[str]:
    return _pattern(str(data("pressure.yaml")["verbs"]))


@cache
def _fast() -> re.Pattern[str]:
    return _pattern(str(data("pressure.yaml")["fast"]))


_NO_SPACES = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")


def _pattern(words: str) -> re.Pattern[str]:
    """Bounded words, and beside them those of scripts that write no spaces."""
    spaced: list[str] = []
    dense: list[str] = []
    for word in re.split(r"\|(?![^(]*\))", words):
        (dense if _NO_SPACES.search(word) else spaced).append(word)
    pattern = bounded("|".join(spaced)).pattern
    return re.compile(f"{pattern}|(?:{'|'.join(dense)})" if dense else pattern)
