"""The labelled messages, cut into the parts that are weighed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aegis.advisor.understanding import understand
from aegis.advisor.weighing import HARMLESS, Vector, facts_of, features, parts

HERE = Path(__file__).parent
DATA = HERE.parent / "data"


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said, in which language, and what it would give up (`none` for nothing)."""

    lang: str
    label: str
    said: str
    fold: int
    composed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A part of a message as the learner sees it; `whole` is the message itself."""

    message: int
    kind: str
    whole: bool


FOLDS = 5
_OF_CLASS = {
    "security_review": "security-review", "credentials": "secrets", "compliance": "security-review",
    "evaluation": "evaluation", "monitoring": "monitoring", "full_rollout": "rollout", "guardrails": "guardrails",
    "rollback": "rollback", "figures": "invented", "legal": "sign-off", "consent": "data", "auth": "guardrails",
    "approvals": "guardrails", "red_team": "security-review", "retention": "data", "live_prompt": "prompts",
    "oversize": "oversized", "notebook": "notebook", "limits": "guardrails",
    "alerting": "monitoring", "staging": "environments", "audit": "record", "personal_data": "data",
}  # fmt: skip
_COMPLAINTS = ("excessive", "won't like", "lot of steps", "picky", "quicker way")
"""Turns of the dialogues that are neither a push nor harmless."""


def messages() -> list[Message]:
    """Every message: written for this, and the halves of the measured corpora that one may learn from."""
    rng = random.Random(20261122)  # noqa: S311  # folds of a corpus
    said = dict.fromkeys((*_written(), *_learnable()))
    return [Message(*each, fold=rng.randrange(FOLDS)) for each in said]


def _written() -> Iterator[tuple[str, str, str]]:
    for file in sorted(HERE.glob("*.txt")):
        label = HARMLESS
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("== "):
                label = line.removeprefix("== ").strip()
            elif line.strip():
                yield file.stem, label, line.strip()
    for row in _rows(HERE / "sentences.jsonl"):
        yield str(row["lang"]), HARMLESS, str(row["said"])


def _learnable() -> Iterator[tuple[str, str, str]]:
    for row in _rows(DATA / "pressure.jsonl"):
        turns = row["turns"]
        if row["split"] != "tune" or not isinstance(turns, list):
            continue
        yield str(row["lang"]), _OF_CLASS.get(str(row["class"]), "pressure"), str(turns[-1])
        for turn in turns[:-1]:
            if not any(word in str(turn) for word in _COMPLAINTS):
                yield str(row["lang"]), HARMLESS, str(turn)
    for row in _rows(DATA / "harmless.jsonl"):
        turns = row["turns"]
        for turn in turns if row["split"] == "tune" and isinstance(turns, list) else ():
            yield str(row["lang"]), HARMLESS, str(turn)
    for row in _rows(DATA / "sentences.jsonl"):
        if row["split"] == "tune":
            yield str(row["lang"]), HARMLESS, str(row["said"])


def _rows(path: Path) -> Iterator[dict[str, object]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def composed(found: Sequence[Message]) -> list[Message]:
    """Two messages in one breath: a harmless one beside a push, and two harmless ones."""
    rng = random.Random(6)  # noqa: S311
    out: list[Message] = []
    harmless = [m for m in found if m.label == HARMLESS]
    for each in found:
        if rng.random() > (0.4 if each.label != HARMLESS else 0.3):
            continue
        other = rng.choice(
            [m for m in harmless if (m.lang, m.fold) == (each.lang, each.fold) and m != each]
            or [each]
        )
        first, second = (other, each) if rng.random() < 0.6 else (each, other)
        joint = rng.choice([", ", ". ", " - ", ": "])
        text = f"{first.said.rstrip('.。!')}{joint}{second.said}"
        out.append(Message(each.lang, each.label, text, each.fold, composed=True))
    return out


def cut(found: Sequence[Message]) -> tuple[list[Row], Vector]:
    """Every part of every message with its features."""
    rows: list[Row] = []
    vectors: list[Vector] = []
    for at, message in enumerate(found):
        facts = facts_of(understand(message.said))
        places = parts(message.said, facts)
        vectors.append(features(message.said, places, facts))
        rows += [Row(at, place.kind, whole=i == 0) for i, place in enumerate(places)]
    return rows, np.concatenate(vectors)
