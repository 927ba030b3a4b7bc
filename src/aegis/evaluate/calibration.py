"""Whether a model is right as often as it says it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from pydantic import Field

from aegis.base.model import Frozen
from aegis.evaluate.records import Result
from aegis.stats.proportions import clopper_pearson

FloatArray = npt.NDArray[np.float64]

_RUNS = 1000


class Bin(Frozen):
    """Samples of about one confidence."""

    low: float
    high: float
    samples: int
    confidence: float = Field(description="mean of what was said")
    right: float = Field(description="share that was right")
    right_low: float
    right_high: float


class Calibration(Frozen):
    """Expected calibration error and Brier score, each with an interval."""

    samples: int
    ece: float
    ece_low: float
    ece_high: float
    ece_if_calibrated: float = Field(
        description="mean ECE of a perfectly calibrated model with these confidences"
    )
    p_value: float = Field(description="for the null that the model is calibrated")
    brier: float
    brier_low: float
    brier_high: float
    bins: tuple[Bin, ...]


def calibration(
    results: Sequence[Result], *, bins: int = 15, seed: int = 0, alpha: float = 0.05
) -> Calibration | None:
    """How well the confidences of results fit their scores; None without any confidence.

    ECE: mean distance of confidence and share right, over bins of equal width. It is biased upwards,
    the more so the fewer samples: a calibrated model has 0.10 with 100 samples and 15 bins. So it
    stands beside what a calibrated model would show, and the p-value counts how often such a model
    shows at least as much (consistency resampling: Bröcker and Smith, Weather and Forecasting 22,
    2007). Intervals by bootstrap over clusters (percentiles, 1,000 draws, fixed seed).

    >>> rows = [Result(id=str(i), score=float(i % 10 > 1), confidence=0.8) for i in range(200)]
    >>> found = calibration(rows)
    >>> found and (round(found.ece, 3), round(found.brier, 3), found.p_value > 0.05)
    (0.0, 0.16, True)
    """
    known = [r for r in results if r.confidence is not None]
    if not known:
        return None
    said = np.array([r.confidence for r in known], float)
    right = np.array([r.score for r in known], float)
    place = np.minimum((said * bins).astype(int), bins - 1)
    rng = np.random.default_rng(seed)
    ece = _ece(said, right, place, bins)
    calibrated = np.array(
        [
            _ece(said, (rng.random(len(said)) < said).astype(float), place, bins)
            for _ in range(_RUNS)
        ]
    )
    drawn = np.array(
        [
            (_ece(said[i], right[i], place[i], bins), float(((said[i] - right[i]) ** 2).mean()))
            for i in _resamples(known, rng)
        ]
    )
    ends = np.quantile(drawn, (alpha / 2, 1 - alpha / 2), axis=0)
    return Calibration(
        samples=len(known),
        ece=ece,
        ece_low=min(ece, float(ends[0, 0])),
        ece_high=max(ece, float(ends[1, 0])),
        ece_if_calibrated=float(calibrated.mean()),
        p_value=float((1 + (calibrated >= ece - 1e-12).sum()) / (1 + _RUNS)),
        brier=float(((said - right) ** 2).mean()),
        brier_low=float(ends[0, 1]),
        brier_high=float(ends[1, 1]),
        bins=tuple(_bins(said, right, place, bins)),
    )


def _ece(said: FloatArray, right: FloatArray, place: npt.NDArray[np.int_], bins: int) -> float:
    gaps = np.bincount(place, said - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(said))


def _resamples(
    results: Sequence[Result], rng: np.random.Generator
) -> Iterator[npt.NDArray[np.int_]]:
    """Places of the samples of as many clusters, drawn with replacement."""
    clusters: dict[str, list[int]] = {}
    for index, result in enumerate(results):
        clusters.setdefault(result.cluster or f"\0{result.id}", []).append(index)
    groups = [np.array(group) for group in clusters.values()]
    for _ in range(_RUNS):
        drawn = rng.integers(0, len(groups), len(groups))
        alone = len(groups) == len(results)
        yield drawn if alone else np.concatenate([groups[i] for i in drawn])


def _bins(said: FloatArray, right: FloatArray, place: npt.NDArray[np.int_], bins: int) -> list[Bin]:
    found = []
    for index in np.unique(place):
        here = place == index
        count = int(here.sum())
        share = float(right[here].mean())
        interval = clopper_pearson(round(share * count), count)
        found.append(
            Bin(low=index / bins, high=(index + 1) / bins, samples=count,
                confidence=float(said[here].mean()), right=share,
                right_low=min(share, interval.low), right_high=max(share, interval.high))
        )  # fmt: skip
    return found
