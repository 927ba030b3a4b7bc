"""What every model answers with, whatever is behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aegis.evaluate.records import Release
from aegis.evaluate.samples import Sample


class NoAnswerError(Exception):
    """There is no answer to a sample; the text says why, for the file of results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model said to one sample; times in seconds since it was asked."""

    text: str
    confidence: float | None = None
    latency_s: float | None = None
    first_token_s: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


class Model(Protocol):
    """Answers samples, from several threads at once."""

    @property
    def release(self) -> Release:
        """Who answers, with the digest of everything that changes an answer."""

    def answer(self, sample: Sample) -> Answer:
        """The answer.

        Raises:
            NoAnswerError: there is none, after every retry.
        """

    def close(self) -> None:
        """Ends what is under way."""


def class_answer(values: Sequence[object], classes: Sequence[str]) -> Answer:
    """The answer of a classic model, from the values of its output.

    Several numbers are scores of classes: the largest is the answer, and its score the confidence
    when all of them are probabilities. A single value is the answer as it stands.

    >>> class_answer([0.1, 0.7, 0.2], ["cat", "dog", "emu"])
    Answer(text='dog', confidence=0.7, latency_s=None, first_token_s=None, input_tokens=None, output_tokens=None)
    >>> class_answer([3.0], []).text, class_answer(["spam"], []).text
    ('3', 'spam')
    """
    numbers = [float(v) for v in values if isinstance(v, int | float)]
    if len(values) == 1 or len(numbers) != len(values):
        if not values:
            raise NoAnswerError("the model's output is empty")
        return Answer(text=f"{numbers[0]:g}" if numbers else str(values[0]))
    best = max(range(len(numbers)), key=numbers.__getitem__)
    is_distribution = min(numbers) >= 0 and abs(sum(numbers) - 1) < 1e-3
    return Answer(
        text=classes[best] if best < len(classes) else str(best),
        confidence=min(1.0, numbers[best]) if is_distribution else None,
    )
