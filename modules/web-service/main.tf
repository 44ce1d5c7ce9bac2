/**
 * # web-service
 *
 * A service for the public: a load balancer in the external subnets, HTTPS with a certificate that is made and renewed by itself,
 * a public name, and `<name>.stack.local` for the others of the stack.
 *
 * ## Usage
 *
 * ```hcl
 * module "frontend" {
 *   source = "github.com/segmentio/stack//modules/web-service"
 *
 *   stack            = module.stack
 *   name             = "frontend"
 *   image            = "registry.example.com/team/frontend"
 *   domain           = "www.example.com"
 *   external_zone    = aws_route53_zone.example
 *   links            = { api = module.api }
 * }
 * ```
 */
locals {
  # Made here unless one is given, or the load balancer is shared and brings its own.
  own_certificate = var.domain != null && var.certificate == null && var.load_balancer == null && !var.allow_http
  certificate     = var.certificate != null ? var.certificate : local.own_certificate ? { arn = module.certificate[var.domain].arn } : null
  url             = var.domain == null ? "${split("://", module.service.url)[0]}://${module.service.dns}" : "${split("://", module.service.url)[0]}://${var.domain}"
}

module "certificate" {
  source   = "../certificate"
  for_each = toset(local.own_certificate ? [var.domain] : [])

  domain  = var.domain
  zone_id = var.external_zone.zone_id
  tags    = merge(var.stack.tags, var.tags)
}

module "service" {
  source = "../service"

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
  subnet_ids                         = var.subnet_ids
  security_groups                    = var.security_groups
  port                               = var.port
  container_port                     = var.container_port
  host_port                          = var.host_port
  healthcheck                        = var.healthcheck
  healthcheck_matcher                = var.healthcheck_matcher
  dns_name                           = var.dns_name
  zone_id                            = var.zone_id
  domain_name                        = var.domain_name
  load_balancer                      = var.load_balancer
  load_balancer_name                 = var.load_balancer_name
  log_bucket                         = var.log_bucket
  idle_timeout                       = var.idle_timeout
  deregistration_delay               = var.deregistration_delay
  task_subnet_ids                    = var.task_subnet_ids
  task_security_groups               = var.task_security_groups
  container_health_check             = var.container_health_check
  health_check_grace_period          = var.health_check_grace_period
  ssl_policy                         = var.ssl_policy

  alarm_healthy_tasks   = var.alarm_healthy_tasks
  alarm_error_percent   = var.alarm_error_percent
  alarm_latency_seconds = var.alarm_latency_seconds
  alarm_actions         = var.alarm_actions
  dashboard             = var.dashboard

  internal    = false
  certificate = local.certificate
  hosts       = var.domain == null ? [] : [var.domain]
}

resource "aws_route53_record" "public" {
  for_each = toset(var.domain != null && var.external_zone != null ? [var.domain] : [])

  zone_id = var.external_zone.zone_id
  name    = var.domain
  type    = "A"

  alias {
    name                   = module.service.dns
    zone_id                = module.service.zone_id
    evaluate_target_health = false
  }
}
