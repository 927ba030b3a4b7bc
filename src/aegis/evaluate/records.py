"""Result records: JSON lines, one sample each; a broken line is named and loses nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import Field, JsonValue

from aegis.base.model import Frozen
from aegis.evaluate.jsonlines import parse_lines
from aegis.evaluate.samples import SampleId


class Result(Frozen):
    """How one sample was judged; `stable` is the score of the release that runs, on the same sample."""

    id: SampleId
    score: float = Field(ge=0, le=1, description="1 passed, 0 failed, or a score between")
    stable: float | None = Field(default=None, ge=0, le=1)
    cluster: str | None = Field(default=None, description="samples of one document or user")
    slice: str | None = None
    weight: float = Field(
        default=1.0, gt=0, allow_inf_nan=False, description="how much the sample counts"
    )
    scores: dict[str, float] = Field(
        default_factory=dict, description="by scorer; `score` is the first of the run"
    )
    reason: str = Field(default="", description="why the score is what it is")
    answer: str | None = None
    confidence: float | None = Field(
        default=None, ge=0, le=1, description="how sure the model said it was"
    )
    latency_s: float | None = None
    first_token_s: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


class Failure(Frozen):
    """A sample without an answer or without a judgement; it counts as missing, never as passed."""

    id: SampleId
    error: str
    answer: str | None = None


class Release(Frozen):
    """What answered: everything that changes an answer is in the digest."""

    model: str
    protocol: str
    endpoint: str = Field(description="URL without credentials, or the file of the model")
    prompt: str = Field(default="", description="version of the prompt")
    prompt_digest: str = Field(default="", description="sha256 of the prompt")
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    digest: str = Field(default="", description="sha256 over the fields above but the endpoint")


class Run(Frozen):
    """The first line of a file that `aegis evaluate run` wrote."""

    version: int = 1
    tool: str = "aegis evaluate run"
    started: str = Field(description="ISO 8601, UTC")
    dataset: str
    dataset_digest: str = Field(description="sha256 of what the samples say")
    file_digest: str = Field(default="", description="sha256 of the file, as sha256sum prints it")
    samples: int
    release: Release
    scorers: tuple[str, ...]
    seed: int = 0
    canary: str = Field(default="", description="token that an attack had to bring out")


class _Header(Frozen):
    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The results that could be read, and what is wrong with the other lines."""

    results: tuple[Result, ...]
    problems: tuple[str, ...]
    failures: tuple[Failure, ...] = ()
    run: Run | None = None


def read_records(lines: Iterable[str], *, path: str) -> Records:
    """Results of one data set; a repeated id counts once, the first time.

    A sample that failed and was answered later counts as answered.

    >>> read_records(['{"id": "a", "score": 1}', "nonsense"], path="r.jsonl").problems
    ('r.jsonl:2: not JSON',)
    """
    results: dict[str, Result] = {}
    failures: dict[str, tuple[int, Failure]] = {}
    problems: list[str] = []
    run: Run | None = None
    for number, record in parse_lines(lines, _record, path=path, problems=problems):
        if isinstance(record, Run):
            run = record
        elif isinstance(record, Failure):
            failures[record.id] = (number, record)
        elif record.id in results:
            problems.append(
                f"{path}:{number}: sample `{record.id}` is there twice; the first counts"
            )
        else:
            results[record.id] = record
    open_failures = {key: value for key, value in failures.items() if key not in results}
    problems += [
        f"{path}:{number}: sample `{failure.id}` has no result: {failure.error}"
        for number, failure in open_failures.values()
    ]
    return Records(
        results=tuple(results.values()),
        problems=tuple(problems),
        failures=tuple(failure for _, failure in open_failures.values()),
        run=run,
    )


def header_line(run: Run) -> str:
    """The first line of a file of results."""
    return _Header(run=run).model_dump_json() + "\n"


def result_line(record: Result | Failure) -> str:
    """One line of a file of results; what is not known is left out."""
    return record.model_dump_json(exclude_defaults=True) + "\n"


def _record(value: object) -> Result | Failure | Run:
    if isinstance(value, dict) and "run" in value:
        return _Header.model_validate(value).run
    if isinstance(value, dict) and "error" in value:
        return Failure.model_validate(value)
    return Result.model_validate(value)
