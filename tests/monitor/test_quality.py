"""Quality from judged samples: corrected, with an interval that holds, or no way to tell."""

from __future__ import annotations

import numpy as np
import pytest

from aegis.base.verdict import Verdict
from aegis.monitor.quality import Sample, Sli, measure


def judged(rng: np.random.Generator, *, rate: float, samples: int, labelled: int) -> list[Sample]:
    """A judge with sensitivity 0.80 and specificity 0.95."""
    truth = rng.random(samples) < rate
    said = np.where(truth, rng.random(samples) < 0.8, rng.random(samples) < 0.05)
    return [
        Sample(judge=bool(j), label=bool(t) if i < labelled else None)
        for i, (j, t) in enumerate(zip(said, truth, strict=True))
    ]


def test_a_judge_that_errs_is_corrected() -> None:
    """A true rate of 2 % reads 6.5 %; the corrected interval holds it and excludes that."""
    found = measure(
        Sli.HALLUCINATION,
        judged(np.random.default_rng(1), rate=0.02, samples=20_000, labelled=2000),
    )

    assert found.judge_alone == pytest.approx(0.065, abs=0.006)
    assert found.low < 0.02 < found.high < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.03, 0.1, 0.5])
def test_the_interval_holds_the_truth_in_nineteen_of_twenty_runs(rate: float) -> None:
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(300):
        found = measure(Sli.TOXICITY, judged(rng, rate=rate, samples=2000, labelled=500))
        held += found.low <= rate <= found.high

    assert held / 300 >= 0.92


def test_a_judge_without_labels_proves_nothing() -> None:
    found = measure(Sli.TOXICITY, [Sample(judge=i % 50 == 0) for i in range(1000)])

    assert found.value is None
    assert (found.low, found.high) == (0.0, 1.0)
    assert found.verdict(0.1, better="lower") is Verdict.INCONCLUSIVE
    assert "label more" in found.notes[0]


def test_ratings_of_one_user_are_one_opinion() -> None:
    """Forty ratings each of ten users give a wider interval than four hundred users."""
    ratings = [(i % 40, i // 40, (i // 40) % 3 > 0) for i in range(400)]
    alone = measure(Sli.SATISFACTION, [Sample(label=r, cluster=f"{a}-{u}") for a, u, r in ratings])
    grouped = measure(Sli.SATISFACTION, [Sample(label=r, cluster=str(u)) for _, u, r in ratings])

    assert grouped.value == alone.value
    assert grouped.high - grouped.low > 3 * (alone.high - alone.low)


@pytest.mark.parametrize(
    ("threshold", "better", "verdict"),
    [
        pytest.param(0.8, "higher", Verdict.PASSED, id="above"),
        pytest.param(0.97, "higher", Verdict.FAILED, id="below"),
        pytest.param(0.9, "higher", Verdict.INCONCLUSIVE, id="between"),
        pytest.param(0.97, "lower", Verdict.PASSED, id="low-is-good"),
        pytest.param(0.8, "lower", Verdict.FAILED, id="low-is-good-and-is-not"),
    ],
)
def test_only_a_whole_interval_decides(threshold: float, better: str, verdict: Verdict) -> None:
    found = measure(Sli.ACCURACY, [Sample(label=i % 10 > 0) for i in range(500)])

    assert found.verdict(threshold, better=better) is verdict


@pytest.mark.parametrize("bend", [0.0, 0.05, 0.15])
def test_calibration_error_has_lost_its_bias(bend: float) -> None:
    """Confidences that are too low by `bend`; the plain estimate of a perfect model is 0.03 and more."""
    rng = np.random.default_rng(4)
    said = rng.uniform(0.2, 0.8, 3000)
    true = rng.random(3000) < said + bend

    found = measure(
        Sli.CALIBRATION,
        [Sample(confidence=float(c), label=bool(y)) for c, y in zip(said, true, strict=True)],
    )

    assert found.value == pytest.approx(bend, abs=0.02)
    assert found.low - 1e-9 <= bend <= found.high


def test_thirty_labels_are_too_few_to_speak_of_calibration() -> None:
    found = measure(Sli.CALIBRATION, [Sample(confidence=0.5, label=True)] * 29)

    assert found.value is None
