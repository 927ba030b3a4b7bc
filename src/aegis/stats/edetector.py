"""An alarm for drift with a budget a person can state: one false alarm in so many windows.

Every window brings bets: e-values, whose mean is at most 1 while nothing has changed, given all
windows before. Each bet runs a Shiryaev-Roberts sum ``M_t = (M_(t-1) + 1) e_t``, as if a fresh
stake were put on a change beginning in every window; the detector is the weighted mean of these
sums, and alarms when it reaches the stated number of windows.

Null hypothesis: nothing has changed since the reference was taken. Without a change the mean of
the sum after t windows is at most t, so the average run to a false alarm is at least the stated
number of windows. Bets may depend on each other in any way (columns of one table do); windows must
be exchangeable with the reference: a weekday cycle that the reference does not contain is a drift.

Source: Shin, Ramdas and Rinaldo, «E-detectors: a nonparametric framework for sequential change
detection», New England Journal of Statistics in Data Science (arXiv:2203.03532): Shiryaev-Roberts
e-detectors and their mixtures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aegis.base.verdict import Verdict
from aegis.stats.grid import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Bets:
    """What is bet on in every window: a name (the column) and a weight for each bet.

    Weights say how the single stake is divided; together they are 1.
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.weights) or not math.isclose(math.fsum(self.weights), 1):
            raise ValueError("one weight a bet, together 1")


def join(parts: Sequence[Bets], shares: Sequence[float]) -> Bets:
    """Several groups of bets on one stake, each with its share of it.

    Their evidence is concatenated in the same order.

    >>> one = Bets(names=("a",), weights=(1.0,))
    >>> join([one, Bets(names=("b", "b"), weights=(0.5, 0.5))], [1, 3]).weights
    (0.25, 0.375, 0.375)
    """
    total = math.fsum(shares)
    return Bets(
        names=tuple(name for part in parts for name in part.names),
        weights=tuple(
            share / total * weight
            for part, share in zip(parts, shares, strict=True)
            for weight in part.weights
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One name among those the evidence points at."""

    name: str
    share: float  # of the whole evidence
    since_window: int  # the first window after the change, by the strongest bet, from 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detector:
    """The state after some windows; resume by keeping its three arrays."""

    bets: Bets
    windows_between_false_alarms: float
    log_sums: FloatArray
    log_runs: FloatArray
    starts: IntArray
    windows: int = 0

    @property
    def log_evidence(self) -> float:
        """Logarithm of the weighted mean of the sums; minus infinity before any window."""
        return float(np.logaddexp.reduce(self.log_sums + np.log(self.bets.weights)))

    @property
    def verdict(self) -> Verdict:
        """`failed`: drift. `passed`: no alarm so far. `inconclusive`: no window yet."""
        if self.log_evidence >= math.log(self.windows_between_false_alarms):
            return Verdict.FAILED
        return Verdict.PASSED if self.windows else Verdict.INCONCLUSIVE

    def add(self, log_evidence: FloatArray) -> Detector:
        """The state after one more window, given the logarithm of each bet's e-value.

        >>> start = detector(Bets(names=("age",), weights=(1.0,)), windows_between_false_alarms=5)
        >>> calm = start.add(np.array([0.0])).add(np.array([0.0]))
        >>> round(math.exp(calm.log_evidence), 9), calm.verdict
        (2.0, <Verdict.PASSED: 'passed'>)
        >>> calm.add(np.log([2.0])).verdict
        <Verdict.FAILED: 'failed'>
        """
        if log_evidence.shape != self.log_sums.shape:
            raise ValueError(f"{log_evidence.shape} e-values for {self.log_sums.shape} bets")
        window = self.windows + 1
        fresh = self.log_runs <= 0
        return replace(
            self,
            log_sums=np.logaddexp(self.log_sums, 0.0) + log_evidence,
            log_runs=np.where(fresh, 0.0, self.log_runs) + log_evidence,
            starts=np.where(fresh, window, self.starts),
            windows=window,
        )

    def suspects(self) -> tuple[Suspect, ...]:
        """The names by their share of the evidence, the strongest first.

        `since_window` is the last moment at which the strongest bet of that name stood at zero,
        as in a cumulative sum (Page 1954).
        """
        if not self.windows:
            return ()
        parts = np.exp(self.log_sums + np.log(self.bets.weights) - self.log_evidence)
        found = []
        for name in dict.fromkeys(self.bets.names):
            own = np.array([other == name for other in self.bets.names])
            strongest = int(np.argmax(np.where(own, parts, -1.0)))
            found.append(
                Suspect(
                    name=name,
                    share=float(parts[own].sum()),
                    since_window=int(self.starts[strongest]),
                )
            )
        return tuple(sorted(found, key=lambda suspect: -suspect.share))


def detector(bets: Bets, *, windows_between_false_alarms: float = 1000) -> Detector:
    """The state before the first window."""
    if windows_between_false_alarms < 1:
        raise ValueError("a budget below one window alarms always")
    size = len(bets.names)
    return Detector(
        bets=bets,
        windows_between_false_alarms=windows_between_false_alarms,
        log_sums=np.full(size, -np.inf),
        log_runs=np.zeros(size),
        starts=np.ones(size, np.int64),
    )


def calibrate(p_value: float) -> float:
    """Logarithm of an e-value from a p-value: the mean of ``k p^(k - 1)`` over k in [0, 1].

    Source: Vovk and Wang, Annals of Statistics 49, 2021 (arXiv:1912.06116).

    >>> round(math.exp(calibrate(0.001)), 1), math.exp(calibrate(1.0))
    (20.8, 0.5)
    """
    if p_value >= 0.999:  # the formula loses its digits here, and its limit is 1/2
        return math.log(0.5)
    p = max(p_value, 1e-300)
    log_p = math.log(p)
    return math.log((1 - p + p * log_p) / log_p**2) - log_p
