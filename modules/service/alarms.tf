# What a load balancer sees of the service: three alarms that mean a person should look, and a dashboard to look at.
data "aws_region" "current" {}

locals {
  cluster_name  = try(element(split("/", coalesce(var.cluster, var.stack.cluster)), length(split("/", coalesce(var.cluster, var.stack.cluster))) - 1), "")
  alarm_actions = coalesce(var.alarm_actions, var.stack.alarm_actions, [])

  alarms = { for name, alarm in {
    healthy = {
      description = "No task of ${var.name} is healthy: nobody is answered."
      threshold   = var.alarm_healthy_tasks
      operator    = "LessThanThreshold"
      minutes     = 3
      expression  = null
      metrics     = { m1 = { metric = "HealthyHostCount", stat = "Minimum" } }
    }
    errors = {
      description = "More than ${coalesce(var.alarm_error_percent, 0)} % of the requests to ${var.name} end in a 5xx."
      threshold   = local.http ? var.alarm_error_percent : null
      operator    = "GreaterThanThreshold"
      minutes     = 5
      # Counts that are nought are missing. What the load balancer itself answers counts too, where it is this service's alone.
      expression = var.load_balancer == null ? "100 * (FILL(m1, 0) + FILL(m3, 0)) / m2" : "100 * FILL(m1, 0) / m2"
      metrics = merge({
        m1 = { metric = "HTTPCode_Target_5XX_Count", stat = "Sum" }
        m2 = { metric = "RequestCount", stat = "Sum" }
      }, var.load_balancer == null ? { m3 = { metric = "HTTPCode_ELB_5XX_Count", stat = "Sum" } } : {})
    }
    latency = {
      description = "One request in a hundred to ${var.name} takes longer than ${coalesce(var.alarm_latency_seconds, 0)} s."
      threshold   = local.http ? var.alarm_latency_seconds : null
      operator    = "GreaterThanThreshold"
      minutes     = 5
      expression  = null
      metrics     = { m1 = { metric = "TargetResponseTime", stat = "p99" } }
    }
  } : name => alarm if alarm.threshold != null }

  # The load balancer's own errors belong to no target group.
  own_dimensions = {
    HTTPCode_ELB_5XX_Count = { LoadBalancer = local.lb.arn_suffix }
  }

  dashboard_rows = local.http ? [
    { title = "Requests a minute", stats = ["Sum"], metrics = ["RequestCount"] },
    { title = "Latency in seconds: p50, p90, p99", stats = ["p50", "p90", "p99"], metrics = ["TargetResponseTime"] },
    { title = "Status codes a minute", stats = ["Sum"], metrics = ["HTTPCode_Target_2XX_Count", "HTTPCode_Target_3XX_Count", "HTTPCode_Target_4XX_Count", "HTTPCode_Target_5XX_Count"] },
    { title = "Tasks by health", stats = ["Maximum"], metrics = ["HealthyHostCount", "UnHealthyHostCount"] },
    ] : [
    { title = "Connections a minute", stats = ["Sum"], metrics = ["NewFlowCount"] },
    { title = "Tasks by health", stats = ["Maximum"], metrics = ["HealthyHostCount", "UnHealthyHostCount"] },
  ]
  dimensions = ["LoadBalancer", local.lb.arn_suffix, "TargetGroup", aws_lb_target_group.service.arn_suffix]

  dashboard = jsonencode({
    widgets = concat(
      [for i, row in local.dashboard_rows : {
        type = "metric", x = (i % 2) * 12, y = floor(i / 2) * 6, width = 12, height = 6
        properties = {
          title   = row.title
          region  = data.aws_region.current.id
          period  = 60
          stacked = strcontains(row.title, "Status")
          metrics = concat([for metric in row.metrics : [
            for stat in row.stats : concat([local.metrics.namespace, metric], local.dimensions, [{ stat = stat, label = length(row.stats) > 1 ? stat : metric }])
          ]]...)
        }
      }],
      [{
        type = "metric", x = 0, y = 12, width = 12, height = 6
        properties = {
          title   = "CPU and memory, percent of what the tasks reserve"
          region  = data.aws_region.current.id
          period  = 60
          stat    = "Average"
          stacked = false
          metrics = [
            ["AWS/ECS", "CPUUtilization", "ClusterName", local.cluster_name, "ServiceName", var.name],
            ["AWS/ECS", "MemoryUtilization", "ClusterName", local.cluster_name, "ServiceName", var.name],
          ]
        }
      }],
    )
  })
}

resource "aws_cloudwatch_metric_alarm" "service" {
  for_each = local.alarms

  alarm_name          = "${local.full_name}-${each.key}"
  alarm_description   = each.value.description
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = each.value.minutes
  treat_missing_data  = "notBreaching" # No requests, or no tasks wanted: nothing is wrong.
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
  tags                = local.tags

  dynamic "metric_query" {
    for_each = each.value.metrics
    content {
      id          = metric_query.key
      return_data = each.value.expression == null

      metric {
        namespace   = local.metrics.namespace
        metric_name = metric_query.value.metric
        stat        = metric_query.value.stat
        period      = 60
        dimensions  = lookup(local.own_dimensions, metric_query.value.metric, local.metrics.dimensions)
      }
    }
  }

  dynamic "metric_query" {
    for_each = each.value.expression == null ? [] : [each.value.expression]
    content {
      id          = "e1"
      label       = each.key
      expression  = metric_query.value
      return_data = true
    }
  }
}

resource "aws_cloudwatch_dashboard" "service" {
  for_each = toset(var.dashboard ? [var.name] : [])

  dashboard_name = local.full_name
  dashboard_body = local.dashboard
}
