"""Result records: JSON lines, one sample each; a broken line is named and loses nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import Field, ValidationError

from aegis.base.model import Frozen


class Result(Frozen):
    """How one sample was judged; `stable` is the score of the release that runs, on the same sample."""

    id: str
    score: float = Field(ge=0, le=1, description="1 passed, 0 failed, or a score between")
    stable: float | None = Field(default=None, ge=0, le=1)
    cluster: str | None = Field(default=None, description="samples of one document or user")
    slice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The results that could be read, and what is wrong with the other lines."""

    results: tuple[Result, ...]
    problems: tuple[str, ...]


def read_records(lines: Iterable[str], *, path: str) -> Records:
    """Results of one data set; a repeated id counts once, the first time.

    >>> read_records(['{"id": "a", "score": 1}', "nonsense"], path="r.jsonl").problems
    ('r.jsonl:2: not JSON',)
    """
    results: dict[str, Result] = {}
    problems: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            result = Result.model_validate(json.loads(line))
        except ValidationError as error:
            detail = error.errors()[0]
            place = ".".join(str(p) for p in detail["loc"]) or "the record"
            problems.append(f"{path}:{number}: {place}: {detail['msg']}")
            continue
        except ValueError:
            problems.append(f"{path}:{number}: not JSON")
            continue
        if result.id in results:
            problems.append(
                f"{path}:{number}: sample `{result.id}` is there twice; the first counts"
            )
            continue
        results[result.id] = result
    return Records(results=tuple(results.values()), problems=tuple(problems))
