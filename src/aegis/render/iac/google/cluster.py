"""Network and cluster on Google Cloud: private nodes, one way out, secrets under a key of ours."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.iac.shape import ENVIRONMENT, REGION, Object, Rows, tags, variables

FOR_CLUSTER: Rows = (
    ("operator_networks", "list(string)", "networks that reach the API server; none: from inside only"),
    ("system_machine_type", "string", "machine of the cluster's own pods; null: the cloud's default"),
)  # fmt: skip
_NODES, _PODS, _SERVICES = "10.0.0.0/20", "10.4.0.0/14", "10.8.0.0/20"
# What a node may do: cloud.google.com, GKE, "Use least privilege service accounts".
_OF_NODES = ("roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader")
PROJECT: Rows = (("project", "string", "project of this environment on Google Cloud"),)
NAME = (
    "${length(local.full) <= 28 ? local.full : "
    'format("%s-%s", substr(local.full, 0, 22), substr(sha256(local.full), 0, 5))}'
)
"""Identifiers of service accounts have 30 characters: longer names keep their beginning."""


def cluster(plan: Plan) -> Object:
    """The module's body."""
    return {
        "variable": variables(ENVIRONMENT, PROJECT, REGION, FOR_CLUSTER),
        "locals": {
            "full": f"{plan.service}-${{var.environment}}",
            "name": NAME,
            "labels": tags(plan),
        },
        "data": {"google_project": {"here": {"project_id": "${var.project}"}}},
        "resource": {
            **_network(),
            **_key(),
            **_identity(),
            "google_container_cluster": {"main": _cluster()},
            "google_container_node_pool": {"system": _system_nodes()},
        },
        "output": {
            "cluster_name": {"value": "${google_container_cluster.main.name}"},
            "node_service_account": {"value": "${google_service_account.nodes.email}"},
        },
    }


def _network() -> Object:
    return {
        "google_compute_network": {
            "main": {"name": "${local.name}", "auto_create_subnetworks": False}
        },
        "google_compute_subnetwork": {
            "nodes": {
                "name": "${local.name}",
                "network": "${google_compute_network.main.id}",
                "region": "${var.region}",
                "ip_cidr_range": _NODES,
                "private_ip_google_access": True,
                "secondary_ip_range": [
                    {"range_name": "pods", "ip_cidr_range": _PODS},
                    {"range_name": "services", "ip_cidr_range": _SERVICES},
                ],
            }
        },
        "google_compute_router": {
            "exit": {
                "name": "${local.name}",
                "network": "${google_compute_network.main.id}",
                "region": "${var.region}",
            }
        },
        "google_compute_router_nat": {
            "exit": {
                "name": "${local.name}",
                "router": "${google_compute_router.exit.name}",
                "region": "${var.region}",
                "nat_ip_allocate_option": "AUTO_ONLY",
                "source_subnetwork_ip_ranges_to_nat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
                "log_config": {"enable": True, "filter": "ERRORS_ONLY"},
            }
        },
    }


def _key() -> Object:
    robot = (
        "service-${data.google_project.here.number}@container-engine-robot.iam.gserviceaccount.com"
    )
    return {
        "google_kms_key_ring": {
            "cluster": {"name": "${local.name}-cluster", "location": "${var.region}"}
        },
        "google_kms_crypto_key": {
            "secrets": {
                "name": "secrets",
                "key_ring": "${google_kms_key_ring.cluster.id}",
                "rotation_period": "7776000s",
                "labels": "${local.labels}",
                "destroy_scheduled_duration": "2592000s",
            }
        },
        "google_kms_crypto_key_iam_member": {
            "secrets": {
                "crypto_key_id": "${google_kms_crypto_key.secrets.id}",
                "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter",
                "member": f"serviceAccount:{robot}",
            }
        },
    }


def _identity() -> Object:
    roles = ", ".join(f'"{role}"' for role in _OF_NODES)
    return {
        "google_service_account": {
            "nodes": {
                "account_id": "${substr(local.name, 0, 24)}-node",
                "project": "${var.project}",
            }
        },
        "google_project_iam_member": {
            "nodes": {
                "for_each": f"${{toset([{roles}])}}",
                "project": "${var.project}",
                "role": "${each.key}",
                "member": "${google_service_account.nodes.member}",
            }
        },
    }


def _cluster() -> Object:
    return {
        "name": "${local.name}",
        "location": "${var.region}",
        "network": "${google_compute_network.main.id}",
        "subnetwork": "${google_compute_subnetwork.nodes.id}",
        "deletion_protection": '${var.environment == "production"}',
        # The pool that a cluster is made with cannot be changed later: it goes, and ours come.
        "remove_default_node_pool": True,
        "initial_node_count": 1,
        "datapath_provider": "ADVANCED_DATAPATH",
        "resource_labels": "${local.labels}",
        "ip_allocation_policy": {
            "cluster_secondary_range_name": "pods",
            "services_secondary_range_name": "services",
        },
        "private_cluster_config": {
            "enable_private_nodes": True,
            "enable_private_endpoint": "${length(var.operator_networks) == 0}",
        },
        "master_authorized_networks_config": {
            "dynamic": {
                "cidr_blocks": {
                    "for_each": "${var.operator_networks}",
                    "content": {"cidr_block": "${cidr_blocks.value}"},
                }
            }
        },
        "database_encryption": {
            "state": "ENCRYPTED",
            "key_name": "${google_kms_crypto_key.secrets.id}",
        },
        "workload_identity_config": {"workload_pool": "${var.project}.svc.id.goog"},
        "gateway_api_config": {"channel": "CHANNEL_STANDARD"},
        "release_channel": {"channel": "REGULAR"},
        "depends_on": ["google_kms_crypto_key_iam_member.secrets"],
    }


def _system_nodes() -> Object:
    """Nodes for the cluster's own pods, so that a GPU never waits for a name server."""
    return {
        "name": "system",
        "cluster": "${google_container_cluster.main.name}",
        "location": "${var.region}",
        "autoscaling": {"total_min_node_count": 2, "total_max_node_count": 6},
        "management": {"auto_repair": True, "auto_upgrade": True},
        "node_config": {
            "machine_type": "${var.system_machine_type}",
            "service_account": "${google_service_account.nodes.email}",
            "oauth_scopes": ["https://www.googleapis.com/auth/cloud-platform"],
            "workload_metadata_config": {"mode": "GKE_METADATA"},
            "shielded_instance_config": {
                "enable_secure_boot": True,
                "enable_integrity_monitoring": True,
            },
            "resource_labels": "${local.labels}",
        },
    }
