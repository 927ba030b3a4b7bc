"""What one window is told: drift by column, no way to tell, or no drift so far."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from aegis.base.verdict import Verdict
from aegis.monitor.columns import Chunk, Role, Values
from aegis.monitor.history import Header, History, begin
from aegis.monitor.judge import Step, judge
from aegis.monitor.reference import Declared, Reference
from aegis.monitor.window import Window

Draw = Callable[..., Chunk]
Fit = Callable[..., Reference]
Windowed = Callable[..., Window]
HEADER = Header(reference="sha256:test", budget=1000)


def run(reference: Reference, windows: list[Window]) -> list[Step]:
    history, steps = begin(reference, HEADER), []
    for window in windows:
        steps.append(judge(reference, history, window))
        history = steps[-1].history
    return steps


@pytest.mark.parametrize(
    ("change", "by", "column", "role"),
    [
        pytest.param("age", 0.5, "age", Role.INPUT, id="number"),
        pytest.param("country", 0.2, "country", Role.INPUT, id="category"),
        pytest.param("length", 20, "prompt", Role.INPUT, id="text-length"),
        pytest.param("topic", 1, "prompt", Role.INPUT, id="text-topic"),
        pytest.param("vector", 0.3, "vector", Role.INPUT, id="embedding"),
        pytest.param("score", 1.0, "score", Role.PREDICTION, id="prediction"),
    ],
)
def test_the_column_that_moved_is_named_first_and_since_when(
    reference: Reference, drawn: Draw, windowed: Windowed, change: str, by: float, column: str,
    role: Role,
) -> None:  # fmt: skip
    """Five windows at rest, then three after the change."""
    calm = [windowed(reference, drawn(500, 100 + i), f"calm-{i}") for i in range(5)]
    moved = [windowed(reference, drawn(500, 200 + i, **{change: by}), f"new-{i}") for i in range(3)]

    steps = run(reference, [*calm, *moved])

    assert [s.judged.verdict for s in steps[:5]] == [Verdict.PASSED] * 5
    last = steps[-1].judged
    assert last.verdict is Verdict.FAILED
    assert (last.moved[0].column, last.moved[0].role) == (column, role)
    assert last.moved[0].since in {"calm-4", "new-0"}


def test_a_shift_is_told_in_the_units_of_the_column(
    reference: Reference, drawn: Draw, windowed: Windowed
) -> None:
    """Half a standard deviation of twelve years is six years."""
    steps = run(reference, [windowed(reference, drawn(2000, 300 + i, age=0.5)) for i in range(2)])

    told = steps[-1].judged.moved[0]
    before, now = (
        float(t.removeprefix("median ")) for t in (told.in_window.before, told.in_window.now)
    )
    assert now - before == pytest.approx(6, abs=1)
    assert "usual spread over 2 windows" in told.since_then


def without(chunk: Chunk, name: str) -> Chunk:
    return dataclasses.replace(chunk, columns={n: v for n, v in chunk.columns.items() if n != name})


def with_(chunk: Chunk, name: str, values: Values) -> Chunk:
    return dataclasses.replace(chunk, columns={**chunk.columns, name: values})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(lambda c: without(c, "age"), "`age` is missing", id="missing-column"),
        pytest.param(lambda c: with_(c, "income", np.ones(500)), "`income` is new", id="new-column"),
        pytest.param(
            lambda c: with_(c, "age", c.columns["country"]), "held numbers and now holds texts",
            id="number-to-text",
        ),
        pytest.param(
            lambda c: with_(c, "country", np.ones(500)), "held texts and now holds numbers",
            id="text-to-number",
        ),
        pytest.param(
            lambda c: with_(c, "vector", np.ones((500, 8), np.float32)), "16 dimensions and now has 8",
            id="another-embedding-model",
        ),
        pytest.param(lambda c: c.slice(0, 0), "no rows", id="empty"),
        pytest.param(lambda c: c.slice(0, 40), "40 vectors", id="too-few-vectors"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_inconclusive(
    reference: Reference,
    drawn: Draw,
    windowed: Windowed,
    spoil: Callable[[Chunk], Chunk],
    said: str,
) -> None:
    """Never «no drift»."""
    [step] = run(reference, [windowed(reference, spoil(drawn(500, 7)))])

    assert step.judged.verdict is Verdict.INCONCLUSIVE
    assert said in " ".join(step.judged.reasons)


def test_a_missing_column_hides_no_drift_of_another(
    reference: Reference, drawn: Draw, windowed: Windowed
) -> None:
    spoiled = [windowed(reference, without(drawn(500, i, country=0.3), "age")) for i in range(3)]

    steps = run(reference, spoiled)

    assert steps[-1].judged.verdict is Verdict.FAILED
    assert steps[-1].judged.moved[0].column == "country"
    assert steps[-1].judged.reasons == ("`age` is missing",)


def test_the_same_data_counts_once(reference: Reference, drawn: Draw, windowed: Windowed) -> None:
    """However often it is delivered, and whatever the file is called."""
    names = ("monday", "monday-again", "tuesday")

    steps = run(reference, [windowed(reference, drawn(500, 8, age=0.1), name) for name in names])

    assert [s.judged.repeats for s in steps] == ["", "monday", "monday"]
    assert len(steps[-1].history.windows) == 1
    assert steps[-1].history.evidence() == steps[0].history.evidence()


def test_values_that_vanish_are_drift(
    reference: Reference, drawn: Draw, windowed: Windowed
) -> None:
    """A sensor that sends nothing is told as missing values, not as a shift."""
    rows = drawn(500, 9)
    ages = np.where(np.arange(500) % 3 == 0, np.nan, np.asarray(rows.columns["age"]))

    [step] = run(reference, [windowed(reference, with_(rows, "age", ages))])

    assert step.judged.verdict is Verdict.FAILED
    assert step.judged.moved[0].in_window.what == "age: missing values"
    assert step.judged.moved[0].in_window.now == "33.4 %"


def history_of(reference: Reference) -> History:
    return begin(reference, HEADER)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        pytest.param(
            lambda score, drawn: np.where(score < 0.5, drawn, np.nan), "learns its own decisions",
            id="labelled-only-where-the-model-agreed",
        ),
        pytest.param(lambda score, _: (score > 0.5) * 1.0, "", id="labels-of-their-own"),
    ],
)  # fmt: skip
def test_labels_that_depend_on_predictions_are_called_out(
    drawn: Draw, fitted: Fit, windowed: Windowed,
    labels: Callable[[np.ndarray, np.ndarray], np.ndarray], said: str,
) -> None:  # fmt: skip
    rows = drawn(3000, 11)
    score, known = np.asarray(rows.columns["score"]), np.asarray(rows.columns["defaulted"])
    rows = with_(rows, "defaulted", labels(score, known))
    reference = fitted(rows)

    [step] = run(reference, [windowed(reference, rows.slice(0, 1000))])

    assert bool(said) == bool(step.judged.feedback)
    assert said in " ".join(step.judged.feedback)


def test_labels_that_repeat_the_prediction_are_called_out(
    drawn: Draw, fitted: Fit, windowed: Windowed
) -> None:
    rows = drawn(3000, 12)
    said = rows.columns["country"]
    reference = fitted(
        with_(rows, "confirmed", said), declared=Declared(feeds=(("country", "confirmed"),))
    )

    [step] = run(
        reference,
        [windowed(reference, with_(rows.slice(0, 1000), "confirmed", said).slice(0, 1000))],
    )

    assert "copy of the prediction" in step.judged.feedback[0]


def test_a_prediction_that_means_something_else_is_drift_of_the_pair(
    reference: Reference, drawn: Draw, windowed: Windowed
) -> None:
    """Scores and labels are distributed as before; only their connection is gone."""
    windows = []
    for i in range(3):
        rows = drawn(500, 400 + i)
        turned = 1 - np.asarray(rows.columns["defaulted"])
        windows.append(windowed(reference, with_(rows, "defaulted", turned)))

    last = run(reference, windows)[-1].judged

    assert last.verdict is Verdict.FAILED
    assert last.moved[0].column == "score → defaulted"
    assert "`score` high and `defaulted`" in last.moved[0].in_window.what
