/**
 * # task
 *
 * An ECS task definition with all it needs: the container, a log group with retention, a role the program runs as,
 * and a role with which ECS pulls the image, reads the secrets and writes the logs: of this task only.
 *
 * Old revisions stay active, so that a deployment can be rolled back to them; with `force_destroy` they are deregistered.
 *
 * ## Usage
 *
 * ```hcl
 * module "migrate" {
 *   source = "github.com/segmentio/stack//modules/task"
 *
 *   stack   = module.stack
 *   name    = "migrate"
 *   image   = "registry.example.com/team/migrate"
 *   command = ["up"]
 * }
 * ```
 */
data "aws_region" "current" {}
data "aws_partition" "current" {}
data "aws_caller_identity" "current" {}

# Who deploys writes the tag here; Terraform reads it and so never brings an old image back.
data "aws_ssm_parameter" "image_tag" {
  for_each = toset(var.image_ssm_parameter == null ? [] : ["image_tag"])

  name = var.image_ssm_parameter
}

locals {
  environment = try(coalesce(var.environment, var.stack.environment), null)
  parts       = compact([var.stack.name, local.environment])
  family      = coalesce(var.family, join("-", concat(local.parts, [var.name])))
  region      = data.aws_region.current.id
  account_id  = data.aws_caller_identity.current.account_id
  partition   = data.aws_partition.current.partition
  tags        = merge(var.stack.tags, var.tags)

  force_destroy = coalesce(var.force_destroy, var.stack.force_destroy, false)
  # The stack decides by what its machines can do; Fargate has no journal.
  log_driver = var.log_driver != null ? var.log_driver : var.fargate ? "awslogs" : coalesce(var.stack.log_driver, "awslogs")
  # Whether there is a group of ours is known at plan, which the stack's driver may not be: both of its answers have one.
  log_prefix        = coalesce(var.stack.log_group_prefix, "/${join("/", length(local.parts) == 0 ? ["ecs"] : local.parts)}")
  log_group         = coalesce(var.log_group_name, "${local.log_prefix}/${var.name}")
  log_groups        = toset(var.log_driver == null || contains(["journald", "awslogs"], coalesce(var.log_driver, "journald")) ? [var.name] : [])
  log_retention     = coalesce(var.log_retention_days, var.stack.log_retention_days, 30)
  journal_attribute = coalesce(var.stack.log_placement_attribute, "stack.ecs-logs")

  network_mode = coalesce(var.network_mode, var.fargate ? "awsvpc" : "bridge")
  image_tag    = var.image_ssm_parameter == null ? var.image_tag : data.aws_ssm_parameter.image_tag["image_tag"].insecure_value

  links = { for name, link in var.links : "${upper(replace(name, "-", "_"))}_URL" => link.url }
  stack_env = merge(
    { SERVICE_NAME = var.name },
    var.stack.name == null ? {} : { STACK_NAME = var.stack.name },
    local.environment == null ? {} : { STACK_ENV = local.environment },
  )
}

module "container" {
  source = "../container-definition"

  name      = var.name
  image     = var.image
  image_tag = local.image_tag
  region    = local.region
  cpu       = var.cpu
  memory    = var.memory

  memory_reservation       = var.memory_reservation
  env_vars                 = merge({ for name, value in merge(local.stack_env, local.links) : name => value if !contains(keys(var.secrets), name) }, var.env_vars)
  secrets                  = var.secrets
  command                  = var.command
  entry_point              = var.entry_point
  ports                    = var.ports
  network_mode             = local.network_mode
  log_driver               = local.log_driver
  log_group                = local.log_group
  log_options              = var.log_options
  health_check             = var.health_check
  volumes                  = { for name, volume in var.volumes : name => { path = volume.path, read_only = volume.read_only } }
  ulimits                  = var.ulimits
  readonly_root_filesystem = var.readonly_root_filesystem
  stop_timeout             = var.stop_timeout
  user                     = var.user
  privileged               = var.privileged
  repository_credentials   = var.repository_credentials
}

resource "aws_cloudwatch_log_group" "task" {
  for_each = local.log_groups

  name              = local.log_group
  retention_in_days = local.log_retention
  kms_key_id        = try(coalesce(var.log_kms_key_arn, var.stack.log_kms_key_arn), null)
  tags              = local.tags
}

resource "aws_ecs_task_definition" "task" {
  family                   = local.family
  container_definitions    = "[${join(",", concat([module.container.json], var.sidecars))}]"
  network_mode             = local.network_mode
  requires_compatibilities = [var.fargate ? "FARGATE" : "EC2"]
  cpu                      = var.fargate ? var.cpu : null
  memory                   = var.fargate ? var.memory : null
  task_role_arn            = var.role == null ? aws_iam_role.task["task"].arn : var.role.arn
  execution_role_arn       = aws_iam_role.execution.arn
  skip_destroy             = !local.force_destroy
  tags                     = local.tags

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = coalesce(var.architecture, var.stack.architecture, "X86_64")
  }

  # A line written to a journal that nobody ships is lost: the task waits for a machine where ecs-logs runs.
  dynamic "placement_constraints" {
    for_each = local.log_driver == "journald" && !var.fargate ? [local.journal_attribute] : []
    content {
      type       = "memberOf"
      expression = "attribute:${placement_constraints.value} exists"
    }
  }

  dynamic "volume" {
    for_each = var.volumes
    content {
      name      = volume.key
      host_path = volume.value.host_path

      dynamic "efs_volume_configuration" {
        for_each = volume.value.efs_id == null ? [] : [volume.value.efs_id]
        content {
          file_system_id     = efs_volume_configuration.value
          transit_encryption = "ENABLED"
        }
      }
    }
  }
}

check "image_tag_is_pinned" {
  assert {
    condition     = !endswith(module.container.image, ":latest")
    error_message = "\"${var.name}\" runs ${module.container.image}: which image that is changes without a plan, and cannot be rolled back. Give image_tag, or image_ssm_parameter."
  }
}
