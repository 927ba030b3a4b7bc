"""The bundle for a cluster: judged by kustomize, by the schemas of the projects, and as laws."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.base.finding import Severity
from aegis.plan.types import Plan
from aegis.render.kubernetes import render_kubernetes
from aegis.render.kubernetes.workload import parts
from aegis.render.shared.pins import UNSET_DIGEST
from aegis.render.shared.serving import floor, serving, slots
from aegis.verify.api import Settings, verify_files

ON_CLUSTER = ("cluster-chat", "air-gapped", "ranking")
kubectl = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="kubectl is absent: overlays were NOT built by it"
)


def text(artifact: Artifact) -> str:
    if isinstance(artifact.content, str):
        return artifact.content
    if artifact.documents:
        return yaml.safe_dump_all(artifact.content, sort_keys=False)
    return yaml.safe_dump(artifact.content, sort_keys=False)


def bundle(plan: Plan) -> dict[str, str]:
    """The files of the bundle; the policy of the gateway is another renderer's, so it stands in."""
    files = {a.path: text(a) for a in render_kubernetes(plan)}
    files["gateway/policy.yaml"] = "version: 1\n"
    generator = {"name": f"{plan.service}-gateway", "files": ["policy.yaml"]}
    files["gateway/kustomization.yaml"] = yaml.safe_dump(
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "configMapGenerator": [generator],
            "generatorOptions": {"disableNameSuffixHash": True},
        }
    )
    return files


def write(plan: Plan, folder: Path) -> Path:
    for path, content in bundle(plan).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    return folder / "kubernetes"


def build(overlay: Path) -> list[dict[str, JsonValue]]:
    ran = subprocess.run(
        ["kubectl", "kustomize", str(overlay)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return [d for d in yaml.safe_load_all(ran.stdout) if d]


def content(plan: Plan, path: str) -> str:
    return json.dumps(next(a.content for a in render_kubernetes(plan) if a.path.endswith(path)))


def test_only_plans_for_a_cluster_get_one(plans: dict[str, Plan]) -> None:
    """Two people with one machine are not given Kubernetes."""
    assert {name for name, plan in plans.items() if render_kubernetes(plan)} == set(ON_CLUSTER)


@pytest.mark.obligation(32)
@pytest.mark.parametrize("name", ON_CLUSTER)
def test_every_object_passes_strict_validation(plans: dict[str, Plan], name: str) -> None:
    """No finding of any severity above a question; production may use what the release needs."""
    plan = plans[name]
    room = slots(plan).devices_needed
    judged = verify_files(bundle(plan), settings=Settings(spare_accelerators=room))

    assert [
        f"{f.code} {f.message}" for f in judged.findings if f.severity.rank <= Severity.MEDIUM.rank
    ] == []


@kubectl
@pytest.mark.parametrize("name", ON_CLUSTER)
@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_kustomize_builds_each_overlay(
    plans: dict[str, Plan], name: str, environment: str, tmp_path: Path
) -> None:
    """Every object is in its namespace and says its environment; images have no tag to move."""
    plan = plans[name]
    objects = build(write(plan, tmp_path) / "overlays" / environment)
    built = json.dumps(objects)

    kinds = [o["kind"] for o in objects]
    assert ("AnalysisTemplate" in kinds) is (environment == "production")
    for item in objects:
        metadata = item["metadata"]
        assert isinstance(metadata, dict)
        assert metadata["namespace"] == environment
        assert f'"{names.ENVIRONMENT_LABEL}": "{environment}"' in json.dumps(metadata)
    for _, image in parts(plan):
        assert f"registry.internal/{image}@{UNSET_DIGEST}" in built
    assert f'"replacement": "{environment}"' in built
    assert f'"key": "{plan.service}/{environment}"' in built
    others = set(names.ENVIRONMENTS) - {environment}
    assert not any(f"{plan.service}/{other}" in built for other in others)


@kubectl
def test_set_images_pins_an_overlay_and_refuses_a_tag(
    plans: dict[str, Plan], tmp_path: Path
) -> None:
    """The script is run for real: empty or moving references are refused, digests are written."""
    plan = plans["cluster-chat"]
    root = write(plan, tmp_path)
    script = root / "set-images.sh"
    env = root / "overlays/staging/release.env"

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", str(script), "staging"], capture_output=True, text=True, check=False
        )

    assert run().returncode == 2
    env.write_text(env.read_text().replace("_DIGEST=", "_DIGEST=latest"))
    assert "is not a digest" in run().stderr
    digests = {v: f"sha256:{str(i) * 64}" for i, (v, _) in enumerate(parts(plan))}
    lines = [f"{v}_IMAGE=mirror.test/{i}\n{v}_DIGEST={digests[v]}" for v, i in parts(plan)]
    env.write_text("\n".join(lines) + "\n")

    assert run().returncode == 0
    first = (root / "overlays/staging/images/kustomization.yaml").read_text()
    assert run().returncode == 0
    assert (root / "overlays/staging/images/kustomization.yaml").read_text() == first

    built = json.dumps(build(root / "overlays/staging"))
    assert "unset" not in built
    for variable, image in parts(plan):
        assert f"mirror.test/{image}@{digests[variable]}" in built
    assert UNSET_DIGEST in json.dumps(build(root / "overlays/production"))


@pytest.mark.parametrize("name", ON_CLUSTER)
def test_steps_are_those_of_the_plan(plans: dict[str, Plan], name: str) -> None:
    """One for one: weights in order, and each held by an analysis as long as the plan says."""
    plan = plans[name]
    rollout = json.loads(content(plan, "base/rollout.yaml"))
    steps = rollout["spec"]["strategy"]["canary"]["steps"]

    weights = [s["setWeight"] for s in steps if "setWeight" in s]
    assert weights == [plan.numbers[s.weight].value for s in plan.release.steps]
    analyses = [s["analysis"] for s in steps if "analysis" in s]
    looks = [
        next(int(a["value"]) for a in analysis["args"] if a["name"] == "looks")
        for analysis in analyses
    ]
    assert looks == [plan.numbers[s.hold_minutes].value for s in plan.release.steps]


@pytest.mark.parametrize("name", ON_CLUSTER)
def test_every_argument_of_an_analysis_is_given_once(plans: dict[str, Plan], name: str) -> None:
    """A missing argument stops the release; one given twice silently loses the first."""
    plan = plans[name]
    declared = {
        json.loads(json.dumps(a.content))["metadata"]["name"]: {
            arg["name"] for arg in json.loads(json.dumps(a.content))["spec"]["args"]
        }
        for a in render_kubernetes(plan)
        if "/analysis-" in a.path
    }
    for step in json.loads(content(plan, "base/rollout.yaml"))["spec"]["strategy"]["canary"][
        "steps"
    ]:
        if "analysis" not in step:
            continue
        given_names = [a["name"] for a in step["analysis"]["args"]]
        assert len(given_names) == len(set(given_names))
        needed = set[str]().union(
            *(declared[t["templateName"]] for t in step["analysis"]["templates"])
        )
        assert needed == set(given_names)


@pytest.mark.parametrize("name", ON_CLUSTER)
def test_analyses_decide_the_empty_result_and_nan(plans: dict[str, Plan], name: str) -> None:
    """P13: neither is a success and neither is a failure, so no data holds the release."""
    for artifact in render_kubernetes(plans[name]):
        if "/analysis-" not in artifact.path:
            continue
        for metric in json.loads(json.dumps(artifact.content))["spec"]["metrics"]:
            for condition in ("successCondition", "failureCondition"):
                assert metric[condition].startswith("len(result) > 0 && !isNaN(result[0])")


def with_devices(plan: Plan, *, count: int, replicas: int, spare: int, per_replica: int) -> Plan:
    owned = plan.brief.placement.accelerators[0].model_copy(update={"count": count})
    placement = plan.brief.placement.model_copy(update={"accelerators": (owned,)})
    capacity = plan.capacity.model_copy(
        update={"replicas": replicas, "spare": spare, "per_replica": per_replica}
    )
    brief = plan.brief.model_copy(update={"placement": placement})
    return plan.model_copy(update={"brief": brief, "capacity": capacity})


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 64), replicas=st.integers(1, 16), per_replica=st.sampled_from([1, 2, 4, 8])
)
def test_a_release_never_needs_a_device_that_is_not_there(
    plans: dict[str, Plan], count: int, replicas: int, per_replica: int
) -> None:
    """P3: what serves and what is on trial fit the devices of the brief, at every step."""
    if count < per_replica:
        return
    base = plans["air-gapped"]
    plan = with_devices(base, count=count, replicas=replicas, spare=1, per_replica=per_replica)
    places = slots(plan)
    strategy = json.loads(content(plan, "base/rollout.yaml"))["spec"]["strategy"]["canary"]

    assert places.devices_needed <= count
    worst = places.replicas
    for step in plan.release.steps:
        share = plan.numbers[step.weight].value / 100
        canary = math.ceil(share * places.replicas)
        if "steps" not in strategy:
            worst = max(worst, places.replicas + int(strategy["maxSurge"]))
        elif strategy["dynamicStableScale"]:
            worst = max(worst, canary + math.ceil((1 - share) * places.replicas))
        else:
            worst = max(worst, canary + places.replicas)
    assert worst * per_replica <= count


@pytest.mark.parametrize("name", ON_CLUSTER)
def test_pods_are_locked_and_drain_in_time(plans: dict[str, Plan], name: str) -> None:
    plan = plans[name]
    pod = json.loads(content(plan, "base/rollout.yaml"))["spec"]["template"]["spec"]
    found = serving(plan)

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] is True
        assert security["capabilities"]["drop"] == ["ALL"]
        prestop = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert prestop + found.drain_s < pod["terminationGracePeriodSeconds"]
        probe = container["startupProbe"]
        assert probe["periodSeconds"] * probe["failureThreshold"] > 0
    engine = pod["containers"][0]
    budget = engine["startupProbe"]["periodSeconds"] * engine["startupProbe"]["failureThreshold"]
    assert budget == found.startup_s
    if found.resource:
        assert engine["resources"]["limits"][found.resource] == str(plan.capacity.per_replica)


def test_a_scaler_owns_the_replicas_alone(plans: dict[str, Plan]) -> None:
    """Where KEDA scales, the Rollout names no number; a lost signal serves the peak (P18)."""
    plan = plans["cluster-chat"]
    rollout = json.loads(content(plan, "base/rollout.yaml"))
    scaled = json.loads(content(plan, "base/scaledobject.yaml"))["spec"]

    assert "replicas" not in rollout["spec"]
    assert scaled["minReplicaCount"] == floor(plan) >= 1
    assert scaled["fallback"]["replicas"] == scaled["maxReplicaCount"] == plan.capacity.replicas
    trigger = scaled["triggers"][0]["metadata"]
    assert trigger["ignoreNullValues"] == "false"
    assert "vllm:num_requests_waiting{" in trigger["query"]


def test_egress_is_denied_where_the_decision_says_so(plans: dict[str, Plan]) -> None:
    denied = {
        name: "Egress" in content(plans[name], "networkpolicy-deny.yaml") for name in ON_CLUSTER
    }

    assert denied == {name: plans[name].chosen("network") != "open-egress" for name in ON_CLUSTER}


def test_an_air_gapped_bundle_names_no_outside_host(plans: dict[str, Plan]) -> None:
    """Hosts end in `.internal` or `.svc`; everything else would be a way out."""
    written = "\n".join(bundle(plans["air-gapped"]).values())
    hosts = re.findall(r"https?://([^/:\s\"']+)", written)

    assert all(h.endswith((".svc", ".internal")) or h == "127.0.0.1" for h in hosts), hosts
    assert not re.search(r"\b(ghcr\.io|docker\.io|quay\.io|nvcr\.io|gcr\.io)\b", written)


@pytest.mark.parametrize("name", ON_CLUSTER)
def test_objects_carry_the_plan_and_their_decisions(plans: dict[str, Plan], name: str) -> None:
    plan = plans[name]
    decided = {d.id for d in plan.decisions}
    for artifact in render_kubernetes(plan):
        documents = artifact.content if artifact.documents else [artifact.content]
        for item in json.loads(json.dumps(documents)):
            if not isinstance(item, dict) or "metadata" not in item:
                continue
            assert item["metadata"]["labels"][names.PLAN_LABEL] == plan.id
            because = item["metadata"]["annotations"][names.DECISION_ANNOTATION].split(",")
            assert set(because) <= decided
        assert set(artifact.because) <= decided | {"gateway", "accelerator"}
