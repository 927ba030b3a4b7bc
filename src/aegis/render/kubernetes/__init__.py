"""Objects for a Kubernetes cluster: a base, three overlays, and what the cluster itself needs."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.capacity import disruption, quota, scaler
from aegis.render.kubernetes.cluster import cluster
from aegis.render.kubernetes.objects import ROOT
from aegis.render.kubernetes.overlays import base, overlays, release, trial
from aegis.render.kubernetes.platforms import gaps, platform_of
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
    objects = (
        *platform.workload(plan),
        account(plan),
        *platform.services(plan),
        *platform.route(plan),
        *platform.policies(plan),
        disruption(plan, pods),
        *scaler(plan, platform.scaled(plan)),
        quota(plan),
        *platform.monitors(plan),
        external_secret(plan),
    )
    return (
        *objects,
        base(objects),
        *release(platform.judged(plan)),
        *overlays(plan, platform),
        *trial(plan, platform),
        *cluster(plan, (*platform.once(plan), *signatures(plan))),
        set_images(ROOT, platform.images(plan)),
        readme(plan, platform),
    )


__all__ = ["gaps", "render_kubernetes"]
