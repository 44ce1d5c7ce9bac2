# As service.tf, but Terraform sets the number of tasks once and then leaves it to autoscaling.
resource "aws_ecs_service" "scaled" {
  for_each = toset(var.autoscaling == null ? [] : [var.name])

  name            = var.name
  cluster         = local.cluster
  task_definition = module.task.arn
  desired_count   = max(var.autoscaling.min, min(var.desired_count, var.autoscaling.max))

  deployment_minimum_healthy_percent = var.deployment_minimum_healthy_percent
  deployment_maximum_percent         = var.deployment_maximum_percent
  health_check_grace_period_seconds  = length(var.load_balancers) == 0 ? null : var.health_check_grace_period
  # Moves tasks back when a zone has lost more than the others; ECS needs room for one more to do it.
  availability_zone_rebalancing = var.deployment_maximum_percent > 100 ? "ENABLED" : "DISABLED"
  enable_execute_command        = var.enable_execute_command
  enable_ecs_managed_tags       = true
  propagate_tags                = "SERVICE"
  wait_for_steady_state         = var.wait_for_steady_state
  # With it a change of capacity providers is a deployment and not a replacement.
  force_new_deployment = true
  tags                 = local.tags

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "capacity_provider_strategy" {
    for_each = local.strategy
    content {
      capacity_provider = capacity_provider_strategy.value.name
      weight            = capacity_provider_strategy.value.weight
      base              = capacity_provider_strategy.value.base
    }
  }

  # Zones first, for safety; then the fullest machine, so that empty ones can go.
  dynamic "ordered_placement_strategy" {
    for_each = local.fargate ? [] : [{ type = "spread", field = "attribute:ecs.availability-zone" }, { type = "binpack", field = "memory" }]
    content {
      type  = ordered_placement_strategy.value.type
      field = ordered_placement_strategy.value.field
    }
  }

  # The listener stands by now (it is in the same input): ECS refuses a target group without one.
  dynamic "load_balancer" {
    for_each = var.load_balancers
    content {
      target_group_arn = load_balancer.value.target_group_arn
      container_name   = var.name
      container_port   = load_balancer.value.container_port
    }
  }

  dynamic "network_configuration" {
    for_each = local.awsvpc ? [local.subnet_ids] : []
    content {
      subnets          = network_configuration.value
      security_groups  = local.groups
      assign_public_ip = var.assign_public_ip
    }
  }

  lifecycle {
    ignore_changes = [desired_count]

    precondition {
      condition     = local.cluster != null && !contains([for s in local.strategy : s.name != null], false)
      error_message = "The service \"${var.name}\" has no cluster to run on: give stack = module.stack, or cluster and capacity_providers = { name = {} }."
    }
    precondition {
      condition     = !local.awsvpc || local.subnet_ids != null
      error_message = "With network mode awsvpc the tasks of \"${var.name}\" have addresses of their own: give stack = module.stack, or vpc_id and the subnets for them."
    }
  }
}

module "autoscaling" {
  source   = "../autoscaling"
  for_each = aws_ecs_service.scaled

  cluster                = local.cluster
  service                = each.value.name
  min                    = var.autoscaling.min
  max                    = var.autoscaling.max
  cpu                    = var.autoscaling.cpu
  memory                 = var.autoscaling.memory
  requests               = var.autoscaling.requests
  request_resource_label = var.request_resource_label
  tags                   = local.tags
}
