"""What would have gone wrong on the first day: laws over every platform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.render.kubernetes.platforms.conftest import objects, plan_of

from aegis.plan.types import Plan
from aegis.render.shared.serving import PRESTOP_S, serving

# Owners of pods that have no scale subresource: whoever asks how many there should be gets no answer.
_UNCOUNTED = {"RayService", "Job"}


def pods(found: Any) -> Iterator[dict[str, Any]]:
    """Every pod template in an object, wherever its kind keeps it."""
    if isinstance(found, list):
        for each in found:
            yield from pods(each)
    elif isinstance(found, dict):
        spec = found.get("spec", {})
        if isinstance(spec, dict) and "containers" in spec:
            yield found
        for each in found.values():
            yield from pods(each)


def held(found: Any) -> Iterator[dict[str, Any]]:
    """Every container in an object."""
    if isinstance(found, list):
        for each in found:
            yield from held(each)
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from value if key == "containers" else held(value)


def containers(plan: Plan) -> list[dict[str, Any]]:
    return [c for d in objects(plan) for c in held(d)]


def engines(plan: Plan) -> list[dict[str, Any]]:
    return [c for c in containers(plan) if c["name"] in {"engine", "main", "head"}]


def test_an_engine_knows_who_it_is(plan: Plan) -> None:
    """Its user has no name in the image, PyTorch asks for one, and vLLM ends (vllm#44548)."""
    for container in engines(plan):
        if "env" in container:  # the picker of KServe is patched by image only
            assert {"USER", "HOME"} <= {e["name"] for e in container["env"]}


def test_answers_under_way_end_before_their_engine(plan: Plan) -> None:
    """An engine like vLLM drops them with the signal unless it is told to wait, and what waits fits the grace."""
    told = [c["command"] for c in containers(plan) if c.get("command", [""])[0] == "vllm"]
    for command in told:
        seconds = int(command[command.index("--shutdown-timeout") + 1])
        assert seconds == serving(plan).drain_s
        assert PRESTOP_S + seconds < serving(plan).grace_s


def test_no_proxy_ends_a_long_answer(plan: Plan) -> None:
    """Envoy ends a request after 15 s where the route says nothing."""
    routes = [d for d in objects(plan) if d["kind"] == "HTTPRoute"]

    assert routes
    assert all(rule["timeouts"]["request"] == "0s" for d in routes for rule in d["spec"]["rules"])


def test_the_gateway_waits_for_the_longest_answer(plan: Plan) -> None:
    gateways = [c for c in containers(plan) if c["name"] == "gateway"]
    for args in (c["args"] for c in gateways):
        patience = float(args[args.index("--answer-s") + 1]) if "--answer-s" in args else 120
        assert patience >= serving(plan).drain_s


def test_a_drain_of_a_node_is_never_refused_for_ever(plan: Plan) -> None:
    """A budget by `maxUnavailable` over pods that nobody can count allows no eviction at all."""
    found = objects(plan)
    uncounted = [
        pod["metadata"]["labels"] for d in found if d["kind"] in _UNCOUNTED for pod in pods(d)
    ]
    for budget in (d["spec"] for d in found if d["kind"] == "PodDisruptionBudget"):
        if "maxUnavailable" in budget:
            wanted = budget["selector"]["matchLabels"].items()
            assert not [labels for labels in uncounted if wanted <= labels.items()]


def test_the_judge_reaches_prometheus_and_the_api_server(plan: Plan) -> None:
    """Policies add up: what selects its pod allows both, and no other policy is meant for it."""
    found = objects(plan)
    for job in (d for d in found if d["kind"] == "Job"):
        labels = job["spec"]["template"]["metadata"]["labels"].items()
        policies = [
            d["spec"]
            for d in found
            if d["kind"] == "NetworkPolicy"
            and d["spec"]["podSelector"]["matchLabels"].items() <= labels
        ]
        (policy,) = policies
        ports = {p["port"] for rule in policy["egress"] for p in rule["ports"]}
        assert {53, 9090, 443, 6443} <= ports
        assert "ingress" not in policy


@pytest.mark.parametrize("case", ["nvidia-dynamo-wide", "lws-in-stages", "kserve-in-stages"])
def test_ranks_of_a_replica_are_its_devices(case: str) -> None:
    """Tensors times stages: where they are fewer, the second machine would wait for nothing."""
    plan = plan_of(case)
    told = [
        c.get("args") or c.get("command")
        for c in engines(plan)
        if "nvidia.com/gpu" in c.get("resources", {}).get("limits", {})
    ]

    assert told
    for command in (list(each) for each in told if each):
        ranks = [
            int(command[command.index(flag) + 1])
            for flag in ("--tensor-parallel-size", "--pipeline-parallel-size")
            if flag in command
        ]
        assert ranks[0] * ranks[1] == plan.capacity.per_replica


def test_ray_keeps_objects_in_memory() -> None:
    """Ray takes 10 GB at least, and leaves /dev/shm for the disk where that does not fit."""
    plan = plan_of("ray-serve-cloud")
    for cluster in (
        d["spec"]["rayClusterConfig"] for d in objects(plan) if d["kind"] == "RayService"
    ):
        for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
            (shared,) = (
                v["emptyDir"]["sizeLimit"]
                for v in group["template"]["spec"]["volumes"]
                if v["name"] == "shared-memory"
            )
            room = int(shared.removesuffix("Gi")) * 2**30
            assert int(group["rayStartParams"]["object-store-memory"]) < room
