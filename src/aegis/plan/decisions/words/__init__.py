"""What people who have run each kind of system say about a choice, one module a voice."""

from __future__ import annotations

import importlib
from functools import cache

from aegis.plan.decisions.told import Told, Words

VOICES = (
    "agent", "batch", "citizens", "clinical", "completion", "desk", "embedding", "fraud", "managed",
    "on-device", "rag", "ranking", "reranking", "robotics", "scale", "speech", "tutor", "vision",
)  # fmt: skip


@cache
def _table(voice: str) -> Words:
    """Only the module that is asked for is loaded: a plan speaks with one voice."""
    if voice not in VOICES:
        return {}
    table: Words = importlib.import_module(f"{__name__}.{voice.replace('-', '_')}").WORDS
    return table


def words(voice: str, decision: str) -> Told | None:
    """The words of a voice for a decision; None when the common ones are good enough."""
    return _table(voice).get(decision)
