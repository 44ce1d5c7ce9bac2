/**
 * # scheduled-task
 *
 * A task that runs by the clock: `rate(5 minutes)`, or `cron(0 3 * * ? *)` in a time zone of your choice.
 * EventBridge Scheduler starts it on the stack's cluster, tries again when there is no room, and then gives up until the next time.
 *
 * ## Usage
 *
 * ```hcl
 * module "report" {
 *   source = "github.com/segmentio/stack//modules/scheduled-task"
 *
 *   stack    = module.stack
 *   name     = "report"
 *   image    = "registry.example.com/team/report"
 *   schedule = "cron(0 3 * * ? *)"
 *   timezone = "Europe/Berlin"
 * }
 * ```
 */
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  environment = try(coalesce(var.environment, var.stack.environment), null)
  full_name   = join("-", compact([var.stack.name, local.environment, var.name]))
  cluster     = try(coalesce(var.cluster_arn, var.stack.cluster_arn), null)
  tags        = merge(var.stack.tags, var.tags)

  fargate  = length([for name in keys(var.capacity_providers) : name if startswith(name, "FARGATE")]) > 0
  strategy = length(var.capacity_providers) > 0 ? [for name in sort(keys(var.capacity_providers)) : merge(var.capacity_providers[name], { name = name })] : [{ name = var.stack.capacity_provider, weight = 1, base = 0 }]

  awsvpc     = contains(["awsvpc"], coalesce(var.network_mode, local.fargate ? "awsvpc" : "bridge"))
  subnet_ids = var.subnet_ids != null ? var.subnet_ids : var.stack.internal_subnets

  # Any revision of this family, so that a new image needs no new right.
  family_arn = "arn:${data.aws_partition.current.partition}:ecs:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:task-definition/${module.task.family}:*"
  role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Run", Effect = "Allow", Action = ["ecs:RunTask"], Resource = [local.family_arn], Condition = { ArnEquals = { "ecs:cluster" = local.cluster } } },
      { Sid = "Tag", Effect = "Allow", Action = ["ecs:TagResource"], Resource = ["*"], Condition = { StringEquals = { "ecs:CreateAction" = "RunTask" } } },
      { Sid = "HandRoles", Effect = "Allow", Action = ["iam:PassRole"], Resource = [module.task.task_role_arn, module.task.execution_role_arn], Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } } },
    ]
  })
}

module "task" {
  source = "../task"

  stack                    = var.stack
  name                     = var.name
  environment              = var.environment
  image                    = var.image
  image_tag                = var.image_tag
  image_ssm_parameter      = var.image_ssm_parameter
  cpu                      = var.cpu
  memory                   = var.memory
  memory_reservation       = var.memory_reservation
  env_vars                 = var.env_vars
  secrets                  = var.secrets
  secrets_kms_key_arns     = var.secrets_kms_key_arns
  links                    = var.links
  command                  = var.command
  entry_point              = var.entry_point
  fargate                  = local.fargate
  network_mode             = var.network_mode
  architecture             = var.architecture
  log_driver               = var.log_driver
  log_options              = var.log_options
  log_group_name           = var.log_group_name
  log_retention_days       = var.log_retention_days
  volumes                  = var.volumes
  ulimits                  = var.ulimits
  readonly_root_filesystem = var.readonly_root_filesystem
  user                     = var.user
  stop_timeout             = var.stop_timeout
  sidecars                 = var.sidecars
  repository_credentials   = var.repository_credentials
  role                     = var.role
  policies                 = var.policies
  permissions_boundary     = var.permissions_boundary
  force_destroy            = var.force_destroy
  tags                     = var.tags
}

resource "aws_iam_role" "scheduler" {
  name_prefix          = substr("${local.full_name}-sched-", 0, 38)
  description          = "EventBridge Scheduler starts ${local.full_name} with it."
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "run"
  role   = aws_iam_role.scheduler.name
  policy = local.role_policy
}

resource "aws_security_group" "task" {
  for_each = toset(local.awsvpc && var.security_groups == null ? [var.name] : [])

  name_prefix = "${substr(local.full_name, 0, 50)}-task-"
  description = "Task ${local.full_name}: nobody calls it."
  vpc_id      = try(coalesce(var.vpc_id, var.stack.vpc_id), null)
  tags        = merge(local.tags, { Name = "${local.full_name} task" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "task" {
  for_each = aws_security_group.task

  security_group_id = each.value.id
  description       = "Out to the image registry, CloudWatch and whatever the program calls."
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = local.tags
}

resource "aws_scheduler_schedule" "task" {
  name                         = local.full_name
  description                  = "Runs ${var.name} at ${var.schedule}."
  schedule_expression          = var.schedule
  schedule_expression_timezone = var.timezone
  state                        = var.enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode                      = var.window_minutes == 0 ? "OFF" : "FLEXIBLE"
    maximum_window_in_minutes = var.window_minutes == 0 ? null : var.window_minutes
  }

  target {
    arn      = local.cluster
    role_arn = aws_iam_role.scheduler.arn

    ecs_parameters {
      task_definition_arn     = module.task.arn
      task_count              = var.task_count
      enable_ecs_managed_tags = true
      propagate_tags          = "TASK_DEFINITION"

      dynamic "capacity_provider_strategy" {
        for_each = local.strategy
        content {
          capacity_provider = capacity_provider_strategy.value.name
          weight            = capacity_provider_strategy.value.weight
          base              = capacity_provider_strategy.value.base
        }
      }

      dynamic "network_configuration" {
        for_each = local.awsvpc ? [local.subnet_ids] : []
        content {
          subnets          = network_configuration.value
          security_groups  = var.security_groups != null ? var.security_groups : [for group in aws_security_group.task : group.id]
          assign_public_ip = var.assign_public_ip
        }
      }
    }

    retry_policy {
      maximum_retry_attempts       = var.retries
      maximum_event_age_in_seconds = 3600
    }

    dynamic "dead_letter_config" {
      for_each = var.dead_letter_queue == null ? [] : [var.dead_letter_queue.arn]
      content {
        arn = dead_letter_config.value
      }
    }
  }

  lifecycle {
    precondition {
      condition     = local.cluster != null && !contains([for s in local.strategy : s.name != null], false)
      error_message = "The task \"${var.name}\" has no cluster to run on: give stack = module.stack, or cluster_arn and capacity_providers = { name = {} }."
    }
    precondition {
      condition     = length(local.full_name) <= 64
      error_message = "The schedule would be called \"${local.full_name}\" (${length(local.full_name)} characters); AWS allows 64: shorten the name."
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}
