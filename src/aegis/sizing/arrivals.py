"""When requests come and how long they are: open loop, recorded, or clients that wait.

Every draw comes from the `random.Random` that the caller passes in.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Request(NamedTuple):
    """One request; times in seconds, lengths in tokens.

    `shared_tokens`: how many leading tokens of the prompt every request of the same `group` has.
    """

    arrival_s: float
    prompt_tokens: int
    output_tokens: int
    group: int = 0
    shared_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """Lengths of prompts and outputs in tokens, and how they vary.

    `prompt_cv` and `output_cv` are coefficients of variation of log-normal lengths; 0 is a fixed
    length. `shared_tokens` leading tokens of the prompt are one of `groups` shared prefixes.
    """

    prompt_tokens: int
    output_tokens: int
    prompt_cv: float = 0.0
    output_cv: float = 0.0
    most_tokens: int = 131_072
    groups: int = 1
    shared_tokens: int = 0

    def __post_init__(self) -> None:
        if self.prompt_tokens < 1 or self.output_tokens < 1:
            raise ValueError("prompt and output need at least one token each")

    def drawn(self, rng: random.Random, arrival_s: float) -> Request:
        """One request of these lengths."""
        prompt = _length(rng, self.prompt_tokens, self.prompt_cv, self.most_tokens)
        output = _length(rng, self.output_tokens, self.output_cv, self.most_tokens)
        if self.shared_tokens == 0:
            return Request(arrival_s, prompt, output)
        group = rng.randrange(self.groups) if self.groups > 1 else 0
        return Request(arrival_s, prompt, output, group, min(self.shared_tokens, prompt))


def _length(rng: random.Random, mean: int, cv: float, most: int) -> int:
    """A log-normal length of that mean and coefficient of variation."""
    if cv <= 0:
        return mean
    spread = math.log1p(cv * cv)
    drawn = rng.lognormvariate(math.log(mean) - spread / 2, math.sqrt(spread))
    return max(1, min(most, round(drawn)))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLoop:
    """Requests that come whether or not earlier ones are answered.

    `cv` is the coefficient of variation of the gaps: 1 is a Poisson process, more is bursty
    (Gamma-distributed gaps), 0 is a metronome.
    """

    rate_rps: float
    requests: int
    lengths: Lengths
    cv: float = 1.0

    def __post_init__(self) -> None:
        if not (self.rate_rps > 0 and math.isfinite(self.rate_rps)):
            raise ValueError("the rate is not above zero: give requests per second")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Requests as somebody recorded them, in order of arrival."""

    requests: Sequence[Request]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedLoop:
    """A fixed number of clients, each sending its next request after its answer is complete."""

    clients: int
    requests: int
    lengths: Lengths
    think_s: float = 0.0

    def __post_init__(self) -> None:
        if self.clients < 1:
            raise ValueError("a closed loop needs at least one client")


Arrivals = OpenLoop | Recorded | ClosedLoop


def drawn(arrivals: Arrivals, rng: random.Random) -> list[Request]:
    """All requests in order; those of a closed loop come without their time of arrival.

    >>> calls = OpenLoop(rate_rps=2, requests=3, cv=0, lengths=Lengths(
    ...     prompt_tokens=900, output_tokens=250))
    >>> [request.arrival_s for request in drawn(calls, random.Random(1))]
    [0.5, 1.0, 1.5]
    """
    match arrivals:
        case Recorded(requests=recorded):
            return sorted(recorded, key=lambda request: request.arrival_s)
        case ClosedLoop(requests=count, lengths=lengths):
            return [lengths.drawn(rng, 0.0) for _ in range(count)]
        case OpenLoop(requests=count, lengths=lengths):
            now, out = 0.0, []
            for _ in range(count):
                now += _gap(rng, arrivals.cv) / arrivals.rate_rps
                out.append(lengths.drawn(rng, now))
            return out


def _gap(rng: random.Random, cv: float) -> float:
    """A gap of mean 1 and that coefficient of variation."""
    if cv == 1:
        return rng.expovariate(1.0)
    if cv <= 0:
        return 1.0
    shape = 1 / (cv * cv)
    return rng.gammavariate(shape, 1 / shape)


def at_rate(requests: Sequence[Request], factor: float) -> list[Request]:
    """The same requests coming `factor` times as fast."""
    return [request._replace(arrival_s=request.arrival_s / factor) for request in requests]
