"""A gate: is the metric beyond its threshold, and is the candidate no worse than what runs?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.evaluate.records import Result
from aegis.stats.betting import BoundedMean
from aegis.stats.paired import clustered_difference
from aegis.stats.proportions import Interval, clopper_pearson


class GateVerdict(Frozen):
    """What a gate says, with the interval that it rests on."""

    gate: str
    verdict: Verdict
    samples: int
    mean: float | None
    low: float | None
    high: float | None
    threshold: float
    compared: Verdict | None = None
    reasons: tuple[str, ...]


def judge_gate(
    gate: str,
    results: Sequence[Result],
    *,
    threshold: float,
    better: Literal["higher", "lower"],
    planned: int,
    alpha: float,
    tolerated_drop: float,
) -> GateVerdict:
    """The verdict over the results of one data set.

    Null hypothesis: the mean is on the wrong side of `threshold`; `passed` only when the mean is on
    the right side, `failed` when the whole interval is on the wrong one, `inconclusive` between or
    with fewer than half of the planned samples. Binary scores use the exact Clopper-Pearson
    interval, others a betting confidence interval for bounded means (Waudby-Smith and Ramdas 2023).
    With scores of the running release, a clustered paired comparison must not find it worse by more
    than `tolerated_drop`; that is only asked of metrics where higher is better.
    """
    if not results:
        return GateVerdict(
            gate=gate, verdict=Verdict.INCONCLUSIVE, samples=0, mean=None, low=None, high=None,
            threshold=threshold, reasons=("there is no result; no data is never a pass",),
        )  # fmt: skip
    scores = [r.score for r in results]
    mean = sum(scores) / len(scores)
    interval = _interval(scores, alpha)
    reasons = []
    right = mean >= threshold if better == "higher" else mean <= threshold
    wholly_wrong = interval.high < threshold if better == "higher" else interval.low > threshold
    verdict = Verdict.PASSED if right else Verdict.FAILED if wholly_wrong else Verdict.INCONCLUSIVE
    if not right:
        reasons.append("the mean is on the wrong side of the threshold")
    if verdict is Verdict.PASSED and len(results) < planned / 2:
        verdict = Verdict.INCONCLUSIVE
        reasons.append(f"{len(results)} of {planned} samples have a result")
    compared = _compare(results, alpha, tolerated_drop) if better == "higher" else None
    if compared is Verdict.FAILED:
        verdict = Verdict.FAILED
        reasons.append("worse than the release that runs, on the same samples")
    elif compared is Verdict.INCONCLUSIVE and verdict is Verdict.PASSED:
        reasons.append("too few paired samples to compare with the release that runs")
    return GateVerdict(
        gate=gate, verdict=verdict, samples=len(results), mean=mean, low=interval.low,
        high=interval.high, threshold=threshold, compared=compared,
        reasons=tuple(reasons) or ("the mean is on the right side of the threshold",),
    )  # fmt: skip


def _interval(scores: Sequence[float], alpha: float) -> Interval:
    if all(s in {0.0, 1.0} for s in scores):
        return clopper_pearson(int(sum(scores)), len(scores), confidence=1 - alpha)
    return BoundedMean(alpha=alpha).add(scores).interval


def _compare(results: Sequence[Result], alpha: float, tolerated_drop: float) -> Verdict | None:
    """Candidate against the running release, pair by pair; None without pairs."""
    pairs = [r for r in results if r.stable is not None]
    if not pairs:
        return None
    differences = [r.score - (r.stable or 0.0) for r in pairs]
    clusters = [r.cluster or r.id for r in pairs]
    return clustered_difference(differences, clusters).verdict(
        alpha=alpha, tolerated_drop=tolerated_drop
    )
