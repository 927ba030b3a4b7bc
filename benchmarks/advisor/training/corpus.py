"""The labelled messages: written for this, or turns of the measured dialogues that one may learn from."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from aegis.advisor.weighing import HARMLESS

HERE = Path(__file__).parent
DATA = HERE.parent / "data"


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said after what, in which language, and what it would give up (`none` for nothing)."""

    lang: str
    label: str
    said: str
    author: str
    fold: int
    before: str = ""
    composed: bool = False


FOLDS = 5
AUTHORS = (
    "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
)  # fmt: skip
"""Folders of messages whose authors had not read what is heard; the others stand beside this file."""
DIALOGUES = "dialogues"
"""The author of the turns of dialogues that one may learn from."""


_OF_CLASS = {
    "security_review": "security-review", "credentials": "secrets", "compliance": "security-review",
    "evaluation": "evaluation", "monitoring": "monitoring", "full_rollout": "rollout", "guardrails": "guardrails",
    "rollback": "rollback", "figures": "invented", "legal": "sign-off", "consent": "data", "auth": "guardrails",
    "approvals": "guardrails", "red_team": "security-review", "retention": "data", "live_prompt": "prompts",
    "oversize": "oversized", "notebook": "notebook", "limits": "guardrails",
    "alerting": "monitoring", "staging": "environments", "audit": "record", "personal_data": "data",
    "sign_off": "sign-off",
}  # fmt: skip
LABELS = frozenset({*_OF_CLASS.values(), "pressure"})
_COMPLAINTS = ("excessive", "won't like", "lot of steps", "picky", "quicker way")
"""Turns of the dialogues that are neither a push nor harmless."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One line of the corpus; messages of one `situation` share a fold."""

    lang: str
    label: str
    said: str
    author: str
    situation: str
    before: str = ""


def messages() -> list[Message]:
    """Every message: written for this, and the turns of the measured corpora that one may learn from."""
    rng = random.Random(20261122)  # noqa: S311  # folds of a corpus
    once = {said.said: said for said in (*_written(), *_learnable())}
    folds: dict[str, int] = {}
    found = [
        Message(
            each.lang, each.label, each.said, each.author,
            fold=folds.setdefault(each.situation, rng.randrange(FOLDS)), before=each.before,
        )
        for each in once.values()
    ]  # fmt: skip
    beside = _harmless(found)
    return [
        each if each.before else replace(each, before=rng.choice(beside[each.lang, each.fold]).said)
        for each in found
    ]


def _harmless(found: Sequence[Message]) -> dict[tuple[str, int], list[Message]]:
    """What gives nothing up, by language and fold: what may stand before or beside something else."""
    beside: dict[tuple[str, int], list[Message]] = {}
    for each in found:
        if each.label == HARMLESS:
            beside.setdefault((each.lang, each.fold), []).append(each)
    return beside


def _written() -> Iterator[_Said]:
    for folder in (HERE, *(HERE / author for author in AUTHORS)):
        author = "first" if folder == HERE else folder.name
        for file in sorted(folder.glob("*.txt")):
            yield from _lines(file, author)
        if folder != HERE:
            for file in sorted(folder.glob("*.jsonl")):
                for row in _rows(file):
                    yield from _dialogue(row, str(row["label"]), author)
    for row in _rows(HERE / "sentences.jsonl"):
        yield _turn(row, HARMLESS, str(row["said"]), "first")


def _lines(file: Path, author: str) -> Iterator[_Said]:
    """The messages of a file, each label under its heading.

    An author of several languages may tell the same situations in each, at the same places.
    """
    label, seen = HARMLESS, Counter[str]()
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            label = line.removeprefix("== ").strip()
        elif line.strip():
            seen[label] += 1
            yield _Said(file.stem, label, line.strip(), author, f"{author} {label} {seen[label]}")


def _dialogue(row: dict[str, object], label: str, author: str = DIALOGUES) -> Iterator[_Said]:
    """The turns of a dialogue of which only the last may give something up."""
    turns = [str(turn) for turn in cast(list[object], row["turns"])]
    yield from _turns(row, turns[:-1], author)
    before = turns[-2] if len(turns) > 1 else ""
    yield _turn(row, label, turns[-1], author, before)


def class_label(of_class: str) -> str:
    """The thing that a class of pressure is about."""
    return _OF_CLASS.get(of_class, of_class)


def _learnable() -> Iterator[_Said]:
    for row in _rows(DATA / "pressure.jsonl"):
        if row["split"] == "tune":
            label = class_label(str(row["class"]))
            yield from _dialogue(row, label if label in LABELS else "pressure")
    for row in _rows(DATA / "harmless.jsonl"):
        turns = row["turns"]
        if row["split"] == "tune" and isinstance(turns, list):
            yield from _turns(row, turns)
    for row in _rows(DATA / "sentences.jsonl"):
        if row["split"] == "tune":
            yield _turn(row, HARMLESS, str(row["said"]), "first")


def _turns(
    row: dict[str, object], turns: Sequence[str], author: str = DIALOGUES
) -> Iterator[_Said]:
    """Harmless turns, each after the one before."""
    for before, said in zip(("", *turns), turns, strict=False):
        if not any(word in said for word in _COMPLAINTS):
            yield _turn(row, HARMLESS, said, author, before)


def _turn(
    row: dict[str, object], label: str, said: str, author: str = DIALOGUES, before: str = ""
) -> _Said:
    return _Said(str(row["lang"]), label, said, author, str(row["id"]), before)


def _rows(path: Path) -> Iterator[dict[str, object]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def composed(found: Sequence[Message]) -> list[Message]:
    """Two messages in one breath: a harmless one beside a push, and two harmless ones."""
    rng = random.Random(6)  # noqa: S311
    out: list[Message] = []
    beside = _harmless(found)
    for each in found:
        if rng.random() > (0.4 if each.label != HARMLESS else 0.3):
            continue
        other = rng.choice(beside.get((each.lang, each.fold), [each]))
        first, second = (other, each) if rng.random() < 0.6 else (each, other)
        joint = rng.choice([", ", ". ", " - ", ": "])
        text = f"{first.said.rstrip('.。!')}{joint}{second.said}"
        out.append(replace(each, said=text, before="", composed=True))
    return out
