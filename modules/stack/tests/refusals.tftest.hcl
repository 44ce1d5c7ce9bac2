# What would only fail at apply, or worse, is refused at plan in a sentence.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name        = "segment"
  environment = "prod"
  logs        = "awslogs"
}

run "a_name_that_ecs_keeps_for_itself" {
  command = plan
  variables {
    name = "ecs-prod"
  }
  expect_failures = [var.name]
}

run "another_name_that_ecs_keeps_for_itself" {
  command = plan
  variables {
    name = "fargate"
  }
  expect_failures = [var.name]
}

run "a_name_too_long_for_what_is_named_after_it" {
  command = plan
  variables {
    name = "a-name-of-more-than-20"
  }
  expect_failures = [var.name]
}

run "b16_ssh_from_the_world" {
  command = plan
  variables {
    bastion_allowed_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.bastion_allowed_cidrs]
}

run "a_network_too_small_for_its_zones" {
  command = plan
  variables {
    cidr = "10.30.0.0/26"
  }
  expect_failures = [var.cidr]
}

run "one_zone_which_no_load_balancer_takes" {
  command = plan
  variables {
    az_count = 1
  }
  expect_failures = [var.az_count]
}

run "no_nat_and_no_way_to_ecs" {
  command = plan
  variables {
    nat = "none"
  }
  expect_failures = [var.nat]
}

run "mixed_architectures" {
  command = plan
  variables {
    instance_types = ["m7i.large", "m7g.large"]
  }
  expect_failures = [var.instance_types]
}

run "two_names_for_the_image" {
  command = plan
  variables {
    ami_id            = "ami-00000000000000002"
    ami_ssm_parameter = "/mine/ecs"
  }
  expect_failures = [var.ami_ssm_parameter]
}

run "more_instances_than_the_most" {
  command = plan
  variables {
    max_size         = 2
    desired_capacity = 3
  }
  expect_failures = [var.desired_capacity]
}

run "values_that_are_none" {
  command = plan
  variables {
    environment           = "Prod"
    profile               = "test"
    availability_zones    = ["us-west-2a"]
    dns                   = "public"
    dhcp                  = "mine"
    bastion               = "yes"
    bastion_allowed_cidrs = ["203.0.113.7"]
    spot_percentage       = 200
    root_volume_size      = 8
    min_size              = -1
    container_insights    = "on"
    logs                  = "journald"
    log_retention_days    = 31
    log_kms_key_arn       = "key"
    load_balancer_logs    = "yes"
    ami_id                = "al2023"
  }
  expect_failures = [
    var.environment, var.profile, var.availability_zones, var.dns, var.dhcp, var.bastion, var.bastion_allowed_cidrs,
    var.spot_percentage, var.root_volume_size, var.min_size, var.container_insights, var.logs, var.log_retention_days,
    var.log_kms_key_arn, var.load_balancer_logs, var.ami_id,
  ]
}

run "a_package_by_plain_http_and_without_its_sum" {
  command = plan
  variables {
    logs             = "auto"
    ecs_logs_package = { url = "http://example.com/x.rpm", sha256 = "no" }
  }
  expect_failures = [var.ecs_logs_package]
}
