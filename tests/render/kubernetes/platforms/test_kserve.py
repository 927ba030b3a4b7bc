"""KServe at 0.20: what its controllers make of the objects, as its sources say."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml
from tests.render.kubernetes.platforms.conftest import files, only, plan_of
from tests.render.kubernetes.platforms.test_platforms import judged

from aegis.base import conventions as names
from aegis.render.kubernetes.platforms.kserve.gaps import TABLE
from aegis.render.shared.serving import trial_replicas


def patched(item: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """The object after a JSON patch of whole fields."""
    found = copy.deepcopy(item)
    for change in changes:
        *way, last = change["path"].strip("/").split("/")
        at = found
        for step in way:
            at = at[step]
        if change["op"] == "remove":
            del at[last]
        else:
            at[last] = change["value"]
    return found


@pytest.fixture(scope="module")
def began() -> dict[str, Any]:
    """The InferenceService while a version is on trial."""
    plan = plan_of("kserve-predictive")
    start = json.loads(files(plan)["kubernetes/canary/start.json"])
    return patched(only(plan, "InferenceService"), start)


def test_a_trial_of_kserve_is_accepted_and_ends_as_it_began(began: dict[str, Any]) -> None:
    """The patches are judged as the object that they make: schema and rules of the webhook."""
    plan = plan_of("kserve-predictive")
    texts = files(plan) | {"kubernetes/base/inferenceservice.yaml": yaml.safe_dump(began)}
    stop = json.loads(files(plan)["kubernetes/canary/stop.json"])

    assert judged(texts, plan) == []
    assert patched(began, stop) == only(plan, "InferenceService")


def test_a_trial_takes_no_replica_from_the_stable_version(began: dict[str, Any]) -> None:
    """KServe subtracts a canary's replicas from `minReplicas` (reconcileRawDeployment)."""
    plan = plan_of("kserve-predictive")
    (canary,) = began["spec"]["canary"]
    left = began["spec"]["predictor"]["minReplicas"] - canary["predictor"]["minReplicas"]

    assert left == only(plan, "InferenceService")["spec"]["predictor"]["minReplicas"]
    assert canary["predictor"]["minReplicas"] == trial_replicas(plan)


def test_a_canary_has_its_replicas_without_a_scaler(began: dict[str, Any]) -> None:
    """Only the class `none` sets the number of a Deployment; the stable one is KEDA's."""
    key = "serving.kserve.io/autoscalerClass"
    (canary,) = began["spec"]["canary"]

    assert canary["predictor"]["annotations"][key] == "none"
    assert began["metadata"]["annotations"][key] == "external"


def test_the_gateway_is_the_container_that_kserve_sends_requests_to() -> None:
    """It asks the first container's first port, and no route of its own leads past it."""
    plan = plan_of("kserve-predictive")
    first, second = only(plan, "ServingRuntime")["spec"]["containers"]

    assert first["name"] == "kserve-container"
    assert first["image"].startswith("aegis-gateway@")
    assert second["name"] == "engine"
    labels = only(plan, "InferenceService")["metadata"]["labels"]
    assert labels["networking.kserve.io/visibility"] == "cluster-local"


@pytest.mark.parametrize("case", ["kserve-language", "kserve-divided"])
def test_nothing_of_a_preset_starts_by_tag(case: str) -> None:
    """The admission policy would refuse it: picker, tokenizer and sidecar are pinned by us."""
    plan = plan_of(case)
    spec = only(plan, "LLMInferenceService")["spec"]
    scheduler = spec["router"]["scheduler"]["template"]["containers"]

    assert {c["name"] for c in scheduler} == {"main", "tokenizer"}
    sidecars = [c["name"] for c in spec["template"].get("initContainers", ())]
    assert sidecars == (["llm-d-routing-sidecar"] if case == "kserve-divided" else [])


def test_the_preset_s_flags_are_left_to_the_preset() -> None:
    """The name callers use and the split are written by KServe; a flag given twice is an error."""
    plan = plan_of("kserve-language")
    main = only(plan, "LLMInferenceService")["spec"]["template"]["containers"][0]

    assert "--served-model-name" not in main["args"]
    assert "--tensor-parallel-size" not in main["args"]
    assert "--max-model-len" in main["args"]
    assert "command" not in main


def test_replicas_in_stages_bring_the_preset_that_kserve_does_not_ship() -> None:
    plan = plan_of("kserve-in-stages")
    spec = only(plan, "LLMInferenceService")["spec"]
    config = only(plan, "LLMInferenceServiceConfig")["metadata"]["name"]

    assert config == "kserve-config-llm-worker-pipeline-parallel"
    assert spec["parallelism"] == {"tensor": 8, "pipeline": 2}
    assert "--headless" in spec["worker"]["containers"][0]["command"]
    assert "--headless" not in spec["template"]["containers"][0]["command"]


def test_replicas_and_scaling_exclude_each_other() -> None:
    """P9: 0.20 refuses both; a scaled version names no number, and KEDA asks its Deployment."""
    plan = plan_of("kserve-language")
    spec = only(plan, "LLMInferenceService")["spec"]
    target = only(plan, "ScaledObject")["spec"]["scaleTargetRef"]

    assert not {"replicas", "scaling"} & set(spec)
    assert target == {
        "apiVersion": "apps/v1", "kind": "Deployment", "name": f"{plan.service}-kserve",
    }  # fmt: skip


def test_two_versions_share_a_group_and_one_has_its_weight() -> None:
    """P8: a group has no baseline; the path that both share leads to the stable version."""
    plan = plan_of("kserve-language")
    routes = [
        only(plan, "LLMInferenceService", f"kubernetes/{where}/")["spec"]["router"]["route"]
        for where in ("base", "canary")
    ]

    assert [r["group"] for r in routes] == [plan.service] * 2
    assert [r["weight"] for r in routes] == [100, 0]


def test_pods_carry_the_track_by_which_they_are_judged() -> None:
    plan = plan_of("kserve-divided")
    for where, track in (("base", "stable"), ("canary", "canary")):
        spec = only(plan, "LLMInferenceService", f"kubernetes/{where}/")["spec"]
        assert spec["labels"][names.TRACK_LABEL] == track
        assert spec["prefill"]["labels"][names.TRACK_LABEL] == track


def test_the_table_says_since_when() -> None:
    """A release, or none at all: never a dropped field without a row."""
    assert {row.since for row in TABLE.values()} <= {"", "0.21"}
