"""A mean with an interval that respects clusters and weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pydantic import Field

from aegis.base.model import Frozen
from aegis.evaluate.records import Result
from aegis.stats.betting import BoundedMean
from aegis.stats.paired import clustered_difference
from aegis.stats.proportions import Interval, clopper_pearson


class Estimate(Frozen):
    """A mean of scores in [0, 1]."""

    mean: float
    low: float
    high: float
    samples: int
    clusters: int = Field(description="as many as samples where nothing belongs together")


def estimate(
    scores: Sequence[float], results: Sequence[Result], *, alpha: float = 0.05
) -> Estimate | None:
    """The weighted mean of scores of these results; None without any.

    The interval: exact (Clopper-Pearson) for independent passes and failures; a betting interval
    for independent scores between (Waudby-Smith and Ramdas 2023); Student's t on clusters left out
    in turn where samples belong together or have weights. Clusters that all say the same, or fewer
    than ten, count as one trial each.

    >>> rows = [Result(id=str(i), score=float(i > 0)) for i in range(20)]
    >>> found = estimate([r.score for r in rows], rows)
    >>> found and (round(found.mean, 2), round(found.low, 3), round(found.high, 3))
    (0.95, 0.751, 0.999)
    """
    if not scores:
        return None
    weights = [result.weight for result in results]
    names = [result.cluster or f"\0{result.id}" for result in results]
    total, clusters = sum(weights), len(set(names))
    mean = sum(w * s for w, s in zip(weights, scores, strict=True)) / total
    is_plain = clusters == len(names) and len(set(weights)) == 1
    interval = (
        _plain(scores, alpha) if is_plain else _clustered(scores, weights, names, mean, alpha)
    )
    return Estimate(
        mean=mean,
        low=min(mean, interval.low),
        high=max(mean, interval.high),
        samples=len(scores),
        clusters=clusters,
    )


def _plain(scores: Sequence[float], alpha: float) -> Interval:
    if all(score in {0.0, 1.0} for score in scores):
        return clopper_pearson(int(sum(scores)), len(scores), confidence=1 - alpha)
    return BoundedMean(alpha=alpha).add(scores).interval


def _clustered(
    scores: Sequence[float],
    weights: Sequence[float],
    names: Sequence[str],
    mean: float,
    alpha: float,
) -> Interval:
    scale = len(weights) / sum(weights)
    spread = clustered_difference(
        [w * scale * (s - mean) for w, s in zip(weights, scores, strict=True)], names
    )
    if spread.is_enough:
        around = spread.interval(1 - alpha)
        return Interval(max(0.0, mean + around.low), min(1.0, mean + around.high))
    sizes, sums = Counter(names), Counter[str]()
    for name, score in zip(names, scores, strict=True):
        sums[name] += score  # type: ignore[assignment]  # a Counter of numbers
    return _plain([min(1.0, sums[name] / size) for name, size in sizes.items()], alpha)
