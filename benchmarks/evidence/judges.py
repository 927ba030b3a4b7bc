"""Our judges on many simulated runs at once, with the coefficients of the library itself."""

from __future__ import annotations

import math

import numpy as np
from benchmarks.evidence.peers import first_look
from benchmarks.evidence.traffic import Counts, FloatArray, IntArray

from aegis.stats.label import ROLLBACK, LabelTest, gains


def log_evidence(counts: Counts, test: LabelTest = ROLLBACK) -> FloatArray:
    """What `LabelEvidence.log_evidence` would say in every run after every look."""
    share = counts.canary / (counts.canary + counts.stable)
    by_look = [gains(test, float(q)) for q in share]
    paths = []
    for index, weight in enumerate(test.weights):
        on_canary = np.array([look[index].on_canary for look in by_look])
        on_stable = np.array([look[index].on_stable for look in by_look])
        gained = counts.canary_bad * on_canary + counts.stable_bad * on_stable
        paths.append(np.cumsum(gained, axis=1) + math.log(weight))
    return log_sum(paths)


def log_sum(paths: list[FloatArray]) -> FloatArray:
    """Logarithm of the sum of exponentials, run by run and look by look."""
    total = paths[0]
    for path in paths[1:]:
        total = np.logaddexp(total, path)
    return total


def rollback(counts: Counts, *, alpha: float = 0.05, test: LabelTest = ROLLBACK) -> IntArray:
    """The first look at which each run is rolled back."""
    return first_look(log_evidence(counts, test) >= -math.log(alpha))
