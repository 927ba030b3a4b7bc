"""Network and cluster on Azure: private nodes, one way out, people by their directory's groups."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.iac.shape import ENVIRONMENT, REGION, Object, Rows, tags, variables

FOR_CLUSTER: Rows = (
    ("administrators", "list(string)", "object ids of the groups that administer the cluster"),
    ("operator_networks", "list(string)", "networks that reach the API server; none: from inside only"),
    ("system_vm_size", "string", "machine of the cluster's own pods; null: the cloud's default"),
)  # fmt: skip
_NETWORK, _NODES = "10.0.0.0/16", "10.0.0.0/20"


def cluster(plan: Plan) -> Object:
    """The module's body."""
    return {
        "variable": variables(ENVIRONMENT, REGION, FOR_CLUSTER),
        "locals": {"name": f"{plan.service}-${{var.environment}}", "tags": tags(plan)},
        "data": {"azurerm_client_config": {"here": {}}},
        "resource": {
            "azurerm_resource_group": {
                "cluster": {
                    "name": "${local.name}-cluster",
                    "location": "${var.region}",
                    "tags": "${local.tags}",
                }
            },
            **_network(),
            "azurerm_user_assigned_identity": {
                "cluster": _placed(),
                "nodes": _placed("${local.name}-nodes"),
            },
            "azurerm_role_assignment": {
                "network": _may("Network Contributor", "azurerm_subnet.nodes.id"),
                "nodes": _may(
                    "Managed Identity Operator", "azurerm_user_assigned_identity.nodes.id"
                ),
            },
            "azurerm_kubernetes_cluster": {"main": _cluster()},
        },
        "output": {
            "cluster_id": {"value": "${azurerm_kubernetes_cluster.main.id}"},
            "issuer_url": {"value": "${azurerm_kubernetes_cluster.main.oidc_issuer_url}"},
            "kubelet_id": {"value": "${azurerm_user_assigned_identity.nodes.principal_id}"},
            "subnet_id": {"value": "${azurerm_subnet.nodes.id}"},
        },
    }


def _may(role: str, what: str) -> Object:
    """A role of the cluster's own identity."""
    return {
        "scope": f"${{{what}}}",
        "role_definition_name": role,
        "principal_id": "${azurerm_user_assigned_identity.cluster.principal_id}",
    }


def _placed(name: str = "${local.name}") -> Object:
    return {
        "name": name,
        "location": "${var.region}",
        "resource_group_name": "${azurerm_resource_group.cluster.name}",
        "tags": "${local.tags}",
    }


def _network() -> Object:
    return {
        "azurerm_virtual_network": {"main": {**_placed(), "address_space": [_NETWORK]}},
        "azurerm_subnet": {
            "nodes": {
                "name": "nodes",
                "resource_group_name": "${azurerm_resource_group.cluster.name}",
                "virtual_network_name": "${azurerm_virtual_network.main.name}",
                "address_prefixes": [_NODES],
                "default_outbound_access_enabled": False,
                # The audit store and its key answer to this subnet only.
                "service_endpoint": [
                    {"service": "Microsoft.Storage"},
                    {"service": "Microsoft.KeyVault"},
                ],
            }
        },
        "azurerm_public_ip": {
            "exit": {**_placed(), "allocation_method": "Static", "sku": "Standard"}
        },
        "azurerm_nat_gateway": {"exit": {**_placed(), "sku_name": "Standard"}},
        "azurerm_nat_gateway_public_ip_association": {
            "exit": {
                "nat_gateway_id": "${azurerm_nat_gateway.exit.id}",
                "public_ip_address_id": "${azurerm_public_ip.exit.id}",
            }
        },
        "azurerm_subnet_nat_gateway_association": {
            "exit": {
                "subnet_id": "${azurerm_subnet.nodes.id}",
                "nat_gateway_id": "${azurerm_nat_gateway.exit.id}",
            }
        },
    }


def _cluster() -> Object:
    from_inside = "length(var.operator_networks) == 0"
    return {
        **_placed(),
        "dns_prefix": "${local.name}",
        "sku_tier": '${var.environment == "production" ? "Standard" : "Free"}',
        "automatic_upgrade_channel": "patch",
        "node_os_upgrade_channel": "NodeImage",
        "private_cluster_enabled": f"${{{from_inside}}}",
        "local_account_disabled": True,
        "oidc_issuer_enabled": True,
        "workload_identity_enabled": True,
        "azure_active_directory_role_based_access_control": {
            "azure_rbac_enabled": True,
            "tenant_id": "${data.azurerm_client_config.here.tenant_id}",
            "admin_group_object_ids": "${var.administrators}",
        },
        "dynamic": {
            "api_server_access_profile": {
                "for_each": f"${{{from_inside} ? [] : [var.operator_networks]}}",
                "content": {"authorized_ip_ranges": "${api_server_access_profile.value}"},
            }
        },
        "default_node_pool": _system_nodes(),
        # The pools are ours: nodes that Azure chooses by itself have no budget.
        "node_provisioning_profile": {"mode": "Manual"},
        "identity": {
            "type": "UserAssigned",
            "identity_ids": ["${azurerm_user_assigned_identity.cluster.id}"],
        },
        "kubelet_identity": {
            "client_id": "${azurerm_user_assigned_identity.nodes.client_id}",
            "object_id": "${azurerm_user_assigned_identity.nodes.principal_id}",
            "user_assigned_identity_id": "${azurerm_user_assigned_identity.nodes.id}",
        },
        "network_profile": {
            "network_plugin": "azure",
            "network_plugin_mode": "overlay",
            "network_data_plane": "cilium",
            "network_policy": "cilium",
            "outbound_type": "userAssignedNATGateway",
        },
        "depends_on": [
            "azurerm_role_assignment.network",
            "azurerm_role_assignment.nodes",
            "azurerm_subnet_nat_gateway_association.exit",
            "azurerm_nat_gateway_public_ip_association.exit",
        ],
    }


def _system_nodes() -> Object:
    """Nodes for the cluster's own pods, so that a GPU never waits for a name server."""
    return {
        "name": "system",
        "vm_size": "${var.system_vm_size}",
        "vnet_subnet_id": "${azurerm_subnet.nodes.id}",
        "auto_scaling_enabled": True,
        "min_count": 2,
        "max_count": 4,
        "only_critical_addons_enabled": True,
        "temporary_name_for_rotation": "systemtmp",
        "upgrade_settings": {"max_surge": "1"},
        "tags": "${local.tags}",
    }
