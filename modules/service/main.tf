/**
 * # service
 *
 * A program that other programs call: `http://<name>.stack.local`, through a load balancer of its own or a shared one.
 *
 * A deployment starts new tasks, waits until the load balancer finds them healthy, lets the old ones finish what they have begun,
 * and is rolled back by ECS when the new ones do not come up.
 *
 * ## Usage
 *
 * ```hcl
 * module "api" {
 *   source = "github.com/segmentio/stack//modules/service"
 *
 *   stack          = module.stack
 *   name           = "api"
 *   image          = "registry.example.com/team/api"
 *   container_port = 3000
 * }
 * ```
 */
locals {
  environment = try(coalesce(var.environment, var.stack.environment), null)
  full_name   = join("-", compact([var.stack.name, local.environment, var.name]))
  vpc_id      = try(coalesce(var.vpc_id, var.stack.vpc_id), null)
  tags        = merge(var.stack.tags, var.tags)

  http   = var.protocol == "HTTP"
  awsvpc = contains(["awsvpc"], coalesce(var.network_mode, length([for name in keys(var.capacity_providers) : name if startswith(name, "FARGATE")]) > 0 ? "awsvpc" : "bridge"))

  # What cannot be changed in a target group is in its name, so that a new one can stand beside the old.
  target_type       = local.awsvpc ? "ip" : "instance"
  target_group_hash = substr(sha1(join(" ", [local.full_name, var.protocol, local.target_type])), 0, 6)
  target_group_name = "${trimsuffix(substr(local.full_name, 0, 25), "-")}-${local.target_group_hash}"

  lb = var.load_balancer != null ? var.load_balancer : {
    arn_suffix      = module.alb[var.name].arn_suffix
    dns_name        = module.alb[var.name].dns_name
    zone_id         = module.alb[var.name].zone_id
    listener_arn    = module.alb[var.name].listener_arn
    port            = module.alb[var.name].port
    https           = module.alb[var.name].https
    security_groups = module.alb[var.name].security_groups
  }

  dns_name    = coalesce(var.dns_name, var.name)
  domain_name = try(coalesce(var.domain_name, var.stack.domain_name), null)
  fqdn        = local.domain_name == null ? local.lb.dns_name : "${local.dns_name}.${local.domain_name}"
  hosts       = concat(local.domain_name == null ? [] : [local.fqdn], var.hosts)

  scheme  = local.http ? (local.lb.https ? "https" : "http") : "tcp"
  default = { http = 80, https = 443, tcp = 0 }
  url     = "${local.scheme}://${local.fqdn}${local.lb.port == local.default[local.scheme] ? "" : ":${local.lb.port}"}"

  metrics = {
    namespace  = local.http ? "AWS/ApplicationELB" : "AWS/NetworkELB"
    dimensions = { LoadBalancer = local.lb.arn_suffix, TargetGroup = aws_lb_target_group.service.arn_suffix }
    latency    = local.http ? "TargetResponseTime" : null
    requests   = local.http ? "RequestCount" : "NewFlowCount"
    errors     = local.http ? "HTTPCode_Target_5XX_Count" : "TCP_Target_Reset_Count"
    healthy    = "HealthyHostCount"
    unhealthy  = "UnHealthyHostCount"
  }
}

module "alb" {
  source   = "../alb"
  for_each = toset(var.load_balancer == null ? [var.name] : [])

  stack                = var.stack
  name                 = var.name
  environment          = var.environment
  load_balancer_name   = var.load_balancer_name
  type                 = local.http ? "application" : "network"
  internal             = var.internal
  port                 = var.port
  certificate          = var.certificate
  ssl_policy           = var.ssl_policy
  default_target_group = { arn = aws_lb_target_group.service.arn }
  vpc_id               = var.vpc_id
  subnet_ids           = var.subnet_ids
  security_groups      = var.security_groups
  log_bucket           = var.log_bucket
  idle_timeout         = var.idle_timeout
  tags                 = var.tags
}

resource "aws_lb_target_group" "service" {
  name                 = local.target_group_name
  vpc_id               = local.vpc_id
  target_type          = local.target_type
  protocol             = var.protocol
  port                 = 80 # Each target brings its own; this one is never used.
  deregistration_delay = var.deregistration_delay
  tags                 = local.tags

  health_check {
    protocol            = var.protocol
    path                = local.http ? var.healthcheck : null
    matcher             = local.http ? var.healthcheck_matcher : null
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = local.vpc_id != null
      error_message = "The service \"${var.name}\" has no network: give stack = module.stack, or vpc_id, subnet_ids and cluster."
    }
  }
}

# On a shared load balancer the service is told by its host name.
resource "aws_lb_listener_rule" "service" {
  for_each = toset(var.load_balancer == null ? [] : [var.name])

  listener_arn = var.load_balancer.listener_arn
  tags         = merge(local.tags, { Name = var.name })

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.service.arn
  }
  condition {
    host_header {
      values = local.hosts
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.hosts) >= 1 && length(local.hosts) <= 5
      error_message = "A shared load balancer tells services by their host names: \"${var.name}\" needs one to five, from the stack's zone, from zone_id and domain_name, or in hosts."
    }
  }
}

resource "aws_route53_record" "service" {
  for_each = toset(local.domain_name == null ? [] : [local.dns_name])

  zone_id = coalesce(var.zone_id, var.stack.zone_id)
  name    = local.fqdn
  type    = "A"

  alias {
    name                   = local.lb.dns_name
    zone_id                = local.lb.zone_id
    evaluate_target_health = false
  }
}

module "ecs" {
  source = "../ecs-service"

  stack                              = var.stack
  name                               = var.name
  environment                        = var.environment
  cluster                            = var.cluster
  image                              = var.image
  image_tag                          = var.image_tag
  image_ssm_parameter                = var.image_ssm_parameter
  cpu                                = var.cpu
  memory                             = var.memory
  memory_reservation                 = var.memory_reservation
  command                            = var.command
  entry_point                        = var.entry_point
  env_vars                           = var.env_vars
  secrets                            = var.secrets
  secrets_kms_key_arns               = var.secrets_kms_key_arns
  links                              = var.links
  desired_count                      = var.desired_count
  autoscaling                        = var.autoscaling
  deployment_minimum_healthy_percent = var.deployment_minimum_healthy_percent
  deployment_maximum_percent         = var.deployment_maximum_percent
  capacity_providers                 = var.capacity_providers
  network_mode                       = var.network_mode
  assign_public_ip                   = var.assign_public_ip
  architecture                       = var.architecture
  log_driver                         = var.log_driver
  log_options                        = var.log_options
  log_group_name                     = var.log_group_name
  log_retention_days                 = var.log_retention_days
  volumes                            = var.volumes
  ulimits                            = var.ulimits
  readonly_root_filesystem           = var.readonly_root_filesystem
  user                               = var.user
  sidecars                           = var.sidecars
  stop_timeout                       = var.stop_timeout
  repository_credentials             = var.repository_credentials
  role                               = var.role
  policies                           = var.policies
  permissions_boundary               = var.permissions_boundary
  enable_execute_command             = var.enable_execute_command
  wait_for_steady_state              = var.wait_for_steady_state
  force_destroy                      = var.force_destroy
  tags                               = var.tags
  vpc_id                             = var.vpc_id
  health_check_grace_period          = var.health_check_grace_period
  health_check                       = var.container_health_check
  subnet_ids                         = var.task_subnet_ids != null || var.stack.name != null ? var.task_subnet_ids : var.subnet_ids
  security_groups                    = var.task_security_groups

  ports = [{ container_port = var.container_port, host_port = var.host_port }]
  load_balancers = [{
    target_group_arn = aws_lb_target_group.service.arn
    container_port   = var.container_port
    depends_on       = concat([local.lb.listener_arn], [for rule in aws_lb_listener_rule.service : rule.arn])
  }]
  load_balancer_security_groups = local.lb.security_groups
  request_resource_label        = local.http ? "${local.lb.arn_suffix}/${aws_lb_target_group.service.arn_suffix}" : null
}
