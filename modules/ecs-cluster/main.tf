# The ECS cluster, with a capacity provider that adds instances when tasks find no room and removes them when they are empty.

data "aws_region" "current" {}

locals {
  architecture  = can(regex("^(a1|[a-z]+[0-9]+g[a-z]*)[.]", var.instance_types[0])) ? "arm64" : "x86_64"
  ami_parameter = coalesce(var.ami_ssm_parameter, "/aws/service/ecs/optimized-ami/amazon-linux-2023${local.architecture == "arm64" ? "/arm64" : ""}/recommended/image_id")
  tags          = merge({ Environment = var.environment }, var.tags)
}

resource "aws_ecs_cluster" "main" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = var.container_insights
  }

  tags = local.tags
}

resource "aws_ecs_capacity_provider" "main" {
  name = var.name

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.main.arn
    managed_termination_protection = var.managed_termination_protection ? "ENABLED" : "DISABLED"
    managed_draining               = "ENABLED"

    managed_scaling {
      status                    = "ENABLED"
      target_capacity           = var.target_capacity
      minimum_scaling_step_size = 1
      maximum_scaling_step_size = 10
      instance_warmup_period    = var.instance_warmup
    }
  }

  tags = local.tags
}

# The default for services that name no capacity provider.
resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = [aws_ecs_capacity_provider.main.name, "FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = aws_ecs_capacity_provider.main.name
    weight            = 100
    base              = 0
  }
}

# Two alarms for people; what adds and removes instances is the capacity provider.
resource "aws_cloudwatch_metric_alarm" "full" {
  for_each = {
    cpu    = "CPUReservation"
    memory = "MemoryReservation"
  }

  alarm_name          = "${var.name}-${each.key}-reserved"
  alarm_description   = "Tasks have reserved nearly all ${each.key} of the cluster for 15 minutes: more instances should have come. Look at max_size and at the activities of the auto-scaling group ${var.name}."
  namespace           = "AWS/ECS"
  metric_name         = each.value
  dimensions          = { ClusterName = aws_ecs_cluster.main.name }
  statistic           = "Average"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 98
  period              = 300
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions

  tags = local.tags
}
