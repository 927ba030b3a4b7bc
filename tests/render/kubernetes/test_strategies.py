"""Shadow and A/B as steps of a release: who gets a request, and until when."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis.operations.planning import plan_brief, write_bundle
from aegis.operations.verifying import verify_paths

_BRIEF = Path(__file__).resolve().parents[3] / "examples/support-assistant/brief.yaml"


@cache
def _files(strategy: str) -> dict[str, Any]:
    text = _BRIEF.read_text().replace("\nrelease:\n", f"\nrelease:\n  strategy: {strategy}\n")
    result = plan_brief(text, path="brief.yaml", today=datetime.date(2026, 11, 22))
    return {a.path: a.content for a in result.bundle if a.path.startswith("kubernetes/")}


def _object(strategy: str, path: str) -> Any:
    return yaml.safe_load(_files(strategy)[f"kubernetes/{path}"])


def _steps(strategy: str) -> list[dict[str, Any]]:
    steps = _object(strategy, "base/rollout.yaml")["spec"]["strategy"]["canary"]["steps"]
    assert isinstance(steps, list)
    return steps


def test_a_shadow_runs_beside_the_release_and_ends_with_its_step() -> None:
    first, second = _steps("shadow")[:2]
    (template,) = first["experiment"]["templates"]
    assert template["specRef"] == "canary"
    assert template["replicas"] == 1
    (analysis,) = first["experiment"]["analyses"]
    assert analysis["requiredForCompletion"] is True, "the step ends when the judge has looked"
    assert "setWeight" in second


@pytest.mark.obligation(45)
def test_only_the_mirror_finds_the_shadow_and_only_in_production() -> None:
    service = _object("shadow", "components/release/service-shadow.yaml")
    (template,) = _steps("shadow")[0]["experiment"]["templates"]
    labels = template["metadata"]["labels"]
    pods = _object("shadow", "base/rollout.yaml")["spec"]["template"]["metadata"]["labels"]
    selector = service["spec"]["selector"]
    assert selector.items() <= {**pods, **labels}.items()
    assert not selector.items() <= pods.items(), "no other pod wears the label"
    assert "filters" not in _object("shadow", "base/httproute.yaml")["spec"]["rules"][0]
    component = _object("shadow", "components/release/kustomization.yaml")
    (patch,) = component["patches"]
    (change,) = yaml.safe_load(patch["patch"])
    (mirror,) = change["value"]
    assert mirror["requestMirror"]["backendRef"]["name"] == service["metadata"]["name"]


def test_one_shadow_gets_the_share_of_one_replica() -> None:
    replicas = _object("shadow", "base/scaledobject.yaml")["spec"]["maxReplicaCount"]
    component = _object("shadow", "components/release/kustomization.yaml")
    (change,) = yaml.safe_load(component["patches"][0]["patch"])
    assert change["value"][0]["requestMirror"]["percent"] == 100 // replicas


def test_an_arm_is_routed_by_header_and_the_rule_goes_before_everybody_comes() -> None:
    steps = _steps("ab")
    rules = [s["setHeaderRoute"] for s in steps if "setHeaderRoute" in s]
    assert [bool(rule.get("match")) for rule in rules] == [True, False]
    canary = _object("ab", "base/rollout.yaml")["spec"]["strategy"]["canary"]
    managed = {route["name"] for route in canary["trafficRouting"]["managedRoutes"]}
    assert {rule["name"] for rule in rules} == managed
    start, end = (steps.index(step) for step in steps if "setHeaderRoute" in step)
    weights = [s["setWeight"] for s in steps[start:end] if "setWeight" in s]
    assert weights == [0], "whoever states no arm keeps the proven version"
    assert {"setWeight": 100} in steps[end:]


@pytest.mark.parametrize("strategy", ["shadow", "ab"])
def test_verify_finds_nothing(strategy: str, tmp_path: Path) -> None:
    text = _BRIEF.read_text().replace("\nrelease:\n", f"\nrelease:\n  strategy: {strategy}\n")
    result = plan_brief(text, path="brief.yaml", today=datetime.date(2026, 11, 22))
    write_bundle(result, tmp_path)
    assert verify_paths([tmp_path / "kubernetes", tmp_path / "gateway"]).findings == ()
