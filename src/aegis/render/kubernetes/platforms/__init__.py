"""The serving platforms of a cluster's bundle: one module each, and the table of them.

A platform is the workload of the same bundle, not a bundle of its own: namespaces, quotas, network
policies, secrets, metrics, images by digest and the three overlays are written once, for all.

To add one: write `platforms/<name>.py` with a `Platform` (its fields say what each function gives),
add its kinds, versions and pairings to `render/shared/apis.py` (objects begin with `typed("Kind")`),
its line to `PLATFORMS` under the id of the option in the decision `serving-platform`, that id to
`ON_CLUSTER` in `plan/case.py`, its commands to `plan/parts/commands.py` and its target to
`operations/rendering.py`. The pods are built by `workload.pod`, so that every platform has the same
gateway beside the engine, the same probes, drain and locks. What it cannot express is a `Gap`.
The tests of `tests/render/kubernetes/platforms` run over every line of the table.
"""

from __future__ import annotations

from collections.abc import Mapping

from aegis.plan.types import Plan
from aegis.render.kubernetes.platforms.argo import ARGO
from aegis.render.kubernetes.platforms.dynamo import DYNAMO
from aegis.render.kubernetes.platforms.flagger import FLAGGER
from aegis.render.kubernetes.platforms.kserve import KSERVE
from aegis.render.kubernetes.platforms.llmd import LLM_D
from aegis.render.kubernetes.platforms.lws import LWS
from aegis.render.kubernetes.platforms.platform import Platform
from aegis.render.kubernetes.platforms.ray import RAY
from aegis.render.shared.gap import Gap

PLATFORMS: Mapping[str, Platform] = {
    "kubernetes": ARGO,
    "flagger": FLAGGER,
    "kserve": KSERVE,
    "lws": LWS,
    "llm-d": LLM_D,
    "ray-serve": RAY,
    "nvidia-dynamo": DYNAMO,
}
"""Option of the decision `serving-platform` → what it adds."""


def platform_of(plan: Plan) -> Platform | None:
    """The platform of a plan for a cluster; None where it runs elsewhere, or on one not rendered."""
    if plan.chosen("run-where") != "cluster":
        return None
    return PLATFORMS.get(plan.chosen("serving-platform"))


def gaps(plan: Plan) -> tuple[Gap, ...]:
    """What the plan asks and its platform cannot express, each with the way around it."""
    platform = platform_of(plan)
    return platform.gaps(plan) if platform else ()
