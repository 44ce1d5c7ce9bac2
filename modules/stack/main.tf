# The whole environment, put together from its parts: each can also be called alone.

data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  label = "${var.name}-${var.environment}"
  tags  = merge({ Stack = var.name, Environment = var.environment }, var.tags)

  # What the two profiles differ in; an input that is set wins.
  profile = {
    prod = { nat = "per_az", instance_types = ["m7i.large"], spot_percentage = 0, desired_capacity = 3, container_insights = "enabled", log_retention_days = 30 }
    dev  = { nat = "single", instance_types = ["t4g.medium"], spot_percentage = 100, desired_capacity = 1, container_insights = "disabled", log_retention_days = 7 }
  }[var.profile]

  instance_types     = coalescelist(var.instance_types == null ? [] : var.instance_types, local.profile.instance_types)
  desired_capacity   = coalesce(var.desired_capacity, min(max(local.profile.desired_capacity, var.min_size), var.max_size))
  log_retention_days = coalesce(var.log_retention_days, local.profile.log_retention_days)
  log_group_prefix   = "/${var.name}/${var.environment}"
}

module "vpc" {
  source = "../vpc"

  name                     = var.name
  environment              = var.environment
  cidr                     = var.cidr
  availability_zones       = var.availability_zones
  az_count                 = var.az_count
  nat                      = coalesce(var.nat, local.profile.nat)
  interface_endpoints      = var.interface_endpoints
  flow_logs                = var.flow_logs
  flow_logs_retention_days = local.log_retention_days
  log_kms_key_arn          = var.log_kms_key_arn
  tags                     = local.tags
}

module "security_groups" {
  source = "../security-groups"

  name              = var.name
  environment       = var.environment
  vpc_id            = module.vpc.id
  cidr              = var.cidr
  ssh_allowed_cidrs = var.bastion_allowed_cidrs
  allow_world_ssh   = var.allow_world_ssh
  tags              = local.tags
}

module "dns" {
  source = "../dns"
  count  = var.dns == "private" ? 1 : 0

  name          = var.domain_name
  vpc_id        = module.vpc.id
  force_destroy = var.force_destroy
  tags          = local.tags
}

module "dhcp" {
  source = "../dhcp"
  count  = var.dhcp == "stack" ? 1 : 0

  name   = var.domain_name
  vpc_id = module.vpc.id
  tags   = local.tags
}

module "s3_logs" {
  source = "../s3-logs"
  count  = var.load_balancer_logs == "bucket" ? 1 : 0

  name            = var.name
  environment     = var.environment
  expiration_days = var.load_balancer_logs_expiration_days
  force_destroy   = var.force_destroy
  tags            = local.tags
}

module "iam_role" {
  source = "../iam-role"

  name                 = var.name
  environment          = var.environment
  cluster              = local.label
  log_group_prefix     = local.log_group_prefix
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags
}

module "ecs_cluster" {
  source = "../ecs-cluster"

  name                          = local.label
  environment                   = var.environment
  vpc_id                        = module.vpc.id
  subnet_ids                    = module.vpc.internal_subnets
  security_groups               = [module.security_groups.internal_ssh]
  load_balancer_security_groups = { internal = module.security_groups.internal_elb, external = module.security_groups.external_elb }
  iam_instance_profile_arn      = module.iam_role.profile_arn
  key_name                      = var.key_name

  instance_types   = local.instance_types
  spot_percentage  = coalesce(var.spot_percentage, local.profile.spot_percentage)
  min_size         = var.min_size
  max_size         = var.max_size
  desired_capacity = local.desired_capacity
  root_volume_size = var.root_volume_size
  off_hours        = var.off_hours

  ami_id            = var.ami_id
  ami_ssm_parameter = local.ami_ssm_parameter
  ecs_logs          = local.ecs_logs
  ecs_logs_package  = local.ecs_logs == "package" ? var.ecs_logs_package : null
  extra_user_data   = var.extra_user_data

  container_insights = coalesce(var.container_insights, local.profile.container_insights)
  alarm_actions      = var.alarm_actions
  tags               = local.tags
}

module "bastion" {
  source = "../bastion"
  count  = var.bastion == "none" ? 0 : 1

  name                 = var.name
  environment          = var.environment
  mode                 = var.bastion
  subnet_id            = var.bastion == "instance" ? module.vpc.external_subnets[0] : module.vpc.internal_subnets[0]
  security_groups      = [module.security_groups.external_ssh]
  key_name             = var.key_name
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags
}
