"""What every importer gives, and careful reading of files that others wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from pydantic import JsonValue, TypeAdapter, ValidationError

from aegis.evaluate.errors import InputError
from aegis.evaluate.jsonlines import loaded, parse_lines
from aegis.evaluate.records import Failure, Result
from aegis.evaluate.samples import Sample

Json: TypeAlias = JsonValue
Object: TypeAlias = dict[str, JsonValue]

_OBJECT = TypeAdapter(Object)


@dataclass(slots=True, kw_only=True)
class Imported:
    """Samples and results of a report, and what could not be read.

    A sample that was asked several times (epochs, generations) gives one result each, all in the
    cluster of the sample.
    """

    tool: str
    samples: dict[str, Sample] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, sample: Sample, outcome: Result | Failure) -> None:
        """One answered sample."""
        self.samples.setdefault(sample.id, sample)
        if isinstance(outcome, Failure):
            self.failures.append(outcome)
        elif outcome.id in self.results:
            self.problems.append(f"`{outcome.id}` is there twice; the first counts")
        else:
            self.results[outcome.id] = outcome


def objects(
    lines: Iterable[str], *, path: str, problems: list[str]
) -> Iterator[tuple[int, Object]]:
    """The objects of a JSONL file; other lines are named."""
    yield from parse_lines(lines, _OBJECT.validate_python, path=path, problems=problems)


def document(text: str, *, path: str) -> Object:
    """The object of a JSON file.

    Raises:
        InputError: the file is not JSON, or no object.
    """
    try:
        return _OBJECT.validate_python(loaded(text))
    except ValidationError:
        raise InputError(f"{path} is JSON, but no report: an object is expected") from None
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from None


def an_object(value: Json) -> Object:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def a_list(value: Json) -> list[Json]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def a_text(value: Json) -> str:
    """The value as text: numbers and structures as JSON, nothing as an empty text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def texts(value: Json) -> tuple[str, ...]:
    """A text, or several, as a tuple; nothing as an empty one."""
    if value is None:
        return ()
    return tuple(a_text(v) for v in value) if isinstance(value, list) else (a_text(value),)


def a_score(value: Json) -> float | None:
    """A number between 0 and 1, or a truth, as a score; None for anything else.

    >>> a_score(True), a_score(0.25), a_score(7), a_score("C")
    (1.0, 0.25, None, None)
    """
    if isinstance(value, bool | int | float) and 0 <= value <= 1:
        return float(value)
    return None
