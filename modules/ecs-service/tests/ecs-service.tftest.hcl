# The ECS service with a mocked provider: deployments, placement, capacity, network.
mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name  = "api"
  image = "registry.example.com/team/api:1.0"
  stack = {
    name              = "shop"
    environment       = "prod"
    cluster           = "shop-prod"
    capacity_provider = "shop-prod"
    vpc_id            = "vpc-00000000000000001"
    internal_subnets  = ["subnet-1", "subnet-2"]
    log_driver        = "journald"
    log_group_prefix  = "/shop/prod"
  }
}

run "B30_a_deployment_rolls_and_rolls_back" {
  command = plan
  assert {
    condition     = aws_ecs_service.service["api"].deployment_minimum_healthy_percent == 100 && aws_ecs_service.service["api"].deployment_maximum_percent == 200
    error_message = "New tasks start before old ones stop."
  }
  assert {
    condition     = one(aws_ecs_service.service["api"].deployment_circuit_breaker).enable && one(aws_ecs_service.service["api"].deployment_circuit_breaker).rollback
    error_message = "A deployment that does not come up is rolled back."
  }
}

# Pain 3: with the strategy said and force_new_deployment, changing it is a deployment and not a replacement.
run "B12_the_clusters_capacity_provider_is_named" {
  command = plan
  assert {
    condition     = [for s in aws_ecs_service.service["api"].capacity_provider_strategy : s.capacity_provider] == ["shop-prod"] && aws_ecs_service.service["api"].force_new_deployment && aws_ecs_service.service["api"].cluster == "shop-prod"
    error_message = "The strategy is always there."
  }
}

run "capacity_providers_share_the_tasks" {
  command = plan
  variables {
    capacity_providers = { spot = { weight = 3 }, steady = { base = 1 } }
  }
  assert {
    condition     = toset([for s in aws_ecs_service.service["api"].capacity_provider_strategy : "${s.capacity_provider} ${s.weight} ${s.base}"]) == toset(["spot 3 0", "steady 1 1"])
    error_message = "Shares as given."
  }
}

run "B27_tasks_spread_over_zones_and_then_pack" {
  command = plan
  assert {
    condition     = [for s in aws_ecs_service.service["api"].ordered_placement_strategy : "${s.type} ${s.field}"] == ["spread attribute:ecs.availability-zone", "binpack memory"]
    error_message = "Zones first."
  }
  assert {
    condition     = aws_ecs_service.service["api"].availability_zone_rebalancing == "ENABLED"
    error_message = "ECS moves tasks back when a zone has lost more."
  }
}

run "bridge_needs_no_network_of_its_own" {
  command = plan
  assert {
    condition     = length(aws_ecs_service.service["api"].network_configuration) == 0 && length(aws_security_group.task) == 0
    error_message = "Bridge tasks share the machine's network."
  }
}

run "fargate_gets_addresses_a_group_and_awslogs" {
  command = plan
  variables {
    capacity_providers            = { FARGATE = {} }
    memory                        = 512
    ports                         = [{ container_port = 8080 }]
    load_balancer_security_groups = ["sg-1"]
  }
  assert {
    condition     = one(aws_ecs_service.service["api"].network_configuration).subnets == toset(["subnet-1", "subnet-2"]) && !one(aws_ecs_service.service["api"].network_configuration).assign_public_ip
    error_message = "Tasks lie in the internal subnets."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.task["0-8080"].from_port == 8080 && aws_vpc_security_group_ingress_rule.task["0-8080"].referenced_security_group_id == "sg-1"
    error_message = "Only the load balancer comes in, on the container's port."
  }
  assert {
    condition     = length(aws_ecs_service.service["api"].ordered_placement_strategy) == 0 && output.log_driver == "awslogs"
    error_message = "Fargate places by itself and has no journal."
  }
}

run "autoscaling_owns_the_number_of_tasks" {
  command = apply
  variables {
    desired_count = 1
    autoscaling   = { min = 2, max = 10, cpu = 60 }
  }
  assert {
    condition     = length(aws_ecs_service.service) == 0 && aws_ecs_service.scaled["api"].desired_count == 2
    error_message = "The first number of tasks lies between min and max."
  }
  assert {
    condition     = module.autoscaling["api"].resource_id == "service/shop-prod/api"
    error_message = module.autoscaling["api"].resource_id
  }
}

run "who_deploys_may_deploy_this_service_alone" {
  command = apply
  variables {
    image               = "registry.example.com/team/api"
    image_ssm_parameter = "/shop/prod/api/tag"
  }
  override_data {
    target = module.task.data.aws_ssm_parameter.image_tag["image_tag"]
    values = { insecure_value = "2.0", arn = "arn:aws:ssm:us-west-2:111122223333:parameter/shop/prod/api/tag" }
  }
  assert {
    condition = { for s in jsondecode(output.deploy_policy).Statement : s.Sid => s.Resource if s.Sid != "HandRoles" } == {
      SayTheTag     = ["arn:aws:ssm:us-west-2:111122223333:parameter/shop/prod/api/tag"]
      Deploy        = ["arn:aws:ecs:us-west-2:111122223333:service/mock/mock"]
      MakeRevisions = ["*"]
    }
    error_message = output.deploy_policy
  }
}

run "refuses_minimum_equal_to_maximum" {
  command = plan
  variables {
    deployment_minimum_healthy_percent = 100
    deployment_maximum_percent         = 100
  }
  expect_failures = [var.deployment_maximum_percent]
}

run "refuses_percentages_that_round_to_no_room" {
  command = plan
  variables {
    desired_count              = 1
    deployment_maximum_percent = 150
  }
  expect_failures = [var.deployment_maximum_percent]
}

run "refuses_a_fixed_host_port_that_must_stay_healthy" {
  command = plan
  variables { ports = [{ container_port = 80, host_port = 80 }] }
  expect_failures = [var.deployment_minimum_healthy_percent]
}

run "takes_a_fixed_host_port_with_room" {
  command = plan
  variables {
    ports                              = [{ container_port = 80, host_port = 80 }]
    deployment_minimum_healthy_percent = 50
  }
}

run "refuses_more_than_all_healthy" {
  command = plan
  variables {
    deployment_minimum_healthy_percent = 120
  }
  expect_failures = [var.deployment_minimum_healthy_percent]
}

run "refuses_to_mix_fargate_and_machines" {
  command = plan
  variables { capacity_providers = { FARGATE = {}, mine = {} } }
  expect_failures = [var.capacity_providers]
}

run "refuses_two_bases" {
  command = plan
  variables { capacity_providers = { a = { base = 1 }, b = { base = 1 } } }
  expect_failures = [var.capacity_providers]
}

run "refuses_a_capacity_provider_that_cannot_exist" {
  command = plan
  variables { capacity_providers = { ecs-mine = {} } }
  expect_failures = [var.capacity_providers]
}

run "refuses_half_a_task" {
  command = plan
  variables { desired_count = 1.5 }
  expect_failures = [var.desired_count]
}

run "refuses_autoscaling_without_a_target" {
  command = plan
  variables { autoscaling = { min = 1, max = 2 } }
  expect_failures = [var.autoscaling]
}

run "refuses_autoscaling_upside_down" {
  command = plan
  variables { autoscaling = { min = 3, max = 2, cpu = 50 } }
  expect_failures = [var.autoscaling]
}

run "refuses_a_public_address_without_fargate" {
  command = plan
  variables { assign_public_ip = true }
  expect_failures = [var.assign_public_ip]
}

run "refuses_a_negative_grace_period" {
  command = plan
  variables { health_check_grace_period = -1 }
  expect_failures = [var.health_check_grace_period]
}

run "refuses_a_service_without_a_cluster" {
  command = plan
  variables { stack = {} }
  expect_failures = [aws_ecs_service.service]
}

run "refuses_awsvpc_without_subnets" {
  command = plan
  variables {
    stack           = { cluster = "mine", capacity_provider = "mine" }
    network_mode    = "awsvpc"
    security_groups = ["sg-1"]
  }
  expect_failures = [aws_ecs_service.service]
}

run "refuses_a_name_in_capitals" {
  command = plan
  variables {
    name = "API"
  }
  expect_failures = [var.name]
}
