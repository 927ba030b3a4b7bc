"""Objects for a Kubernetes cluster: a base, three overlays, and what the cluster itself needs."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes import entry
from aegis.render.kubernetes.capacity import disruption, quota, scaler
from aegis.render.kubernetes.chart import chart
from aegis.render.kubernetes.cluster import cluster
from aegis.render.kubernetes.entry import gaps as entry_gaps
from aegis.render.kubernetes.nodes import nodes
from aegis.render.kubernetes.objects import ROOT
from aegis.render.kubernetes.overlays import base, component, overlays, trial
from aegis.render.kubernetes.platforms import gaps, platform_of
from aegis.render.kubernetes.platforms.platform import Platform
from aegis.render.kubernetes.readme import readme
from aegis.render.kubernetes.signatures import signatures
from aegis.render.kubernetes.watching import external_secret
from aegis.render.kubernetes.workload import account
from aegis.render.shared.pins import set_images


def render_kubernetes(plan: Plan) -> tuple[Artifact, ...]:
    """The bundle for a cluster; nothing when the plan runs elsewhere or on another platform."""
    platform = platform_of(plan)
    if platform is None:
        return ()
    pods = platform.pods(plan)
    objects = _objects(plan, platform)
    return (
        *objects,
        base(objects),
        *component(
            "release",
            platform.judged(plan),
            platform.in_production(plan),
            beside=platform.judged_beside,
        ),
        *component("direct", platform.direct(plan)),
        *component("entry", entry.entry(plan)),
        *entry.once(plan),
        *overlays(plan, platform),
        *trial(plan, platform),
        *cluster(plan, pods, (*platform.once(plan), *signatures(plan, pods))),
        *nodes(plan),
        set_images(ROOT, platform.images(plan)),
        readme(plan, platform),
    )


def render_chart(plan: Plan) -> tuple[Artifact, ...]:
    """The same objects as a Helm chart; nothing where an environment has objects of its own."""
    platform = platform_of(plan)
    if platform is None or platform.canary(plan) or platform.direct(plan):
        return ()
    return chart(plan, platform, _objects(plan, platform), platform.judged(plan))


def _objects(plan: Plan, platform: Platform) -> tuple[Artifact, ...]:
    pods = platform.pods(plan)
    return (
        *platform.workload(plan),
        account(plan),
        *platform.services(plan),
        *platform.route(plan),
        *platform.policies(plan),
        disruption(plan, platform.movable(plan) if platform.movable else pods),
        *scaler(plan, platform.scaled(plan)),
        quota(plan, platform.beside(plan)),
        *platform.monitors(plan),
        external_secret(plan),
    )


__all__ = ["entry_gaps", "gaps", "render_chart", "render_kubernetes"]
