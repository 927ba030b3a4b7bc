"""What a policy refuses: each would have opened a gate in silence."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError
from tests.rollout.doubles import POLICY, policy

from aegis.rollout.policy import Policy, read_policy

RATE = {"id": "errors", "kind": "rate"}
LATENCY = {"id": "latency", "kind": "latency", "edges": [0.1, 0.5, 1.0]}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"steps": [{"weight_percent": 100, "hold_s": 1}]}, "no trial", id="everybody-first"),
        pytest.param(
            {"steps": [{"weight_percent": 50, "hold_s": 1}, {"weight_percent": 5, "hold_s": 1}]},
            "rise", id="falling-weights",
        ),
        pytest.param({"metrics": []}, "at least 1", id="nothing-to-judge"),
        pytest.param({"metrics": [RATE, RATE]}, "same id", id="two-of-one-id"),
        pytest.param({"metrics": [{**RATE, "margn": 2}]}, "Extra inputs", id="typing-error"),
        pytest.param({"metrics": [{**RATE, "margin": 1.0}]}, "greater than 1", id="margin-of-one"),
        pytest.param({"metrics": [{**RATE, "negligible": 0.1}]}, "prove a `margin`", id="negligible-alone"),
        pytest.param(
            {"metrics": [{**RATE, "better": "higher", "limit": 0.1}]}, "good ones", id="limit-of-good-events",
        ),
        pytest.param({"metrics": [{**LATENCY, "edges": []}]}, "rising `edges`", id="latency-without-edges"),
        pytest.param({"metrics": [{**LATENCY, "edges": [1, 0.5]}]}, "rising `edges`", id="falling-edges"),
        pytest.param(
            {"metrics": [{**LATENCY, "margin": 2, "slow_edge": 0.3}]}, "between", id="threshold-off-an-edge",
        ),
        pytest.param({"metrics": [{**RATE, "slow_edge": 1}]}, "only a latency", id="edge-of-a-rate"),
        pytest.param({"strategy": "ab"}, "role: goal", id="ab-without-a-goal"),
        pytest.param({"metrics": [{**RATE, "role": "goal"}]}, "role: goal", id="goal-without-ab"),
        pytest.param(
            {"strategy": "blue-green", "metrics": [RATE], "steps": [
                {"weight_percent": 0, "hold_s": 1}, {"weight_percent": 100, "hold_s": 1}]},
            "needs a `limit`", id="blue-green-without-a-limit",
        ),
        pytest.param({"source": {"type": "prometheus", "url": "http://p"}}, "needs `series`", id="no-selectors"),
        pytest.param(
            {"source": {"type": "prometheus", "url": "http://p"},
             "metrics": [{**RATE, "series": {"events": "a", "total": "b"}}]},
            "does not say `$arm`", id="selector-of-both-arms",
        ),
        pytest.param(
            {"strategy": "shadow", "steps": [{"weight_percent": 0, "hold_s": 1}],
             "router": {"type": "argo", "namespace": "n", "name": "r"}},
            "the way back", id="argo-at-zero",
        ),
        pytest.param({"cap": {"looks": 1, "seconds": 1, "then": "promote"}}, "hold", id="promotes-at-the-cap"),
        pytest.param({"alpha": {"rollback": 0}}, "greater than 0", id="never-back"),
    ],
)  # fmt: skip
def test_refuses(changes: dict[str, Any], says: str) -> None:
    """The message names what is wrong."""
    with pytest.raises(ValidationError, match=re.escape(says)):
        policy(**changes)


def test_a_policy_survives_its_own_json() -> None:
    """What is recorded at the start is the policy, field for field."""
    read, digest = read_policy(policy().model_dump_json())

    assert read == policy()
    assert digest.startswith("sha256:")
    assert Policy.model_validate(POLICY) == read
