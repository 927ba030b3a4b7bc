"""Replicas of several pods, and roles that hand prompts over."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.render.kubernetes.platforms.conftest import objects, only, plan_of

from aegis.render.shared.serving import nodes_per_replica, serving, stages


def engine(pod: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = (c for c in pod["spec"]["containers"] if c["name"] == "engine")
    return found


@pytest.mark.parametrize("case", ["lws-in-stages", "llm-d-in-stages"])
def test_a_group_has_the_devices_of_its_replica(case: str) -> None:
    """Pods times devices, and tensors times stages, are what the plan counts for a replica."""
    plan = plan_of(case)
    spec = only(plan, "LeaderWorkerSet")["spec"]
    group = spec["leaderWorkerTemplate"]
    pods = [group["leaderTemplate"], group["workerTemplate"]]
    each = [int(engine(p)["resources"]["limits"][serving(plan).resource]) for p in pods]

    assert group["size"] == nodes_per_replica(plan) == 2
    assert each[0] + each[1] * (group["size"] - 1) == plan.capacity.per_replica
    assert stages(plan) * plan.capacity.tensor_parallel == plan.capacity.per_replica
    update = spec["rolloutStrategy"]["rollingUpdateConfiguration"]
    assert update == {"maxSurge": 0, "maxUnavailable": 1}


def test_only_the_first_pod_answers_and_is_asked() -> None:
    """A follower is headless: a probe would kill it, and a Service would send it requests."""
    plan = plan_of("lws-in-stages")
    group = only(plan, "LeaderWorkerSet")["spec"]["leaderWorkerTemplate"]
    first, other = group["leaderTemplate"], group["workerTemplate"]
    service = next(
        d["spec"]["selector"]
        for d in objects(plan, "kubernetes/base/service.yaml")
        if d["kind"] == "Service"
    )

    assert "--headless" in engine(other)["command"]
    assert not {"startupProbe", "readinessProbe", "livenessProbe", "ports"} & set(engine(other))
    assert service.items() <= first["metadata"]["labels"].items()
    assert not service.items() <= other["metadata"]["labels"].items()
    assert [c["name"] for c in first["spec"]["containers"]] == ["engine", "gateway"]


def test_a_writing_pod_is_asked_through_its_sidecar() -> None:
    """The pool asks 8000: the sidecar of a writing pod, the engine of a reading one."""
    plan = plan_of("llm-d-divided")
    roles = {r["name"]: r["spec"] for r in only(plan, "DisaggregatedSet")["spec"]["roles"]}
    pods = {name: spec["leaderWorkerTemplate"]["leaderTemplate"] for name, spec in roles.items()}
    pool = only(plan, "InferencePool")["spec"]

    assert pool["targetPorts"] == [{"number": 8000}]
    (sidecar,) = pods["decode"]["spec"]["initContainers"]
    assert sidecar["restartPolicy"] == "Always"
    assert sidecar["ports"][0]["containerPort"] == 8000
    assert engine(pods["decode"])["ports"][0]["containerPort"] == 8200
    assert "--model-server-port=8200" in sidecar["args"]
    assert engine(pods["prefill"])["ports"][0]["containerPort"] == 8000
    for name, pod in pods.items():
        assert pod["metadata"]["labels"]["llm-d.ai/role"] == name
        assert pool["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()


@pytest.mark.parametrize(
    ("case", "mode", "profiles"),
    [
        pytest.param("llm-d-plain", "FailOpen", ["default"], id="any-pod-may-answer"),
        pytest.param("llm-d-divided", "FailClose", ["prefill", "decode"], id="pods-have-roles"),
    ],
)
def test_without_a_picker_only_pods_without_roles_answer(
    case: str, mode: str, profiles: list[str]
) -> None:
    plan = plan_of(case)
    pool = only(plan, "InferencePool")["spec"]["endpointPickerRef"]
    config = yaml.safe_load(only(plan, "ConfigMap")["data"]["picker.yaml"])
    declared = {p["type"] for p in config["plugins"]}
    used = {p["pluginRef"] for profile in config["schedulingProfiles"] for p in profile["plugins"]}

    assert pool["failureMode"] == mode
    assert pool["port"] == {"number": 9002}
    assert [p["name"] for p in config["schedulingProfiles"]] == profiles
    assert used <= declared


def test_a_mixture_is_started_with_its_copies_of_attention() -> None:
    """Eight devices of which tensors use one are eight copies: without the flag seven would idle."""
    plan = plan_of("llm-d-divided")
    command = serving(plan).command
    at = command.index("--data-parallel-size")

    assert plan.capacity.tensor_parallel * int(command[at + 1]) == plan.capacity.per_replica
    assert "--enable-expert-parallel" in command
