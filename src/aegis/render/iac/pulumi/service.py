"""The component that makes what a service needs of AWS, and the settings of a stack."""

from __future__ import annotations

SERVICE = '''"""Nodes with the plan's accelerator, registry, audit store, identity without keys, budget."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from cluster import Given


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The configuration of a stack: the plan's figures, and what people were asked."""

    service: str
    plan: str
    environment: str
    zones: int
    network: str
    operator_networks: list[str]
    images: list[str]
    retention_days: int
    log_days: int
    devices_per_replica: int
    device_resource: str
    accelerator: str
    node_image: str
    disk_gib: int
    spot: bool
    serving_replicas: int
    floor_replicas: int
    monthly_budget_usd: int
    alarm_percents: list[int]
    instance_type: str
    devices_per_node: int
    alarm_topic_arn: str

    @classmethod
    def read(cls, config: pulumi.Config) -> Settings:
        """All settings; one that is missing is named, and nothing is made."""
        return cls(
            service=config.require("service"),
            plan=config.require("plan"),
            environment=config.require("environment"),
            zones=config.require_int("zones"),
            network=config.require("network"),
            operator_networks=config.require_object("operator_networks"),
            images=config.require_object("images"),
            retention_days=config.require_int("retention_days"),
            log_days=config.require_int("log_days"),
            devices_per_replica=config.require_int("devices_per_replica"),
            device_resource=config.get("device_resource") or "",
            accelerator=config.require("accelerator"),
            node_image=config.require("node_image"),
            disk_gib=config.require_int("disk_gib"),
            spot=config.require_bool("spot"),
            serving_replicas=config.require_int("serving_replicas"),
            floor_replicas=config.require_int("floor_replicas"),
            monthly_budget_usd=config.require_int("monthly_budget_usd"),
            alarm_percents=config.require_object("alarm_percents"),
            instance_type=config.require("instance_type"),
            devices_per_node=config.require_int("devices_per_node"),
            alarm_topic_arn=config.require("alarm_topic_arn"),
        )

    @property
    def name(self) -> str:
        return f"{self.service}-{self.environment}"

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def tags(self) -> dict[str, str]:
        return {"service": self.service, "environment": self.environment,
                "managed-by": "aegis", "plan": self.plan, "budget": self.name}  # fmt: skip

    def nodes(self, replicas: int) -> int:
        """Nodes that hold so many replicas, rounded up."""
        return math.ceil(replicas * self.devices_per_replica / self.devices_per_node)


def launch_template(
    part: str, settings: Settings, opts: pulumi.ResourceOptions, disk_gib: int | None = None
) -> aws.ec2.LaunchTemplate:
    """How instances of a node group start: the group's own tags do not reach them.

    The plan's id is left out: with it every new plan would replace every node.
    """
    lasting = {key: value for key, value in settings.tags.items() if key != "plan"}
    ebs: aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgsDict = {
        "volume_type": "gp3", "encrypted": "true", "delete_on_termination": "true",
    }  # fmt: skip
    if disk_gib is not None:
        ebs["volume_size"] = disk_gib
    return aws.ec2.LaunchTemplate(
        part,
        name_prefix=f"{settings.name}-{part}-",
        update_default_version=True,
        # A pod is one hop further: the rights of its node are not the pod's.
        metadata_options={
            "http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1,
        },
        block_device_mappings=[{"device_name": "/dev/xvda", "ebs": ebs}],
        tag_specifications=[
            {"resource_type": kind, "tags": lasting} for kind in ("instance", "volume")
        ],
        tags=settings.tags,
        opts=opts,
    )  # fmt: skip


def launched(template: aws.ec2.LaunchTemplate) -> aws.eks.NodeGroupLaunchTemplateArgsDict:
    """The reference of a node group to how its instances start."""
    return {"id": template.id, "version": template.latest_version.apply(str)}


class Service(pulumi.ComponentResource):
    """What a service needs of the cloud, on a cluster."""

    def __init__(self, settings: Settings, given: Given) -> None:
        super().__init__("aegis:infrastructure:Service", settings.name)
        self.settings = settings
        self.mine = pulumi.ResourceOptions(parent=self)
        self.key = aws.kms.Key(
            "data", description=f"Data of {settings.service}", enable_key_rotation=True,
            deletion_window_in_days=30, tags=settings.tags, opts=self.mine,
        )  # fmt: skip
        self.repositories = {image: self._repository(image) for image in settings.images}
        self.registry: pulumi.Output[dict[str, str]] = pulumi.Output.all(
            **{image: each.repository_url for image, each in self.repositories.items()}
        )
        self.store = self._store()
        self._identity(given)
        self.group = self._nodes(given)
        self.budget = self._budget() if settings.monthly_budget_usd > 0 else None
        self.register_outputs({"registry": self.registry})

    def _repository(self, image: str) -> aws.ecr.Repository:
        return aws.ecr.Repository(
            image,
            name=f"{self.settings.name}/{image}",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": self.key.arn}],
            tags=self.settings.tags,
            opts=self.mine,
        )

    def _store(self) -> aws.s3.Bucket:
        """Records: private, encrypted under our key, gone when the plan says so."""
        bucket = aws.s3.Bucket(
            "audit", bucket_prefix=f"{self.settings.name[:30]}-", tags=self.settings.tags,
            opts=self.mine,
        )  # fmt: skip
        aws.s3.BucketPublicAccessBlock(
            "audit", bucket=bucket.id, block_public_acls=True, block_public_policy=True,
            ignore_public_acls=True, restrict_public_buckets=True, opts=self.mine,
        )  # fmt: skip
        aws.s3.BucketServerSideEncryptionConfiguration(
            "audit",
            bucket=bucket.id,
            rules=[
                {
                    "bucket_key_enabled": True,
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": self.key.arn,
                    },
                }
            ],
            opts=self.mine,
        )
        aws.s3.BucketLifecycleConfiguration(
            "audit",
            bucket=bucket.id,
            rules=[
                {
                    "id": "retention",
                    "status": "Enabled",
                    "filter": {},
                    "expiration": {"days": self.settings.retention_days},
                    # An upload that never ended holds a part of a record.
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
                }
            ],
            opts=self.mine,
        )
        return bucket

    def _identity(self, given: Given) -> None:
        """The pods' own role: it may add records, and read none."""
        trust = {
            "Effect": "Allow",
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Principal": {"Service": "pods.eks.amazonaws.com"},
        }
        role = aws.iam.Role(
            "workload", name=self.settings.name, tags=self.settings.tags, opts=self.mine,
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )  # fmt: skip
        statements = pulumi.Output.json_dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": ["s3:PutObject"],
                        "Resource": [pulumi.Output.concat(self.store.arn, "/*")],
                    },
                    {
                        "Effect": "Allow",
                        "Action": ["kms:GenerateDataKey"],
                        "Resource": [self.key.arn],
                    },
                ],
            }
        )
        aws.iam.RolePolicy("workload", role=role.id, policy=statements, opts=self.mine)
        aws.eks.PodIdentityAssociation(
            "workload", cluster_name=given.name, namespace=self.settings.environment,
            service_account=self.settings.service, role_arn=role.arn, opts=self.mine,
        )  # fmt: skip

    def _nodes(self, given: Given) -> aws.eks.NodeGroup:
        settings = self.settings
        least, most = (settings.nodes(n) for n in (settings.floor_replicas, settings.serving_replicas))
        taint: list[aws.eks.NodeGroupTaintArgsDict] = [
            {"key": settings.device_resource, "value": "present", "effect": "NO_SCHEDULE"}
        ]
        template = launch_template("serving", settings, self.mine, disk_gib=settings.disk_gib)
        return aws.eks.NodeGroup(
            "serving",
            cluster_name=given.name,
            node_group_name=settings.name,
            node_role_arn=given.node_role_arn,
            subnet_ids=given.subnet_ids,
            instance_types=[settings.instance_type],
            ami_type=settings.node_image,
            launch_template=launched(template),
            capacity_type="SPOT" if settings.spot else "ON_DEMAND",
            scaling_config={"desired_size": least, "min_size": least, "max_size": most},
            update_config={"max_unavailable": 1},
            labels={"aegis.dev/accelerator": settings.accelerator},
            taints=taint if settings.device_resource else [],
            tags=settings.tags,
            # The autoscaler owns the number between the bounds.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["scalingConfig.desiredSize"]),
        )

    def _budget(self) -> aws.budgets.Budget:
        settings = self.settings
        alarms = [*((percent, "ACTUAL") for percent in settings.alarm_percents), (100, "FORECASTED")]
        return aws.budgets.Budget(
            "month",
            name=settings.name,
            budget_type="COST",
            limit_amount=str(settings.monthly_budget_usd),
            limit_unit="USD",
            time_unit="MONTHLY",
            cost_filters=[{"name": "TagKeyValue", "values": [f"user:budget${settings.name}"]}],
            notifications=[
                {
                    "comparison_operator": "GREATER_THAN",
                    "threshold": percent,
                    "threshold_type": "PERCENTAGE",
                    "notification_type": kind,
                    "subscriber_sns_topic_arns": [settings.alarm_topic_arn],
                }
                for percent, kind in alarms
            ],
            opts=self.mine,
        )
'''
