"""Counters that restart, vanish, come late or twice never invent an event."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.rollout.counts import (
    CountsError,
    Gains,
    SeriesKey,
    gains,
    read_snapshot,
    read_snapshots,
)
from aegis.stats.counters import Reading

EVENTS = SeriesKey("errors", "canary", "events", "pod-1|")
TOTAL = SeriesKey("errors", "canary", "total", "pod-1|")


def gained(made: Gains, counter: str) -> float | None:
    return made.gained.get("errors", {}).get("canary", {}).get(counter)


@pytest.mark.parametrize(
    ("last", "fresh", "count"),
    [
        pytest.param([(10, 5)], [(20, 8)], 3, id="grows"),
        pytest.param([(10, 5)], [(20, 2)], 2, id="began-again"),
        pytest.param([(10, 5)], [(12, 9), (15, 1), (20, 4)], 8, id="began-again-between-two-looks"),
        pytest.param([(10, 5)], [(10, 5)], None, id="came-twice-and-nothing-else"),
        pytest.param([(10, 5)], [(8, 4)], None, id="came-late-and-was-counted"),
        pytest.param([(10, 5)], [(8, 4), (20, 7), (20, 7)], 2, id="late-and-twice"),
        pytest.param([(10, 5)], [(20, float("nan")), (25, 6)], 1, id="a-hole"),
        pytest.param([], [(20, 900)], 0, id="seen-for-the-first-time"),
    ],
)
def test_what_a_series_gained(
    last: list[tuple[float, float]], fresh: list[tuple[float, float]], count: float | None
) -> None:
    """The gain is what must have happened since the last reading; nothing new is no data."""
    before = {TOTAL: Reading(*last[0])} if last else {}

    made = gains(before, {TOTAL: tuple(Reading(*f) for f in fresh)}, since_s=10)

    assert gained(made, "total") == count


def test_a_counter_that_appears_with_its_first_event_counts_it() -> None:
    """The process was there at the last look, so the new counter began at zero since then."""
    before = {TOTAL: Reading(10, 100)}
    fresh = {TOTAL: (Reading(20, 150),), EVENTS: (Reading(20, 3),)}

    assert gained(gains(before, fresh, since_s=10), "events") == 3


def test_a_counter_of_a_process_that_nobody_knew_counts_nothing_yet() -> None:
    """Its total may be from any time before."""
    other = SeriesKey("errors", "canary", "events", "pod-2|")

    made = gains({TOTAL: Reading(10, 100)}, {other: (Reading(20, 3),)}, since_s=10)

    assert gained(made, "events") == 0


def test_a_missing_metric_is_missing_and_not_zero() -> None:
    """Nobody may take silence for health."""
    assert gains({TOTAL: Reading(10, 100)}, {}, since_s=10).gained == {}


@settings(deadline=None)
@given(
    totals=st.lists(st.integers(0, 30), min_size=2, max_size=12),
    seed=st.integers(0, 1000),
)
def test_late_and_repeated_documents_change_nothing(totals: list[int], seed: int) -> None:
    """Whatever is delivered again, in whatever looks, the sum of the gains is what happened."""
    draw = random.Random(seed)  # noqa: S311
    running = [(float(i), float(sum(totals[: i + 1]))) for i in range(len(totals))]
    last, found, seen = {TOTAL: Reading(*running[0])}, 0.0, 0
    while seen < len(running) - 1:
        now = draw.randint(seen + 1, len(running) - 1)
        sent = running[seen + 1 : now + 1] + draw.choices(running[: now + 1], k=3)
        draw.shuffle(sent)
        made = gains(last, {TOTAL: tuple(Reading(*s) for s in sent)}, since_s=float(seen))
        found += gained(made, "total") or 0.0
        last, seen = made.last, now

    assert found == running[-1][1] - running[0][1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("{", "not JSON", id="cut-off"),
        pytest.param('{"metrics": {}}', "at_s", id="without-a-time"),
        pytest.param('{"at_s": 1, "metrics": {"e": {"blue": {}}}}', "canary", id="another-arm"),
        pytest.param(
            '{"at_s": 1, "metrics": {"e": {"canary": {"total": -1}}}}',
            "greater than",
            id="below-zero",
        ),
        pytest.param('{"at_s": NaN, "metrics": {}}', "finite", id="no-number"),
    ],
)
def test_a_broken_document_is_refused_with_its_place(text: str, says: str) -> None:
    """Where, and what."""
    with pytest.raises(CountsError, match=f"counts:7.*{says}"):
        read_snapshot(text, where="counts:7")


def test_a_broken_line_loses_nothing_else() -> None:
    """It is named; the lines around it count, in time order."""
    good = '{{"at_s": {}, "metrics": {{"e": {{"canary": {{"total": 1, "events": null}}}}}}}}'

    found, problems = read_snapshots(
        [good.format(20), "{broken", "", good.format(10)], path="counts.jsonl"
    )

    assert [s.at_s for s in found] == [10, 20]
    assert len(problems) == 1
    assert "counts.jsonl:2" in problems[0]
    assert [key.counter for key in found[0].samples()] == ["total"]
