"""Argo CD or Flux apply each environment by itself, in order, without moving weights back."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from aegis.base import conventions as names
from aegis.base.finding import Severity
from aegis.operations.bundle import render_all
from aegis.plan.types import Plan
from aegis.render.gitops import render_gitops
from aegis.verify.api import verify_files


def files(plan: Plan) -> dict[str, str]:
    return {
        a.path: yaml.safe_dump_all(a.content) if a.documents else yaml.safe_dump(a.content)
        for a in render_gitops(plan)
        if not isinstance(a.content, str)
    }


def test_only_what_was_chosen_is_rendered(plans: dict[str, Plan]) -> None:
    """Each plan gets its own tool, and plans without one get nothing."""
    found = {
        name: sorted({path.split("/")[1] for path in files(plan)}) for name, plan in plans.items()
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


def test_an_application_may_go_where_its_objects_lie(plans: dict[str, Plan]) -> None:
    """Argo CD refuses an object outside the places of its project, whatever the cluster would say."""
    plan = plans["cluster-chat"]
    texts = files(plan)
    spec = yaml.safe_load(texts["gitops/argo-cd/project.yaml"])["spec"]
    places = {(d["name"], d["namespace"]) for d in spec["destinations"]}
    bundle: dict[str, Any] = {a.path: a.content for a in render_all(plan)}
    for text in (t for path, t in texts.items() if "project" not in path):
        found = yaml.safe_load(text)["spec"]
        cluster = found["destination"]["name"]
        assert (cluster, found["destination"]["namespace"]) in places
        folder = found["source"]["path"]
        assert f"{folder}/kustomization.yaml" in bundle
        for path, content in bundle.items():
            if path.startswith(f"{folder}/"):
                for each in content if isinstance(content, list) else [content]:
                    stated = each.get("metadata", {}) if isinstance(each, dict) else {}
                    if "namespace" in stated:
                        assert (cluster, stated["namespace"]) in places, path


def test_what_judges_a_rehearsal_is_watched_where_it_runs(plans: dict[str, Plan]) -> None:
    """Rules of both clusters; none about production outside it, where it would page for ever."""
    bundle = {a.path: a.content for a in render_all(plans["cluster-chat"])}
    production = json.dumps(bundle["observability/kubernetes/prometheusrule.yaml"])
    beside = json.dumps(bundle["observability/non-production/prometheusrule.yaml"])

    assert "aegis:slo_bad:increase5m" in beside
    assert "aegis:slo_bad:increase5m" in production
    assert 'environment=\\"production\\"' not in beside
    parts = {yaml.safe_load(t)["spec"]["source"]["path"] for p, t in files(plans["cluster-chat"]).items()
             if "project" not in p}  # fmt: skip
    assert {"observability/kubernetes", "observability/non-production"} <= parts


def test_a_namespace_outlives_its_file(plans: dict[str, Plan]) -> None:
    for name in ("cluster-chat", "air-gapped"):
        made: dict[str, Any] = {a.path: a.content for a in render_all(plans[name])}
        for each in made["kubernetes/cluster/namespaces.yaml"]:
            notes = each["metadata"]["annotations"]
            assert notes["kustomize.toolkit.fluxcd.io/prune"] == "disabled"
            assert "Prune=confirm" in notes["argocd.argoproj.io/sync-options"]


def test_flux_does_not_wait_for_the_end_of_a_release(plans: dict[str, Plan]) -> None:
    """It takes days in production: a commit that goes back would stand in line behind the wait."""
    texts = files(plans["air-gapped"])
    current = {
        d["metadata"]["name"].rpartition("-")[2]: d["spec"]["healthCheckExprs"][0]["current"]
        for text in texts.values()
        for d in yaml.safe_load_all(text)
        if "healthCheckExprs" in d["spec"]
    }

    assert "stableRS" in current["production"]
    assert "stableRS" not in current["staging"]


def test_no_secret_comes_by_this_way(plans: dict[str, Plan]) -> None:
    project = yaml.safe_load(files(plans["cluster-chat"])["gitops/argo-cd/project.yaml"])["spec"]

    assert {"group": "", "kind": "Secret"} in project["namespaceResourceBlacklist"]
    assert ".internal" in json.dumps(project["sourceRepos"])
