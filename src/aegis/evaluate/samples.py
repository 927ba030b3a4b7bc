"""Samples: JSON lines with what is asked, what is right, and what belongs together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue

from aegis.base.model import Frozen
from aegis.evaluate.jsonlines import parse_lines

SampleId: TypeAlias = Annotated[str, Field(coerce_numbers_to_str=True, min_length=1)]


class Turn(Frozen):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


Input: TypeAlias = str | tuple[Turn, ...] | tuple[float, ...] | dict[str, JsonValue]


class Sample(Frozen):
    """One item of a data set.

    `input` is a text, a conversation, a row of numbers, or named features of a classic model.
    """

    id: SampleId
    input: Input
    target: str | float | tuple[str, ...] | None = Field(
        default=None, description="the right answer, or several that are all right"
    )
    cluster: str | None = Field(default=None, description="samples of one document or user")
    slice: str | None = Field(default=None, description="the group it is reported with")
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False, description="how much it counts")
    context: tuple[str, ...] = Field(default=(), description="passages the answer must rest on")
    metadata: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def targets(self) -> tuple[str, ...]:
        """Every right answer, as text; none where the sample has no target."""
        if self.target is None:
            return ()
        return self.target if isinstance(self.target, tuple) else (_text(self.target),)

    @property
    def question(self) -> str:
        """What is asked, as one text: the last turn of the user, or the input as it stands."""
        if isinstance(self.input, str):
            return self.input
        if isinstance(self.input, tuple):
            turns = [turn for turn in self.input if isinstance(turn, Turn)]
            asked = [turn.content for turn in turns if turn.role == "user"]
            if turns:
                return asked[-1] if asked else turns[-1].content
        return json.dumps(self.input, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """The samples that could be read, and what is wrong with the other lines."""

    samples: tuple[Sample, ...]
    problems: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over what the samples say; neither their order nor the spelling of JSON counts.

        >>> one, two = Sample(id="a", input="x"), Sample(id="b", input="y")
        >>> Dataset(samples=(one, two)).digest == Dataset(samples=(two, one)).digest
        True
        """
        lines = sorted(
            json.dumps(sample.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
            for sample in self.samples
        )
        return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_samples(lines: Iterable[str], *, path: str) -> Dataset:
    """The data set of a JSONL file; of two samples with one id the first counts.

    >>> read_samples(['{"id": 1, "input": "2+2?", "target": "4"}', '{"id": 2}'],
    ...     path="d.jsonl").problems
    ('d.jsonl:2: input: Field required',)
    """
    problems: list[str] = []
    samples: dict[str, Sample] = {}
    for number, sample in parse_lines(lines, Sample.model_validate, path=path, problems=problems):
        if sample.id in samples:
            problems.append(
                f"{path}:{number}: sample `{sample.id}` is there twice; the first counts"
            )
        else:
            samples[sample.id] = sample
    return Dataset(samples=tuple(samples.values()), problems=tuple(problems))


def _text(value: str | float) -> str:
    """A target as the text that an answer is compared with; a whole number has no point."""
    return f"{value:g}" if isinstance(value, float) else value
