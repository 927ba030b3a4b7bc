"""The service on EKS: nodes with the plan's accelerator, registry, audit store, identity, budget."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.plan.types import Plan
from aegis.render.iac.aws.cluster import launch, launched
from aegis.render.iac.shape import (
    ALARMS,
    BUDGET_TAG,
    FIGURES,
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
    ("cluster_name", "string", "name of the EKS cluster"),
    ("node_role_arn", "string", "role of the nodes"),
    ("subnet_ids", "list(string)", "private subnets, one a zone"),
)
FOR_SERVICE: Rows = (
    ("instance_type", "string", "instance with the accelerator of the plan"),
    ("devices_per_node", "number", "accelerators in one instance; 1 without any"),
    ("disk_gib", "number", "disk of a node: image and weights, twice during an update"),
    (
        "alarm_topic_arn",
        "string",
        "SNS topic that people read, and to which budgets.amazonaws.com may publish",
    ),
)
# Images of nodes by what the device plugin offers: hashicorp/aws 5.100, `ami_type` of a node group.
_IMAGES = {
    "nvidia.com/gpu": "AL2023_x86_64_NVIDIA",
    "aws.amazon.com/neuron": "AL2023_x86_64_NEURON",
}


def service(plan: Plan) -> Object:
    """The module's body."""
    return {
        "variable": variables(FIGURES, ON_CLUSTER, FOR_SERVICE),
        "locals": {"name": f"{plan.service}-${{var.environment}}", "tags": tags(plan)},
        "data": {"aws_iam_policy_document": _documents()},
        "resource": {
            "aws_kms_key": {
                "data": {
                    "description": f"Data of {plan.service}",
                    "enable_key_rotation": True,
                    "deletion_window_in_days": 30,
                    "tags": "${local.tags}",
                }
            },
            "aws_ecr_repository": {"image": _registry(plan)},
            **_store(plan),
            **_identity(plan),
            "aws_launch_template": {"serving": launch("serving", disk="${var.disk_gib}")},
            "aws_eks_node_group": {"serving": _nodes(plan)},
            "aws_budgets_budget": {"month": _budget()},
        },
        "output": {
            "registry": {
                "value": "${{for k, r in aws_ecr_repository.image : k => r.repository_url}}"
            }
        },
    }


def _documents() -> Object:
    return {
        "trust": {
            "statement": [
                {
                    "actions": ["sts:AssumeRole", "sts:TagSession"],
                    "principals": [{"type": "Service", "identifiers": ["pods.eks.amazonaws.com"]}],
                }
            ]
        },
        "workload": {
            "statement": [
                {
                    "actions": ["s3:PutObject"],
                    "resources": ["${aws_s3_bucket.audit.arn}/*"],
                },
                {
                    "actions": ["kms:GenerateDataKey"],
                    "resources": ["${aws_kms_key.data.arn}"],
                },
            ]
        },
    }


def _registry(plan: Plan) -> Object:
    words = ", ".join(f'"{name}"' for name in images(plan))
    return {
        "for_each": f"${{toset([{words}])}}",
        "name": "${local.name}/${each.key}",
        "image_tag_mutability": "IMMUTABLE",
        "image_scanning_configuration": {"scan_on_push": True},
        "encryption_configuration": {
            "encryption_type": "KMS",
            "kms_key": "${aws_kms_key.data.arn}",
        },
        "tags": "${local.tags}",
    }


def _store(plan: Plan) -> Object:
    bucket = "${aws_s3_bucket.audit.id}"
    return {
        "aws_s3_bucket": {
            "audit": {
                "bucket_prefix": "${substr(local.name, 0, 30)}-",
                "tags": "${local.tags}",
            }
        },
        "aws_s3_bucket_public_access_block": {
            "audit": {
                "bucket": bucket,
                "block_public_acls": True,
                "block_public_policy": True,
                "ignore_public_acls": True,
                "restrict_public_buckets": True,
            }
        },
        "aws_s3_bucket_server_side_encryption_configuration": {
            "audit": {
                "bucket": bucket,
                "rule": {
                    "bucket_key_enabled": True,
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": "${aws_kms_key.data.arn}",
                    },
                },
            }
        },
        "aws_s3_bucket_lifecycle_configuration": {
            "audit": {
                "bucket": bucket,
                "rule": {
                    "id": "retention",
                    "status": "Enabled",
                    "filter": {},
                    "expiration": {"days": retention_days(plan)},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": UPLOAD_DAYS},
                },
            }
        },
    }


def _identity(plan: Plan) -> Object:
    return {
        "aws_iam_role": {
            "workload": {
                "name": "${local.name}",
                "assume_role_policy": "${data.aws_iam_policy_document.trust.json}",
                "tags": "${local.tags}",
            }
        },
        "aws_iam_role_policy": {
            "workload": {
                "role": "${aws_iam_role.workload.id}",
                "policy": "${data.aws_iam_policy_document.workload.json}",
            }
        },
        "aws_eks_pod_identity_association": {
            "workload": {
                "cluster_name": "${var.cluster_name}",
                "namespace": "${var.environment}",
                "service_account": plan.service,
                "role_arn": "${aws_iam_role.workload.arn}",
            }
        },
    }


def node_image(plan: Plan) -> str:
    """The image of nodes that has the driver of the plan's accelerator."""
    found = serving(plan)
    plain = "AL2023_ARM_64_STANDARD" if found.arch == "arm64" else "AL2023_x86_64_STANDARD"
    return _IMAGES.get(found.resource, plain)


def _nodes(plan: Plan) -> Object:
    found = serving(plan)
    least, most = nodes(plan, "var.floor_replicas"), nodes(plan, "var.serving_replicas")
    group: Object = {
        "cluster_name": "${var.cluster_name}",
        "node_group_name": "${local.name}",
        "node_role_arn": "${var.node_role_arn}",
        "subnet_ids": "${var.subnet_ids}",
        "instance_types": ["${var.instance_type}"],
        "ami_type": node_image(plan),
        "launch_template": launched("serving"),
        "capacity_type": "SPOT" if spot(plan) else "ON_DEMAND",
        "scaling_config": {
            "desired_size": f"${{{least}}}",
            "min_size": f"${{{least}}}",
            "max_size": f"${{{most}}}",
        },
        "update_config": {"max_unavailable": 1},
        "labels": {"aegis.dev/accelerator": plan.capacity.accelerator or "none"},
        # The autoscaler owns the number between the bounds.
        "lifecycle": {"ignore_changes": ["scaling_config[0].desired_size"]},
        "tags": "${local.tags}",
    }
    if found.resource:
        group["taint"] = [{"key": found.resource, "value": "present", "effect": "NO_SCHEDULE"}]
    return group


def _budget() -> Object:
    notifications: list[JsonValue] = [
        {
            "comparison_operator": "GREATER_THAN",
            "threshold": percent,
            "threshold_type": "PERCENTAGE",
            "notification_type": kind,
            "subscriber_sns_topic_arns": ["${var.alarm_topic_arn}"],
        }
        for percent, kind in (*((each, "ACTUAL") for each in ALARMS), (100, "FORECASTED"))
    ]
    return {
        "count": "${var.monthly_budget_usd > 0 ? 1 : 0}",
        "name": "${local.name}",
        "budget_type": "COST",
        "limit_amount": "${tostring(var.monthly_budget_usd)}",
        "limit_unit": "USD",
        "time_unit": "MONTHLY",
        "cost_filter": [
            {
                "name": "TagKeyValue",
                "values": [f'${{format("user:{BUDGET_TAG}$%s", local.name)}}'],
            }
        ],
        "notification": notifications,
    }
