"""Amazon Web Services: EKS."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.iac.aws.cluster import FOR_CLUSTER, cluster
from aegis.render.iac.aws.proof import cluster_tests, service_tests
from aegis.render.iac.aws.service import FOR_SERVICE, ON_CLUSTER, service
from aegis.render.iac.shape import DISK_GIB, KUBERNETES, Cloud, Object, zones


def _defaults(plan: Plan) -> Object:
    return {
        "zones": zones(plan),
        "network": "10.0.0.0/16",
        "operator_networks": [],
        "system_instance_type": None,
        "kubernetes_version": KUBERNETES,
        "disk_gib": DISK_GIB,
    }


AWS = Cloud(
    name="aws",
    title="Amazon Web Services",
    folder="aws",
    requires={"aws": {"source": "hashicorp/aws", "version": "~> 5.100"}},
    backend={"s3": {"encrypt": True, "use_lockfile": True}},
    provider=lambda region: {"aws": {"region": region}},
    cluster=cluster,
    service=service,
    cluster_tests=cluster_tests,
    service_tests=service_tests,
    told_region=False,
    for_cluster=FOR_CLUSTER,
    for_service=FOR_SERVICE,
    defaults=_defaults,
    existing=ON_CLUSTER,
)
