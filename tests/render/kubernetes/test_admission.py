"""The admission policy of a bundle lets the bundle's own pods in, and refuses what moves under a tag."""

from __future__ import annotations

from typing import Any

import pytest

from aegis.plan.types import Plan
from aegis.render.kubernetes import render_kubernetes
from aegis.verify.cel.program import program

DIGEST = "@sha256:" + "a" * 64


def _pod(*, container: str = DIGEST, init: str = DIGEST, mounted: str = DIGEST) -> dict[str, Any]:
    return {
        "spec": {
            "initContainers": [{"name": "warm", "image": f"warm{init}"}],
            "containers": [{"name": "engine", "image": f"vllm{container}"}],
            "volumes": [
                {"name": "model", "image": {"reference": f"model{mounted}"}},
                {"name": "scratch", "emptyDir": {}},
            ],
        }
    }


def _admits(plan: Plan, pod: dict[str, Any]) -> bool:
    policy: Any = next(
        a.content for a in render_kubernetes(plan) if a.path.endswith("cluster/admission.yaml")
    )
    (rules,) = (
        each["spec"]["validations"]
        for each in policy
        if each["kind"] == "ValidatingAdmissionPolicy"
    )
    return all(program(rule["expression"])({"object": pod}) is True for rule in rules)


@pytest.mark.obligation(58)
@pytest.mark.parametrize("where", ["container", "init", "mounted"])
def test_an_image_named_by_tag_is_refused(plans: dict[str, Plan], where: str) -> None:
    """The expressions of the policy are run as the API server runs them."""
    plan = plans["cluster-chat"]
    assert _admits(plan, _pod())
    assert not _admits(plan, _pod(**{where: ":latest"}))
