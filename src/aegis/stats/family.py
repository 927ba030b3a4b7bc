"""One verdict over several metrics, with one false-alarm budget for all of them.

The average of e-processes is an e-process, whatever the dependence between them. So a release
with six metrics and nothing wrong is rolled back with probability at most alpha, not six alpha,
and one metric with six times the evidence suffices.

Source: Vovk and Wang, «E-values: calibration, combination and applications», Annals of Statistics
49, 2021 (arXiv:1912.06116): averaging, and adjusting for multiplicity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from aegis.stats.special import log_sum_exp


def average(log_evidence: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Logarithm of the weighted mean of e-values, given as logarithms.

    Null hypothesis: every metric's null holds. Weights must be fixed before the data; they are
    scaled to 1. Without metrics there is no evidence.

    >>> round(average([math.log(60), 0, 0, 0, 0, 0]), 6) == round(math.log(65 / 6), 6)
    True
    >>> average([])
    0.0
    """
    if not log_evidence:
        return 0.0
    shares = list(weights) if weights is not None else [1.0] * len(log_evidence)
    if len(shares) != len(log_evidence) or min(shares) <= 0:
        raise ValueError("one positive weight a metric")
    total = math.fsum(shares)
    return log_sum_exp(
        tuple(
            value + math.log(share / total)
            for value, share in zip(log_evidence, shares, strict=True)
        )
    )


def adjusted(log_evidence: Mapping[str, float]) -> dict[str, float]:
    """Evidence against each single metric that stays valid although several were watched.

    Naming every metric whose adjusted value reaches ``ln(1 / alpha)`` names a harmless one with
    probability at most alpha (closed testing over all subsets by the average). The value of a
    metric is the smallest average over the sets that contain it, so it is never above its own.

    >>> values = adjusted({"errors": math.log(100), "refusals": math.log(0.5), "cost": 0.0})
    >>> [round(math.exp(values[name]), 2) for name in ("errors", "refusals", "cost")]
    [33.83, 0.5, 0.75]
    """
    ordered = sorted(log_evidence.values())
    return {name: _smallest_average(value, ordered) for name, value in log_evidence.items()}


def _smallest_average(value: float, ordered: list[float]) -> float:
    best = value
    others = list(ordered)
    others.remove(value)
    for size in range(1, len(others) + 1):  # the worst company of each size is the smallest
        group = log_sum_exp((value, *others[:size])) - math.log(size + 1)
        best = min(best, group)
    return best
