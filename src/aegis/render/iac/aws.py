"""The AWS module, in Terraform's JSON syntax: data, so that nothing is pasted together.

It stands on an EKS cluster that exists: nodes with the plan's accelerator, a registry whose tags
cannot move, an encrypted audit store that forgets on time, an identity without keys, a budget.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.shared.reading import number_or_none, value
from aegis.render.shared.serving import floor, serving, slots

Object = dict[str, JsonValue]
FOLDER = "iac/aws"
_BECAUSE = ("iac", "accelerator", "registry", "data-retention", "secrets")
# Pre-production shares of the production budget; ours, to be replaced by yours.
_BUDGET_SHARE = {"development": 0.1, "staging": 0.2, "production": 1.0}
_ALARMS = (50, 80, 100)


def module(plan: Plan) -> Artifact:
    """The module that the three environments share."""
    return Artifact(
        path=f"{FOLDER}/main.tf.json",
        content={
            "terraform": {
                "required_version": ">= 1.9",
                "required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 5.100"}},
            },
            "variable": _variables(),
            "locals": {
                "name": f"{plan.service}-${{var.environment}}",
                "tags": {
                    "service": plan.service,
                    "environment": "${var.environment}",
                    "managed-by": names.MANAGED_BY,
                    "plan": plan.id,
                },
            },
            "data": {"aws_iam_policy_document": _documents()},
            "resource": _resources(plan),
            "output": {
                "registry": {
                    "value": "${{for k, r in aws_ecr_repository.image : k => r.repository_url}}"
                }
            },
        },
        because=_BECAUSE,
    )


def _variables() -> Object:
    rows = (
        ("environment", "string", "development, staging or production"),
        ("cluster_name", "string", "name of the EKS cluster"),
        ("node_role_arn", "string", "role of the nodes"),
        ("subnet_ids", "list(string)", "private subnets, one a zone"),
        ("instance_type", "string", "instance with the accelerator of the plan"),
        ("devices_per_node", "number", "accelerators in one instance; 1 without any"),
        ("serving_replicas", "number", "replicas that stand at most"),
        ("floor_replicas", "number", "replicas that always stand"),
        ("monthly_budget_usd", "number", "0 sets no budget"),
        ("budget_topic_arn", "string", "SNS topic that people read"),
    )
    return {name: {"type": kind, "description": what} for name, kind, what in rows}


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


def _resources(plan: Plan) -> Object:
    return {
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
        "aws_eks_node_group": {"serving": _nodes(plan)},
        "aws_budgets_budget": {"month": _budget(plan)},
    }


def _registry(plan: Plan) -> Object:
    words = ", ".join(f'"{name}"' for name in (plan.chosen("engine"), "model", "aegis-gateway"))
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
        "aws_s3_bucket": {"audit": {"bucket_prefix": "${local.name}-", "tags": "${local.tags}"}},
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
                    "expiration": {"days": max(1, round(value(plan, "retention.days")))},
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


def _nodes(plan: Plan) -> Object:
    found = serving(plan)
    each = max(1, found.devices)

    def nodes(replicas: str) -> str:
        return f"${{ceil({replicas} * {each} / var.devices_per_node)}}"

    group: Object = {
        "cluster_name": "${var.cluster_name}",
        "node_group_name": "${local.name}",
        "node_role_arn": "${var.node_role_arn}",
        "subnet_ids": "${var.subnet_ids}",
        "instance_types": ["${var.instance_type}"],
        "capacity_type": "SPOT" if plan.chosen("scheduling") == "spot" else "ON_DEMAND",
        "scaling_config": {
            "desired_size": nodes("var.floor_replicas"),
            "min_size": nodes("var.floor_replicas"),
            "max_size": nodes("var.serving_replicas"),
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


def _budget(plan: Plan) -> Object:
    notifications: list[JsonValue] = [
        {
            "comparison_operator": "GREATER_THAN",
            "threshold": percent,
            "threshold_type": "PERCENTAGE",
            "notification_type": "ACTUAL",
            "subscriber_sns_topic_arns": ["${var.budget_topic_arn}"],
        }
        for percent in _ALARMS
    ]
    return {
        "count": "${var.monthly_budget_usd > 0 ? 1 : 0}",
        "name": "${local.name}",
        "budget_type": "COST",
        "limit_amount": "${tostring(var.monthly_budget_usd)}",
        "limit_unit": "USD",
        "time_unit": "MONTHLY",
        "cost_filter": [{"name": "TagKeyValue", "values": [f"user:service${plan.service}"]}],
        "notification": notifications,
    }


# What the plan answers; the rest is asked of whoever applies it.
_FROM_PLAN = ("serving_replicas", "floor_replicas", "monthly_budget_usd")


def environments(plan: Plan) -> tuple[Artifact, ...]:
    """A root with a state of its own for each environment; the plan's figures are in it."""
    return tuple(_root(plan, environment) for environment in names.ENVIRONMENTS)


def _root(plan: Plan, environment: str) -> Artifact:
    production = environment == "production"
    asked = [v for v in _variables() if v not in {"environment", *_FROM_PLAN}]
    variables = _variables()
    places = slots(plan)
    most = 2 * places.replicas if places.room == "double" else places.replicas + 1
    month = number_or_none(plan, "budget.month") or number_or_none(plan, "cost.month") or 0
    region = plan.brief.placement.clouds[0].regions[0]
    call: Object = {
        "source": "../../aws",
        "environment": environment,
        "serving_replicas": most if production else 1,
        "floor_replicas": floor(plan) if production else 1,
        "monthly_budget_usd": round(month * _BUDGET_SHARE[environment]),
        **{name: f"${{var.{name}}}" for name in asked},
    }
    return Artifact(
        path=f"iac/environments/{environment}/main.tf.json",
        content={
            # Bucket, key and lock of the state are given at `init -backend-config`.
            "terraform": {"backend": {"s3": {"encrypt": True, "use_lockfile": True}}},
            "provider": {"aws": {"region": region}},
            "variable": {name: variables[name] for name in asked},
            "module": {"service": call},
        },
        because=("iac", "environments"),
        environment=environment,
    )
