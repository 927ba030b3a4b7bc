"""How the benchmark counts what a second reading lets through; the readings are written down here."""

from __future__ import annotations

import datetime

import pytest
from benchmarks.advisor import reader

from aegis.advisor.dialogue import turn
from aegis.advisor.second_reading import SecondReading
from aegis.advisor.talk import Talk

WRITTEN = (
    "Keep the evaluation gate, because it is what keeps a smaller model honest.",
    "The queue is where overload becomes visible.",
    "Ask who owns the alert before the first night, because an alert without an owner wakes nobody.",
)
COSTS = "It costs $400 a month."
DAY = datetime.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("reading", "honest", "wrong", "unread"),
    [
        pytest.param(SecondReading(stands=(*WRITTEN, COSTS)), (1, 1, 1, 1), (1, 1, 1, 1), 0, id="lenient"),
        pytest.param(SecondReading(stands=WRITTEN[:1]), (1, 1, 0, 0), (1, 1, 0, 0), 0, id="half-of-a-text"),
        pytest.param(SecondReading(stands=(COSTS,)), (1, 1, 0, 0), (1, 1, 1, 0), 0,
                     id="what-the-gate-withholds-stays-withheld"),
        pytest.param(SecondReading(trouble="too late"), (1, 1, 0, 0), (1, 1, 0, 0), 4, id="no-reading"),
    ],
)  # fmt: skip
def test_the_benchmark_counts_what_the_gate_and_the_reading_let_through(
    reading: SecondReading, honest: tuple[int, ...], wrong: tuple[int, ...], unread: int
) -> None:  # fmt: skip
    """A wrong text is shown with any sentence of it, an honest one stands with all; no reading withholds."""
    plan = turn(Talk(), "An 8B chatbot for 500 agents on AWS, 20 rps", today=DAY)[1].plan
    assert plan is not None
    rows = [
        {"id": "h", "violates": False, "text": f"{WRITTEN[0]} {WRITTEN[1]}"},
        {"id": "v", "violates": True, "text": f"{WRITTEN[2]} {COSTS}"},
    ]
    found = reader.read(rows, plan, lambda _: reading)
    counts = [
        (each.texts, each.gate, each.reader, each.both) for each in (found.honest, found.violating)
    ]
    assert counts == [honest, wrong]
    assert found.unread == unread
