"""Where counts go: fractions against the claim, one alpha for two proofs, a fair coin for pairs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.rollout.arms import MetricLook, metric_look, whole
from aegis.rollout.judge import MetricEvidence, compared, no_metric_evidence
from aegis.rollout.policy import Metric

ALPHA = 0.05
ERRORS = {"id": "errors", "kind": "rate", "margin": 2.0}
ANSWERS = {"id": "answers", "kind": "score", "better": "higher", "margin": 2.0}


def evidence(
    metric: dict[str, object], *looks: tuple[float, float, float, float]
) -> MetricEvidence:
    """After looks of canary events and units, then stable's."""
    spec = Metric.model_validate(metric)
    found = no_metric_evidence(spec, alpha_limit=ALPHA, alpha_promotion=ALPHA)
    for look in looks:
        found = compared(found, seen(spec, *look), alpha=ALPHA)
    return found


def seen(
    metric: Metric, events: float, units: float, stable: float, of: float, *, paired: bool = False
) -> MetricLook:
    first, second = metric.counters
    gained = {"canary": {first: events, second: units}, "stable": {first: stable, second: of}}
    found = metric_look(metric, gained, paired=paired)
    assert isinstance(found, MetricLook)
    return found


def test_a_fraction_of_an_event_speaks_for_nobody_yet() -> None:
    """0.9 bad on the canary are no event against it, and a whole one against its innocence."""
    almost = evidence(ANSWERS, (9.1, 10, 90, 90))

    assert almost.log_harm <= 1e-9
    assert almost.log_proof is not None
    assert almost.log_proof < 0


@settings(deadline=None)
@given(st.lists(st.floats(0, 3), max_size=30))
def test_rounding_happens_once_and_not_at_each_look(parts: list[float]) -> None:
    """The whole events of all looks are those of the sum, rounded down or up."""
    down = up = before = 0.0
    for part in parts:
        down += whole(before, part, up=False)
        up += whole(before, part, up=True)
        before += part

    assert abs(down - math.floor(round(before, 9))) <= 1e-9
    assert abs(up - math.ceil(round(before, 9))) <= 1e-9


def test_two_ways_of_proof_share_one_alpha() -> None:
    """With a second way, the first one needs twice the evidence."""
    look = (10.0, 500.0, 10.0, 500.0)
    alone, number = evidence(ERRORS), 0
    while not alone.certified:
        number += 1
        alone = evidence(ERRORS, *[look] * number)
    both = evidence({**ERRORS, "negligible": 1e-6}, *[look] * number)
    later = evidence({**ERRORS, "negligible": 1e-6}, *[look] * (2 * number))

    assert alone.log_proof == both.log_proof
    assert alone.log_proof is not None
    assert math.log(1 / ALPHA) <= alone.log_proof < math.log(2 / ALPHA)
    assert not both.certified
    assert later.certified


def test_a_proof_that_was_there_stays() -> None:
    """Its alpha is spent; what comes later is for the bet on harm."""
    found = evidence(ERRORS, *[(10.0, 500.0, 10.0, 500.0)] * 40, *[(15.0, 500.0, 10.0, 500.0)] * 40)

    assert found.certified


def test_pairs_are_judged_by_a_fair_coin_whatever_was_counted_late() -> None:
    """Each request has an answer of both versions."""
    arms = seen(Metric.model_validate(ERRORS), 8, 80, 10, 100, paired=True).arms

    assert arms.canary_units == arms.stable_units == 100
    assert (arms.canary_bad, arms.stable_bad) == (8, 10)


@pytest.mark.parametrize("kind", ["rate", "score"])
def test_the_order_and_the_size_of_looks_do_not_matter(kind: str) -> None:
    """One look of everything, or one a scrape, at the same share."""
    metric = {"id": "m", "kind": kind, "margin": 2.0}
    parts = [(1.0, 40.0, 5.0, 360.0), (3.0, 40.0, 9.0, 360.0), (0.0, 40.0, 4.0, 360.0)]
    whole_look = tuple(map(sum, zip(*parts, strict=True)))

    one = evidence(metric, (whole_look[0], whole_look[1], whole_look[2], whole_look[3]))
    many, back = evidence(metric, *parts), evidence(metric, *reversed(parts))

    assert one.log_harm == pytest.approx(many.log_harm)
    assert many.log_harm == pytest.approx(back.log_harm)
