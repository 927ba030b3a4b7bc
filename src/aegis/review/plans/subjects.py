"""What the rules of this package judge, beside a `Brief` and a `Plan`."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel

from aegis.base.artifact import Artifact
from aegis.base.finding import Span
from aegis.brief.schema import Brief
from aegis.plan.types import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """All files of one plan."""

    plan_id: str
    artifacts: tuple[Artifact, ...]
    air_gapped: bool = False  # true: no file may name a host outside


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """A text that people will read: a page of the dossier, or what a language model wrote.

    With a `plan`, every figure of the text has to be one of its numbers.
    """

    text: str
    path: str = "text"
    plan: Plan | None = None

    def span(self, start: int, end: int, excerpt: str = "") -> Span:
        """The place of the characters from `start` to `end`."""
        line = self.text.count("\n", 0, start) + 1
        column = start - (self.text.rfind("\n", 0, start) + 1) + 1
        return Span(path=self.path, line=line, column=column, end_line=line,
                    end_column=column + max(end - start, 1), excerpt=excerpt)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverList:
    """The waivers of a brief on a day, and what rules there are."""

    brief: Brief
    today: datetime.date | None
    known: frozenset[str]
    hard: frozenset[str]
    evidence: frozenset[str] = field(default=frozenset())


def strings(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text inside a value, each with its dotted path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from strings(getattr(value, name), _join(path, name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield _join(path, str(key)), str(key)
            yield from strings(item, _join(path, str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from strings(item, _join(path, str(getattr(item, "id", index))))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
