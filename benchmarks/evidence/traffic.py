"""Simulated requests and failures of both arms; seeds make every figure repeatable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Requests of each arm and stable's failure rate, look by look."""

    canary: IntArray
    stable: IntArray
    base: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Failures by run and look, with the requests that are the same in every run."""

    canary_bad: IntArray
    stable_bad: IntArray
    canary: IntArray
    stable: IntArray


def steady(*, looks: int, canary: int, stable: int, base: float) -> Traffic:
    """The same requests and the same rate at every look."""
    return Traffic(
        canary=np.full(looks, canary), stable=np.full(looks, stable), base=np.full(looks, base)
    )


def ramp(*, looks: int, requests: int = 1000, low: float = 0.01, high: float = 0.04) -> Traffic:
    """Canary shares of 1, 5, 25 and 50 %, a quarter each, while the base rate rises."""
    share = np.repeat([0.01, 0.05, 0.25, 0.5], -(-looks // 4))[:looks]
    canary = np.rint(share * requests).astype(np.int64)
    return Traffic(canary=canary, stable=requests - canary, base=np.linspace(low, high, looks))


def ramp_then_days(*, looks: int, requests: int = 1000) -> Traffic:
    """A ramp in the first hour, then half the traffic for days whose base rate swings.

    One look a minute; the rate swings between 1 and 4 % with the day, and every 500 looks an
    upstream incident multiplies it by five, in both arms, for ten looks.
    """
    share = np.repeat([0.01, 0.05, 0.25, 0.5], [15, 15, 15, looks - 45])
    canary = np.rint(share * requests).astype(np.int64)
    minute = np.arange(looks)
    base = 0.025 + 0.015 * np.sin(2 * np.pi * minute / 1440)
    base = np.where(minute % 500 < 10, base * 5, base)
    return Traffic(canary=canary, stable=requests - canary, base=base)


def draw(rng: np.random.Generator, traffic: Traffic, *, ratio: float, runs: int) -> Counts:
    """Independent failures, the canary's with `ratio` times stable's rate."""
    shape = (runs, len(traffic.base))
    worse = np.minimum(traffic.base * ratio, 1.0)
    return Counts(
        canary_bad=rng.binomial(traffic.canary, worse, shape),
        stable_bad=rng.binomial(traffic.stable, traffic.base, shape),
        canary=traffic.canary,
        stable=traffic.stable,
    )
