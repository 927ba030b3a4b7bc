"""Tests of the Google Cloud modules that Terraform runs against a mocked cloud."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.iac.shape import budget_tests, retention_days
from aegis.render.shared.serving import serving

_MOCK = """mock_provider "google" {
  mock_data "google_project" {
    defaults = {
      number = "123456789012"
    }
  }
  mock_data "google_storage_project_service_account" {
    defaults = {
      email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com"
    }
  }
  mock_resource "google_kms_key_ring" {
    defaults = {
      id = "projects/test/locations/europe-west4/keyRings/test"
    }
  }
  mock_resource "google_kms_crypto_key" {
    defaults = {
      id = "projects/test/locations/europe-west4/keyRings/test/cryptoKeys/test"
    }
  }
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/test/serviceAccounts/test@test.iam.gserviceaccount.com"
      email  = "test@test.iam.gserviceaccount.com"
      member = "serviceAccount:test@test.iam.gserviceaccount.com"
    }
  }
}
"""


def cluster_tests(_: Plan) -> str:
    """Nodes are private, the API server is not public, secrets are under our key."""
    networks = "google_container_cluster.main.master_authorized_networks_config[0]"
    return f"""{_MOCK}
variables {{
  environment         = "staging"
  project             = "test"
  region              = "europe-west4"
  operator_networks   = []
  system_machine_type = null
}}

run "from_inside_only" {{
  assert {{
    condition     = google_container_cluster.main.private_cluster_config[0].enable_private_endpoint
    error_message = "without operators' networks the API server is reached from inside only"
  }}
  assert {{
    condition     = google_container_cluster.main.private_cluster_config[0].enable_private_nodes
    error_message = "nodes have no public address"
  }}
  assert {{
    condition     = google_container_cluster.main.database_encryption[0].key_name == google_kms_crypto_key.secrets.id
    error_message = "secrets are encrypted under a key of ours"
  }}
  assert {{
    condition     = google_container_cluster.main.workload_identity_config[0].workload_pool == "test.svc.id.goog"
    error_message = "pods have identities of their own"
  }}
}}

run "production_is_not_deleted_by_one_command" {{
  variables {{
    environment       = "production"
    operator_networks = ["192.0.2.0/24"]
  }}
  assert {{
    condition     = google_container_cluster.main.deletion_protection
    error_message = "the cluster of production is protected"
  }}
  assert {{
    condition     = one({networks}.cidr_blocks).cidr_block == "192.0.2.0/24"
    error_message = "only operators reach the API server from outside"
  }}
}}
"""


def service_tests(plan: Plan) -> str:
    """Sizes follow the plan, nothing is public, records end on time."""
    each = max(1, serving(plan).devices)
    told = budget_tests(
        "google_billing_budget",
        "for r in google_billing_budget.month[0].threshold_rules : r.threshold_percent < 1",
    )
    return f"""{_MOCK}
variables {{
  environment          = "staging"
  project              = "test"
  region               = "europe-west4"
  cluster_name         = "test"
  node_service_account = "nodes@test.iam.gserviceaccount.com"
  node_zones           = ["europe-west4-a", "europe-west4-b"]
  machine_type         = "test-machine"
  devices_per_node     = 4
  disk_gib             = 200
  serving_replicas     = 6
  floor_replicas       = 2
  monthly_budget_usd   = 100
  billing_account      = "000000-000000-000000"
  alarm_channels       = ["projects/test/notificationChannels/1"]
}}

run "nodes_follow_replicas" {{
  assert {{
    condition     = google_container_node_pool.serving.autoscaling[0].total_max_node_count == ceil(6 * {each} / 4)
    error_message = "nodes hold the replicas, rounded up"
  }}
  assert {{
    condition     = google_container_node_pool.serving.autoscaling[0].total_min_node_count == ceil(2 * {each} / 4)
    error_message = "what always stands, stands"
  }}
  assert {{
    condition     = google_container_node_pool.serving.upgrade_settings[0].max_surge == 0
    error_message = "an upgrade needs no device that is not there"
  }}
}}

run "nothing_is_public_and_records_end" {{
  assert {{
    condition     = google_storage_bucket.audit.public_access_prevention == "enforced"
    error_message = "the audit store is private"
  }}
  assert {{
    condition     = one(google_storage_bucket.audit.lifecycle_rule[0].condition).age == {retention_days(plan)}
    error_message = "records end when the plan says so"
  }}
  assert {{
    condition     = google_storage_bucket.audit.soft_delete_policy[0].retention_duration_seconds == 0
    error_message = "what has ended is gone"
  }}
  assert {{
    condition     = alltrue([for r in google_artifact_registry_repository.image : r.docker_config[0].immutable_tags])
    error_message = "a tag cannot move"
  }}
}}

run "pods_add_records_as_themselves" {{
  assert {{
    condition     = endswith(google_storage_bucket_iam_member.workload.member, "ns/staging/sa/{plan.service}")
    error_message = "the service account of the pods is the principal"
  }}
  assert {{
    condition     = google_storage_bucket_iam_member.workload.role == "roles/storage.objectCreator"
    error_message = "it adds records, and reads none"
  }}
}}
{told}"""
