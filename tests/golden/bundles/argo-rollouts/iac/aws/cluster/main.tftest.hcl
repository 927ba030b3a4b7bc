mock_provider "aws" {
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

variables {
  environment          = "staging"
  zones                = 3
  network              = "10.0.0.0/16"
  operator_networks    = []
  system_instance_type = null
  kubernetes_version   = null
}

run "from_inside_only" {
  assert {
    condition     = !aws_eks_cluster.main.vpc_config[0].endpoint_public_access
    error_message = "without operators' networks the API server is reached from inside only"
  }
  assert {
    condition     = alltrue([for s in aws_subnet.private : !s.map_public_ip_on_launch])
    error_message = "nodes have no public address"
  }
  assert {
    condition     = aws_eks_cluster.main.encryption_config[0].provider[0].key_arn == aws_kms_key.cluster.arn
    error_message = "secrets are encrypted under a key of ours"
  }
  assert {
    condition     = aws_cloudwatch_log_group.cluster.retention_in_days <= 30
    error_message = "logs end no later than records do"
  }
}

run "only_nodes_subnets_are_found_by_what_brings_nodes" {
  assert {
    condition     = alltrue([for s in aws_subnet.private : s.tags["karpenter.sh/discovery"] == "support-assistant-staging"])
    error_message = "private subnets carry the cluster's name"
  }
  assert {
    condition     = alltrue([for s in aws_subnet.public : !contains(keys(s.tags), "karpenter.sh/discovery")])
    error_message = "a node in a public subnet has no way out"
  }
}

run "subnets_do_not_overlap" {
  assert {
    condition     = length(distinct(concat(aws_subnet.private[*].cidr_block, aws_subnet.public[*].cidr_block))) == 4
    error_message = "three private subnets and one public, each with addresses of its own"
  }
}

run "a_way_out_in_each_zone_of_production" {
  variables {
    environment       = "production"
    operator_networks = ["192.0.2.0/24"]
  }
  assert {
    condition     = length(aws_nat_gateway.exit) == 3
    error_message = "a zone that fails takes only its own way out with it"
  }
  assert {
    condition     = tolist(aws_eks_cluster.main.vpc_config[0].public_access_cidrs) == tolist(["192.0.2.0/24"])
    error_message = "only operators reach the API server from outside"
  }
}
