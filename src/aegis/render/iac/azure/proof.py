"""Tests of the Azure modules that Terraform runs against a mocked cloud."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.iac.shape import budget_tests, retention_days
from aegis.render.shared.serving import serving

_NOBODY = "00000000-0000-0000-0000-000000000000"
_GROUP = f"/subscriptions/{_NOBODY}/resourceGroups/test"
_IDS = {
    "azurerm_subnet": "Microsoft.Network/virtualNetworks/test/subnets/nodes",
    "azurerm_public_ip": "Microsoft.Network/publicIPAddresses/test",
    "azurerm_nat_gateway": "Microsoft.Network/natGateways/test",
    "azurerm_key_vault": "Microsoft.KeyVault/vaults/test",
    "azurerm_container_registry": "Microsoft.ContainerRegistry/registries/test",
    "azurerm_storage_account": "Microsoft.Storage/storageAccounts/test",
    "azurerm_storage_container": (
        "Microsoft.Storage/storageAccounts/test/blobServices/default/containers/audit"
    ),
}
_PRINCIPAL = f"""      principal_id = "{_NOBODY}"
      client_id    = "{_NOBODY}"
"""


def _mock() -> str:
    """A cloud whose ids look as Azure's do, because arguments are checked to."""

    def block(what: str, kind: str, lines: str) -> str:
        return f'  {what} "{kind}" {{\n    defaults = {{\n{lines}    }}\n  }}\n'

    parts = [
        block("mock_data", "azurerm_client_config",
              f'      tenant_id = "{_NOBODY}"\n      object_id = "{_NOBODY}"\n'),
        block("mock_data", "azurerm_subscription", f'      id = "/subscriptions/{_NOBODY}"\n'),
        block("mock_resource", "azurerm_user_assigned_identity",
              f'      id           = "{_GROUP}/providers/Microsoft.ManagedIdentity/'
              f'userAssignedIdentities/test"\n{_PRINCIPAL}'),
        block("mock_resource", "azurerm_key_vault_key",
              '      versionless_id = "https://test.vault.azure.net/keys/test"\n'),
        *(block("mock_resource", kind, f'      id = "{_GROUP}/providers/{path}"\n')
          for kind, path in _IDS.items()),
    ]  # fmt: skip
    return f'mock_provider "azurerm" {{\n{"".join(parts)}}}\n'


def cluster_tests(_: Plan) -> str:
    """Nodes are private, the API server is not public, nobody has a shared account."""
    cluster = "azurerm_kubernetes_cluster.main"
    return f"""{_mock()}
variables {{
  environment       = "staging"
  region            = "swedencentral"
  administrators    = ["{_NOBODY}"]
  operator_networks = []
  system_vm_size    = null
}}

run "from_inside_only" {{
  assert {{
    condition     = azurerm_kubernetes_cluster.main.private_cluster_enabled
    error_message = "without operators' networks the API server is reached from inside only"
  }}
  assert {{
    condition     = !azurerm_subnet.nodes.default_outbound_access_enabled
    error_message = "nodes leave by one known address"
  }}
  assert {{
    condition     = azurerm_kubernetes_cluster.main.local_account_disabled
    error_message = "people come by their directory's groups"
  }}
  assert {{
    condition     = azurerm_kubernetes_cluster.main.workload_identity_enabled
    error_message = "pods have identities of their own"
  }}
}}

run "production_has_an_agreed_availability" {{
  variables {{
    environment       = "production"
    operator_networks = ["192.0.2.0/24"]
  }}
  assert {{
    condition     = azurerm_kubernetes_cluster.main.sku_tier == "Standard"
    error_message = "the free tier promises nothing"
  }}
  assert {{
    condition     = one({cluster}.api_server_access_profile[0].authorized_ip_ranges) == "192.0.2.0/24"
    error_message = "only operators reach the API server from outside"
  }}
}}
"""


def service_tests(plan: Plan) -> str:
    """Sizes follow the plan, nothing is public, records end on time."""
    each = max(1, serving(plan).devices)
    budget = "azurerm_consumption_budget_subscription"
    rule = "azurerm_storage_management_policy.audit.rule[0].actions[0].base_blob[0]"
    told = budget_tests(budget, f"for n in {budget}.month[0].notification : n.threshold < 100")
    return f"""{_mock()}
variables {{
  environment        = "staging"
  region             = "swedencentral"
  cluster_id         = "{_GROUP}/providers/Microsoft.ContainerService/managedClusters/test"
  issuer_url         = "https://issuer.example.com/"
  kubelet_id         = "{_NOBODY}"
  subnet_id          = "{_GROUP}/providers/{_IDS["azurerm_subnet"]}"
  vm_size            = "Test_Machine"
  devices_per_node   = 4
  availability_zones = []
  disk_gib           = 200
  applier_networks   = []
  serving_replicas   = 6
  floor_replicas     = 2
  monthly_budget_usd = 100
  alarm_groups       = ["{_GROUP}/providers/Microsoft.Insights/actionGroups/test"]
}}

run "nodes_follow_replicas" {{
  assert {{
    condition     = azurerm_kubernetes_cluster_node_pool.serving.max_count == ceil(6 * {each} / 4)
    error_message = "nodes hold the replicas, rounded up"
  }}
  assert {{
    condition     = azurerm_kubernetes_cluster_node_pool.serving.min_count == ceil(2 * {each} / 4)
    error_message = "what always stands, stands"
  }}
}}

run "nothing_is_public_and_records_end" {{
  assert {{
    condition     = !azurerm_storage_account.audit.allow_nested_items_to_be_public
    error_message = "the audit store is private"
  }}
  assert {{
    condition     = !azurerm_storage_account.audit.shared_access_key_enabled
    error_message = "no key is shared"
  }}
  assert {{
    condition     = {rule}.delete_after_days_since_creation_greater_than == {retention_days(plan)}
    error_message = "records end when the plan says so"
  }}
  assert {{
    condition     = !azurerm_container_registry.image.admin_enabled
    error_message = "the registry has no shared account"
  }}
}}
{told}"""
