/**
 * # ecs-service
 *
 * What service, web-service and worker share: a task definition and the ECS service that keeps it running.
 * Use one of those three; this one is for load balancers that they do not know.
 *
 * Deployments roll: new tasks start, and are healthy, before old ones stop. A deployment that does not come up is rolled back by ECS.
 *
 * ## Usage
 *
 * ```hcl
 * module "game" {
 *   source = "github.com/segmentio/stack//modules/ecs-service"
 *
 *   stack = module.stack
 *   name  = "game"
 *   image = "registry.example.com/team/game"
 *   ports = [{ container_port = 7777, protocol = "udp" }]
 *
 *   load_balancers = [{ target_group_arn = aws_lb_target_group.game.arn, container_port = 7777, depends_on = [aws_lb_listener.game.arn] }]
 * }
 * ```
 */
locals {
  fargate = length([for name in keys(var.capacity_providers) : name if startswith(name, "FARGATE")]) > 0
  # Always said, never left to the cluster's default: a service that gains a strategy later would be replaced.
  strategy = length(var.capacity_providers) > 0 ? [for name in sort(keys(var.capacity_providers)) : {
    name = name, weight = var.capacity_providers[name].weight, base = var.capacity_providers[name].base
  }] : [{ name = var.stack.capacity_provider, weight = 1, base = 0 }]

  cluster      = try(coalesce(var.cluster, var.stack.cluster), null)
  network_mode = coalesce(var.network_mode, local.fargate ? "awsvpc" : "bridge")
  awsvpc       = local.network_mode == "awsvpc"
  vpc_id       = try(coalesce(var.vpc_id, var.stack.vpc_id), null)
  subnet_ids   = var.subnet_ids != null ? var.subnet_ids : var.stack.internal_subnets
  tags         = merge(var.stack.tags, var.tags)

  own_group = local.awsvpc && var.security_groups == null
  groups    = var.security_groups != null ? var.security_groups : [for group in aws_security_group.task : group.id]

  # ECS rounds the least up and the most down: between them there must be room for one task to be exchanged.
  least = ceil(var.desired_count * var.deployment_minimum_healthy_percent / 100)
  most  = floor(var.desired_count * var.deployment_maximum_percent / 100)
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
  ports                    = var.ports
  fargate                  = local.fargate
  network_mode             = local.network_mode
  architecture             = var.architecture
  log_driver               = var.log_driver
  log_options              = var.log_options
  log_group_name           = var.log_group_name
  log_retention_days       = var.log_retention_days
  health_check             = var.health_check
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
  enable_execute_command   = var.enable_execute_command
  force_destroy            = var.force_destroy
  tags                     = var.tags
}

resource "aws_security_group" "task" {
  for_each = toset(local.own_group ? [var.name] : [])

  name_prefix = "${var.name}-task-"
  description = "Tasks of ${var.name}."
  vpc_id      = local.vpc_id
  tags        = merge(local.tags, { Name = "${var.name} tasks" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "task" {
  for_each = local.own_group ? {
    for pair in setproduct(range(length(var.load_balancer_security_groups)), range(length(var.ports))) :
    "${pair[0]}-${var.ports[pair[1]].container_port}" => { group = var.load_balancer_security_groups[pair[0]], port = var.ports[pair[1]] }
  } : {}

  security_group_id            = aws_security_group.task[var.name].id
  description                  = "From the load balancer."
  ip_protocol                  = each.value.port.protocol
  from_port                    = each.value.port.container_port
  to_port                      = each.value.port.container_port
  referenced_security_group_id = each.value.group
  tags                         = local.tags
}

resource "aws_vpc_security_group_egress_rule" "task" {
  for_each = aws_security_group.task

  security_group_id = each.value.id
  description       = "Out to the image registry, CloudWatch and whatever the program calls."
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = local.tags
}
