"""Rollouts on real parts: Envoy, Prometheus, two language models, and `aegis rollout run` itself.

Faults are injected by a thin proxy before the candidate: it answers 500, waits, or has the same
model sample at a high temperature. The business counter is the visitors' own, and only counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.rollout.real.stack import Stack, dump, missing, running

LACKS = missing()
if LACKS:
    warnings.warn(f"NO REAL ROLLOUT IS TESTED: {', '.join(LACKS)} not installed", stacklevel=1)
pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(bool(LACKS), reason=f"needs {', '.join(LACKS)}: `make tools`"),
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("stack")) as it:
        yield it


def roll_out(stack: Stack, folder: Path, **policy: Any) -> tuple[int, dict[str, Any]]:
    """`aegis rollout run` until its end: exit code and its JSON."""
    file = dump({**stack.policy(), **policy}, folder / "policy.yaml")
    done = subprocess.run(
        [sys.executable, "-m", "aegis", "rollout", "run", str(file), "--format", "json"],
        capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr[-2000:]
    return done.returncode, json.loads(done.stdout)


def test_a_healthy_candidate_is_promoted(stack: Stack, tmp_path: Path) -> None:
    """Every margin is proved by real requests, and Envoy gives it everybody."""
    stack.hurt()

    code, result = roll_out(stack, tmp_path)

    assert (code, result["outcome"]) == (0, "promoted"), result
    assert all(m["certified"] for m in result["metrics"] if m["id"] != "sales")
    assert stack.weight() == 100


@pytest.mark.obligation(43, 47, 48)
@pytest.mark.parametrize(
    ("fault", "buys", "culprit"),
    [
        pytest.param({"errors": 0.4}, 0.5, "errors", id="it-errs"),
        pytest.param({"delay_s": 1.2}, 0.5, "latency", id="it-slows-down"),
        pytest.param({"temperature": 4.0}, 0.5, "answers", id="it-answers-worse"),
        pytest.param({}, 0.05, "sales", id="nobody-buys-and-nothing-else-is-wrong"),
    ],
)
def test_a_harmful_candidate_goes_back_by_itself(
    stack: Stack, tmp_path: Path, *, fault: dict[str, float], buys: float, culprit: str
) -> None:
    """The evidence of one metric alone sends it back, and the record names that metric."""
    stack.hurt(**fault)
    stack.visitors.buys["canary"] = buys

    code, result = roll_out(stack, tmp_path)
    stack.visitors.buys["canary"] = 0.5

    assert (code, result["outcome"]) == (4, "rolled-back"), result
    assert result["reason"].startswith(f"worse than stable: {culprit} ("), result["reason"]
    assert result["confirmed"]
    assert stack.weight() == 0


def blue_green(stack: Stack) -> dict[str, Any]:
    """Errors and latency only: nobody grades or buys before the switch."""
    metrics = [m for m in stack.policy()["metrics"] if m["id"] in {"errors", "latency"}]
    return {
        "strategy": "blue-green",
        "metrics": [{**m, "limit": 0.5} for m in metrics],
        "steps": [{"weight_percent": 0, "hold_s": 8}, {"weight_percent": 100, "hold_s": 4}],
    }


@pytest.mark.obligation(44)
def test_a_healthy_version_is_switched_to_on_requests_sent_on_purpose(
    stack: Stack, tmp_path: Path
) -> None:
    """Both margins are proved, against stable before the switch or as negligible; Envoy obeys."""
    stack.hurt()
    with stack.smoke():
        code, result = roll_out(stack, tmp_path, **blue_green(stack))

    assert (code, result["outcome"]) == (0, "promoted"), result
    assert all(m["certified"] for m in result["metrics"])
    assert stack.weight() == 100


@pytest.mark.obligation(44)
def test_a_version_that_fails_only_after_the_switch_goes_back_by_the_switch(
    stack: Stack, tmp_path: Path
) -> None:
    """A quarter of its answers fail, half of its limit: stable's past is what tells."""
    stack.hurt()

    def hurt_when_switched() -> None:
        until = time.monotonic() + 100
        while stack.weight() < 100 and time.monotonic() < until:
            time.sleep(0.2)
        stack.hurt(errors=0.25)

    saboteur = threading.Thread(target=hurt_when_switched)
    with stack.smoke():
        roll = {**blue_green(stack), "steps": [
            {"weight_percent": 0, "hold_s": 8}, {"weight_percent": 100, "hold_s": 60}]}  # fmt: skip
        stack.set_weight(0)
        saboteur.start()
        code, result = roll_out(stack, tmp_path, **roll)
        saboteur.join()

    assert (code, result["outcome"]) == (4, "rolled-back"), result
    assert result["reason"].startswith("worse than stable: errors ("), result["reason"]
    assert stack.weight() == 0
