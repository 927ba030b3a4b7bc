"""The service on AKS: nodes with the plan's accelerator, registry, audit store, identity, budget."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.plan.types import Plan
from aegis.render.iac.shape import (
    ALARMS,
    BUDGET_TAG,
    FIGURES,
    REGION,
    Object,
    Rows,
    nodes,
    retention_days,
    spot,
    tags,
    variables,
)
from aegis.render.shared.serving import serving

ON_CLUSTER: Rows = (
    ("cluster_id", "string", "resource id of the AKS cluster"),
    ("issuer_url", "string", "its OIDC issuer, for identities of pods"),
    ("kubelet_id", "string", "object id of its kubelet's identity, which pulls images"),
    ("subnet_id", "string", "subnet of the nodes, with service endpoints for Storage and KeyVault"),
)
FOR_SERVICE: Rows = (
    ("vm_size", "string", "virtual machine with the accelerator of the plan"),
    ("devices_per_node", "number", "accelerators in one machine; 1 without any"),
    ("availability_zones", "list(string)", "zones of the region that have the machine; none: Azure chooses"),
    ("disk_gib", "number", "disk of a node: image and weights, twice during an update"),
    ("applier_networks", "list(string)", "addresses from which this is applied: the key vault answers to them"),
    ("alarm_groups", "list(string)", "action groups that people read, for alarms of the budget"),
)  # fmt: skip
_KEY = "${azurerm_key_vault_key.data.versionless_id}"


def service(plan: Plan) -> Object:
    """The module's body."""
    return {
        "variable": variables(FIGURES, REGION, ON_CLUSTER, FOR_SERVICE),
        "locals": {
            "name": f"{plan.service}-${{var.environment}}",
            # Names of vaults, registries and stores are short, and the only ones of the world.
            "unique": '${substr(sha256("${data.azurerm_subscription.here.id}/${local.name}"), 0, 16)}',
            "tags": tags(plan),
        },
        "data": {
            "azurerm_client_config": {"here": {}},
            "azurerm_subscription": {"here": {}},
        },
        "resource": {
            "azurerm_resource_group": {
                "service": {
                    "name": "${local.name}",
                    "location": "${var.region}",
                    "tags": "${local.tags}",
                }
            },
            **_key(plan),
            "azurerm_container_registry": {"image": _registry()},
            **_store(plan),
            **_identity(plan),
            "azurerm_role_assignment": _roles(),
            "azurerm_kubernetes_cluster_node_pool": {"serving": _nodes(plan)},
            "azurerm_consumption_budget_subscription": {"month": _budget()},
        },
        "output": {
            "registry": {"value": "${azurerm_container_registry.image.login_server}"},
            # Annotation of the service account: azure.workload.identity/client-id.
            "client_id": {"value": "${azurerm_user_assigned_identity.workload.client_id}"},
        },
    }


def _placed(name: str = "${local.name}") -> Object:
    return {
        "name": name,
        "location": "${var.region}",
        "resource_group_name": "${azurerm_resource_group.service.name}",
        "tags": "${local.tags}",
    }


def _key(plan: Plan) -> Object:
    return {
        "azurerm_key_vault": {
            "data": {
                **_placed("kv-${local.unique}"),
                "tenant_id": "${data.azurerm_client_config.here.tenant_id}",
                "sku_name": "standard",
                "rbac_authorization_enabled": True,
                # Without it a deleted key takes every record with it.
                "purge_protection_enabled": True,
                "network_acls": {
                    "bypass": "AzureServices",
                    "default_action": "Deny",
                    "ip_rules": "${var.applier_networks}",
                    "virtual_network_subnet_ids": ["${var.subnet_id}"],
                },
            }
        },
        "azurerm_key_vault_key": {
            "data": {
                "name": plan.service,
                "key_vault_id": "${azurerm_key_vault.data.id}",
                "key_type": "RSA",
                "key_size": 3072,
                "key_opts": ["unwrapKey", "wrapKey"],
                "rotation_policy": {"automatic": {"time_after_creation": "P90D"}},
                "tags": "${local.tags}",
                "depends_on": ["azurerm_role_assignment.applier"],
            }
        },
    }


def _registry() -> Object:
    return {
        **_placed("cr${local.unique}"),
        "sku": "Premium",
        "admin_enabled": False,
        "anonymous_pull_enabled": False,
    }


def _store(plan: Plan) -> Object:
    account = "${azurerm_storage_account.audit.id}"
    return {
        "azurerm_storage_account": {
            "audit": {
                **_placed("audit${local.unique}"),
                "account_tier": "Standard",
                "account_replication_type": "ZRS",
                "min_tls_version": "TLS1_2",
                "https_traffic_only_enabled": True,
                "shared_access_key_enabled": False,
                "allow_nested_items_to_be_public": False,
                "cross_tenant_replication_enabled": False,
                "identity": {
                    "type": "UserAssigned",
                    "identity_ids": ["${azurerm_user_assigned_identity.keys.id}"],
                },
                "customer_managed_key": {
                    "key_vault_key_id": _KEY,
                    "user_assigned_identity_id": "${azurerm_user_assigned_identity.keys.id}",
                },
                "network_rules": {
                    "default_action": "Deny",
                    "bypass": ["AzureServices"],
                    "virtual_network_subnet_ids": ["${var.subnet_id}"],
                },
                "depends_on": ["azurerm_role_assignment.keys"],
            }
        },
        "azurerm_storage_container": {
            "audit": {
                "name": "audit",
                "storage_account_id": account,
                "container_access_type": "private",
            }
        },
        "azurerm_storage_management_policy": {
            "audit": {
                "storage_account_id": account,
                "rule": {
                    "name": "retention",
                    "enabled": True,
                    "filters": {"blob_types": ["blockBlob", "appendBlob"]},
                    "actions": {
                        "base_blob": {
                            "delete_after_days_since_creation_greater_than": retention_days(plan)
                        }
                    },
                },
            }
        },
    }


def _identity(plan: Plan) -> Object:
    return {
        "azurerm_user_assigned_identity": {
            "keys": _placed("${local.name}-keys"),
            "workload": _placed(),
        },
        "azurerm_federated_identity_credential": {
            "workload": {
                "name": "${local.name}",
                "user_assigned_identity_id": "${azurerm_user_assigned_identity.workload.id}",
                "issuer": "${var.issuer_url}",
                "subject": f"system:serviceaccount:${{var.environment}}:{plan.service}",
                "audience": ["api://AzureADTokenExchange"],
            }
        },
    }


def _roles() -> Object:
    """Who may do what: no role is wider than one resource."""
    rows = (
        ("applier", "azurerm_key_vault.data.id", "Key Vault Crypto Officer",
         "data.azurerm_client_config.here.object_id"),
        ("keys", "azurerm_key_vault.data.id", "Key Vault Crypto Service Encryption User",
         "azurerm_user_assigned_identity.keys.principal_id"),
        ("nodes", "azurerm_container_registry.image.id", "AcrPull", "var.kubelet_id"),
        ("workload", "azurerm_storage_container.audit.id", "Storage Blob Data Contributor",
         "azurerm_user_assigned_identity.workload.principal_id"),
    )  # fmt: skip
    return {
        name: {
            "scope": f"${{{scope}}}",
            "role_definition_name": role,
            "principal_id": f"${{{who}}}",
        }
        for name, scope, role, who in rows
    }


def _nodes(plan: Plan) -> Object:
    found = serving(plan)
    least, most = nodes(plan, "var.floor_replicas"), nodes(plan, "var.serving_replicas")
    pool: Object = {
        # Twelve letters and digits at most.
        "name": "s${substr(sha256(local.name), 0, 8)}",
        "kubernetes_cluster_id": "${var.cluster_id}",
        "mode": "User",
        "vm_size": "${var.vm_size}",
        "vnet_subnet_id": "${var.subnet_id}",
        "zones": "${length(var.availability_zones) > 0 ? var.availability_zones : null}",
        "os_disk_size_gb": "${var.disk_gib}",
        "auto_scaling_enabled": True,
        "min_count": f"${{{least}}}",
        "max_count": f"${{{most}}}",
        "node_labels": {"aegis.dev/accelerator": plan.capacity.accelerator or "none"},
        "tags": "${local.tags}",
        # The autoscaler owns the number between the bounds.
        "lifecycle": {"ignore_changes": ["node_count"]},
    }
    if spot(plan):
        pool |= {"priority": "Spot", "eviction_policy": "Delete", "spot_max_price": -1}
    else:
        # A node of more would wait for a device that may not be there.
        pool["upgrade_settings"] = {"max_surge": "0", "max_unavailable": "1"}
    if found.resource:
        pool["node_taints"] = [f"{found.resource}=present:NoSchedule"]
    return pool


def _budget() -> Object:
    notifications: list[JsonValue] = [
        {
            "operator": "GreaterThan",
            "threshold": percent,
            "threshold_type": kind,
            "contact_groups": "${var.alarm_groups}",
        }
        for percent, kind in (*((each, "Actual") for each in ALARMS), (100, "Forecasted"))
    ]
    return {
        "count": "${var.monthly_budget_usd > 0 ? 1 : 0}",
        "name": "${local.name}",
        "subscription_id": "${data.azurerm_subscription.here.id}",
        # In the currency of the account: where it is not the dollar, say the amount in it.
        "amount": "${var.monthly_budget_usd}",
        "time_grain": "Monthly",
        "time_period": {"start_date": "${formatdate(\"YYYY-MM-01'T'00:00:00Z\", plantimestamp())}"},
        # Nodes lie in a resource group of the cluster's: the tag finds them there too.
        "filter": {"tag": [{"name": BUDGET_TAG, "values": ["${local.name}"]}]},
        "notification": notifications,
        "lifecycle": {"ignore_changes": ["time_period"]},
    }
