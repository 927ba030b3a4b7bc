"""Google Cloud: GKE."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.iac.google.cluster import FOR_CLUSTER, PROJECT, cluster
from aegis.render.iac.google.proof import cluster_tests, service_tests
from aegis.render.iac.google.service import FOR_SERVICE, ON_CLUSTER, service
from aegis.render.iac.shape import DISK_GIB, Cloud, Object


def _defaults(_: Plan) -> Object:
    return {"operator_networks": [], "system_machine_type": None, "disk_gib": DISK_GIB}


def _provider(region: str) -> Object:
    return {"google": {"project": "${var.project}", "region": region}}


GOOGLE = Cloud(
    name="gcp",
    title="Google Cloud",
    folder="google",
    requires={"google": {"source": "hashicorp/google", "version": "~> 8.0"}},
    backend={"gcs": {}},
    provider=_provider,
    cluster=cluster,
    service=service,
    cluster_tests=cluster_tests,
    service_tests=service_tests,
    place=PROJECT,
    for_cluster=FOR_CLUSTER,
    for_service=FOR_SERVICE,
    defaults=_defaults,
    existing=ON_CLUSTER,
)
