from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.stats.counters import ArmReadings, Reading, increments, looks
from aegis.stats.label import Look, no_evidence

GAINS = st.lists(st.integers(0, 50), min_size=1, max_size=12)


def scrape(gains: list[int]) -> list[Reading]:
    total, readings = 0, [Reading(0, 0)]
    for index, gain in enumerate(gains, start=1):
        total += gain
        readings.append(Reading(60 * index, total))
    return readings


@given(gains=GAINS, data=st.data())
def test_late_and_repeated_readings_change_nothing(gains: list[int], data: st.DataObject) -> None:
    """Readings are a set: their order and their repetition carry no information."""
    readings = scrape(gains)
    extra = data.draw(st.lists(st.sampled_from(readings), max_size=5))
    shuffled = data.draw(st.permutations(readings + extra))

    counted = increments(shuffled)

    assert [step.count for step in counted.steps] == gains
    assert counted.duplicates == len(extra)


@given(gains=GAINS, data=st.data())
def test_missing_readings_lose_no_event(gains: list[int], data: st.DataObject) -> None:
    """The next reading covers the gap, as long as the counter lives."""
    readings = scrape(gains)
    gaps = data.draw(st.sets(st.integers(1, len(gains))))
    kept = [
        Reading(reading.at_s, math.nan) if index in gaps - {len(gains)} else reading
        for index, reading in enumerate(readings)
    ]

    assert increments(kept).count == sum(gains)


@given(before=GAINS, after=GAINS)
def test_a_reset_invents_no_event(before: list[int], after: list[int]) -> None:
    """What a restarted process lost stays lost; what it counts since is counted."""
    first = scrape(before)
    second = [
        Reading(reading.at_s + first[-1].at_s + 60, reading.total) for reading in scrape(after)
    ]

    counted = increments(first + second)

    assert counted.count == sum(before) + sum(after)
    assert counted.resets == int(sum(before) > 0)


@pytest.mark.parametrize(
    "readings",
    [
        pytest.param([], id="none"),
        pytest.param([Reading(0, 7)], id="one"),
        pytest.param([Reading(0, 7), Reading(60, math.nan)], id="one-known"),
    ],
)
def test_too_few_readings_gain_nothing(readings: list[Reading]) -> None:
    """A total alone says nothing about a window."""
    assert increments(readings).steps == ()


def arm(bad: list[int], total: list[int]) -> ArmReadings:
    return ArmReadings(bad={"pod-1": tuple(scrape(bad))}, total={"pod-1": tuple(scrape(total))})


def test_looks_are_the_windows_between_ends() -> None:
    """One look a minute, from one counter of each kind."""
    made = looks(canary=arm([1, 2], [50, 60]), stable=arm([0, 3], [450, 440]), ends_s=[120, 0, 60])

    assert made.skipped == 0
    assert made.looks == (
        Look(canary_bad=1, canary_total=50, stable_bad=0, stable_total=450),
        Look(canary_bad=2, canary_total=60, stable_bad=3, stable_total=440),
    )


def test_a_window_with_more_failures_than_requests_is_skipped() -> None:
    """The counter of requests was reset and the one of failures was not."""
    odd = ArmReadings(
        bad={"pod-1": (Reading(0, 0), Reading(60, 40))},
        total={"pod-1": (Reading(0, 900), Reading(60, 30))},
    )

    made = looks(canary=odd, stable=arm([1], [450]), ends_s=[0, 60])

    assert (made.looks, made.skipped) == ((), 1)


def test_counters_that_are_gone_prove_nothing() -> None:
    """No series at all: looks without requests, and no evidence from them."""
    gone = ArmReadings(bad={}, total={})

    made = looks(canary=gone, stable=arm([1, 1], [450, 450]), ends_s=[0, 60, 120])
    evidence = no_evidence()
    for look in made.looks:
        evidence = evidence.add(look)

    assert evidence.evidence == 1


def test_replicas_are_added_up() -> None:
    """Two pods of one arm; the second starts in the second window."""
    two = ArmReadings(
        bad={"a": (Reading(0, 5), Reading(60, 6)), "b": (Reading(60, 0), Reading(120, 2))},
        total={"a": (Reading(0, 50), Reading(60, 70)), "b": (Reading(60, 0), Reading(120, 30))},
    )

    made = looks(canary=two, stable=arm([0, 0], [1, 1]), ends_s=[0, 60, 120])

    assert [look.canary_bad for look in made.looks] == [1, 2]
    assert [look.canary_total for look in made.looks] == [20, 30]
