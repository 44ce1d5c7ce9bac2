# Two roles: what the program may do, and what ECS needs to start it. Neither can do anything for another task.
locals {
  assume_role = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${local.region}:${local.account_id}:*" }
      }
    }]
  })

  # An image in ECR says which repository may be pulled; another one needs none of it.
  ecr        = try(regex("^(?P<account>[0-9]+)\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/(?P<repository>[^:@]+)", var.image), null)
  repository = local.ecr == null ? "*" : "arn:${local.partition}:ecr:${local.ecr.region}:${local.ecr.account}:repository/${local.ecr.repository}"

  # A secret's ARN may end in :key:stage:version, which IAM does not know.
  secret_arns    = [for arn in concat(values(var.secrets), var.repository_credentials == null ? [] : [var.repository_credentials]) : join(":", slice(split(":", arn), 0, min(7, length(split(":", arn)))))]
  secret_stores  = [for arn in local.secret_arns : split(":", arn)[2]]
  secrets_needed = length(var.secrets) + (var.repository_credentials == null ? 0 : 1) > 0

  execution_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        { Sid = "PullToken", Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = ["*"] },
        { Sid = "PullImage", Effect = "Allow", Action = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Resource = [local.repository] },
      ],
      length(local.log_groups) == 0 ? [] : [
        { Sid = "WriteLogs", Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = ["arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group}:*"] },
      ],
      contains(local.secret_stores, "secretsmanager") ? [
        { Sid = "ReadSecrets", Effect = "Allow", Action = ["secretsmanager:GetSecretValue"], Resource = [for i, arn in local.secret_arns : arn if local.secret_stores[i] == "secretsmanager"] },
      ] : [],
      contains(local.secret_stores, "ssm") ? [
        { Sid = "ReadParameters", Effect = "Allow", Action = ["ssm:GetParameters"], Resource = [for i, arn in local.secret_arns : arn if local.secret_stores[i] == "ssm"] },
      ] : [],
      length(var.secrets_kms_key_arns) == 0 ? [] : [
        { Sid = "DecryptSecrets", Effect = "Allow", Action = ["kms:Decrypt"], Resource = var.secrets_kms_key_arns },
      ],
    )
  })

  exec_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
      Resource = ["*"]
    }]
  })
  task_policies = merge(var.policies, var.enable_execute_command ? { execute-command = local.exec_policy } : {})
}

resource "aws_iam_role" "execution" {
  name_prefix          = substr("${local.family}-exec-", 0, 38)
  description          = "ECS starts ${local.family} with it: image, secrets, logs."
  assume_role_policy   = local.assume_role
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags
}

resource "aws_iam_role_policy" "execution" {
  name   = "execution"
  role   = aws_iam_role.execution.name
  policy = local.execution_policy
}

resource "aws_iam_role" "task" {
  for_each = toset(var.role == null ? ["task"] : [])

  name_prefix          = substr("${local.family}-task-", 0, 38)
  description          = "What the program of ${local.family} may do."
  assume_role_policy   = local.assume_role
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags
}

resource "aws_iam_role_policy" "task" {
  for_each = local.task_policies

  name   = each.key
  role   = var.role == null ? aws_iam_role.task["task"].name : var.role.name
  policy = each.value
}
