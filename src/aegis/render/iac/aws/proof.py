"""Tests of the AWS modules that Terraform runs against a mocked cloud."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.iac.aws.cluster import DISCOVERY
from aegis.render.iac.shape import BUDGET_TAG, budget_tests, retention_days
from aegis.render.shared.serving import serving

_MOCK = """mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = {
      names = ["zone-a", "zone-b", "zone-c"]
    }
  }
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
  mock_resource "aws_kms_key" {
    defaults = {
      arn = "arn:aws:kms:eu-west-1:123456789012:key/test"
    }
  }
  mock_resource "aws_launch_template" {
    defaults = {
      id = "lt-0123456789abcdef0"
    }
  }
  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::123456789012:role/test"
    }
  }
}
"""


def cluster_tests(plan: Plan) -> str:
    """Nodes are private, the API server is not public, secrets are under our key."""
    return f"""{_MOCK}
variables {{
  environment          = "staging"
  zones                = 3
  network              = "10.0.0.0/16"
  operator_networks    = []
  system_instance_type = null
  kubernetes_version   = null
}}

run "from_inside_only" {{
  assert {{
    condition     = !aws_eks_cluster.main.vpc_config[0].endpoint_public_access
    error_message = "without operators' networks the API server is reached from inside only"
  }}
  assert {{
    condition     = alltrue([for s in aws_subnet.private : !s.map_public_ip_on_launch])
    error_message = "nodes have no public address"
  }}
  assert {{
    condition     = aws_eks_cluster.main.encryption_config[0].provider[0].key_arn == aws_kms_key.cluster.arn
    error_message = "secrets are encrypted under a key of ours"
  }}
  assert {{
    condition     = aws_cloudwatch_log_group.cluster.retention_in_days <= {retention_days(plan)}
    error_message = "logs end no later than records do"
  }}
}}

run "only_nodes_subnets_are_found_by_what_brings_nodes" {{
  assert {{
    condition     = alltrue([for s in aws_subnet.private : s.tags["{DISCOVERY}"] == "{plan.service}-staging"])
    error_message = "private subnets carry the cluster's name"
  }}
  assert {{
    condition     = alltrue([for s in aws_subnet.public : !contains(keys(s.tags), "{DISCOVERY}")])
    error_message = "a node in a public subnet has no way out"
  }}
}}

run "subnets_do_not_overlap" {{
  assert {{
    condition     = length(distinct(concat(aws_subnet.private[*].cidr_block, aws_subnet.public[*].cidr_block))) == 4
    error_message = "three private subnets and one public, each with addresses of its own"
  }}
}}

run "a_way_out_in_each_zone_of_production" {{
  variables {{
    environment       = "production"
    operator_networks = ["192.0.2.0/24"]
  }}
  assert {{
    condition     = length(aws_nat_gateway.exit) == 3
    error_message = "a zone that fails takes only its own way out with it"
  }}
  assert {{
    condition     = tolist(aws_eks_cluster.main.vpc_config[0].public_access_cidrs) == tolist(["192.0.2.0/24"])
    error_message = "only operators reach the API server from outside"
  }}
}}
"""


def service_tests(plan: Plan) -> str:
    """Sizes follow the plan, nothing is public, records end on time."""
    each = max(1, serving(plan).devices)
    days = retention_days(plan)
    told = budget_tests(
        "aws_budgets_budget",
        "for n in aws_budgets_budget.month[0].notification : n.threshold < 100",
    )
    return f"""{_MOCK}
variables {{
  environment        = "staging"
  cluster_name       = "test"
  node_role_arn      = "arn:aws:iam::123456789012:role/nodes"
  subnet_ids         = ["subnet-a", "subnet-b"]
  instance_type      = "test.large"
  devices_per_node   = 4
  disk_gib           = 200
  serving_replicas   = 6
  floor_replicas     = 2
  monthly_budget_usd = 100
  alarm_topic_arn    = "arn:aws:sns:eu-west-1:123456789012:budget"
}}

run "nodes_follow_replicas" {{
  assert {{
    condition     = aws_eks_node_group.serving.scaling_config[0].max_size == ceil(6 * {each} / 4)
    error_message = "nodes hold the replicas, rounded up"
  }}
  assert {{
    condition     = aws_eks_node_group.serving.scaling_config[0].min_size == ceil(2 * {each} / 4)
    error_message = "what always stands, stands"
  }}
}}

run "nothing_is_public_and_records_end" {{
  assert {{
    condition     = aws_s3_bucket_public_access_block.audit.restrict_public_buckets
    error_message = "the audit store is private"
  }}
  assert {{
    condition     = aws_s3_bucket_lifecycle_configuration.audit.rule[0].expiration[0].days == {days}
    error_message = "records end when the plan says so"
  }}
  assert {{
    condition     = alltrue([for r in aws_ecr_repository.image : r.image_tag_mutability == "IMMUTABLE"])
    error_message = "a tag cannot move"
  }}
}}

run "the_budget_counts_what_costs_most" {{
  assert {{
    condition = alltrue([
      for t in aws_launch_template.serving.tag_specifications : t.tags["{BUDGET_TAG}"] == local.name
    ])
    error_message = "instances carry the tag that the budget counts: those of a node group do not reach them"
  }}
  assert {{
    condition     = endswith(one(aws_budgets_budget.month[0].cost_filter).values[0], "${plan.service}-staging")
    error_message = "another environment is counted elsewhere"
  }}
  assert {{
    condition     = aws_launch_template.serving.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "a pod does not get the rights of its node"
  }}
}}
{told}"""
