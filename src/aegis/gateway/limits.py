"""Limits by request, token and money; a breaker. Time comes from a clock that is passed in."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from aegis.gateway.policy import Breaker, Limits

Clock = Callable[[], float]
_MOST_CALLERS = 100_000
BURST_S = 5.0
"""A bucket holds what may come in so many seconds."""
WINDOW = 100
"""A breaker weighs so many of the last answers."""


@dataclass(slots=True)
class Bucket:
    """A token bucket: `rate` a second, room for `burst`."""

    rate: float
    burst: float
    level: float
    at_s: float

    def wait_s(self, amount: float, now_s: float) -> float:
        """Seconds until `amount` may be taken; 0 takes nothing and says that it may be."""
        self.level = min(self.burst, self.level + self.rate * (now_s - self.at_s))
        self.at_s = now_s
        missing = min(amount, self.burst) - self.level
        return 0.0 if missing <= 1e-9 else missing / self.rate

    def take(self, amount: float) -> None:
        """Takes the amount; a level below nothing is a debt that later requests wait for."""
        self.level -= amount


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether a request may go on, and if not, when to come back."""

    allowed: bool
    retry_after_s: int = 0
    reason: str = ""


@dataclass(slots=True)
class Limiter:
    """Limits of one process. All checks pass before anything is taken."""

    limits: Limits
    clock: Clock
    running: int = 0
    _buckets: OrderedDict[tuple[str, str], Bucket] = field(default_factory=OrderedDict)

    def admit(self, caller: str, tokens: float) -> Grant:
        """A place for one request of about so many tokens."""
        at_once = self.limits.sequences_at_once
        if at_once is not None and self.running >= at_once:
            return Grant(
                allowed=False,
                retry_after_s=max(1, math.ceil(self.limits.queue_s)),
                reason="sequences at once",
            )
        now = self.clock()
        wanted = (
            ("requests", "", self.limits.requests_per_s, 1.0),
            ("requests", caller, self.limits.caller_requests_per_s, 1.0),
            ("tokens", "", self.limits.tokens_per_s, tokens),
            ("tokens", caller, self.limits.caller_tokens_per_s, tokens),
        )
        buckets = [
            (self._bucket(kind, who, rate, now), amount, kind, who)
            for kind, who, rate, amount in wanted
            if rate
        ]
        for bucket, amount, kind, who in buckets:
            if wait := bucket.wait_s(amount, now):
                scope = "of this caller" if who else "of the service"
                return Grant(
                    allowed=False, retry_after_s=max(1, math.ceil(wait)), reason=f"{kind} {scope}"
                )
        for bucket, amount, _, _ in buckets:
            bucket.take(amount)
        self.running += 1
        return Grant(allowed=True)

    def release(self, caller: str, *, more_tokens: float) -> None:
        """The request ended; tokens beyond the first estimate are charged now."""
        self.running -= 1
        now = self.clock()
        for who, rate in (
            ("", self.limits.tokens_per_s),
            (caller, self.limits.caller_tokens_per_s),
        ):
            if rate:
                self._bucket("tokens", who, rate, now).take(more_tokens)

    def _bucket(self, kind: str, who: str, rate: float, now: float) -> Bucket:
        key = (kind, who)
        bucket = self._buckets.get(key)
        if bucket is None:
            burst = max(1.0, rate * BURST_S)
            bucket = self._buckets[key] = Bucket(rate=rate, burst=burst, level=burst, at_s=now)
            if len(self._buckets) > _MOST_CALLERS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket


@dataclass(slots=True)
class CircuitBreaker:
    """Opens when too many of the last requests were bad, and tries one request after a while."""

    policy: Breaker
    clock: Clock
    _last: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _opened_s: float | None = None
    _trying: bool = False

    def allows(self) -> bool:
        """Whether a request may reach the model now; half open lets one through."""
        if self._opened_s is None:
            return True
        if self.clock() - self._opened_s < self.policy.open_s or self._trying:
            return False
        self._trying = True
        return True

    def record(self, *, bad: bool) -> None:
        """How a request ended."""
        if self._opened_s is not None:
            self._trying = False
            if bad:
                self._opened_s = self.clock()
            else:
                self._opened_s = None
                self._last.clear()
            return
        self._last.append(bad)
        enough = len(self._last) >= self.policy.minimum_requests
        if enough and sum(self._last) / len(self._last) >= self.policy.bad_share:
            self._opened_s = self.clock()

    @property
    def is_open(self) -> bool:
        return self._opened_s is not None
