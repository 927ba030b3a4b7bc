"""The service on GKE: nodes with the plan's accelerator, registry, audit store, identity, budget."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.plan.types import Plan
from aegis.render.iac.google.cluster import NAME, PROJECT
from aegis.render.iac.shape import (
    ALARMS,
    BUDGET_TAG,
    FIGURES,
    REGION,
    UPLOAD_DAYS,
    Object,
    Rows,
    images,
    nodes,
    retention_days,
    spot,
    tags,
    variables,
)
from aegis.render.shared.serving import serving

ON_CLUSTER: Rows = (
    ("cluster_name", "string", "name of the GKE cluster, with workload identity on"),
    ("node_service_account", "string", "e-mail of the account that nodes run as"),
)
FOR_SERVICE: Rows = (
    ("node_zones", "list(string)", "zones of the region that have the accelerator"),
    ("machine_type", "string", "machine with the accelerator of the plan built in"),
    ("devices_per_node", "number", "accelerators in one machine; 1 without any"),
    ("disk_gib", "number", "disk of a node: image and weights, twice during an update"),
    ("billing_account", "string", "account that pays, for the budget"),
    ("alarm_channels", "list(string)", "notification channels that people read, for alarms of the budget"),
)  # fmt: skip
_ENCRYPTER = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


def service(plan: Plan) -> Object:
    """The module's body."""
    return {
        "variable": variables(FIGURES, PROJECT, REGION, ON_CLUSTER, FOR_SERVICE),
        "locals": {
            "full": f"{plan.service}-${{var.environment}}",
            "name": NAME,
            "labels": tags(plan),
        },
        "data": {
            "google_project": {"here": {"project_id": "${var.project}"}},
            "google_storage_project_service_account": {"here": {"project": "${var.project}"}},
        },
        "resource": {
            **_key(),
            "google_artifact_registry_repository": {"image": _registry(plan)},
            "google_artifact_registry_repository_iam_member": {
                "nodes": {
                    "for_each": "${google_artifact_registry_repository.image}",
                    "project": "${var.project}",
                    "location": "${var.region}",
                    "repository": "${each.value.name}",
                    "role": "roles/artifactregistry.reader",
                    "member": "serviceAccount:${var.node_service_account}",
                }
            },
            "google_storage_bucket": {"audit": _store(plan)},
            **_identity(plan),
            "google_container_node_pool": {"serving": _nodes(plan)},
            "google_billing_budget": {"month": _budget()},
        },
        "output": {
            "registry": {
                "value": "${{for k, r in google_artifact_registry_repository.image : k => "
                'format("%s-docker.pkg.dev/%s/%s", var.region, var.project, r.repository_id)}}'
            }
        },
    }


def _key() -> Object:
    registry = (
        "service-${data.google_project.here.number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
    )
    storage = "${data.google_storage_project_service_account.here.email_address}"

    def used_by(account: str) -> Object:
        return {
            "crypto_key_id": "${google_kms_crypto_key.data.id}",
            "role": _ENCRYPTER,
            "member": f"serviceAccount:{account}",
        }

    return {
        "google_kms_key_ring": {"data": {"name": "${local.name}", "location": "${var.region}"}},
        "google_kms_crypto_key": {
            "data": {
                "name": "data",
                "key_ring": "${google_kms_key_ring.data.id}",
                "rotation_period": "7776000s",
                "labels": "${local.labels}",
                "destroy_scheduled_duration": "2592000s",
            }
        },
        "google_kms_crypto_key_iam_member": {
            "registry": used_by(registry),
            "storage": used_by(storage),
        },
    }


def _registry(plan: Plan) -> Object:
    words = ", ".join(f'"{name}"' for name in images(plan))
    return {
        "for_each": f"${{toset([{words}])}}",
        "location": "${var.region}",
        "repository_id": "${local.name}-${each.key}",
        "format": "DOCKER",
        "docker_config": {"immutable_tags": True},
        "kms_key_name": "${google_kms_crypto_key.data.id}",
        "labels": "${local.labels}",
        "depends_on": ["google_kms_crypto_key_iam_member.registry"],
    }


def _store(plan: Plan) -> Object:
    return {
        "name": "${local.name}-audit-${substr(sha256(var.project), 0, 8)}",
        "location": "${var.region}",
        "uniform_bucket_level_access": True,
        "public_access_prevention": "enforced",
        "encryption": {"default_kms_key_name": "${google_kms_crypto_key.data.id}"},
        "lifecycle_rule": [
            {"action": {"type": "Delete"}, "condition": {"age": retention_days(plan)}},
            {
                "action": {"type": "AbortIncompleteMultipartUpload"},
                "condition": {"age": UPLOAD_DAYS},
            },
        ],
        # A bucket keeps deleted records for a week unless told otherwise.
        "soft_delete_policy": {"retention_duration_seconds": 0},
        "labels": "${local.labels}",
        "depends_on": ["google_kms_crypto_key_iam_member.storage"],
    }


def _identity(plan: Plan) -> Object:
    """The pods' own principal: it may add records, and read none; no account, no annotation."""
    number = "${data.google_project.here.number}"
    pool = f"projects/{number}/locations/global/workloadIdentityPools/${{var.project}}.svc.id.goog"
    pods = f"subject/ns/${{var.environment}}/sa/{plan.service}"
    return {
        "google_storage_bucket_iam_member": {
            "workload": {
                "bucket": "${google_storage_bucket.audit.name}",
                "role": "roles/storage.objectCreator",
                "member": f"principal://iam.googleapis.com/{pool}/{pods}",
            }
        },
    }


def _nodes(plan: Plan) -> Object:
    found = serving(plan)
    least, most = nodes(plan, "var.floor_replicas"), nodes(plan, "var.serving_replicas")
    return {
        # GKE itself taints nodes with an accelerator by the name of its resource.
        "name": "serving-${substr(sha256(local.full), 0, 8)}",
        "cluster": "${var.cluster_name}",
        "location": "${var.region}",
        "node_locations": "${var.node_zones}",
        "initial_node_count": f"${{ceil({least} / length(var.node_zones))}}",
        "autoscaling": {
            "total_min_node_count": f"${{{least}}}",
            "total_max_node_count": f"${{{most}}}",
            "location_policy": "ANY" if found.resource else "BALANCED",
        },
        "management": {"auto_repair": True, "auto_upgrade": True},
        # A node of more would wait for a device that may not be there.
        "upgrade_settings": {"strategy": "SURGE", "max_surge": 0, "max_unavailable": 1},
        "node_config": {
            "machine_type": "${var.machine_type}",
            "disk_size_gb": "${var.disk_gib}",
            "spot": spot(plan),
            "service_account": "${var.node_service_account}",
            "oauth_scopes": ["https://www.googleapis.com/auth/cloud-platform"],
            "workload_metadata_config": {"mode": "GKE_METADATA"},
            "shielded_instance_config": {"enable_integrity_monitoring": True},
            "labels": {"aegis.dev/accelerator": plan.capacity.accelerator or "none"},
            "resource_labels": "${local.labels}",
        },
        "lifecycle": {"ignore_changes": ["initial_node_count"]},
    }


def _budget() -> Object:
    thresholds: list[JsonValue] = [
        {"threshold_percent": percent / 100, "spend_basis": kind}
        for percent, kind in (
            *((each, "CURRENT_SPEND") for each in ALARMS),
            (100, "FORECASTED_SPEND"),
        )
    ]
    return {
        "count": "${var.monthly_budget_usd > 0 ? 1 : 0}",
        "billing_account": "${var.billing_account}",
        "display_name": "${local.name}",
        # Refused where the account bills in another currency: then say the amount in it.
        "amount": {
            "specified_amount": {
                "currency_code": "USD",
                "units": "${tostring(var.monthly_budget_usd)}",
            }
        },
        "budget_filter": {
            "projects": ["projects/${data.google_project.here.number}"],
            "labels": {BUDGET_TAG: "${local.name}"},
            "calendar_period": "MONTH",
        },
        "threshold_rules": thresholds,
        "all_updates_rule": {"monitoring_notification_channels": "${var.alarm_channels}"},
    }
