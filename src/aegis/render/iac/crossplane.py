"""Crossplane v2: a model-serving API of the platform team, for AWS.

`ModelService` is what a team asks for; the composition makes the nodes, the registry, the encrypted
store that forgets on time, the key, the identity without keys and the budget. What belongs to the
platform team (cluster, roles, subnets, machine of an accelerator, who is told) lies in two
EnvironmentConfigs of theirs, so that a team need not know it and cannot change it.
"""

from __future__ import annotations

import json

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.iac.patches import joined, known, out, resource, told
from aegis.render.iac.shape import (
    ALARMS,
    BECAUSE,
    DISK_GIB,
    UPLOAD_DAYS,
    Object,
    figures,
    region_of,
    retention_days,
    spot,
)
from aegis.render.shared.reading import labels
from aegis.render.shared.serving import serving

FOLDER = "iac/crossplane"
GROUP, VERSION, KIND = "serving.aegis.dev", "v1alpha1", "ModelService"
# Kinds and versions: crossplane v2.3.4 (definition, composition), provider-upjet-aws v2.6.0,
# function-patch-and-transform v0.10.8, function-environment-configs v0.7.1.
_DEFINITION = {
    "apiVersion": "apiextensions.crossplane.io/v2",
    "kind": "CompositeResourceDefinition",
}
_COMPOSITION = {"apiVersion": "apiextensions.crossplane.io/v1", "kind": "Composition"}
_REPOSITORIES = ("engine", "model", "aegis-gateway")
_OURS: Object = {"matchControllerRef": True}
"""The one object of that kind that belongs to the same ModelService."""
_ENVIRONMENT_LABEL, _ACCELERATOR_LABEL = names.ENVIRONMENT_LABEL, "aegis.dev/accelerator"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Principal": {"Service": "pods.eks.amazonaws.com"},
        }
    ],
}
_MAY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["%s/*"]},
        {"Effect": "Allow", "Action": ["kms:GenerateDataKey"], "Resource": ["%s"]},
    ],
}


def render_crossplane(plan: Plan) -> tuple[Artifact, ...]:
    """The API, how it is carried out, and one request an environment."""
    return (
        Artifact(path=f"{FOLDER}/api/definition.yaml", content=_definition(plan), because=BECAUSE),
        Artifact(path=f"{FOLDER}/api/composition.yaml", content=_composed(plan), because=BECAUSE),
        *(_request(plan, environment) for environment in names.ENVIRONMENTS),
    )


def _request(plan: Plan, environment: str) -> Artifact:
    numbers = figures(plan, environment)
    spec: Object = {
        "environment": environment,
        "region": region_of(plan, "aws"),
        "accelerator": plan.capacity.accelerator or "none",
        "replicas": numbers["serving_replicas"],
        "diskGiB": DISK_GIB,
        "retentionDays": retention_days(plan),
    }
    if figures(plan, "production")["monthly_budget_usd"]:
        spec["monthlyBudgetUSD"] = numbers["monthly_budget_usd"] or 1
    return Artifact(
        path=f"{FOLDER}/environments/{environment}/model-service.yaml",
        content={
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": KIND,
            "metadata": {
                "name": plan.service,
                "namespace": environment,
                "labels": dict(labels(plan)),
            },
            "spec": spec,
        },
        because=("iac", "environments"),
        environment=environment,
    )


def _definition(plan: Plan) -> Object:
    def number(what: str, least: int = 1) -> Object:
        return {"type": "integer", "minimum": least, "description": what}

    def text(what: str) -> Object:
        return {"type": "string", "minLength": 1, "description": what}

    fields: Object = {
        "environment": {"type": "string", "enum": [*names.ENVIRONMENTS]},
        "region": text("region of the cloud"),
        "accelerator": text("class of nodes that the platform team offers; none for plain ones"),
        "replicas": number("replicas that stand at most, a release's included"),
        "diskGiB": number("disk of a node: image and weights, twice during an update", 20),
        "retentionDays": number("days after which an audit record is gone"),
        "monthlyBudgetUSD": number("people are told before it is spent; absent: no budget"),
    }
    required: list[JsonValue] = [name for name in fields if name != "monthlyBudgetUSD"]
    made: Object = {
        "auditStoreArn": {"type": "string", "description": "where audit records go"},
        "keyArn": {"type": "string", "description": "key of the data"},
    }
    schema: Object = {
        "type": "object",
        "required": ["spec"],
        "properties": {
            "spec": {"type": "object", "required": required, "properties": fields},
            "status": {"type": "object", "properties": made},
        },
    }
    return {
        **_DEFINITION,
        "metadata": {"name": f"modelservices.{GROUP}", "labels": dict(labels(plan))},
        "spec": {
            "scope": "Namespaced",
            "group": GROUP,
            "names": {"kind": KIND, "plural": "modelservices"},
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "referenceable": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


def _composed(plan: Plan) -> Object:
    selectors: list[JsonValue] = [
        _selected(_ENVIRONMENT_LABEL, "spec.environment"),
        _selected(_ACCELERATOR_LABEL, "spec.accelerator"),
    ]
    return {
        **_COMPOSITION,
        "metadata": {"name": f"modelservices.aws.{GROUP}", "labels": dict(labels(plan))},
        "spec": {
            "compositeTypeRef": {"apiVersion": f"{GROUP}/{VERSION}", "kind": KIND},
            "mode": "Pipeline",
            "pipeline": [
                {
                    "step": "what-the-platform-knows",
                    "functionRef": {"name": "function-environment-configs"},
                    "input": {
                        "apiVersion": "environmentconfigs.fn.crossplane.io/v1beta1",
                        "kind": "Input",
                        "spec": {"environmentConfigs": selectors},
                    },
                },
                {
                    "step": "resources",
                    "functionRef": {"name": "function-patch-and-transform"},
                    "input": {
                        "apiVersion": "pt.fn.crossplane.io/v1beta1",
                        "kind": "Resources",
                        "resources": _resources(plan),
                    },
                },
            ],
        },
    }


def _selected(label: str, path: str) -> Object:
    match: Object = {"key": label, "type": "FromCompositeFieldPath", "valueFromFieldPath": path}
    return {"type": "Selector", "selector": {"mode": "Single", "matchLabels": [match]}}


def _resources(plan: Plan) -> list[JsonValue]:
    found: list[JsonValue] = [
        resource("key", "kms/Key", _key(), patches=[out("keyArn")]),
        *(
            resource(f"registry-{name}", "ecr/Repository", _repository(), patches=[_named(name)])
            for name in _REPOSITORIES
        ),
        *_store(),
        *_identity(),
        resource(
            "nodes", "eks/NodeGroup", _nodes(plan), patches=_of_nodes(),
            first={"scalingConfig": {"desiredSize": 1}},
        ),
    ]  # fmt: skip
    if figures(plan, "production")["monthly_budget_usd"]:
        found.append(_budget())
    return found


def _named(name: str) -> Object:
    return joined(
        f"%s-%s/{name}",
        "metadata.annotations[crossplane.io/external-name]",
        "metadata.name",
        "spec.environment",
    )


def _key() -> Object:
    return {
        "description": "Data of a model service",
        "enableKeyRotation": True,
        "deletionWindowInDays": 30,
    }


def _repository() -> Object:
    return {
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfiguration": [{"encryptionType": "KMS", "kmsKeySelector": _OURS}],
    }


def _store() -> tuple[Object, ...]:
    """Records: private, encrypted under the key, gone when the plan says so."""
    bucket: Object = {"bucketSelector": _OURS}
    private: Object = {
        **bucket,
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    encrypted: Object = {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyIdSelector": _OURS,
    }
    rule: Object = {"bucketKeyEnabled": True, "applyServerSideEncryptionByDefault": encrypted}
    ends: Object = {
        "id": "retention",
        "status": "Enabled",
        "filter": [{"prefix": ""}],
        "abortIncompleteMultipartUpload": [{"daysAfterInitiation": UPLOAD_DAYS}],
    }
    days = told("spec.retentionDays", "rule[0].expiration[0].days")
    return (
        resource("audit", "s3/Bucket", {}, patches=[out("auditStoreArn")]),
        resource("audit-private", "s3/BucketPublicAccessBlock", private, tagged=False),
        resource(
            "audit-encrypted", "s3/BucketServerSideEncryptionConfiguration",
            {**bucket, "rule": [rule]}, tagged=False,
        ),
        resource(
            "audit-ends", "s3/BucketLifecycleConfiguration",
            {**bucket, "rule": [ends]}, tagged=False, patches=[days],
        ),
    )  # fmt: skip


def _identity() -> tuple[Object, ...]:
    """The pods' own role: it may add records, and read none."""
    policy = joined(
        json.dumps(_MAY, separators=(",", ":")),
        "spec.forProvider.policy",
        "status.auditStoreArn",
        "status.keyArn",
    )
    pods: list[JsonValue] = [
        known("clusterName", "clusterName"),
        told("spec.environment", "namespace"),
        told("metadata.name", "serviceAccount"),
    ]
    trust: Object = {"assumeRolePolicy": json.dumps(_TRUST, separators=(",", ":"))}
    return (
        resource("role", "iam/Role", trust, placed=False),
        resource(
            "role-policy", "iam/RolePolicy", {"roleSelector": _OURS}, patches=[policy],
            tagged=False, placed=False,
        ),
        resource(
            "pods", "eks/PodIdentityAssociation", {"roleArnSelector": _OURS}, patches=pods
        ),
    )  # fmt: skip


def _nodes(plan: Plan) -> Object:
    found = serving(plan)
    settings: Object = {
        "capacityType": "SPOT" if spot(plan) else "ON_DEMAND",
        "updateConfig": {"maxUnavailable": 1},
        # One node a replica is the most that can be needed; the autoscaler makes what pods ask for.
        "scalingConfig": {"minSize": 1, "maxSize": 1},
    }
    if found.resource:
        settings["taint"] = [{"key": found.resource, "value": "present", "effect": "NO_SCHEDULE"}]
    return settings


def _of_nodes() -> list[JsonValue]:
    facts = ("clusterName", "nodeRoleArn", "subnetIds", "instanceTypes", "amiType")
    return [
        *(known(name, name) for name in facts),
        told("spec.replicas", "scalingConfig.maxSize"),
        told("spec.diskGiB", "diskSize"),
        told("spec.accelerator", f"labels[{_ACCELERATOR_LABEL}]"),
    ]


def _budget() -> Object:
    alarms: list[JsonValue] = [
        {
            "comparisonOperator": "GREATER_THAN",
            "threshold": percent,
            "thresholdType": "PERCENTAGE",
            "notificationType": kind,
        }
        for percent, kind in (*((each, "ACTUAL") for each in ALARMS), (100, "FORECASTED"))
    ]
    settings: Object = {
        "budgetType": "COST",
        "limitUnit": "USD",
        "timeUnit": "MONTHLY",
        "notification": alarms,
        "costFilter": [{"name": "TagKeyValue"}],
    }
    amount = told("spec.monthlyBudgetUSD", "limitAmount")
    amount["transforms"] = [{"type": "convert", "convert": {"toType": "string"}}]
    tag = joined("user:service$%s", "spec.forProvider.costFilter[0].values[0]", "metadata.name")
    people = [
        known("alarmTopicArn", f"notification[{number}].subscriberSnsTopicArns[0]")
        for number in range(len(alarms))
    ]
    return resource(
        "budget", "budgets/Budget", settings, patches=[amount, tag, *people], placed=False
    )
