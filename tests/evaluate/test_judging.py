"""Judges against labels, and confidences against what came true."""

from __future__ import annotations

import random

import pytest

from aegis.evaluate.calibration import calibration
from aegis.evaluate.judged import judge_report, read_labels
from aegis.evaluate.records import Result


def judged(
    *, rate: float, sensitivity: float, specificity: float, samples: int, labelled: int, seed: int
) -> tuple[list[Result], dict[str, bool]]:
    """Answers of which this rate is bad, seen by an imperfect judge, some of them labelled."""
    rng = random.Random(seed)  # noqa: S311  # a seeded simulation
    results, labels = [], {}
    for i in range(samples):
        bad = rng.random() < rate
        said_bad = rng.random() < (sensitivity if bad else 1 - specificity)
        results.append(Result(id=str(i), score=float(not said_bad)))
        if i < labelled:
            labels[str(i)] = not bad
    return results, labels


def test_a_judge_with_false_alarms_is_corrected() -> None:
    """It reads 3 % as about 7 %; with labels the truth is in the interval and the reading is not."""
    results, labels = judged(
        rate=0.03, sensitivity=0.8, specificity=0.95, samples=20_000, labelled=2000, seed=1
    )
    report = judge_report("groundedness", results, labels)

    assert report is not None
    assert report.judge_rate > 0.06
    assert report.low < 0.03 < report.high < report.judge_rate
    assert report.false_alarms.low < 0.05 < report.false_alarms.high
    assert report.missed.low < 0.2 < report.missed.high


@pytest.mark.slow
def test_simulated_the_corrected_interval_covers() -> None:
    """Of 400 evaluations, the 95 % interval holds the true rate in at least 92 %."""
    covered = 0
    for seed in range(400):
        results, labels = judged(
            rate=0.1, sensitivity=0.8, specificity=0.9, samples=3000, labelled=500, seed=seed
        )
        report = judge_report("x", results, labels)
        assert report is not None
        covered += report.low <= 0.1 <= report.high

    assert covered >= 368


def test_few_labels_give_the_exact_interval_of_the_labels() -> None:
    """Below a hundred labels nothing is approximated."""
    results, labels = judged(
        rate=0.2, sensitivity=1, specificity=1, samples=1000, labelled=30, seed=2
    )
    report = judge_report("x", results, labels)

    assert report is not None
    assert report.judge_weight == 0
    assert report.high - report.low > 0.2


def test_a_judge_that_always_says_good_has_no_kappa_above_chance() -> None:
    """It agrees with a healthy release nearly always, and knows nothing."""
    results = [Result(id=str(i), score=1.0) for i in range(50)]
    report = judge_report("x", results, {str(i): i >= 5 for i in range(50)})

    assert report is not None
    assert report.agreement.value == pytest.approx(0.9)
    assert report.kappa == 0
    assert report.missed.value == 1


def test_labels_of_other_samples_say_nothing() -> None:
    """No report without a common sample."""
    assert judge_report("x", [Result(id="a", score=1.0)], {"b": True}) is None


def test_a_label_that_contradicts_an_earlier_one_is_named() -> None:
    """The first counts; agreement is no problem."""
    lines = ['{"id": "a", "good": true}', '{"id": "a", "good": true}', '{"id": "a", "good": false}']
    assert read_labels(lines, path="l")[1] == (
        "l:3: `a` has another label before; the first counts",
    )


def said(samples: int, *, bias: float, seed: int) -> list[Result]:
    """Confidences between one half and one; right as often as said, less the bias."""
    rng = random.Random(seed)  # noqa: S311  # a seeded simulation
    found = []
    for i in range(samples):
        sure = rng.uniform(0.5, 1.0)
        found.append(Result(id=str(i), score=float(rng.random() < sure - bias), confidence=sure))
    return found


def test_few_samples_look_uncalibrated_and_are_not_called_so() -> None:
    """ECE of a calibrated model with 100 samples is about 0.1 by chance alone; the p-value knows."""
    found = calibration(said(100, bias=0, seed=3))

    assert found is not None
    assert found.ece_if_calibrated > 0.05
    assert found.p_value > 0.05


def test_overconfidence_is_found() -> None:
    """Ten points too sure, 1,000 samples."""
    found = calibration(said(1000, bias=0.1, seed=4))

    assert found is not None
    assert found.p_value < 0.01
    assert found.ece_low < 0.1 < found.ece_high
    assert sum(each.samples for each in found.bins) == 1000
    assert all(each.right_low <= each.right <= each.right_high for each in found.bins)


def test_calibrated_models_are_rarely_called_uncalibrated() -> None:
    """At 5 %, of 30 calibrated models at most 5 (99 % point of the binomial)."""
    small = [calibration(said(80, bias=0, seed=seed)) for seed in range(30)]

    assert sum(each is not None and each.p_value <= 0.05 for each in small) <= 5


def test_without_confidences_there_is_no_calibration() -> None:
    """Nothing said is nothing to check."""
    assert calibration([Result(id="a", score=1.0)]) is None
