"""Served samples: a line for each answered request, of anybody's log or of the gateway's audit."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from aegis.evaluate.samples import Sample, SampleId, Turn

Track: TypeAlias = Literal["stable", "canary"]
TRACKS: tuple[Track, ...] = ("stable", "canary")


class _Line(BaseModel):
    """Logs hold more than is read here, so other fields are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Served(_Line):
    """One answered request."""

    prompt: str | tuple[Turn, ...]
    answer: str
    track: Track
    id: SampleId | None = Field(
        default=None, description="of the request; without it equal lines count once"
    )
    context: tuple[str, ...] = Field(default=(), description="passages the answer must rest on")
    target: str | float | tuple[str, ...] | None = Field(default=None, description="a right answer")
    label: bool | dict[str, bool] | None = Field(
        default=None,
        description="whether the scorer should have said 1, as a person says: of the first kind, or by kind",
    )
    cluster: str | None = Field(default=None, description="the user or conversation it belongs to")
    time: datetime.datetime | None = Field(
        default=None, description="ISO 8601 or Unix seconds; UTC where no zone stands"
    )

    @property
    def request(self) -> str:
        """What decides whether the sample is scored: the id, else a digest of what it says."""
        if self.id is not None:
            return self.id
        return _digest("sample", self.model_dump_json(include={"prompt", "answer", "time"}))

    @property
    def key(self) -> str:
        """What a sample counts once by; of a shadowed request each track has its own."""
        return key_of(self.request, self.track)

    @property
    def group(self) -> str | None:
        """The cluster without saying whose it is."""
        return None if self.cluster is None else _digest("cluster", self.cluster)

    def at_s(self, now_s: float) -> float:
        """When it was served, in Unix seconds; never later than now."""
        if self.time is None:
            return now_s
        moment = self.time if self.time.tzinfo else self.time.replace(tzinfo=datetime.UTC)
        return min(now_s, moment.timestamp())

    def sample(self) -> Sample:
        """As scorers read it."""
        return Sample(id=self.key, input=self.prompt, target=self.target, context=self.context)

    def labels(self, first: str) -> Mapping[str, bool]:
        """What a person said, by kind."""
        if self.label is None:
            return {}
        return {first: self.label} if isinstance(self.label, bool) else self.label


class _Audited(_Line):
    """What is read of a record of the gateway's audit."""

    request_id: str = Field(alias="request-id")
    track: Track
    outcome: str
    text: tuple[str, str] | None = Field(default=None, description="asked and answered, redacted")
    caller_id: str | None = Field(default=None, alias="caller-id")
    time: datetime.datetime | None = None


def read_served(value: object) -> Served | str:
    """The sample of a line, or why its record holds none.

    >>> read_served({"request-id": "7", "track": "stable", "outcome": "ok", "text": ["2+2?", "4"]}).answer
    '4'
    >>> read_served({"request-id": "8", "track": "stable", "outcome": "shed"})
    'requests without an answer'

    Raises:
        pydantic.ValidationError: the line is neither a sample nor a record of the audit.
    """
    if not isinstance(value, dict) or "request-id" not in value:
        return Served.model_validate(value)
    record = _Audited.model_validate(value)
    if record.outcome != "ok":
        return "requests without an answer"
    if record.text is None:
        return "audit records without text (the gateway's policy says `audit.keep: none`)"
    asked, answered = record.text
    return Served(
        id=record.request_id, prompt=asked, answer=answered, track=record.track,
        cluster=record.caller_id, time=record.time,
    )  # fmt: skip


def key_of(request: str, track: Track) -> str:
    """The name under which a sample is written down; it does not give the request's id away."""
    return _digest(track, request)


def is_sampled(request: str, share: float) -> bool:
    """Whether a request is among the share that is scored.

    A hash of its id decides, so that every machine and every start choose the same ones, both
    answers of a shadowed request are chosen together, and a larger share holds a smaller one.

    >>> chosen = [str(i) for i in range(10_000) if is_sampled(str(i), 0.1)]
    >>> 900 < len(chosen) < 1100, all(is_sampled(each, 0.2) for each in chosen)
    (True, True)
    """
    return int(_digest("share", request)[:16], 16) < share * 2**64


def _digest(about: str, text: str) -> str:
    return hashlib.sha256(f"{about}\n{text}".encode("utf-8", "replace")).hexdigest()[:24]
