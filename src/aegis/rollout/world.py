"""What the loop needs from outside, and how calls to other systems fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from aegis.rollout.counts import Samples

if TYPE_CHECKING:
    import httpx


_LONGEST_WISH_S = 60.0  # a server that wants more gets asked again meanwhile


class TemporaryError(Exception):
    """Another system did not answer as it should; asking again may help."""

    def __init__(self, what: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(what)
        self.retry_after_s = retry_after_s


class PermanentError(Exception):
    """Another system said no, or what we own is not there; asking again will not help."""


class Clock(Protocol):
    """Seconds since the epoch, and waiting."""

    def now_s(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What stable did before the rollout: gains by metric and counter in a span of seconds."""

    span_s: float = 0.0
    gained: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


class Source(Protocol):
    """Where counts come from. Both methods may raise `TemporaryError` or `PermanentError`."""

    def read(self, *, since_s: float | None, until_s: float) -> Samples:
        """Every reading after one moment (all it has, for None) and up to another."""

    def past(self, *, until_s: float) -> Past:
        """What stable did before; empty where nobody kept it."""


class Router(Protocol):
    """Who moves the traffic. Both methods may raise `TemporaryError` or `PermanentError`."""

    def set_weight(self, percent: float) -> None:
        """The canary gets this share of the traffic from now on; setting it twice is setting it."""

    def weight(self) -> float | None:
        """The canary's share now, or None where nobody can say."""


def call(
    client: httpx.Client, method: str, url: str, *, headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None, content: bytes | None = None,
) -> httpx.Response:  # fmt: skip
    """An answer of a 2xx status.

    Raises:
        TemporaryError: no answer, or one that says «later» (408, 409, 429, 5xx); it holds how much
            later where the answer says so.
        PermanentError: any other status; the message holds what the other side said.
    """
    import httpx  # noqa: PLC0415  # the extra

    try:
        answer = client.request(method, url, headers=headers, params=params, content=content)
    except httpx.HTTPError as error:
        raise TemporaryError(f"{method} {url}: {type(error).__name__}: {error}") from None
    if answer.is_success:
        return answer
    said = f"{method} {url}: {answer.status_code} {answer.text[:300].strip()}"
    if answer.status_code in {408, 409, 429} or answer.is_server_error:
        raise TemporaryError(said, retry_after_s=_retry_after_s(answer))
    raise PermanentError(said)


def _retry_after_s(answer: httpx.Response) -> float:
    """What `Retry-After` asks for, in seconds, up to a minute; a second where it says nothing else."""
    said = answer.headers.get("retry-after", "").strip()
    return min(float(said), _LONGEST_WISH_S) if said.isdecimal() else 1.0
