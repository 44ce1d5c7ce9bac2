# The whole stack, with a mocked provider: what five lines give, and what each choice changes.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name        = "segment"
  environment = "prod"
}

run "b2_b7_name_and_environment_are_enough" {
  command = apply

  assert {
    condition     = length(output.internal_subnets) == 3 && length(output.external_subnets) == 3 && length(output.nat_ips) == 3 && output.vpc_cidr == "10.30.0.0/16"
    error_message = "The network must have three zones, each with its own way out."
  }

  assert {
    condition     = output.cluster == "segment-prod" && output.capacity_provider == "segment-prod" && output.architecture == "X86_64"
    error_message = "cluster: ${output.cluster}"
  }

  assert {
    condition     = output.domain_name == "stack.local" && output.zone_id != null
    error_message = "There must be a zone stack.local."
  }

  assert {
    condition     = output.log_bucket_id == "segment-prod-logs-111122223333-us-west-2" && output.log_group_prefix == "/segment/prod" && output.log_retention_days == 30
    error_message = "logs: ${output.log_bucket_id} ${output.log_group_prefix}"
  }

  assert {
    condition     = output.bastion_command != null && output.bastion_ip != null
    error_message = "There must be a bastion."
  }

  # Without an image or a package of ecs-logs the check says so.
  expect_failures = [check.logs]
}

run "b18_what_is_not_wanted_is_not_there" {
  command = apply

  variables {
    bastion            = "none"
    dns                = "none"
    dhcp               = "aws"
    load_balancer_logs = "none"
    nat                = "single"
    logs               = "awslogs"
  }

  assert {
    condition     = output.bastion_ip == null && output.bastion_command == null && output.zone_id == null && output.domain_name == null && output.log_bucket_id == null && length(output.nat_ips) == 1
    error_message = "Each part must go by its choice."
  }

  assert {
    condition     = length(module.dhcp) == 0
    error_message = "dhcp = \"aws\" must keep the region's options."
  }
}

run "profile_dev_costs_less" {
  command = apply

  variables {
    profile = "dev"
    logs    = "awslogs"
  }

  assert {
    condition     = length(output.nat_ips) == 1 && output.architecture == "ARM64" && output.log_retention_days == 7 && output.profile == "dev"
    error_message = "dev must have one NAT gateway and Graviton instances."
  }
}

run "what_is_named_beats_the_profile" {
  command = apply

  variables {
    profile            = "dev"
    nat                = "per_az"
    instance_types     = ["m7i.large"]
    log_retention_days = 0
    logs               = "awslogs"
  }

  assert {
    condition     = length(output.nat_ips) == 3 && output.architecture == "X86_64" && output.log_retention_days == 0
    error_message = "Inputs that are set must win."
  }
}

run "b36_another_network_and_name_for_a_second_region" {
  command = apply

  variables {
    cidr = "10.31.0.0/16"
    logs = "awslogs"
  }

  assert {
    condition     = output.vpc_cidr == "10.31.0.0/16" && strcontains(output.instance_role_name, "us-west-2")
    error_message = "Names of the account, not the region, must hold the region."
  }
}
