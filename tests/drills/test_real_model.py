"""A real language model behind the gateway: SmolLM2-135M by llama-server, one thread, on loopback."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.drills import stage
from tests.evaluate import test_real_model

endpoint = test_real_model.endpoint


@pytest.mark.slow
@pytest.mark.obligation(49)
def test_streams_of_a_real_model_are_cut_and_none_is_taken_for_whole(
    endpoint: str, tmp_path: Path
) -> None:
    """Half of a real stream, then a dropped connection: every caller is told, and all is well after."""
    made = stage.plan(first_token_ms=20_000, answer_tokens=8)
    slow = {"slow_first_token_ms": 100_000.0}  # five times the objective, as plans have it
    folder = stage.bundle(tmp_path / "out", made, breaker={**stage.POLICY["breaker"], **slow})

    ran = stage.run(
        folder, endpoint.removesuffix("/v1"), "--experiment", "stream-cut", "--rate", "1",
        "--answer-s", "30",
    )  # fmt: skip

    assert ran.one.outcome == "held", ran.one.why
    assert ran.code == 0
