"""Quality indicators of a running AI system, from judged and labelled samples, with an interval.

A sample says whether it *has* the property: supported (groundedness), hallucinated, toxic,
refused, correct, hit by a guardrail, content (user feedback). What a judge said is corrected by
the samples that people labelled; without labels nobody knows the judge's errors, and the interval
is everything between 0 and 1.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.stats.judged import Labelled, judged_rate
from aegis.stats.paired import clustered_difference
from aegis.stats.proportions import Interval, clopper_pearson

_BINS = 15
_RESAMPLES = 400
_FEWEST_LABELS = 100
_SEED = 20261122


class Sli(enum.StrEnum):
    """What is measured."""

    GROUNDEDNESS = "groundedness"
    HALLUCINATION = "hallucination"
    TOXICITY = "toxicity"
    REFUSAL = "refusal"
    GUARDRAIL = "guardrail"
    ACCURACY = "accuracy"
    CALIBRATION = "calibration"
    SATISFACTION = "satisfaction"


class Sample(Frozen):
    """One line of a file of samples."""

    id: str = ""
    judge: bool | None = Field(default=None, description="the judge says it has the property")
    label: bool | None = Field(default=None, description="a person says it has the property")
    confidence: float | None = Field(
        default=None, ge=0, le=1, description="what the model said the probability was"
    )
    cluster: str = Field(default="", description="user or document; its samples belong together")


class Measured(Frozen):
    """The indicator with its interval."""

    sli: Sli
    value: float | None
    low: float
    high: float
    samples: int
    labelled: int
    judge_alone: float | None = Field(default=None, description="what the judge would have said")
    notes: tuple[str, ...] = ()

    def verdict(self, threshold: float, *, better: str) -> Verdict:
        """`passed` or `failed` when the whole interval is on one side, else `inconclusive`."""
        if self.value is None:
            return Verdict.INCONCLUSIVE
        above, below = self.low >= threshold, self.high < threshold
        if better == "lower":
            above, below = self.high <= threshold, self.low > threshold
        return Verdict.PASSED if above else Verdict.FAILED if below else Verdict.INCONCLUSIVE


def measure(sli: Sli, samples: Sequence[Sample], *, confidence: float = 0.95) -> Measured:
    """The indicator over samples of one window.

    >>> samples = [Sample(label=i % 10 > 0, cluster=str(i)) for i in range(400)]
    >>> found = measure(Sli.GROUNDEDNESS, samples)
    >>> found.value, 0.86 < found.low < 0.9 < found.high < 0.94
    (0.9, True)
    """
    if sli is Sli.CALIBRATION:
        return _calibration(samples, confidence)
    labelled = [s for s in samples if s.label is not None]
    judged = [s for s in samples if s.judge is not None]
    if labelled and not judged:
        return _labels_alone(sli, labelled, confidence)
    both = [s for s in labelled if s.judge is not None]
    table = Labelled(
        both_bad=sum(bool(s.judge and s.label) for s in both),
        judge_only=sum(bool(s.judge and not s.label) for s in both),
        person_only=sum(bool(s.label and not s.judge) for s in both),
        both_good=sum(not s.label and not s.judge for s in both),
    )
    rest = [s for s in judged if s.label is None]
    found = judged_rate(
        table, judge_bad=sum(bool(s.judge) for s in rest), judged=len(rest), confidence=confidence
    )
    alone = sum(bool(s.judge) for s in judged) / len(judged) if judged else None
    notes = []
    if len(both) < _FEWEST_LABELS:
        notes.append(
            f"{len(both)} samples have a label beside the judge's word; with fewer than "
            f"{_FEWEST_LABELS} the judge is not used: label more of them, picked at random"
        )
    return Measured(
        sli=sli,
        value=None if math.isnan(found.rate) else found.rate,
        low=found.interval.low,
        high=found.interval.high,
        samples=len(samples),
        labelled=len(both),
        judge_alone=alone,
        notes=tuple(notes),
    )


def _labels_alone(sli: Sli, labelled: Sequence[Sample], confidence: float) -> Measured:
    """Labels, or ratings of users: exact, or by cluster where samples belong together."""
    hits = sum(bool(s.label) for s in labelled)
    clusters = {s.cluster or f"#{i}" for i, s in enumerate(labelled)}
    interval = clopper_pearson(hits, len(labelled), confidence=confidence)
    notes: tuple[str, ...] = ()
    if len(clusters) < len(labelled):
        mean = clustered_difference(
            [float(bool(s.label)) for s in labelled],
            [s.cluster or f"#{i}" for i, s in enumerate(labelled)],
        )
        by_cluster = mean.interval(confidence)
        interval = Interval(max(by_cluster.low, 0.0), min(by_cluster.high, 1.0))
        notes = (f"{len(clusters)} users or documents decide, not {len(labelled)} samples",)
    return Measured(
        sli=sli,
        value=hits / len(labelled),
        low=interval.low,
        high=interval.high,
        samples=len(labelled),
        labelled=len(labelled),
        notes=notes,
    )


def _calibration(samples: Sequence[Sample], confidence: float) -> Measured:
    """Root mean square calibration error over 15 equally filled bins, without its bias.

    The plain estimate is biased up: a perfectly calibrated model shows an error. Each bin's squared
    gap loses the variance of its labels; the interval comes from resampled labels around the plain
    estimate. Source: Kumar, Liang and Ma, «Verified Uncertainty Calibration», NeurIPS 2019.
    """
    known = [s for s in samples if s.label is not None and s.confidence is not None]
    if len(known) < 2 * _BINS:
        return Measured(
            sli=Sli.CALIBRATION, value=None, low=0.0, high=1.0, samples=len(samples),
            labelled=len(known), notes=(f"fewer than {2 * _BINS} labelled samples",),
        )  # fmt: skip
    said = np.array([s.confidence for s in known], float)
    true = np.array([bool(s.label) for s in known], float)
    order = np.argsort(said, kind="stable")
    bins = [np.array(b) for b in np.array_split(order, _BINS)]
    rng = np.random.default_rng(_SEED)
    plain, unbiased = _squared_gaps(said, true, bins)
    resampled = []
    for _ in range(_RESAMPLES):
        picked = [rng.choice(b, len(b)) for b in bins]
        resampled.append(_squared_gaps(said, true, picked)[1] - plain)
    low, high = np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Measured(
        sli=Sli.CALIBRATION,
        value=math.sqrt(max(unbiased, 0.0)),
        low=math.sqrt(max(unbiased - float(high), 0.0)),
        high=math.sqrt(max(unbiased - float(low), 0.0)),
        samples=len(samples),
        labelled=len(known),
    )


def _squared_gaps(
    said: np.ndarray, true: np.ndarray, bins: Sequence[np.ndarray]
) -> tuple[float, float]:
    """Mean squared gap between confidence and truth over the bins: plain, and without its bias."""
    plain = unbiased = 0.0
    for members in bins:
        share, rate = len(members) / len(said), float(true[members].mean())
        gap = (float(said[members].mean()) - rate) ** 2
        plain += share * gap
        unbiased += share * (gap - rate * (1 - rate) / max(len(members) - 1, 1))
    return plain, unbiased
