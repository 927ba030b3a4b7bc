"""Objects for a Kubernetes cluster: a base, three overlays, and what the cluster itself needs."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.analysis import templates
from aegis.render.kubernetes.capacity import disruption, quota, scaler
from aegis.render.kubernetes.cluster import cluster
from aegis.render.kubernetes.network import policies, route, services
from aegis.render.kubernetes.objects import ROOT
from aegis.render.kubernetes.overlays import base, overlays, release
from aegis.render.kubernetes.readme import readme
from aegis.render.kubernetes.watching import external_secret, pod_monitor
from aegis.render.kubernetes.workload import account, parts, rollout
from aegis.render.shared.pins import set_images


def render_kubernetes(plan: Plan) -> tuple[Artifact, ...]:
    """The bundle for a cluster; nothing when the plan runs elsewhere or on another platform."""
    if plan.chosen("run-where") != "cluster" or plan.chosen("serving-platform") != "kubernetes":
        return ()
    objects = (
        rollout(plan),
        account(plan),
        *services(plan),
        route(plan),
        *policies(plan),
        disruption(plan),
        *scaler(plan),
        quota(plan),
        pod_monitor(plan),
        external_secret(plan),
    )
    analyses = templates(plan)
    return (
        *objects,
        base(objects),
        *release(analyses),
        *overlays(plan),
        *cluster(plan),
        set_images(ROOT, parts(plan)),
        readme(plan),
    )
