"""All renderers of one plan together: one bundle."""

from __future__ import annotations

import json
import re

from aegis.base.artifact import Artifact
from aegis.detect.secrets import find_secrets
from aegis.plan.types import Plan
from aegis.render.batch import render_batch
from aegis.render.edge import render_edge
from aegis.render.evaluation import render_evaluation
from aegis.render.gateway import render_gateway
from aegis.render.gitops import render_gitops
from aegis.render.host import render_host
from aegis.render.iac import render_iac
from aegis.render.kubernetes import render_kubernetes
from aegis.render.observability import render_observability
from aegis.render.pipelines import render_pipelines

RENDERERS = (
    render_batch, render_edge, render_evaluation, render_gateway, render_gitops, render_host, render_iac,
    render_kubernetes, render_observability, render_pipelines,
)  # fmt: skip


def bundle(plan: Plan) -> list[Artifact]:
    return [artifact for render in RENDERERS for artifact in render(plan)]


def text(artifact: Artifact) -> str:
    content = artifact.content
    return content if isinstance(content, str) else json.dumps(content, indent=1)


def test_every_path_is_rendered_once(plan: Plan) -> None:
    paths = [a.path for a in bundle(plan)]

    assert len(paths) == len(set(paths))
    assert not any(p.startswith("/") or ".." in p for p in paths)


def test_two_runs_give_the_same_bytes(plan: Plan) -> None:
    assert [a.model_dump_json() for a in bundle(plan)] == [
        a.model_dump_json() for a in bundle(plan)
    ]


def test_nothing_rendered_holds_a_secret(plan: Plan) -> None:
    for artifact in bundle(plan):
        assert list(find_secrets(text(artifact))) == [], artifact.path


def test_every_host_is_internal_or_this_machine(plan: Plan) -> None:
    """No artifact names an outside host: what is yours is a name to replace."""
    for artifact in bundle(plan):
        for host in re.findall(r"https?://([^/:\s\"'$\\]+)", text(artifact)):
            inside = host.endswith((".internal", ".svc")) or host == "127.0.0.1"
            assert inside or host.startswith(plan.service), (artifact.path, host)


def test_no_image_has_a_tag(plan: Plan) -> None:
    for artifact in bundle(plan):
        for image in re.findall(r'"image": "([^"]+)"', text(artifact)):
            named_by_the_team = image.startswith("${{ vars.")
            assert "@" in image or named_by_the_team, (artifact.path, image)


def test_every_decision_named_by_an_artifact_was_taken(plan: Plan) -> None:
    """What an artifact carries out is in the plan, so that every leaf can be traced."""
    decided = {d.id for d in plan.decisions}
    for artifact in bundle(plan):
        assert set(artifact.because) & decided, artifact.path


def test_what_a_language_model_owes_is_rendered(plan: Plan) -> None:
    """Each of the four controls names a file; the bundle has it."""
    paths = {a.path for a in bundle(plan)}

    assert {c.artifact for c in plan.llm_controls} <= paths
