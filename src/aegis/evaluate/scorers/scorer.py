"""The shape of every scorer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aegis.evaluate.samples import Sample


class NoScoreError(Exception):
    """An answer cannot be judged; the text says why, for the file of results."""


@dataclass(frozen=True, slots=True)
class Score:
    """Between 0 (bad) and 1 (good), and in words why."""

    value: float
    reason: str = ""

    @classmethod
    def of(cls, passed: bool, reason: str = "") -> Score:  # noqa: FBT001  # a claim is its only fact
        """1 or 0; the reason is only told of what did not pass."""
        return cls(1.0) if passed else cls(0.0, reason)


class Scorer(Protocol):
    """Judges answers, from several threads at once."""

    @property
    def name(self) -> str:
        """As it was asked for, with its argument; results of the same name compare."""

    def score(self, sample: Sample, answer: str) -> Score:
        """How good the answer is.

        Raises:
            NoScoreError: the sample or the judge does not allow a judgement.
        """
