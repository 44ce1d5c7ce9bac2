/**
 * # worker
 *
 * A service that nobody calls: no load balancer, no DNS name. It takes its work from a queue, a database or the clock.
 * What it should do is said by environment variables or by flags in `command`.
 *
 * ## Usage
 *
 * ```hcl
 * module "mailer" {
 *   source = "github.com/segmentio/stack//modules/worker"
 *
 *   stack   = module.stack
 *   name    = "mailer"
 *   image   = "registry.example.com/team/mailer"
 *   command = ["--queue", "mail"]
 * }
 * ```
 */
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
  health_check                       = var.health_check
  vpc_id                             = var.vpc_id
  subnet_ids                         = var.subnet_ids
  security_groups                    = var.security_groups
}
