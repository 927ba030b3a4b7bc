"""The guardrail against orders to the model keeps its recall and its false alarms."""

from __future__ import annotations

from functools import cache

import pytest
from benchmarks.guardrails.measures import GATES, Gate, Tally, judged, tallies
from benchmarks.guardrails.sets import cases
from benchmarks.guardrails.training.corpus import examples


@cache
def _measured() -> dict[str, Tally]:
    return {tally.name: tally for tally in tallies(judged(cases()), by_class=False)}


@pytest.mark.obligation(54)
@pytest.mark.parametrize("gate", [pytest.param(gate, id=gate.of) for gate in GATES])
def test_keeps_its_bound(gate: Gate) -> None:
    """Recall on attacks and false alarms on harmless texts that nothing learned from."""
    tally = _measured()[gate.of]

    assert gate.met(tally), gate.said(tally)


@pytest.mark.obligation(54)
def test_a_detector_that_flags_everything_or_nothing_meets_no_set_of_bounds() -> None:
    """The bounds hold it from both sides."""
    for flagged in (0, 1):
        tallies_ = {
            name: Tally(name, t.attack, t.tried, flagged * t.tried, flagged * t.tried, 0, 1)
            for name, t in _measured().items()
        }
        assert not all(gate.met(tallies_[gate.of]) for gate in GATES)


@pytest.mark.obligation(54)
def test_nothing_that_judges_was_learned_from() -> None:
    """No text of the judging sets stands in the training texts."""
    learned = {" ".join(each.text.lower().split()) for each in examples()}
    judging = {" ".join(case.text.lower().split()) for case in cases()}

    assert not learned & judging
