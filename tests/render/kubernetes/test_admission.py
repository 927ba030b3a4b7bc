"""The admission policy of a bundle lets the bundle's own pods in, and refuses what moves under a tag."""

from __future__ import annotations

from typing import Any

import pytest
from tests.render.conftest import BRIEFS, VERSIONS

from aegis.brief.schema import Brief
from aegis.operations.planning import to_text
from aegis.plan.planner import make_plan
from aegis.plan.types import Plan
from aegis.render.kubernetes import render_kubernetes
from aegis.verify.api import verify_files
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


TOOLS = ("kyverno", "sigstore-policy-controller")


def _stated(tool: str) -> Plan:
    brief = BRIEFS["cluster-chat"]
    team = {**brief["team"], "admission": tool}
    return make_plan(Brief.model_validate({**brief, "team": team}), VERSIONS)


def _file(plan: Plan, name: str) -> Any:
    return next(a.content for a in render_kubernetes(plan) if a.path.endswith(name))


def test_sensitive_data_asks_for_signatures_at_the_door(plans: dict[str, Plan]) -> None:
    """Digests are enough elsewhere; where health data is read, the mounted weights are signed too."""
    assert plans["cluster-chat"].chosen("admission") == "admission-policy"
    assert plans["air-gapped"].chosen("admission") == "kyverno"
    assert not any("signatures" in a.path for a in render_kubernetes(plans["cluster-chat"]))


@pytest.mark.parametrize("tool", TOOLS)
def test_policies_for_signatures_are_accepted_beside_the_one_for_digests(tool: str) -> None:
    plan = _stated(tool)
    files = {a.path: to_text(a) for a in render_kubernetes(plan) if "/cluster/" in a.path}

    assert plan.chosen("admission") == tool
    assert [f"{f.code} {f.message}" for f in verify_files(files).findings] == []
    assert "signatures.yaml" in files["kubernetes/cluster/kustomization.yaml"]
    assert "ValidatingAdmissionPolicy" in files["kubernetes/cluster/admission.yaml"]


@pytest.mark.parametrize("tool", TOOLS)
def test_keys_are_references(tool: str) -> None:
    """No key stands in a policy: it names a Secret where its controller reads it."""
    written = next(
        to_text(a) for a in render_kubernetes(_stated(tool)) if a.path.endswith("signatures.yaml")
    )

    assert "support-assistant-signing-key" in written
    assert "BEGIN" not in written


@pytest.mark.parametrize(
    ("volumes", "images"),
    [
        pytest.param(None, [], id="none"),
        pytest.param([{"name": "scratch", "emptyDir": {}}], [], id="no-image-among-them"),
        pytest.param(
            [{"name": "scratch", "emptyDir": {}}, {"name": "m", "image": {"reference": "model@d"}}],
            ["model@d"],
            id="weights",
        ),
    ],
)
def test_kyverno_is_shown_the_mounted_weights(
    volumes: list[dict[str, Any]] | None, images: list[str]
) -> None:
    """The expression is run over pods with and without a mounted image."""
    (extractor,) = _file(_stated("kyverno"), "signatures.yaml")["spec"]["images"]
    spec: dict[str, Any] = {"containers": []} if volumes is None else {"volumes": volumes}

    assert program(extractor["expression"])({"object": {"spec": spec}}) == images


def test_the_policy_controller_is_asked_about_staging_and_production() -> None:
    labels = {
        item["metadata"]["name"]: item["metadata"]["labels"]
        for item in _file(_stated("sigstore-policy-controller"), "namespaces.yaml")
    }

    asked = {name for name, found in labels.items() if "policy.sigstore.dev/include" in found}
    assert asked == {"staging", "production"}
