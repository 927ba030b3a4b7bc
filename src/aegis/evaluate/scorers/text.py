"""Scorers that compare or read the answer as text."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aegis.evaluate.errors import InputError
from aegis.evaluate.libraries import optional
from aegis.evaluate.samples import Sample
from aegis.evaluate.scorers.scorer import NoScoreError, Score

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


def folded(text: str) -> str:
    """Without case, punctuation and runs of white space.

    >>> folded(" The  Answer: 42. ")
    'the answer 42'
    """
    return " ".join(text.casefold().translate(_PUNCTUATION).split())


def last_number(text: str) -> float | None:
    """The last number of a text; thousands may have commas.

    >>> last_number("So 3 boxes cost 1,250.50 in all."), last_number("none")
    (1250.5, None)
    """
    found = _NUMBER.findall(text)
    return float(found[-1].replace(",", "")) if found else None


def _exact(answer: str, target: str) -> bool:
    return answer.strip() == target.strip()


def _folded(answer: str, target: str) -> bool:
    return folded(answer) == folded(target)


def _includes(answer: str, target: str) -> bool:
    return folded(target) in folded(answer)


def _number(answer: str, target: str) -> bool:
    said, right = last_number(answer), last_number(target)
    return said is not None and right is not None and abs(said - right) <= 1e-6 * max(1, abs(right))


def _pattern(answer: str, target: str) -> bool:
    return re.search(target, answer) is not None


COMPARISONS: dict[str, tuple[Callable[[str, str], bool], str]] = {
    "exact": (_exact, "the answer is the target, but for white space around it"),
    "match": (_folded, "the same without case, punctuation and white space"),
    "includes": (_includes, "the target stands in the answer"),
    "number": (_number, "the last number of the answer is that of the target"),
    "regex": (_pattern, "the answer matches the target as a regular expression"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """1 when the answer fits one of the targets."""

    name: str
    fits: Callable[[str, str], bool]

    def score(self, sample: Sample, answer: str) -> Score:
        """Judge one answer."""
        targets = sample.targets
        if not targets:
            raise NoScoreError(f"`{self.name}` needs a target, and the sample has none")
        return Score.of(any(self.fits(answer, target) for target in targets), "fits no target")


@dataclass(frozen=True, slots=True)
class Pattern:
    """1 when the answer matches one expression, the same for every sample."""

    name: str
    pattern: re.Pattern[str]

    def score(self, sample: Sample, answer: str) -> Score:
        """Judge one answer."""
        del sample
        return Score.of(self.pattern.search(answer) is not None, "does not match")


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """1 when the answer is JSON (bare or in a code fence) that obeys the schema."""

    name: str
    complaint: Callable[[object], str]

    def score(self, sample: Sample, answer: str) -> Score:
        """Judge one answer."""
        del sample
        fenced = _FENCE.search(answer)
        try:
            value = json.loads(fenced[1] if fenced else answer)
        except ValueError:
            return Score(0.0, "is not JSON")
        said = self.complaint(value)
        return Score.of(not said, said)


def json_schema(name: str, path: Path) -> JsonSchema:
    """The scorer for the schema of a file.

    Raises:
        InputError: jsonschema is not installed, or the file holds no schema.
    """
    library = optional("jsonschema", "the scorer json-schema")
    try:
        schema = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no JSON Schema: {error}") from None
    kind = library.validators.validator_for(schema)
    try:
        kind.check_schema(schema)
    except library.exceptions.SchemaError as error:
        raise InputError(f"{path} is no JSON Schema: {error.message}") from None
    validator = kind(schema)

    def complaint(value: object) -> str:
        first = next(iter(sorted(validator.iter_errors(value), key=str)), None)
        return "" if first is None else f"{first.json_path}: {first.message}"[:200]

    return JsonSchema(name, complaint)
