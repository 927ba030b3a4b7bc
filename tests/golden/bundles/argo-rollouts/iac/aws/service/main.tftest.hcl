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
}

run "nodes_follow_replicas" {
  assert {
    condition     = aws_eks_node_group.serving.scaling_config[0].max_size == ceil(6 * 1 / 4)
    error_message = "nodes hold the replicas, rounded up"
  }
  assert {
    condition     = aws_eks_node_group.serving.scaling_config[0].min_size == ceil(2 * 1 / 4)
    error_message = "what always stands, stands"
  }
}

run "nothing_is_public_and_records_end" {
  assert {
    condition     = aws_s3_bucket_public_access_block.audit.restrict_public_buckets
    error_message = "the audit store is private"
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.audit.rule[0].expiration[0].days == 30
    error_message = "records end when the plan says so"
  }
  assert {
    condition     = alltrue([for r in aws_ecr_repository.image : r.image_tag_mutability == "IMMUTABLE"])
    error_message = "a tag cannot move"
  }
}

run "the_budget_counts_what_costs_most" {
  assert {
    condition = alltrue([
      for t in aws_launch_template.serving.tag_specifications : t.tags["budget"] == local.name
    ])
    error_message = "instances carry the tag that the budget counts: those of a node group do not reach them"
  }
  assert {
    condition     = endswith(one(aws_budgets_budget.month[0].cost_filter).values[0], "$support-assistant-staging")
    error_message = "another environment is counted elsewhere"
  }
  assert {
    condition     = aws_launch_template.serving.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "a pod does not get the rights of its node"
  }
}

run "people_are_told_before_the_budget_is_spent" {
  assert {
    condition     = anytrue([for n in aws_budgets_budget.month[0].notification : n.threshold < 100])
    error_message = "an alarm comes before the end of the budget"
  }
}

run "no_budget_without_a_figure" {
  variables {
    monthly_budget_usd = 0
  }
  assert {
    condition     = length(aws_budgets_budget.month) == 0
    error_message = "a budget of nothing would alarm at once"
  }
}
