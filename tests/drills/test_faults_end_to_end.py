"""Each fault, from the command to the record: real gateway, real HTTP, a model that the test speaks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.drills import stage

from aegis.plan.types import Plan


@pytest.fixture(scope="module")
def made() -> Plan:
    return stage.plan()


@pytest.mark.obligation(49)
@pytest.mark.parametrize(
    ("drill", "changes", "more"),
    [
        pytest.param("backend-errors", {}, (), id="errors"),
        pytest.param("some-errors", {}, (), id="a-share-of-errors", marks=pytest.mark.slow),
        pytest.param("backend-busy", {}, (), id="busy", marks=pytest.mark.slow),
        pytest.param("backend-slow", {}, (), id="slow", marks=pytest.mark.slow),
        pytest.param("backend-stuck", {}, (), id="stuck"),
        pytest.param("stream-cut", {}, (), id="cut", marks=pytest.mark.slow),
        pytest.param("garbled-answers", {}, (), id="garbled"),
        pytest.param("planted-instruction", {}, (), id="instruction"),
        pytest.param("planted-identity", {}, (), id="identity", marks=pytest.mark.slow),
        pytest.param("largest-requests", {}, (), id="largest", marks=pytest.mark.slow),
        pytest.param("worse-canary", {}, (), id="canary", marks=pytest.mark.slow),
        pytest.param("other-answers", {}, (), id="shift"),
        pytest.param(
            "endless-answers", stage.SPARING, ("--rate", "20"), id="endless", marks=pytest.mark.slow
        ),
        pytest.param("crowd", stage.FEW, ("--rate", "10"), id="crowd", marks=pytest.mark.slow),
    ],
)
def test_the_gateway_that_plans_configure_holds_every_hypothesis(
    made: Plan, tmp_path: Path, drill: str, changes: dict[str, Any], more: tuple[str, ...]
) -> None:
    """Exit 0, every claim measured and passed, and the steady state back; the log says the same."""
    folder = stage.bundle(tmp_path / "out", made, **changes)

    with stage.model() as backend:
        ran = stage.run(folder, backend, "--experiment", drill, *more)

    assert ran.code == 0, ran.one.why
    assert ran.one.outcome == "held"
    ended = ran.one.ended
    assert ended is not None
    assert all(m.verdict == "passed" for m in (*ended.hypothesis, *ended.recovery))
    assert ended.fault_s > 0
    assert ended.reached["fault"] > 0
