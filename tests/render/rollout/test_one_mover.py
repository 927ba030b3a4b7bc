"""In every bundle one part moves the traffic, and the rollout's policy is not a second one."""

from __future__ import annotations

import pytest
import yaml

from aegis.plan.types import Plan
from aegis.render.host import render_host
from aegis.render.kubernetes import render_kubernetes
from aegis.render.rollout import render_rollout
from aegis.rollout.policy import NoRouter, Policy


def text_of(content: object) -> str:
    return content if isinstance(content, str) else yaml.safe_dump(content)


def test_a_policy_beside_a_mover_moves_nothing_and_checks_no_split(plan: Plan) -> None:
    """Nobody tells it which weight was set, so a weight of its own would be a false alarm."""
    found = render_rollout(plan)
    if not found:
        pytest.skip("no request could be sent to either version")
    policy = Policy.model_validate(found[0].content)

    assert isinstance(policy.router, NoRouter)
    assert policy.alpha.split is None


@pytest.mark.parametrize("name", ["host-rag", "managed"])
def test_the_readme_names_the_mover_that_the_files_have(plans: dict[str, Plan], name: str) -> None:
    """`set_weight` of the scripts is the one place that writes a weight, and it writes HAProxy's."""
    plan = plans[name]
    files = {a.path: text_of(a.content) for a in (*render_host(plan), *render_rollout(plan))}
    writes = [p for p, text in files.items() if "server canary .* weight" in text]

    assert writes == ["host/lib.sh"]
    assert not [p for p, text in files.items() if "weight_percent" in text and p.endswith(".sh")]
    readme = files["host/README.md"]
    assert "`router: none`" in readme
    assert "weights of `haproxy.cfg`" in readme


def test_on_a_cluster_the_mover_is_argo(plans: dict[str, Plan]) -> None:
    """Its Rollout sets each weight that the policy has a step for."""
    plan = plans["cluster-chat"]
    rendered = "\n".join(text_of(a.content) for a in render_kubernetes(plan))
    (policy,) = render_rollout(plan)
    steps = Policy.model_validate(policy.content).steps

    for step in steps:
        assert f"setWeight: {step.weight_percent:g}" in rendered
