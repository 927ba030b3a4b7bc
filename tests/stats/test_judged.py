from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.stats.judged import Labelled, judged_rate
from aegis.stats.proportions import clopper_pearson


@given(cells=st.tuples(*[st.integers(0, 300)] * 4), judge_bad=st.integers(0, 1000))
def test_the_rate_and_its_interval_are_probabilities(
    cells: tuple[int, int, int, int], judge_bad: int
) -> None:
    """For any counts, even those of a judge that answers at random."""
    labelled = Labelled(
        both_bad=cells[0], judge_only=cells[1], person_only=cells[2], both_good=cells[3]
    )
    result = judged_rate(labelled, judge_bad=judge_bad, judged=1000)

    assert 0 <= result.interval.low <= result.interval.high <= 1
    assert 0 <= result.judge_weight <= 1
    assert np.isnan(result.rate) or 0 <= result.rate <= 1


def test_a_perfect_judge_makes_labels_of_its_answers() -> None:
    """The interval is then almost that of all judged samples."""
    labelled = Labelled(both_bad=10, judge_only=0, person_only=0, both_good=190)

    result = judged_rate(labelled, judge_bad=1000, judged=20_000)

    assert result.rate == pytest.approx(0.05, abs=0.001)
    assert result.interval.high - result.interval.low < 0.01


def test_a_useless_judge_is_not_listened_to() -> None:
    """Its answers are independent of the truth; the labels decide."""
    labelled = Labelled(both_bad=10, judge_only=40, person_only=10, both_good=40)

    result = judged_rate(labelled, judge_bad=9000, judged=10_000)

    assert result.judge_weight == 0
    assert result.rate == pytest.approx(0.2)


def test_few_labels_give_the_exact_interval_of_the_labels() -> None:
    """No approximation where there is nothing to approximate with."""
    labelled = Labelled(both_bad=1, judge_only=2, person_only=0, both_good=27)

    result = judged_rate(labelled, judge_bad=100, judged=1000)

    assert result.interval == clopper_pearson(1, 30)


@pytest.mark.slow
@pytest.mark.parametrize("truth", [0.03, 0.1])
def test_the_interval_covers_and_is_narrower_than_that_of_the_labels(truth: float) -> None:
    """A judge with sensitivity 0.80 and specificity 0.95, 1,000 labels, 20,000 judged samples."""
    rng = np.random.default_rng(700)
    runs, covered, width, alone = 2000, 0, 0.0, 0.0
    chances = [truth * 0.8, (1 - truth) * 0.05, truth * 0.2, (1 - truth) * 0.95]
    for _ in range(runs):
        cells = rng.multinomial(1000, chances).tolist()
        labelled = Labelled(
            both_bad=cells[0], judge_only=cells[1], person_only=cells[2], both_good=cells[3]
        )
        judge_bad = int(rng.binomial(20_000, chances[0] + chances[1]))
        result = judged_rate(labelled, judge_bad=judge_bad, judged=20_000)
        exact = clopper_pearson(labelled.bad, 1000)
        covered += truth in result.interval
        width += result.interval.high - result.interval.low
        alone += exact.high - exact.low

    assert covered >= 0.935 * runs
    assert width < 0.9 * alone
