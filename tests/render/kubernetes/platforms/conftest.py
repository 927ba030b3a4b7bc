"""Plans of the golden briefs, each on the platforms that may serve it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis.base.artifact import Artifact
from aegis.brief.read import read_brief
from aegis.operations.planning import to_text
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan
from aegis.render.gateway import render_gateway
from aegis.render.kubernetes import render_kubernetes
from aegis.render.rollout import render_rollout

_BRIEFS = Path(__file__).parents[3] / "golden" / "briefs"
# Brief and orchestrator: predictive, divided, in stages over two machines, by prefix.
CASES = {
    "kserve-predictive": ("prediction-kserve-returns", "kserve"),
    "kserve-language": ("completion-llm-d-prefixes", "kserve"),
    "kserve-divided": ("rag-kserve-divided", "kserve"),
    "kserve-in-stages": ("chat-two-machines-a-replica", "kserve"),
    "lws-in-stages": ("chat-two-machines-a-replica", "lws"),
    "llm-d-plain": ("completion-llm-d-prefixes", "llm-d"),
    "llm-d-in-stages": ("chat-two-machines-a-replica", "llm-d"),
    "llm-d-divided": ("rag-kserve-divided", "llm-d"),
    "ray-serve-cloud": ("chat-ray-cloud", "ray"),
    "nvidia-dynamo-wide": ("chat-dynamo-two-nodes", "dynamo"),
}


@cache
def plan_of(case: str) -> Plan:
    """The plan of a case, made by the real planner."""
    name, orchestrator = CASES[case]
    brief = read_brief((_BRIEFS / f"{name}.yaml").read_text(), path=name).brief
    assert brief is not None
    team = brief.team.model_copy(update={"orchestrator": orchestrator})
    brief = brief.model_copy(update={"team": team})
    return make_plan(brief, Versions(catalog_sha256="0" * 64, aegis_version="test"))


def artifacts(plan: Plan) -> tuple[Artifact, ...]:
    """The files that are applied together."""
    return (*render_kubernetes(plan), *render_gateway(plan), *render_rollout(plan))


def files(plan: Plan) -> dict[str, str]:
    """The same as text, by path."""
    return {a.path: to_text(a) for a in artifacts(plan)}


def objects(plan: Plan, folder: str = "kubernetes/") -> list[dict[str, Any]]:
    """Objects of the files in a folder; kustomizations and patches are none."""
    found = []
    for path, text in files(plan).items():
        if path.startswith(folder) and path.endswith(".yaml") and not path.endswith("site.yaml"):
            found += [d for d in yaml.safe_load_all(text) if isinstance(d, dict)]
    return [d for d in found if "metadata" in d]


def only(plan: Plan, kind: str, folder: str = "kubernetes/base/") -> dict[str, Any]:
    """The one object of a kind in a folder."""
    (found,) = (d for d in objects(plan, folder) if d["kind"] == kind)
    return found


@pytest.fixture(params=sorted(CASES))
def plan(request: pytest.FixtureRequest) -> Plan:
    """Each case in turn."""
    return plan_of(request.param)
