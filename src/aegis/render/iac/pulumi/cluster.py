"""The component that makes a network and a cluster on AWS."""

from __future__ import annotations

CLUSTER = '''"""Network and cluster: private nodes, one way out a zone, secrets under a key of ours."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from service import Settings, launch_template, launched

# By this Karpenter finds subnets and security groups of a cluster.
DISCOVERY = "karpenter.sh/discovery"
POLICY = "arn:aws:iam::aws:policy/"
OF_NODES = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryPullOnly",
)
ADDONS: dict[str, str | None] = {
    "vpc-cni": json.dumps({"enableNetworkPolicy": "true"}),
    "kube-proxy": None,
    "coredns": None,
    "eks-pod-identity-agent": None,
}


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the service needs of a cluster, ours or one that exists."""

    name: pulumi.Input[str]
    node_role_arn: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]


def existing(config: pulumi.Config) -> Given | None:
    """The cluster that the stack names (`existing_cluster`), if it names one."""
    named = config.get_object("existing_cluster")
    if named is None:
        return None
    return Given(
        name=named["name"], node_role_arn=named["node_role_arn"], subnet_ids=named["subnet_ids"]
    )


def trust(service: str) -> str:
    """Lets a service of AWS take a role."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Cluster(pulumi.ComponentResource):
    """An EKS cluster in a network of its own."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("aegis:infrastructure:Cluster", settings.name)
        self.settings = settings
        self.mine = pulumi.ResourceOptions(parent=self)
        self.attached: list[pulumi.Resource] = []
        self.routes: list[pulumi.Resource] = []
        self.names = list(aws.get_availability_zones(state="available").names)
        subnets = self._network()
        roles = self._roles()
        cluster = self._cluster(roles["control-plane"], subnets)
        self._system_nodes(cluster, roles["nodes"], subnets)
        self.given = Given(
            name=cluster.name, node_role_arn=roles["nodes"].arn, subnet_ids=[s.id for s in subnets]
        )
        self.register_outputs({"name": cluster.name})

    def _network(self) -> list[aws.ec2.Subnet]:
        settings, mine = self.settings, self.mine
        network = ipaddress.ip_network(settings.network)
        large, small = list(network.subnets(4)), list(network.subnets(8))
        vpc = aws.ec2.Vpc(
            "main", cidr_block=settings.network, enable_dns_hostnames=True,
            enable_dns_support=True, tags=settings.tags, opts=mine,
        )  # fmt: skip
        aws.ec2.DefaultSecurityGroup("none", vpc_id=vpc.id, tags=settings.tags, opts=mine)
        gateway = aws.ec2.InternetGateway("main", vpc_id=vpc.id, tags=settings.tags, opts=mine)
        public = aws.ec2.RouteTable("public", vpc_id=vpc.id, tags=settings.tags, opts=mine)
        aws.ec2.Route(
            "public", route_table_id=public.id, destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id, opts=mine,
        )  # fmt: skip
        exits = [
            self._exit(n, vpc, public, gateway, str(small[240 + n]))
            for n in range(settings.zones if settings.production else 1)
        ]
        return [
            self._private(n, vpc, str(large[n]), exits[min(n, len(exits) - 1)])
            for n in range(settings.zones)
        ]

    def _exit(
        self,
        number: int,
        vpc: aws.ec2.Vpc,
        routes: aws.ec2.RouteTable,
        gateway: aws.ec2.InternetGateway,
        addresses: str,
    ) -> aws.ec2.NatGateway:
        tags, mine = self.settings.tags, self.mine
        subnet = aws.ec2.Subnet(
            f"public-{number}", vpc_id=vpc.id, cidr_block=addresses,
            availability_zone=self.names[number], tags=tags, opts=mine,
        )  # fmt: skip
        aws.ec2.RouteTableAssociation(
            f"public-{number}", route_table_id=routes.id, subnet_id=subnet.id, opts=mine
        )
        address = aws.ec2.Eip(f"exit-{number}", domain="vpc", tags=tags, opts=mine)
        return aws.ec2.NatGateway(
            f"exit-{number}", allocation_id=address.id, subnet_id=subnet.id, tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[gateway]),
        )  # fmt: skip

    def _private(
        self, number: int, vpc: aws.ec2.Vpc, addresses: str, way_out: aws.ec2.NatGateway
    ) -> aws.ec2.Subnet:
        tags, mine = self.settings.tags, self.mine
        subnet = aws.ec2.Subnet(
            f"private-{number}", vpc_id=vpc.id, cidr_block=addresses,
            availability_zone=self.names[number], map_public_ip_on_launch=False,
            opts=mine,
            tags={**tags, "kubernetes.io/role/internal-elb": "1", DISCOVERY: self.settings.name},
        )  # fmt: skip
        routes = aws.ec2.RouteTable(f"private-{number}", vpc_id=vpc.id, tags=tags, opts=mine)
        route = aws.ec2.Route(
            f"private-{number}", route_table_id=routes.id, destination_cidr_block="0.0.0.0/0",
            nat_gateway_id=way_out.id, opts=mine,
        )  # fmt: skip
        self.routes.append(route)
        aws.ec2.RouteTableAssociation(
            f"private-{number}", route_table_id=routes.id, subnet_id=subnet.id, opts=mine
        )
        return subnet

    def _roles(self) -> dict[str, aws.iam.Role]:
        made = {}
        rows = (
            ("control-plane", "eks.amazonaws.com", ("AmazonEKSClusterPolicy",)),
            ("nodes", "ec2.amazonaws.com", OF_NODES),
        )
        for name, service, policies in rows:
            role = aws.iam.Role(
                name, name=f"{self.settings.name}-{name}", assume_role_policy=trust(service),
                tags=self.settings.tags, opts=self.mine,
            )  # fmt: skip
            for policy in policies:
                attached = aws.iam.RolePolicyAttachment(
                    policy, role=role.name, policy_arn=f"{POLICY}{policy}", opts=self.mine
                )
                self.attached.append(attached)
            made[name] = role
        return made

    def _cluster(self, role: aws.iam.Role, subnets: Sequence[aws.ec2.Subnet]) -> aws.eks.Cluster:
        settings, mine = self.settings, self.mine
        key = aws.kms.Key(
            "cluster", description=f"Secrets of {settings.name}", enable_key_rotation=True,
            deletion_window_in_days=30, tags=settings.tags, opts=mine,
        )  # fmt: skip
        logs = aws.cloudwatch.LogGroup(
            "cluster", name=f"/aws/eks/{settings.name}/cluster",
            retention_in_days=settings.log_days, tags=settings.tags, opts=mine,
        )  # fmt: skip
        cluster = aws.eks.Cluster(
            "main",
            name=settings.name,
            role_arn=role.arn,
            enabled_cluster_log_types=["api", "audit", "authenticator"],
            access_config={
                "authentication_mode": "API",
                "bootstrap_cluster_creator_admin_permissions": True,
            },
            encryption_config={"resources": ["secrets"], "provider": {"key_arn": key.arn}},
            vpc_config={
                "subnet_ids": [subnet.id for subnet in subnets],
                "endpoint_private_access": True,
                "endpoint_public_access": bool(settings.operator_networks),
                "public_access_cidrs": settings.operator_networks or None,
            },
            tags=settings.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs, *self.attached]),
        )
        for name, values in ADDONS.items():
            aws.eks.Addon(
                name, cluster_name=cluster.name, addon_name=name, configuration_values=values,
                # A new cluster brings its own, which nobody upgrades: ours take their place.
                resolve_conflicts_on_create="OVERWRITE", tags=settings.tags, opts=mine,
            )  # fmt: skip
        return cluster

    def _system_nodes(
        self, cluster: aws.eks.Cluster, role: aws.iam.Role, subnets: Sequence[aws.ec2.Subnet]
    ) -> None:
        """Nodes for the cluster's own pods, so that a GPU never waits for a name server."""
        aws.ec2.Tag(
            "cluster", key=DISCOVERY, value=self.settings.name, opts=self.mine,
            resource_id=cluster.vpc_config.cluster_security_group_id,
        )  # fmt: skip
        template = launch_template("system", self.settings, self.mine)
        aws.eks.NodeGroup(
            "system",
            launch_template=launched(template),
            cluster_name=cluster.name,
            node_group_name=f"{self.settings.name}-system",
            node_role_arn=role.arn,
            subnet_ids=[subnet.id for subnet in subnets],
            scaling_config={"desired_size": 2, "min_size": 2, "max_size": 4},
            update_config={"max_unavailable": 1},
            tags=self.settings.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=["scalingConfig.desiredSize"],
                depends_on=[*self.attached, *self.routes],
            ),
        )
'''
