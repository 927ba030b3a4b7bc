"""Nodes: drivers that nobody changes unattended, and new nodes only where a cloud has to bring them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis.operations.planning import to_text
from aegis.plan.types import Plan
from aegis.render.kubernetes import render_kubernetes
from aegis.render.shared.serving import serving, slots
from aegis.verify.api import verify_files


def files(plan: Plan) -> dict[str, Any]:
    return {
        a.path.removeprefix("kubernetes/nodes/"): json.loads(json.dumps(a.content))
        for a in render_kubernetes(plan)
        if a.path.startswith("kubernetes/nodes/")
    }


@pytest.mark.parametrize("name", ["cluster-chat", "air-gapped"])
def test_nodes_are_accepted(plans: dict[str, Plan], name: str) -> None:
    bundle = {a.path: to_text(a) for a in render_kubernetes(plans[name]) if "/nodes/" in a.path}

    assert bundle
    assert [f"{f.code} {f.message}" for f in verify_files(bundle).findings] == []


@pytest.mark.parametrize(
    ("name", "mine"),
    [
        pytest.param("cluster-chat", False, id="a-cloud-brings-its-drivers"),
        pytest.param("air-gapped", True, id="own-machines"),
    ],
)
def test_drivers_are_changed_by_people(plans: dict[str, Plan], name: str, *, mine: bool) -> None:
    """P23: an automatic upgrade drains serving nodes without asking."""
    driver = files(plans[name])["gpu-operator.yaml"]["spec"]["driver"]

    assert driver["enabled"] is mine
    assert driver["upgradePolicy"]["autoUpgrade"] is False


def test_new_nodes_carry_what_the_pods_ask_for(plans: dict[str, Plan]) -> None:
    """Label, taint and devices of the pool are those of the pod; the ceiling is a release's."""
    plan = plans["cluster-chat"]
    pool = files(plan)["nodepool.yaml"]["spec"]
    pod = next(
        json.loads(json.dumps(a.content))
        for a in render_kubernetes(plan)
        if a.path.endswith("base/rollout.yaml")
    )["spec"]["template"]["spec"]
    template = pool["template"]

    assert pod["nodeSelector"].items() <= template["metadata"]["labels"].items()
    tolerated = {t["key"] for t in pod["tolerations"]}
    assert {t["key"] for t in template["spec"]["taints"]} <= tolerated
    count = next(r for r in template["spec"]["requirements"] if r["key"].endswith("gpu-count"))
    assert int(count["values"][0]) + 1 == serving(plan).devices
    assert pool["limits"] == {"nvidia.com/gpu": str(slots(plan).devices_needed)}
    assert pool["disruption"]["consolidationPolicy"] == "WhenEmpty"


def test_owned_machines_and_processors_get_no_pool(plans: dict[str, Plan]) -> None:
    assert set(files(plans["air-gapped"])) == {"gpu-operator.yaml"}
    assert files(plans["ranking"]) == {}
