# Two roles for all of a cluster: what its instances may, and what ECS may on behalf of a task before it starts.
# What the program in a task may is a role of its own, made with the service.

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  region    = data.aws_region.current.id
  partition = data.aws_partition.current.partition

  cluster          = coalesce(var.cluster, "${var.name}-${var.environment}")
  log_group_prefix = coalesce(var.log_group_prefix, "/${var.name}/${var.environment}")
  repositories     = coalesce(var.ecr_repository_arns, ["arn:${local.partition}:ecr:*:${local.account}:repository/*"])

  cluster_arn   = "arn:${local.partition}:ecs:${local.region}:${local.account}:cluster/${local.cluster}"
  instances_arn = "arn:${local.partition}:ecs:${local.region}:${local.account}:container-instance/${local.cluster}/*"
  groups_arn    = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${local.log_group_prefix}/*"

  # Roles are the account's, not the region's: without the region a second stack elsewhere would collide.
  label = "${var.name}-${var.environment}"
  tags  = merge({ Environment = var.environment }, var.tags)
}

resource "aws_iam_role" "instance" {
  name                 = "${local.label}-instance-${local.region}"
  description          = "Instances of the ECS cluster ${local.cluster}"
  path                 = var.path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = local.instance_trust

  tags = local.tags
}

resource "aws_iam_role_policy" "instance" {
  name   = "instance"
  role   = aws_iam_role.instance.id
  policy = local.instance_policy
}

resource "aws_iam_instance_profile" "instance" {
  name = aws_iam_role.instance.name
  path = var.path
  role = aws_iam_role.instance.name

  tags = local.tags

  # An instance that starts with the profile needs what the role may, at once.
  depends_on = [aws_iam_role_policy.instance]
}

resource "aws_iam_role" "execution" {
  name                 = "${local.label}-execution-${local.region}"
  description          = "ECS itself, for tasks of ${local.label} before they start"
  path                 = var.path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = local.execution_trust

  tags = local.tags
}

resource "aws_iam_role_policy" "execution" {
  name   = "execution"
  role   = aws_iam_role.execution.id
  policy = local.execution_policy
}
