"""Microsoft Azure: AKS."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.iac.azure.cluster import FOR_CLUSTER, cluster
from aegis.render.iac.azure.proof import cluster_tests, service_tests
from aegis.render.iac.azure.service import FOR_SERVICE, ON_CLUSTER, service
from aegis.render.iac.shape import DISK_GIB, Cloud, Object, Rows
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
    cannot=(
        Gap(
            what="A registry whose tags cannot move: Azure Container Registry locks images one by one, "
            "not by a setting of the registry.",
            instead="Deploy by digest, as the bundle does, and lock each image after it is pushed: "
            "`az acr repository update --name REGISTRY --image NAME:TAG --write-enabled false`.",
        ),
    ),
)
