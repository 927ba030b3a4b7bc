"""Answers recorded by an earlier run, given again without asking anybody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from aegis.evaluate.jsonlines import parse_lines
from aegis.evaluate.models.model import Answer, NoAnswerError
from aegis.evaluate.records import Release
from aegis.evaluate.releases import identified
from aegis.evaluate.samples import Sample, SampleId


class _Recorded(BaseModel):
    """A line with an answer: of a file of results, or of anybody who wrote `id` and `answer`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: SampleId
    answer: str
    confidence: float | None = Field(default=None, ge=0, le=1)
    latency_s: float | None = None
    first_token_s: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The answers of a file, by sample."""

    path: str
    answers: Mapping[str, Answer]
    digest: str

    @property
    def release(self) -> Release:
        """Who answered is what the file holds."""
        return identified(Release(model=self.digest, protocol="replay", endpoint=self.path))

    def answer(self, sample: Sample) -> Answer:
        """The recorded answer."""
        found = self.answers.get(sample.id)
        if found is None:
            raise NoAnswerError(f"{self.path} has no answer to it")
        return found

    def close(self) -> None:
        """Nothing is under way."""


def read_replay(lines: Iterable[str], *, path: str) -> tuple[Replay, tuple[str, ...]]:
    """The answers of a file, and what is wrong with other lines.

    >>> replay, problems = read_replay(['{"id": 1, "answer": "4"}', "{}"], path="a.jsonl")
    >>> replay.answer(Sample(id="1", input="2+2?")).text, problems
    ('4', ('a.jsonl:2: id: Field required',))
    """
    problems: list[str] = []
    answers: dict[str, Answer] = {}
    for _, record in parse_lines(lines, _recorded, path=path, problems=problems):
        if record is not None:
            answers.setdefault(
                record.id,
                Answer(
                    text=record.answer, confidence=record.confidence, latency_s=record.latency_s,
                    first_token_s=record.first_token_s, input_tokens=record.input_tokens,
                    output_tokens=record.output_tokens,
                ),
            )  # fmt: skip
    told = "\n".join(f"{key}\t{answers[key].text}" for key in sorted(answers))
    digest = "sha256:" + hashlib.sha256(told.encode()).hexdigest()
    return Replay(path=path, answers=answers, digest=digest), tuple(problems)


def _recorded(value: object) -> _Recorded | None:
    """The answer of a line; the header and failures of a file of results hold none."""
    if isinstance(value, dict) and ("run" in value or "error" in value):
        return None
    return _Recorded.model_validate(value)
