"""A world that tests decide: a clock that jumps, arms with known rates, a router that remembers."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from aegis.rollout.counts import SeriesKey
from aegis.rollout.policy import Policy
from aegis.rollout.world import Past, TemporaryError
from aegis.stats.counters import Reading

POLICY: dict[str, Any] = {
    "version": 1,
    "service": "helper",
    "strategy": "canary",
    "look_s": 60,
    "warmup_s": 60,
    "steps": [
        {"weight_percent": 10, "hold_s": 300},
        {"weight_percent": 50, "hold_s": 300},
        {"weight_percent": 100, "hold_s": 120},
    ],
    "cap": {"looks": 400, "seconds": 100_000},
    "metrics": [{"id": "errors", "kind": "rate", "margin": 2.0, "limit": 0.2, "minimum": 50}],
    "source": {"type": "file", "path": "counts.jsonl"},
    "router": {"type": "none"},
}


def policy(**changes: Any) -> Policy:
    """The policy above with some fields changed."""
    return Policy.model_validate({**POLICY, **changes})


@dataclass
class JumpingClock:
    """Time passes only by sleeping."""

    at_s: float = 1_000_000.0

    def now_s(self) -> float:
        return self.at_s

    def sleep(self, seconds: float) -> None:
        self.at_s += seconds


@dataclass
class Switch:
    """Remembers every weight; refuses the first `failures` calls."""

    weights: list[float] = field(default_factory=list)
    failures: int = 0

    def set_weight(self, percent: float) -> None:
        if self.failures:
            self.failures -= 1
            raise TemporaryError("the router is away", retry_after_s=1)
        self.weights.append(percent)

    def weight(self) -> float | None:
        return self.weights[-1] if self.weights else None


class TwoArms:
    """Running totals of two versions with these shares of bad events, at the router's weight.

    Requests and failures are drawn for each minute of the clock from the seed, so that two readers
    who ask at the same moments see the same.
    """

    def __init__(
        self, switch: Switch, *, rates: dict[str, dict[str, float]], per_minute: int = 1000,
        seed: int = 1, began_s: float = 1_000_000.0,
    ) -> None:  # fmt: skip
        self.switch, self.rates, self.per_minute = switch, rates, per_minute
        self.seed, self.at_s = seed, began_s
        self.totals: dict[SeriesKey, float] = {}
        self.silent: set[str] = set()

    def read(
        self, *, since_s: float | None, until_s: float
    ) -> dict[SeriesKey, tuple[Reading, ...]]:
        del since_s
        while self.at_s + 60 <= until_s:
            self.at_s += 60
            self._minute()
        return {
            key: (Reading(until_s, total),)
            for key, total in self.totals.items()
            if key.metric not in self.silent
        }

    def past(self, *, until_s: float) -> Past:
        del until_s
        return Past()

    def _minute(self) -> None:
        weight = (self.switch.weight() or 0.0) / 100
        draw = random.Random(f"{self.seed} {self.at_s}")  # noqa: S311  # a seeded simulation
        canary = sum(draw.random() < weight for _ in range(self.per_minute))
        for metric, arms in self.rates.items():
            for arm, units in (("canary", canary), ("stable", self.per_minute - canary)):
                bad = sum(draw.random() < arms[arm] for _ in range(units))
                self._add(metric, arm, "events", bad)
                self._add(metric, arm, "total", units)

    def _add(self, metric: str, arm: str, counter: str, more: float) -> None:
        key = SeriesKey(metric, arm, counter, "pod-1|")
        self.totals[key] = self.totals.get(key, 0.0) + more
