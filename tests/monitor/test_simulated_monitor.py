"""The budget holds for a whole table: numbers, categories, texts, embeddings, a pair at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aegis.base.verdict import Verdict
from aegis.monitor.columns import Chunk
from aegis.monitor.history import Header, begin
from aegis.monitor.judge import judge
from aegis.monitor.reference import Reference
from aegis.monitor.window import Window


@pytest.mark.slow
def test_a_thousand_windows_at_rest_raise_no_alarm(
    drawn: Callable[..., Chunk], fitted: Callable[..., Reference], windowed: Callable[..., Window]
) -> None:
    """At most one in a thousand is the budget; the evidence hardly rises."""
    reference = fitted(drawn(20_000, 31))
    history = begin(reference, Header(reference="r", budget=1000))
    highest = 0.0
    for number in range(1000):
        step = judge(reference, history, windowed(reference, drawn(300, 5000 + number)))
        history = step.history
        highest = max(highest, history.evidence())
        assert step.judged.verdict is Verdict.PASSED, step.judged

    assert highest < 0.5
