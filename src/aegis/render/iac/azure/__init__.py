"""Microsoft Azure: AKS."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.iac.azure.cluster import FOR_CLUSTER, cluster
from aegis.render.iac.azure.proof import cluster_tests, service_tests
from aegis.render.iac.azure.service import FOR_SERVICE, ON_CLUSTER, service
from aegis.render.iac.shape import DISK_GIB, Cloud, Object, Rows, spot
from aegis.render.shared.gap import Gap

_SUBSCRIPTION: Rows = (("subscription", "string", "subscription of this environment"),)


def _defaults(_: Plan) -> Object:
    return {
        "operator_networks": [],
        "system_vm_size": None,
        "availability_zones": [],
        "disk_gib": DISK_GIB,
    }


def _provider(_: str) -> Object:
    return {
        "azurerm": {
            "features": {},
            "subscription_id": "${var.subscription}",
            "storage_use_azuread": True,
        }
    }


def _cannot(plan: Plan) -> tuple[Gap, ...]:
    gaps = [
        Gap(
            what="A registry whose tags cannot move: Azure Container Registry locks images one by one, "
            "not by a setting of the registry.",
            instead="Deploy by digest, as the bundle does, and lock each image after it is pushed: "
            "`az acr repository update --name REGISTRY --image NAME:TAG --write-enabled false`.",
        ),
        Gap(
            what="A registry under a key of ours: Azure opens a vault behind a firewall to a registry only "
            "after both exist (learn.microsoft.com, Container Registry, customer-managed keys).",
            instead="Images are encrypted under Azure's key; records are under ours. Follow that page if your "
            "rules ask for images too.",
        ),
        Gap(
            what="The identity of pods on Azure: it is found by an id that the cloud gives when it is made.",
            instead="Patch the overlay of each environment: annotation `azure.workload.identity/client-id` "
            'with `output -raw client_id` on the service account, and label `azure.workload.identity/use: "true"` '
            "on the pods.",
        ),
    ]
    if spot(plan):
        gaps.append(
            Gap(
                what="Spot nodes on Azure carry a taint of their own.",
                instead="Let the pods tolerate `kubernetes.azure.com/scalesetpriority=spot:NoSchedule` in the "
                "overlay.",
            )
        )
    return tuple(gaps)


AZURE = Cloud(
    name="azure",
    title="Microsoft Azure",
    folder="azure",
    requires={"azurerm": {"source": "hashicorp/azurerm", "version": "~> 5.0"}},
    backend={"azurerm": {"use_azuread_auth": True}},
    provider=_provider,
    cluster=cluster,
    service=service,
    cluster_tests=cluster_tests,
    service_tests=service_tests,
    for_root=_SUBSCRIPTION,
    for_cluster=FOR_CLUSTER,
    for_service=FOR_SERVICE,
    defaults=_defaults,
    existing=ON_CLUSTER,
    outputs=("registry", "client_id"),
    cannot=_cannot,
)
