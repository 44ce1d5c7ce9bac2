/**
 * # autoscaling
 *
 * Lets an ECS service have as many tasks as its load needs: target tracking of CPU, memory or requests.
 * `autoscaling = { min = 2, max = 10, cpu = 60 }` of service, web-service and worker calls it.
 *
 * ## Usage
 *
 * ```hcl
 * module "autoscaling" {
 *   source = "github.com/segmentio/stack//modules/autoscaling"
 *
 *   cluster = module.stack.cluster
 *   service = aws_ecs_service.api.name
 *   min     = 2
 *   max     = 10
 *   cpu     = 60
 * }
 * ```
 */
locals {
  # With several targets the one that asks for most tasks wins.
  targets = { for name, target in {
    cpu      = { metric = "ECSServiceAverageCPUUtilization", value = var.cpu, label = null }
    memory   = { metric = "ECSServiceAverageMemoryUtilization", value = var.memory, label = null }
    requests = { metric = "ALBRequestCountPerTarget", value = var.requests, label = var.request_resource_label }
  } : name => target if target.value != null }
}

resource "aws_appautoscaling_target" "service" {
  service_namespace  = "ecs"
  resource_id        = "service/${element(split("/", var.cluster), length(split("/", var.cluster)) - 1)}/${var.service}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.min
  max_capacity       = var.max
  tags               = var.tags
}

resource "aws_appautoscaling_policy" "target" {
  for_each = local.targets

  name               = "${var.service}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service.service_namespace
  resource_id        = aws_appautoscaling_target.service.resource_id
  scalable_dimension = aws_appautoscaling_target.service.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.value
    scale_out_cooldown = var.scale_out_cooldown
    scale_in_cooldown  = var.scale_in_cooldown

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.value.label
    }
  }
}
