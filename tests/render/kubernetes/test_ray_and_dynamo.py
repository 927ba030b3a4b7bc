"""Ray and Dynamo: the same bundle around another workload, and our gateway on every path."""

from __future__ import annotations

import datetime
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis.base import conventions as names
from aegis.operations.planning import plan_brief
from aegis.operations.results import PlanResult
from aegis.plan.types import Plan
from aegis.render.kubernetes import gaps
from aegis.render.shared.serving import nodes_per_replica, serving, slots
from aegis.verify.api import Settings, verify_files

BRIEFS = Path(__file__).parents[2] / "golden" / "briefs"
RAY, DYNAMO = "chat-ray-cloud", "chat-dynamo-two-nodes"
BOTH = pytest.mark.parametrize("name", [RAY, DYNAMO])
TODAY = datetime.date(2026, 11, 22)
kubectl = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="kubectl is absent: overlays were NOT built by it"
)


@cache
def planned(name: str) -> PlanResult:
    text = (BRIEFS / f"{name}.yaml").read_text("utf-8")
    return plan_brief(text, path=f"{name}.yaml", today=TODAY)


def plan_of(name: str) -> Plan:
    plan = planned(name).plan
    assert plan is not None
    return plan


def files(name: str) -> dict[str, str]:
    return {a.path: str(a.content) for a in planned(name).bundle}


def one(name: str, path: str) -> Any:
    return yaml.safe_load(files(name)[path])


@pytest.mark.parametrize(
    ("name", "platform"),
    [pytest.param(RAY, "ray-serve", id="ray"), pytest.param(DYNAMO, "nvidia-dynamo", id="dynamo")],
)
def test_a_team_that_runs_it_gets_it(name: str, platform: str) -> None:
    """The brief names the orchestrator, and nothing of the plan stays unrendered for it."""
    result = planned(name)

    assert plan_of(name).chosen("serving-platform") == platform
    assert not result.refused
    assert not [f for f in result.findings if "`serving-platform`" in f.message]


@BOTH
def test_every_object_is_accepted(name: str) -> None:
    """The whole bundle, with the schemas of the operators' releases and their webhooks' rules."""
    room = slots(plan_of(name)).devices_needed
    judged = verify_files(files(name), settings=Settings(spare_accelerators=room))

    assert [f"{f.code} {f.message}" for f in judged.findings] == []


@BOTH
def test_our_gateway_stands_on_every_path(name: str) -> None:
    """The route leads to gateways only, and nobody but them and the scraper reaches an engine."""
    route = one(name, "kubernetes/base/httproute.yaml")
    services = {
        item["metadata"]["name"]: item["spec"]["selector"]
        for path in ("service", "service-canary")
        for item in [one(name, f"kubernetes/base/{path}.yaml")]
    }
    engine = one(name, "kubernetes/base/networkpolicy-engine.yaml")["spec"]

    for rule in route["spec"]["rules"]:
        for backend in rule["backendRefs"]:
            assert services[backend["name"]]["aegis.dev/role"] == "gateway"
    first = engine["ingress"][0]["from"]
    roles = [s["podSelector"]["matchLabels"]["aegis.dev/role"] for s in first if "podSelector" in s]
    assert roles == ["gateway"]


@BOTH
def test_the_trial_is_the_same_workload_under_another_name(name: str) -> None:
    """What differs between the versions is the name, the track and the number of replicas."""
    kind = "rayservice" if name == RAY else "dynamographdeployment"
    stable, trial = (files(name)[f"kubernetes/{part}/{kind}.yaml"] for part in ("base", "canary"))

    assert one(name, f"kubernetes/canary/{kind}.yaml")["metadata"]["name"].endswith("-canary")
    assert f"{names.TRACK_LABEL}: stable" in stable
    assert f"{names.TRACK_LABEL}: canary" in trial


@kubectl
@BOTH
@pytest.mark.parametrize("overlay", [*names.ENVIRONMENTS, "canary"])
def test_kustomize_pins_every_image_of_every_kind(name: str, overlay: str, tmp_path: Path) -> None:
    """Also in kinds that kustomize does not know, and in mounted images."""
    for path, content in files(name).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    ran = subprocess.run(
        ["kubectl", "kustomize", str(tmp_path / "kubernetes/overlays" / overlay)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    images = re.findall(r"^\s*(?:- )?(?:image|reference): (\S+)$", ran.stdout, re.MULTILINE)

    assert images
    assert all(image.startswith("registry.internal/") for image in images)
    if overlay in {"development", "staging"}:
        built = [item for item in yaml.safe_load_all(ran.stdout) if item]
        assert engines_in(built) == 1


def engines_in(built: list[Any]) -> int:
    """Replicas of the engine in a built overlay."""
    for item in built:
        if item["kind"] == "RayService":
            return int(item["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]["replicas"])
        if item["kind"] == "DynamoGraphDeployment":
            return sum(
                c.get("replicas", 1) for c in item["spec"]["components"] if c["type"] != "frontend"
            )
    return 0


def test_what_serve_starts_fits_a_worker() -> None:
    """The devices of a replica are those of its pod, and there are as many pods as replicas."""
    plan = plan_of(RAY)
    spec = one(RAY, "kubernetes/base/rayservice.yaml")["spec"]
    (model,) = json.loads(spec["serveConfigV2"])["applications"][0]["args"]["llm_configs"]
    (group,) = spec["rayClusterConfig"]["workerGroupSpecs"]
    container = group["template"]["spec"]["containers"][0]

    ranks = model["engine_kwargs"]["tensor_parallel_size"]
    assert str(ranks) == container["resources"]["limits"]["nvidia.com/gpu"]
    assert ranks == serving(plan).devices
    scaling = model["deployment_config"]["autoscaling_config"]
    assert (scaling["min_replicas"], scaling["max_replicas"]) == (
        group["minReplicas"],
        group["maxReplicas"],
    )
    assert group["maxReplicas"] == slots(plan).replicas


def test_a_change_of_the_cluster_starts_no_second_one_by_itself() -> None:
    """P5: a second cluster that finds no device waits for ever beside the old one."""
    spec = one(RAY, "kubernetes/base/rayservice.yaml")["spec"]
    page = files(RAY)["kubernetes/README.md"]

    assert spec["upgradeStrategy"] == {"type": "None"}
    assert "NewClusterWithIncrementalUpgrade" in page


def test_the_head_of_ray_serves_nothing_and_asks_for_a_token() -> None:
    cluster = one(RAY, "kubernetes/base/rayservice.yaml")["spec"]["rayClusterConfig"]
    head = cluster["headGroupSpec"]
    resources = head["template"]["spec"]["containers"][0]["resources"]

    assert {"num-cpus": "0", "num-gpus": "0"}.items() <= head["rayStartParams"].items()
    assert "nvidia.com/gpu" not in json.dumps(resources)
    assert cluster["authOptions"] == {"mode": "token"}


def test_engine_metrics_keep_the_engines_names() -> None:
    """Ray exports them under its own prefix; rules and dashboards ask for the engine's."""
    monitor = one(RAY, "kubernetes/base/podmonitor-engine.yaml")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    (rename,) = endpoint["metricRelabelings"]

    renamed = re.sub(
        rename["regex"],
        rename["replacement"].replace("$1", r"\1"),
        "ray_vllm_num_requests_waiting",
    )
    assert renamed == "vllm:num_requests_waiting"


def components() -> dict[str, Any]:
    spec = one(DYNAMO, "kubernetes/base/dynamographdeployment.yaml")["spec"]
    return {c["name"]: c for c in spec["components"]}


def test_a_graph_says_what_its_operator_cannot_read_from_a_digest() -> None:
    """P22: v1beta1, a list of components, `main`, and the runtime's version beside the digest."""
    item = one(DYNAMO, "kubernetes/base/dynamographdeployment.yaml")

    assert item["apiVersion"] == "nvidia.com/v1beta1"
    assert set(item["spec"]) == {"backendFramework", "components"}
    for component in components().values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", component["runtimeVersionOverride"])
        assert [c["name"] for c in component["podTemplate"]["spec"]["containers"]] == ["main"]
        assert "experimental" not in component
        assert "minAvailable" not in component


def test_a_worker_over_machines_has_the_devices_of_a_replica() -> None:
    """Nodes times devices of a node are the ranks that the engine is told."""
    plan = plan_of(DYNAMO)
    worker = components()["worker"]
    container = worker["podTemplate"]["spec"]["containers"][0]
    each = int(container["resources"]["limits"]["nvidia.com/gpu"])

    assert worker["multinode"]["nodeCount"] == nodes_per_replica(plan) > 1
    assert worker["multinode"]["nodeCount"] * each == plan.capacity.per_replica
    flags = container["command"]
    assert flags[flags.index("--tensor-parallel-size") + 1] == str(plan.capacity.tensor_parallel)


def test_workers_of_a_graph_are_replaced_in_place() -> None:
    """P3: the default surges by a quarter, onto devices that are not there."""
    notes = components()["worker"]["podTemplate"]["metadata"]["annotations"]

    assert notes["nvidia.com/deployment-rolling-update-max-surge"] == "0"
    assert notes["nvidia.com/deployment-rolling-update-max-unavailable"] == "1"


@BOTH
def test_what_it_cannot_say_has_an_alternative(name: str) -> None:
    plan = plan_of(name)
    page = files(name)["kubernetes/README.md"]

    assert gaps(plan)
    for gap in gaps(plan):
        assert gap.instead
        assert gap.what in page


@BOTH
def test_pages_speak_the_platforms_own_commands(name: str) -> None:
    """No command of another platform stands in a runbook or a failure mode."""
    plan = plan_of(name)
    said = json.dumps(
        [m.commands for m in plan.failure_modes] + [r.commands for r in plan.runbooks]
    )

    assert "argo rollouts" not in said
    assert ("rayservice" if name == RAY else "dynamographdeployment") in said
    assert "serve deploy" not in said


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param(RAY, "RayService", id="ray"),
        pytest.param(DYNAMO, "DynamoGraphDeployment", id="d"),
    ],
)
def test_gitops_waits_until_it_serves(name: str, kind: str) -> None:
    """P26: without a check of health a sync «succeeds» before the model answers."""
    written = "".join(text for path, text in files(name).items() if path.startswith("gitops/"))

    assert kind in written
