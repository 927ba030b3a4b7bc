"""Argo CD or Flux apply each environment by itself, in order, without moving weights back."""

from __future__ import annotations

import json

import pytest
import yaml

from aegis.base import conventions as names
from aegis.base.finding import Severity
from aegis.plan.types import Plan
from aegis.render.gitops import render_gitops
from aegis.verify.api import verify_files


def files(plan: Plan) -> dict[str, str]:
    return {
        a.path: yaml.safe_dump_all(a.content) if a.documents else yaml.safe_dump(a.content)
        for a in render_gitops(plan)
    }


def test_only_what_was_chosen_is_rendered(plans: dict[str, Plan]) -> None:
    """Each plan gets its own tool, and plans without one get nothing."""
    found = {
        name: sorted({a.path.split("/")[1] for a in render_gitops(plan)})
        for name, plan in plans.items()
    }

    assert {name: tools for name, tools in found.items() if tools} == {
        "cluster-chat": ["argo-cd"],
        "ranking": ["argo-cd"],
        "air-gapped": ["flux"],
    }


@pytest.mark.obligation(34)
@pytest.mark.parametrize("name", ["cluster-chat", "ranking", "air-gapped"])
def test_every_object_passes_strict_validation(plans: dict[str, Plan], name: str) -> None:
    found = verify_files(files(plans[name])).findings

    assert [f.message for f in found if f.severity.rank <= Severity.MEDIUM.rank] == []


def test_a_sync_keeps_what_the_release_and_the_scaler_own(plans: dict[str, Plan]) -> None:
    """P1 and drift: large objects are applied by the server; weights and replicas stay."""
    plan = plans["cluster-chat"]
    for environment in names.ENVIRONMENTS:
        name = f"gitops/argo-cd/{plan.service}-{environment}.yaml"
        spec = yaml.safe_load(files(plan)[name])["spec"]
        assert "ServerSideApply=true" in spec["syncPolicy"]["syncOptions"]
        kinds = {d["kind"] for d in spec["ignoreDifferences"]}
        assert kinds == {"HTTPRoute", "Service", "Rollout"}
        assert spec["destination"]["namespace"] == environment


def test_foundations_come_before_environments(plans: dict[str, Plan]) -> None:
    """Waves of Argo CD and dependencies of Flux say the same order."""
    argo = files(plans["cluster-chat"])
    waves = {
        path: int(yaml.safe_load(text)["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for path, text in argo.items()
    }
    last = max(wave for path, wave in waves.items() if "cluster-" in path)
    assert all(
        wave > last
        for path, wave in waves.items()
        if path.endswith("production.yaml") and "cluster-" not in path
    )

    documents = [
        d for text in files(plans["air-gapped"]).values() for d in yaml.safe_load_all(text)
    ]
    production = next(
        d
        for d in documents
        if d["metadata"]["name"].endswith("-production")
        and d["kind"] == "Kustomization"
        and "overlays" in d["spec"]["path"]
    )
    assert any("cluster" in dep["name"] for dep in production["spec"]["dependsOn"])


def test_no_secret_comes_by_this_way(plans: dict[str, Plan]) -> None:
    project = yaml.safe_load(files(plans["cluster-chat"])["gitops/argo-cd/project.yaml"])["spec"]

    assert {"group": "", "kind": "Secret"} in project["namespaceResourceBlacklist"]
    assert ".internal" in json.dumps(project["sourceRepos"])
