"""Network and cluster on AWS: private nodes, one way out a zone, secrets under a key of ours."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.plan.types import Plan
from aegis.render.iac.shape import ENVIRONMENT, Object, Rows, retention_days, tags, variables

FOR_CLUSTER: Rows = (
    ("zones", "number", "availability zones, two at least"),
    ("network", "string", "addresses of the network, a /16"),
    ("operator_networks", "list(string)", "networks that reach the API server; none: from inside only"),
    ("system_instance_type", "string", "instance of the cluster's own pods; null: the cloud's default"),
    ("kubernetes_version", "string", "the bundle's objects ask for this one or newer"),
)  # fmt: skip
# Days that CloudWatch Logs can keep: hashicorp/aws 5.100, aws_cloudwatch_log_group.
_LOG_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
DISCOVERY = "karpenter.sh/discovery"
"""The tag by which Karpenter finds subnets and security groups of a cluster."""
_POLICY = "arn:aws:iam::aws:policy/"
_OF_NODES = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryPullOnly",
)


def cluster(plan: Plan) -> Object:
    """The module's body."""
    return {
        "variable": variables(ENVIRONMENT, FOR_CLUSTER),
        "locals": {
            "name": f"{plan.service}-${{var.environment}}",
            # One way out for all in the early stages, one a zone where an outage would be felt.
            "exits": '${var.environment == "production" ? var.zones : 1}',
            "tags": tags(plan),
        },
        "data": {
            "aws_availability_zones": {"here": {"state": "available"}},
            "aws_iam_policy_document": {
                "control_plane": _trust("eks.amazonaws.com"),
                "nodes": _trust("ec2.amazonaws.com"),
            },
        },
        "resource": {**_network(), **_roles(), **_cluster(plan)},
        "output": {
            "cluster_name": {"value": "${aws_eks_cluster.main.name}"},
            "node_role_arn": {"value": "${aws_iam_role.nodes.arn}"},
            "subnet_ids": {"value": "${aws_subnet.private[*].id}"},
        },
    }


def _trust(service: str) -> Object:
    return {
        "statement": [
            {
                "actions": ["sts:AssumeRole"],
                "principals": [{"type": "Service", "identifiers": [service]}],
            }
        ]
    }


def _network() -> Object:
    zone = "${data.aws_availability_zones.here.names[count.index]}"
    vpc = "${aws_vpc.main.id}"
    named: Object = {"tags": "${merge(local.tags, { Name = local.name })}"}
    return {
        "aws_vpc": {
            "main": {"cidr_block": "${var.network}", "enable_dns_hostnames": True, **named}
        },
        # The group that a network comes with lets its members talk; without rules it lets nobody.
        "aws_default_security_group": {"none": {"vpc_id": vpc, "tags": "${local.tags}"}},
        "aws_internet_gateway": {"main": {"vpc_id": vpc, **named}},
        "aws_subnet": {
            "private": {
                "count": "${var.zones}",
                "vpc_id": vpc,
                "availability_zone": zone,
                "cidr_block": "${cidrsubnet(var.network, 4, count.index)}",
                "map_public_ip_on_launch": False,
                "tags": "${merge(local.tags, "
                f'{{ "kubernetes.io/role/internal-elb" = "1", "{DISCOVERY}" = local.name }})}}',
            },
            "public": {
                "count": "${local.exits}",
                "vpc_id": vpc,
                "availability_zone": zone,
                "cidr_block": "${cidrsubnet(var.network, 8, 240 + count.index)}",
                **named,
            },
        },
        "aws_eip": {"exit": {"count": "${local.exits}", "domain": "vpc", **named}},
        "aws_nat_gateway": {
            "exit": {
                "count": "${local.exits}",
                "allocation_id": "${aws_eip.exit[count.index].id}",
                "subnet_id": "${aws_subnet.public[count.index].id}",
                "depends_on": ["aws_internet_gateway.main"],
                **named,
            }
        },
        **_routes(vpc),
    }


def _routes(vpc: str) -> Object:
    everywhere = "0.0.0.0/0"
    exit_ = "${aws_nat_gateway.exit[min(count.index, local.exits - 1)].id}"
    return {
        "aws_route_table": {
            "private": {"count": "${var.zones}", "vpc_id": vpc, "tags": "${local.tags}"},
            "public": {"vpc_id": vpc, "tags": "${local.tags}"},
        },
        "aws_route": {
            "private": {
                "count": "${var.zones}",
                "route_table_id": "${aws_route_table.private[count.index].id}",
                "destination_cidr_block": everywhere,
                "nat_gateway_id": exit_,
            },
            "public": {
                "route_table_id": "${aws_route_table.public.id}",
                "destination_cidr_block": everywhere,
                "gateway_id": "${aws_internet_gateway.main.id}",
            },
        },
        "aws_route_table_association": {
            "private": {
                "count": "${var.zones}",
                "route_table_id": "${aws_route_table.private[count.index].id}",
                "subnet_id": "${aws_subnet.private[count.index].id}",
            },
            "public": {
                "count": "${local.exits}",
                "route_table_id": "${aws_route_table.public.id}",
                "subnet_id": "${aws_subnet.public[count.index].id}",
            },
        },
    }


def _roles() -> Object:
    of_nodes = ", ".join(f'"{name}"' for name in _OF_NODES)

    def role(name: str) -> Object:
        return {
            "name": f"${{local.name}}-{name.replace('_', '-')}",
            "assume_role_policy": f"${{data.aws_iam_policy_document.{name}.json}}",
            "tags": "${local.tags}",
        }

    return {
        "aws_iam_role": {"control_plane": role("control_plane"), "nodes": role("nodes")},
        "aws_iam_role_policy_attachment": {
            "control_plane": {
                "role": "${aws_iam_role.control_plane.name}",
                "policy_arn": f"{_POLICY}AmazonEKSClusterPolicy",
            },
            "nodes": {
                "for_each": f"${{toset([{of_nodes}])}}",
                "role": "${aws_iam_role.nodes.name}",
                "policy_arn": f"{_POLICY}${{each.key}}",
            },
        },
    }


def log_days(plan: Plan) -> int:
    """Days that the control plane's log is kept: no longer than records are."""
    return max(each for each in _LOG_DAYS if each <= retention_days(plan))


def _cluster(plan: Plan) -> Object:
    logs: list[JsonValue] = ["api", "audit", "authenticator"]
    addons = (
        '{ vpc-cni = jsonencode({ enableNetworkPolicy = "true" }), kube-proxy = null, coredns = null, '
        "eks-pod-identity-agent = null }"
    )
    return {
        "aws_kms_key": {
            "cluster": {
                "description": "Secrets of ${local.name}",
                "enable_key_rotation": True,
                "deletion_window_in_days": 30,
                "tags": "${local.tags}",
            }
        },
        "aws_cloudwatch_log_group": {
            "cluster": {
                "name": "/aws/eks/${local.name}/cluster",
                "retention_in_days": log_days(plan),
                "tags": "${local.tags}",
            }
        },
        "aws_eks_cluster": {
            "main": {
                "name": "${local.name}",
                "role_arn": "${aws_iam_role.control_plane.arn}",
                "version": "${var.kubernetes_version}",
                "enabled_cluster_log_types": logs,
                "access_config": {
                    "authentication_mode": "API",
                    "bootstrap_cluster_creator_admin_permissions": True,
                },
                "encryption_config": {
                    "resources": ["secrets"],
                    "provider": {"key_arn": "${aws_kms_key.cluster.arn}"},
                },
                "vpc_config": {
                    "subnet_ids": "${aws_subnet.private[*].id}",
                    "endpoint_private_access": True,
                    "endpoint_public_access": "${length(var.operator_networks) > 0}",
                    "public_access_cidrs": "${length(var.operator_networks) > 0 ? var.operator_networks : null}",
                },
                "tags": "${local.tags}",
                "depends_on": [
                    "aws_cloudwatch_log_group.cluster",
                    "aws_iam_role_policy_attachment.control_plane",
                ],
            }
        },
        "aws_eks_addon": {
            "main": {
                "for_each": f"${{{addons}}}",
                "cluster_name": "${aws_eks_cluster.main.name}",
                "addon_name": "${each.key}",
                "configuration_values": "${each.value}",
                # A new cluster brings its own, which nobody upgrades: ours take their place.
                "resolve_conflicts_on_create": "OVERWRITE",
                "tags": "${local.tags}",
            }
        },
        # The group that the control plane makes: whoever brings nodes finds it by this.
        "aws_ec2_tag": {
            "cluster": {
                "resource_id": "${aws_eks_cluster.main.vpc_config[0].cluster_security_group_id}",
                "key": DISCOVERY,
                "value": "${local.name}",
            }
        },
        "aws_launch_template": {"system": launch("system")},
        "aws_eks_node_group": {"system": _system_nodes()},
    }


def launch(part: str, *, disk: str = "") -> Object:
    """How instances of a node group start: the group's own tags do not reach them.

    The plan's id is left out: with it every new plan would replace every node.
    """
    lasting = '${{for k, v in local.tags : k => v if k != "plan"}}'
    ebs: Object = {"volume_type": "gp3", "encrypted": True, "delete_on_termination": True}
    return {
        "name_prefix": f"${{local.name}}-{part}-",
        "update_default_version": True,
        "metadata_options": {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            # A pod is one hop further: the rights of its node are not the pod's.
            "http_put_response_hop_limit": 1,
        },
        "block_device_mappings": {
            "device_name": "/dev/xvda",
            "ebs": {**ebs, **({"volume_size": disk} if disk else {})},
        },
        "tag_specifications": [
            {"resource_type": kind, "tags": lasting} for kind in ("instance", "volume")
        ],
        "tags": "${local.tags}",
    }


def launched(part: str) -> Object:
    """The reference of a node group to how its instances start."""
    of = f"aws_launch_template.{part}"
    return {"id": f"${{{of}.id}}", "version": f"${{{of}.latest_version}}"}


def _system_nodes() -> Object:
    """Nodes for the cluster's own pods, so that a GPU never waits for a name server."""
    kind = "var.system_instance_type"
    return {
        "cluster_name": "${aws_eks_cluster.main.name}",
        "node_group_name": "${local.name}-system",
        "node_role_arn": "${aws_iam_role.nodes.arn}",
        "subnet_ids": "${aws_subnet.private[*].id}",
        "instance_types": f"${{{kind} == null ? null : [{kind}]}}",
        "launch_template": launched("system"),
        "scaling_config": {"desired_size": 2, "min_size": 2, "max_size": 4},
        "update_config": {"max_unavailable": 1},
        "lifecycle": {"ignore_changes": ["scaling_config[0].desired_size"]},
        "tags": "${local.tags}",
        "depends_on": ["aws_iam_role_policy_attachment.nodes", "aws_route.private"],
    }
